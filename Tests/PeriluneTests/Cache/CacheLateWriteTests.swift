import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// What was computed before something was invalidated is never served after it.
@Suite(.timeLimit(.minutes(20))) struct CacheLateWriteTests {
    /// What somebody does while a value is being computed.
    enum Interference: CaseIterable {
        case invalidateTag, invalidateFoundTag, invalidateAll, clear, delete, set, flush, evictHead
    }

    @Test(arguments: Interference.allCases)
    func aValueComputedBeforeAChangeIsNotServedAfterIt(_ interference: Interference) async throws {
        let harness = try CacheHarness()
        let (region, other) = (harness.region, try harness.otherProcess())
        let (isComputing, mayFinish) = (Gate(), Gate())
        async let late = region.value(for: "k", tags: ["x"]) { computation in
            computation.tag("found")
            isComputing.open()
            await mayFinish.wait()
            return "old"
        }
        await isComputing.wait()
        switch interference {
        case .invalidateTag: try await other.invalidate(tags: ["x"])
        case .invalidateFoundTag: try await other.invalidate(tags: ["found"])
        case .invalidateAll: try await other.invalidate(allOf: ["x", "found"])
        case .clear: try await other.clear()
        case .delete: try await other.delete("k")
        case .set: try await other.set("put", for: "k", tags: ["x"])
        case .flush: _ = try await harness.engine.send(RedisCommand("FLUSHALL"))
        case .evictHead: _ = try await harness.engine.send(RedisCommand("DEL", ["p:{test.0}:c"]))
        }
        mayFinish.open()
        // Whoever asked before the change gets what there was.
        #expect(try await late == "old")
        #expect(try await region.get("k") == (interference == .set ? "put" : nil))
        #expect(try await other.value(for: "k", tags: ["x"]) { "new" } == (interference == .set ? "put" : "new"))
    }

    @Test func whoComesAfterAnInvalidationDoesNotGetWhatIsBeingComputed() async throws {
        let harness = try CacheHarness()
        let region = harness.region
        let (isComputing, mayFinish) = (Gate(), Gate())
        async let early = region.value(for: "k", tags: ["x"]) {
            isComputing.open()
            await mayFinish.wait()
            return "old"
        }
        await isComputing.wait()
        try await harness.otherProcess().invalidate(tags: ["x"])
        async let late = region.value(for: "k", tags: ["x"]) { "new" }
        try await until { region.flights.passengers == 2 }
        mayFinish.open()
        #expect(try await early == "old")
        #expect(try await late == "new")
    }

    @Test func aTokenIsGoodOnceAndUntilSomethingChanges() async throws {
        let harness = try CacheHarness()
        let region = harness.region
        guard case .miss(let token) = try await region.lookup("k") else {
            Issue.record("no token")
            return
        }
        guard case .busy = try await region.lookup("k") else {
            Issue.record("a second token")
            return
        }
        #expect(try await region.store("v", with: token, tags: ["t"]) == .stored)
        #expect(try await region.store("w", with: token) == .refused(.leaseLost))
        guard case .hit(let entry) = try await region.lookup("k") else {
            Issue.record("no hit")
            return
        }
        #expect(entry.value == "v")

        func refusal(_ key: CacheKey, _ change: () async throws -> Void) async throws -> CacheStoreOutcome? {
            guard case .miss(let token) = try await region.lookup(key) else { return nil }
            try await change()
            return try await region.store("old", with: token, tags: ["t"])
        }
        #expect(try await refusal("a") { try await region.invalidate(tags: ["t"]) } == .refused(.invalidated))
        #expect(try await refusal("b") { try await region.clear() } == .refused(.invalidated))
        #expect(try await refusal("c") { try await region.delete("c") } == .refused(.leaseLost))
        #expect(try await refusal("d") { try await region.set("new", for: "d") } == .refused(.leaseLost))
        #expect(try await region.get("d") == "new")
        #expect(try await refusal("e") { harness.clock.advance(by: .seconds(31)) } == .refused(.leaseLost))
        #expect(
            try await refusal("f") { _ = try await harness.engine.send(RedisCommand("DEL", ["p:{test.0}:c"])) }
                == .refused(.flushed))
        #expect(try await refusal("g") { try await region.invalidate(tags: ["other"]) } == .stored)
    }

    @Test func lostMetadataOnlyMakeMisses() async throws {
        let harness = try CacheHarness()
        let region = harness.region
        try await region.set("v", for: "k", tags: ["t"])
        _ = try await harness.engine.send(RedisCommand("COPY", ["p:{test.0}:e:k", "backup"]))
        try await region.invalidate(tags: ["t"])
        _ = try await harness.engine.send(RedisCommand("DEL", ["p:{test.0}:c"]))
        #expect(try await region.get("k") == nil)
        try await region.set("other", for: "l")
        #expect(try await region.get("k") == nil)
        // An entry from an old backup.
        _ = try await harness.engine.send(RedisCommand("COPY", ["backup", "p:{test.0}:e:k", "REPLACE"]))
        #expect(try await region.get("k") == nil)
        #expect(try await region.value(for: "k") { "new" } == "new")
    }

    @Test func aServerThatHasLostAnAcknowledgedInvalidationServesNothingOld() async throws {
        let harness = try CacheHarness()
        let (region, other) = (harness.region, try harness.otherProcess())
        try await region.set("old", for: "k", tags: ["t"])
        let control: RedisArgument = "p:{test.0}:c"
        _ = try await harness.engine.send(RedisCommand("COPY", [control, "backup"]))
        try await other.invalidate(tags: ["t"])
        // A replica that has not got the invalidation becomes the primary.
        _ = try await harness.engine.send(RedisCommand("COPY", ["backup", control, "REPLACE"]))
        #expect(try await other.get("k") == nil)
        #expect(try await region.get("k") == nil)
        #expect(try await region.value(for: "k", tags: ["t"]) { "new" } == "new")
        #expect(try await other.get("k") == "new")
    }
}
