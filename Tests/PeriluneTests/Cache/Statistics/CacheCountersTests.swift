import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// What is counted in a process, and how it gets to the statistics that all share.
@Suite(.timeLimit(.minutes(20))) struct CacheCountersTests {
    let clock = ManualClock()
    let engine: EmbeddedEngine
    let key: RedisKey = "p:{region}:n"

    init() {
        engine = EmbeddedEngine(clock: clock)
    }

    @Test func whatIsTakenIsTakenOnce() {
        let counters = CacheCounters()
        #expect(counters.take().isEmpty)
        counters.count(.miss)
        counters.count(.bytesRead, 1_000)
        counters.count(.bytesRead, -5)
        counters.computed(in: .milliseconds(3))
        let counts = counters.take()
        #expect(counts.misses == 1)
        #expect(counts.bytesRead == 1_000)
        #expect(counts.computations == 1)
        #expect(counts.meanComputeTime == .milliseconds(3))
        #expect(counters.take().isEmpty)
    }

    @Test func hitsAreCountedWithTheirAges() {
        let counters = CacheCounters()
        for age: Int64 in [0, 999, 1_000, 4_000, 7_999, 8_000, .max, -1, .min] { counters.hit(age: age, of: 8_000) }
        counters.nearHit(age: 3_500, of: 8_000)
        counters.nearHit(age: 1, of: 0)
        counters.nearHit(age: .max, of: .max)
        counters.nearHit(age: 0, of: .min)
        counters.count(.staleHit)
        let counts = counters.take()
        #expect(counts.hits == 9)
        #expect(counts.nearHits == 4)
        #expect(counts.hitAges == [4, 1, 0, 1, 1, 0, 0, 6])
        #expect(counts.lookups == 14)
        #expect(counts.hitRatio == 1)
    }

    @Test func refreshesAreCountedWithTheAgesOfWhatTheyReplace() {
        let counters = CacheCounters()
        for seconds in [0, 1, 7, 8, 63, 64, 511, 512, 4_096, 32_768, 262_144, 2_097_152] {
            counters.refreshed(age: .seconds(seconds), isUnchanged: false)
        }
        counters.refreshed(age: .seconds(30), isUnchanged: true)
        counters.refreshed(age: .seconds(-30), isUnchanged: true)
        counters.refreshed(age: .milliseconds(999), isUnchanged: false)
        let counts = counters.take()
        #expect(counts.refreshes == 15)
        #expect(counts.unchangedRefreshes == 2)
        #expect(counts.changedRefreshes == 13)
        #expect(counts[.unchangedMilliseconds] == 30_000)
        #expect(CacheSlot.changes.map { counts[$0] } == [2, 2, 2, 2, 1, 1, 1, 2])
        #expect(
            CacheSlot.changedAges.map { counts[$0] } == [
                999, 8_000, 71_000, 575_000, 512_000, 4_096_000, 32_768_000, 2_359_296_000,
            ])
    }

    @Test func agesOfAnyLengthAreCounted() {
        let counters = CacheCounters()
        counters.refreshed(age: .seconds(Int64.max), isUnchanged: false)
        counters.refreshed(age: .seconds(Int64.min), isUnchanged: false)
        counters.computed(in: .seconds(Int64.max))
        counters.computed(in: .seconds(-1))
        counters.count(.bytesRead, .max)
        let counts = counters.take()
        #expect(counts.refreshes == 2)
        #expect(counts.bytesRead == .max)
        #expect(counts.computations == 2)
    }

    @Test func nothingIsLostOrDoubledWhileOthersCount() async {
        let counters = CacheCounters()
        let (tasks, each) = (8, 20_000)
        let isDone = Locked(0)
        let total = await withTaskGroup(of: CacheCounts.self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    for number in 0..<each {
                        counters.count(.miss)
                        counters.hit(age: Int64(number % 8), of: 8)
                        counters.nearHit(age: Int64(number % 8), of: 8)
                    }
                    isDone.withLock { $0 += 1 }
                    return CacheCounts()
                }
            }
            group.addTask {
                var sum = CacheCounts()
                var round = 0
                while isDone.withLock({ $0 }) < tasks {
                    round += 1
                    let taken = counters.take()
                    // Every other time as if it could not be flushed.
                    if round.isMultiple(of: 2) { counters.giveBack(taken) } else { sum += taken }
                    await Task.yield()
                }
                return sum
            }
            return await group.reduce(into: CacheCounts()) { $0 += $1 }
        }
        var all = counters.take()
        all += total
        #expect(all.misses == tasks * each)
        #expect(all.hits == tasks * each)
        #expect(all.nearHits == tasks * each)
        #expect(all.hitAges == Array(repeating: 2 * tasks * each / 8, count: 8))
    }

    @Test func processesAreSummedUp() async throws {
        for process in 1...3 {
            let counters = CacheCounters()
            counters.count(.miss, process)
            counters.hit(age: 1, of: 8)
            try await counters.flush(to: engine, key: key)
            #expect(counters.take().isEmpty)
        }
        let statistics = try await CacheStatistics.read(from: engine, key: key, window: .minute)
        #expect(statistics.total.misses == 6)
        #expect(statistics.total.hits == 3)
        #expect(statistics.total.hitRatio == 1.0 / 3)
    }

    @Test func nothingIsFlushedWhenNothingHappened() async throws {
        try await CacheCounters().flush(to: FailingEngine(), key: key)
    }

    /// A flush that certainly had no effect is made up for by the next one; one that may have had one is not repeated.
    @Test(arguments: [false, true]) func aFailedFlushCountsOnceOrNotAtAll(mayHaveRun: Bool) async throws {
        let counters = CacheCounters()
        counters.count(.wait, 7)
        counters.nearHit(age: 7, of: 8)
        let failing = FlushFailure(mayHaveRun: mayHaveRun)
        await #expect(throws: EngineError.self) { try await counters.flush(to: failing, key: key) }
        counters.count(.wait)
        try await counters.flush(to: engine, key: key)
        let total = try await CacheStatistics.read(from: engine, key: key, window: .minute).total
        #expect(total.waits == (mayHaveRun ? 1 : 8))
        #expect(total.nearHits == (mayHaveRun ? 0 : 1))
        #expect(total.hitAges == [0, 0, 0, 0, 0, 0, 0, mayHaveRun ? 0 : 1])
    }

    @Test func countsBeyondWhatASlotHoldsStayAtItsHighestNumber() async throws {
        for _ in 0..<2 {
            let counters = CacheCounters()
            counters.count(.miss, .max)
            counters.count(.bytesRead, .max)
            counters.count(.bytesWritten, 5)
            try await counters.flush(to: engine, key: key)
        }
        let total = try await CacheStatistics.read(from: engine, key: key, window: .minute).total
        #expect(total.misses == (1 << 40) - 1)
        #expect(total.bytesRead == (1 << 48) - 1)
        #expect(total.bytesWritten == 10)
    }

    @Test func sumsOfAnyCountsAreFinite() {
        var counts = CacheCounts()
        for counter in 0..<CacheSlot.counters { counts[counter] = .max }
        counts += counts
        #expect(counts.lookups == .max)
        #expect(counts.hitRatio == 1)
        #expect(counts.refreshes == .max)
        #expect(counts.meanComputeTime == .microseconds(1))
        #expect(counts.savedComputeTime == .microseconds(Int64.max))
        #expect(CacheCounts().hitRatio == nil)
        #expect(CacheCounts().meanComputeTime == nil)
        #expect(CacheCounts().savedComputeTime == .zero)
    }
}

/// An engine that fails, and says whether the call may have had an effect.
private struct FlushFailure: ForwardingEngine {
    let mayHaveRun: Bool
    let inner = FailingEngine()

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        throw EngineError(.connectionLost, "gone", mayHaveRun: mayHaveRun)
    }
}
