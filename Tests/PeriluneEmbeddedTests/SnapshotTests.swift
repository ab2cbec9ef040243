import PeriluneCore
import PeriluneFuzzing
import PeriluneTestSupport
import Testing

@testable import PeriluneEmbedded

@Suite struct SnapshotTests {
    @Test func everythingComesBack() throws {
        let folder = try TemporaryFolder()
        var fuzz = CommandFuzz()
        let clock = ManualClock()
        let engine = EmbeddedEngine(clock: clock)
        for round in 0..<20 {
            engine.perform(200, from: &fuzz)
            for _ in 0..<50 {
                engine.perform(fuzz.largeCollectionLine().words)
                engine.perform(fuzz.largeSortedSetLine().words)
            }
            clock.advance(by: .milliseconds(fuzz.below(300)))
            try engine.writeSnapshot(to: folder.path + "/snapshot")
            let other = EmbeddedEngine(clock: clock)
            try other.restoreSnapshot(from: folder.path + "/snapshot")
            #expect(differences(other.contents, engine.contents) == [], "seed \(fuzz.seed), round \(round)")
        }
    }

    /// A key lives through the last millisecond of its time, in a file as in memory.
    @Test func aKeyInItsLastMillisecondComesBack() throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let engine = EmbeddedEngine(clock: clock)
        engine.perform(["SET", "k", "v", "PX", "100"])
        clock.advance(by: .milliseconds(100))
        try engine.writeSnapshot(to: folder.path + "/snapshot")
        let other = EmbeddedEngine(clock: clock)
        try other.restoreSnapshot(from: folder.path + "/snapshot")
        #expect(other.contents == engine.contents)
        #expect(other.contents.count == 1)
        clock.advance(by: .milliseconds(1))
        #expect(other.contents.isEmpty)
    }

    /// Whatever is written while the keys are walked over, they come as they were at the beginning.
    @Test func writesDuringTheWalkDoNotShow() throws {
        var fuzz = CommandFuzz()
        for round in 0..<30 {
            let clock = ManualClock()
            let engine = EmbeddedEngine(clock: clock)
            for number in 0..<1500 { engine.perform(["SET", "n\(number)", "\(number)"], in: number % 3) }
            engine.perform(400, from: &fuzz)
            let before = engine.contents
            var met: [DatabaseKey: String] = [:]
            #expect(engine.core.withLock { core in core.beginWalk() } != nil)
            while let records = engine.stepOfWalk() {
                for record in records {
                    let key = DatabaseKey(database: record.database, key: record.key)
                    #expect(met.updateValue(record.text, forKey: key) == nil, "a key met twice")
                }
                engine.perform(30, from: &fuzz)
                for _ in 0..<10 { engine.perform(Self.disturbance(&fuzz), in: fuzz.below(3)) }
            }
            engine.core.withLock { core in core.walk = nil }
            #expect(differences(met, before) == [], "seed \(fuzz.seed), round \(round)")
        }
    }

    /// A command that changes many keys, or moves them to where a walk has been or will come to.
    private static func disturbance(_ fuzz: inout CommandFuzz) -> [String] {
        let (one, other) = ("n\(fuzz.below(1500))", "n\(fuzz.below(1500))")
        if fuzz.chance(40) { return fuzz.pick(["FLUSHALL"], ["FLUSHDB"]) }
        return fuzz.pick(
            ["APPEND", one, "x"], ["DEL", one, other], ["RENAME", one, other], ["COPY", one, other, "REPLACE"],
            ["COPY", one, other, "DB", "\(fuzz.below(3))", "REPLACE"], ["MOVE", one, "\(fuzz.below(3))"],
            ["SWAPDB", "\(fuzz.below(3))", "\(fuzz.below(3))"], ["SET", "new:" + one, "1"], ["PEXPIRE", one, "1"],
            ["EVAL", "redis.call('SELECT', ARGV[1]) return redis.call('SET', KEYS[1], 'scripted')", "1", one, "1"],
            ["MSET", one, "a", other, "b"], ["GETDEL", one])
    }

    @Test func whatHasExpiredIsLeftOutAndStaysAway() throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let engine = EmbeddedEngine(clock: clock)
        for words in [["SET", "soon", "1", "PX", "10"], ["SET", "later", "1", "PX", "1000"], ["SET", "ever", "1"]] {
            engine.perform(words)
        }
        clock.advance(by: .milliseconds(20))
        try engine.writeSnapshot(to: folder.path + "/snapshot")
        let earlier = EmbeddedEngine(clock: ManualClock())
        try earlier.restoreSnapshot(from: folder.path + "/snapshot")
        #expect(Set(earlier.contents.keys.map(\.key)) == [Array("later".utf8), Array("ever".utf8)])
        clock.advance(by: .seconds(1))
        let later = EmbeddedEngine(clock: clock)
        try later.restoreSnapshot(from: folder.path + "/snapshot")
        #expect(later.contents.keys.map(\.key) == [Array("ever".utf8)])
    }

    /// Restoring replaces everything, and is a change for whoever waits.
    @Test func restoringReplacesAll() async throws {
        let folder = try TemporaryFolder()
        let engine = EmbeddedEngine()
        engine.perform(["RPUSH", "list", "element"])
        try engine.writeSnapshot(to: folder.path + "/snapshot")
        engine.perform(["FLUSHALL"])
        engine.perform(["SET", "other", "1"], in: 5)
        async let popped = engine.send(RedisCommand("BLPOP", ["list", 60]))
        while await !engine.isWaitedFor { await Task.yield() }
        try engine.restoreSnapshot(from: folder.path + "/snapshot")
        #expect(try await popped == .array([.bulk("list"), .bulk("element")]))
        #expect(engine.contents.isEmpty)
    }

    @Test func anotherSnapshotIsRefusedMeanwhile() throws {
        let folder = try TemporaryFolder()
        let engine = EmbeddedEngine()
        #expect(engine.core.withLock { core in core.beginWalk() } != nil)
        #expect(throws: SnapshotError(folder.path + "/snapshot", .inProgress)) {
            try engine.writeSnapshot(to: folder.path + "/snapshot")
        }
    }
}

extension EmbeddedEngine {
    fileprivate var isWaitedFor: Bool {
        get async { core.withLock { core in !core.waiting.isEmpty } }
    }
}
