import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// Random interleavings of what three processes do with a cache and of what befalls it: nothing outdated is served.
@Suite(.timeLimit(.minutes(20))) struct CacheModelTests {
    /// How the engine is divided, and whether it fails over.
    enum Variant: CaseIterable {
        case oneShard, twoShards, failover

        var hasReplica: Bool { self == .failover }
    }

    static func surroundings(
        _ variant: Variant, _ engine: (EmbeddedEngine) -> any ScriptEngine = { $0 }
    ) -> CacheModel.Surroundings {
        let clock = ManualClock(microseconds: 1_700_000_000_000_000)
        var type = CacheType("m", ttl: .seconds(60))
        type.jitter = 0
        type.earlyRefresh = 0
        type.staleWhileRevalidate = .seconds(20)
        type.shards = variant == .twoShards ? 2 : 1
        return CacheModel.Surroundings(
            type: type, engine: engine(EmbeddedEngine(clock: clock)), clock: clock,
            advance: { clock.advance(by: .microseconds($0)) },
            prune: { region, seconds in
                var count = 0
                let limit = UInt64(max(0, clock.microseconds - Int64(seconds) * 1_000_000))
                for shard in region.storage.shards {
                    let fields = ["tx", "ty", "tz"].map { Array($0.utf8) }
                    count += try await region.storage.prune(shard, fields: fields, before: limit)
                }
                return count
            },
            lookAfter: { try await $0.storage.lookAfterInvalidations() })
    }

    private static func verify(_ variant: Variant, runs: Int, length: Int) async throws {
        var total = CacheModel.Tally()
        try await Property(
            runs: runs, length: length,
            generate: { CacheStep.random(hasClock: true, hasReplica: variant.hasReplica, using: &$0) },
            check: { steps in
                var model = try CacheModel(surroundings(variant))
                let complaint = try await model.run(steps)
                total.add(model.tally)
                return complaint
            }
        ).verify()
        // What never happens would always be right.
        #expect(total.hits > runs * length / 20)
        #expect(total.stored > runs * length / 40)
        #expect(total.refused > 0 && total.misses > 0)
        if variant.hasReplica { #expect(total.failovers > 0 && total.repairs > 0) }
    }

    @Test(arguments: Variant.allCases)
    func nothingOutdatedIsServedAndWhatIsNotIsFound(_ variant: Variant) async throws {
        try await Self.verify(variant, runs: 20, length: 400)
    }

    @Test(.enabled(if: LongTests.areWanted, "long"), arguments: Variant.allCases)
    func nothingOutdatedIsServedInAMillionSteps(_ variant: Variant) async throws {
        try await Self.verify(variant, runs: 700, length: 500)
    }

    /// The same check finds what is wrong with engines that do not keep to the rules.
    @Test func aValueStampedWhenItIsStoredIsFoundOut() async throws {
        try await Self.expectStaleness { StampingAtSet(inner: $0) }
    }

    @Test func anOutdatedHeadIsFoundOut() async throws {
        try await Self.expectStaleness { AnsweringOldHeads(inner: $0) }
    }

    private static func expectStaleness(_ engine: (EmbeddedEngine) -> any ScriptEngine) async throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<100 {
            let steps = (0..<300).map { _ in CacheStep.random(hasClock: true, hasReplica: false, using: &generator) }
            var model = try CacheModel(surroundings(.oneShard, engine))
            if let complaint = try await model.run(steps), complaint.contains("stale: ") { return }
        }
        Issue.record("nothing found")
    }

    /// Many callers at the same time, in real time, while keys are evicted.
    @Test(arguments: [1, 3]) func callersAtTheSameTimeGetNothingOutdated(shards: Int) async throws {
        let tally = try await Self.crowd(shards: shards, steps: 150)
        #expect(tally.complaints.isEmpty, "\(tally.complaints)")
        #expect(tally.failures == 0)
        #expect(tally.shared > 100 && tally.computed > 100 && tally.changes > 50)
    }

    @Test(.enabled(if: LongTests.areWanted, "long"), arguments: [1, 3])
    func manyCallersAtTheSameTimeGetNothingOutdated(shards: Int) async throws {
        let tally = try await Self.crowd(shards: shards, steps: 500)
        #expect(tally.complaints.isEmpty, "\(tally.complaints)")
        #expect(tally.failures == 0)
    }

    private static func crowd(shards: Int, steps: Int) async throws -> CacheCrowd.Tally {
        let engine = EmbeddedEngine()
        var type = CacheType("m", ttl: .milliseconds(500))
        type.shards = shards
        type.staleWhileRevalidate = .milliseconds(300)
        let regions = try (0..<3).map { _ in try CacheRegion(type, of: String.self, engine: engine) }
        return await CacheCrowd(regions) { generator in
            let shard = Int.random(in: 0..<shards, using: &generator)
            let key = ["c", "e:k0", "e:k1", "l:k0", "l:k2"].randomElement(using: &generator) ?? "c"
            _ = try? await engine.send(RedisCommand("DEL", [.string("p:{m.\(shard)}:\(key)")]))
        }.run(callers: 12, steps: steps)
    }
}

extension CacheModel.Tally {
    fileprivate mutating func add(_ other: Self) {
        hits += other.hits
        misses += other.misses
        stored += other.stored
        refused += other.refused
        failovers += other.failovers
        repairs += other.repairs
    }
}
