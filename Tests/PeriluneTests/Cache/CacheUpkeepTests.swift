import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// What a region does beside its calls.
@Suite(.timeLimit(.minutes(20))) struct CacheUpkeepTests {
    private static let failure = EngineError(.unreachable, "nobody there")

    @Test func anInvalidationThatAShardHasNotAcknowledgedIsToldAndTriedAgain() async throws {
        let clock = ManualClock()
        let engine = ScriptedEngine(EmbeddedEngine(clock: clock))
        var type = CacheType("test", ttl: .seconds(60))
        type.shards = 2
        let region = try CacheRegion(type, of: String.self, engine: engine, clock: clock)
        let keys = (0..<20).map { CacheKey("k\($0)") }
        for key in keys { try await region.set("v", for: key, tags: ["t"]) }
        engine.fail(Self.failure) { $0.contains(".1}") }
        let invalidation = Task { try await region.invalidate(tags: ["t"]) }
        // It is tried for five seconds.
        try await clock.pass(.milliseconds(500), until: invalidation)
        await #expect(
            throws: CacheError.unacknowledged(shards: [1], Self.failure)
        ) { try await invalidation.value }
        #expect(region.administration.pendingShards == [1])
        let left = try await region.get(keys).count
        #expect(left > 0 && left < 20)
        engine.fail(nil)
        let upkeep = Task { await region.run() }
        try await clock.pass(.milliseconds(500)) { region.administration.pendingShards.isEmpty }
        #expect(try await region.get(keys).isEmpty)
        upkeep.cancel()
        await upkeep.value
    }

    @Test func anInvalidationThatIsTriedAgainIsAcknowledgedAsSoonAsItCan() async throws {
        let clock = ManualClock()
        let engine = ScriptedEngine(EmbeddedEngine(clock: clock))
        let region = try CacheRegion(
            CacheType("test", ttl: .seconds(60)), of: String.self, engine: engine, clock: clock)
        try await region.set("v", for: "k", tags: ["t"])
        engine.fail(Self.failure)
        let invalidation = Task { try await region.invalidate(tags: ["t"]) }
        try await until { clock.sleeperCount == 1 }
        engine.fail(nil)
        clock.advance(by: .milliseconds(20))
        try await invalidation.value
        #expect(region.administration.pendingShards.isEmpty)
        #expect(try await region.get("k") == nil)
    }

    enum Kind: CaseIterable { case any, all, clear }

    @Test(arguments: Kind.allCases)
    func anAcknowledgedInvalidationThatAServerHasLostIsMadeAgain(_ kind: Kind) async throws {
        let harness = try CacheHarness()
        let (region, other) = (harness.region, try harness.otherProcess())
        try await region.set("old", for: "k", tags: ["t", "u"])
        let control: RedisArgument = "p:{test.0}:c"
        _ = try await harness.engine.send(RedisCommand("COPY", [control, "backup"]))
        switch kind {
        case .any: try await region.invalidate(tags: ["t"])
        case .all: try await region.invalidate(allOf: ["t", "u"])
        case .clear: try await region.clear()
        }
        _ = try await harness.engine.send(RedisCommand("COPY", ["backup", control, "REPLACE"]))
        // Another one hides that anything was lost.
        try await other.invalidate(tags: ["else"])
        try await other.invalidate(tags: ["else"])
        #expect(try await other.get("k") == "old")
        try await region.storage.lookAfterInvalidations()
        #expect(try await other.get("k") == nil)
        // What stands is left alone.
        let before = try await harness.engine.send(RedisCommand("HGET", [control, "h"]))
        try await region.storage.lookAfterInvalidations()
        #expect(try await harness.engine.send(RedisCommand("HGET", [control, "h"])) == before)
    }

    @Test func tagsThatAreOlderThanEveryValueAreForgotten() async throws {
        let harness = try CacheHarness()
        let region = harness.region
        for start in stride(from: 0, to: 1_500, by: 500) {
            try await region.invalidate(tags: (start..<start + 500).map { CacheTag("t\($0)") })
        }
        harness.clock.advance(by: .seconds(300))
        try await region.invalidate(tags: ["young"])
        try await region.set("v", for: "k", tags: ["young"])
        #expect(try await region.storage.prune() == 1_500)
        let left = try await harness.engine.send(RedisCommand("HLEN", ["p:{test.0}:c"]))
        #expect(left == .integer(2))
        #expect(try await region.get("k") == "v")
        // In one process at a time, and only where there is something to be gained.
        #expect(try await region.storage.prune() == 0)
    }

    @Test func whatTheProcessesCountIsAddedUp() async throws {
        let harness = try CacheHarness()
        let (region, other) = (harness.region, try harness.otherProcess())
        _ = try await region.value(for: "k") { "v" }
        for _ in 0..<3 { _ = try await region.value(for: "k") { "v" } }
        for _ in 0..<4 { _ = try await other.value(for: "k") { "v" } }
        try await region.flushStatistics()
        try await other.flushStatistics()
        let total = try await region.statistics().total
        #expect(total.hits == 7)
        #expect(total.misses == 1)
        #expect(total.computations == 1)
        #expect(try await region.ttlAdvice().verdict == .notEnoughData)
    }

    @Test func aRegionHasOneNumberOfShards() async throws {
        let harness = try CacheHarness { $0.shards = 2 }
        try await harness.region.set("v", for: "k")
        let other = try harness.otherProcess { $0.shards = 3 }
        await #expect(throws: CacheError.shardsDiffer(stored: 2, configured: 3)) { try await other.get("k") }
        await #expect(throws: CacheError.shardsDiffer(stored: 2, configured: 3)) { try await other.clear() }
        await #expect(throws: CacheError.shardsDiffer(stored: 2, configured: 3)) {
            try await other.value(for: "k") { "v" }
        }
    }
}
