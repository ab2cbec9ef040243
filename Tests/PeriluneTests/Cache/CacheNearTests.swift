import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// A region with a near cache, and others that change its values.
@Suite(.timeLimit(.minutes(20))) struct CacheNearTests {
    /// Runs a test with a region whose near cache is in use.
    func withNear(
        _ change: (inout CacheType) -> Void = { _ in },
        _ body: (CacheHarness, CacheRegion<String>) async throws -> Void
    ) async throws {
        let harness = try CacheHarness {
            $0.near = NearCacheLimit(entries: 1_000)
            change(&$0)
        }
        let upkeep = Task { await harness.region.run() }
        // The mirror is trusted when the first heads have come.
        try await until {
            _ = try await harness.region.value(for: "warm") { "v" }
            return harness.region.storage.nearby("warm", wantsValue: true) != nil
        }
        let other = try harness.otherProcess { $0.near = nil }
        do {
            try await body(harness, other)
        } catch {
            upkeep.cancel()
            throw error
        }
        upkeep.cancel()
        await upkeep.value
    }

    @Test func aValueThatWasReadIsGivenWithoutTheEngine() async throws {
        try await withNear { harness, _ in
            let region = harness.region
            _ = try await region.value(for: "k", tags: ["t"]) { "v" }
            #expect(try await region.get("k") == "v")
            // Nobody can read it any more, and nobody was told.
            _ = try await harness.engine.send(RedisCommand("DEL", ["p:{test.0}:e:k"]))
            #expect(try await region.get("k") == "v")
            #expect(try await region.value(for: "k") { "other" } == "v")
            try await region.flushStatistics()
            #expect(try await region.statistics().total.nearHits >= 2)
        }
    }

    enum Change: CaseIterable { case tag, all, clear, delete, set }

    @Test(arguments: Change.allCases, [true, false])
    func whatIsChangedIsNotGivenAnyMore(_ change: Change, isOwn: Bool) async throws {
        try await withNear { harness, other in
            let region = harness.region
            // Not set: a message of that may come at any time.
            _ = try await region.value(for: "k", tags: ["t", "u"]) { "v" }
            _ = try await region.value(for: "unconcerned", tags: ["w"]) { "v" }
            #expect(try await region.get(["k"]) == ["k": "v"])
            #expect(try await region.get("k") == "v")
            #expect(try await region.get("unconcerned") == "v")
            #expect(region.storage.nearby("k", wantsValue: true) != nil)
            let changer = isOwn ? region : other
            switch change {
            case .tag: try await changer.invalidate(tags: ["t"])
            case .all: try await changer.invalidate(allOf: ["t", "u"])
            case .clear: try await changer.clear()
            case .delete: try await changer.delete("k")
            case .set: try await changer.set("new", for: "k")
            }
            // What this process does itself it knows at once.
            if !isOwn { try await until { region.storage.nearby("k", wantsValue: true) == nil } }
            #expect(region.storage.nearby("k", wantsValue: true) == nil)
            #expect(try await region.get("k") == (change == .set ? "new" : nil))
            if change != .clear { #expect(region.storage.nearby("unconcerned", wantsValue: true) != nil) }
        }
    }

    @Test func thatThereIsNoValueIsKeptUntilSomebodyNeedsOne() async throws {
        try await withNear { harness, _ in
            let region = harness.region
            for _ in 0..<2 { #expect(try await region.valueIfFound(for: "k", tags: ["t"]) { nil } == nil) }
            #expect(region.storage.nearby("k", wantsValue: false)?.isNegative == true)
            // Nobody can read it any more, and nobody was told.
            _ = try await harness.engine.send(RedisCommand("DEL", ["p:{test.0}:e:k"]))
            _ = region.storage.counters.take()
            #expect(try await region.valueIfFound(for: "k") { "other" } == nil)
            #expect(try await region.get("k") == nil)
            #expect(region.storage.counters.take()[.negativeHit] == 2)
            // Who needs a value gets one, and so does whoever asks here after that.
            #expect(try await region.value(for: "k", tags: ["t"]) { "v" } == "v")
            #expect(try await region.get("k") == "v")
            #expect(try await region.valueIfFound(for: "k") { nil } == "v")
        }
    }

    @Test func withoutUpkeepNothingIsKept() async throws {
        let region = try CacheHarness { $0.near = NearCacheLimit() }.region
        try await region.set("v", for: "k")
        #expect(try await region.get("k") == "v")
        #expect(region.storage.nearby("k", wantsValue: true) == nil)
    }

    @Test func aNearCacheNeedsAnEngineWithMessages() throws {
        var type = CacheType("t", ttl: .seconds(1))
        type.near = NearCacheLimit()
        #expect(throws: CacheConfigurationError.nearNeedsMessages) {
            try CacheRegion(type, of: String.self, engine: FailingEngine())
        }
    }

    @Test func aValueIsNotKeptBeyondItsTime() async throws {
        try await withNear { harness, _ in
            let region = harness.region
            _ = try await region.value(for: "k", ttl: .milliseconds(500)) { "v" }
            harness.clock.advance(by: .milliseconds(300))
            #expect(try await region.get("k") == "v")
            #expect(region.storage.nearby("k", wantsValue: true) != nil)
            harness.clock.advance(by: .milliseconds(200))
            #expect(region.storage.nearby("k", wantsValue: true) == nil)
        }
    }
}
