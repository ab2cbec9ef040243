import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The statistics of a day, a minute a slot.
@Suite(.timeLimit(.minutes(20))) struct CacheStatisticsTests {
    /// 20 s into a minute.
    static let start: Int64 = 28_333_333 * 60_000_000 + 20_000_000
    let clock = ManualClock(microseconds: start)
    let engine: EmbeddedEngine
    let key: RedisKey = "p:{region}:n"

    init() {
        engine = EmbeddedEngine(clock: clock)
    }

    private func count(_ misses: Int) async throws {
        let counters = CacheCounters()
        counters.count(.miss, misses)
        try await counters.flush(to: engine, key: key)
    }

    private func read(_ window: CacheStatistics.Window) async throws -> CacheStatistics {
        try await .read(from: engine, key: key, window: window)
    }

    @Test func aRegionOfWhichNothingWasCountedHasDoneNothing() async throws {
        let statistics = try await read(.hour)
        #expect(statistics.total.isEmpty)
        #expect(statistics.minutes.count == 61)
        #expect(statistics.duration == .seconds(3_620))
        #expect(statistics.time == Date(timeIntervalSince1970: Double(Self.start) / 1_000_000))
    }

    @Test func windowsHaveTheirMinutes() async throws {
        for minutes in [1, 10, 100, 1_000] {
            clock.set(microseconds: Self.start - Int64(minutes) * 60_000_000)
            try await count(minutes)
        }
        clock.set(microseconds: Self.start)
        try await count(5)
        #expect(try await read(.minute).total.misses == 6)
        #expect(try await read(.minutes(9)).total.misses == 6)
        #expect(try await read(.minutes(10)).total.misses == 16)
        #expect(try await read(.hour).total.misses == 16)
        let day = try await read(.day)
        #expect(day.total.misses == 1_116)
        #expect(day.minutes.count == 1_440)
        #expect(day.duration == .seconds(1_439 * 60 + 20))
        #expect(day.minutes.map(\.counts.misses).filter { $0 > 0 } == [1_000, 100, 10, 1, 5])
        #expect(day.minutes.last?.counts.misses == 5)
        #expect(day.minutes.last?.start == Date(timeIntervalSince1970: Double(Self.start / 60_000_000 * 60)))
        #expect(day.minutes.first?.start == Date(timeIntervalSince1970: Double(Self.start / 60_000_000 - 1_439) * 60))
    }

    @Test func windowsOfAnyLengthAreMadeToFit() {
        #expect(CacheStatistics.Window.minutes(.min) == .minute)
        #expect(CacheStatistics.Window.minutes(.max) == .day)
    }

    @Test func aMinuteEndsWithItsLastMicrosecond() async throws {
        clock.set(microseconds: Self.start + 39_999_999)
        try await count(1)
        clock.advance(by: .microseconds(1))
        try await count(2)
        #expect(try await read(.minute).minutes.map(\.counts.misses) == [1, 2])
    }

    @Test func aSlotIsBegunAnewADayLater() async throws {
        try await count(1)
        clock.set(microseconds: Self.start + 1_439 * 60_000_000)
        try await count(10)
        #expect(try await read(.day).total.misses == 11)
        clock.set(microseconds: Self.start + 1_440 * 60_000_000)
        #expect(try await read(.day).total.misses == 10)
        try await count(100)
        let day = try await read(.day)
        #expect(day.total.misses == 110)
        #expect(day.minutes.last?.counts.misses == 100)
    }

    @Test func theSizeNeverChangesAndTheKeyExpires() async throws {
        for minute in [0, 1, 700, 1_439, 1_440, 5_000] as [Int64] {
            clock.set(microseconds: Self.start + minute * 60_000_000)
            try await count(1)
            #expect(try await engine.send(RedisCommand("STRLEN", [key.argument])) == .integer(347_040))
            #expect(try await engine.send(RedisCommand("PTTL", [key.argument])) == .integer(90_000_000))
        }
        clock.advance(by: .seconds(90_000) + .milliseconds(1))
        #expect(try await engine.send(RedisCommand("EXISTS", [key.argument])) == .integer(0))
    }

    @Test func whatAnHourHadStaysWhenTheClockIsSetBack() async throws {
        try await count(1)
        clock.set(microseconds: Self.start + 3_600_000_000)
        try await count(10)
        clock.set(microseconds: Self.start)
        try await count(100)
        #expect(try await read(.hour).total.misses == 101)
        clock.set(microseconds: Self.start + 3_600_000_000)
        #expect(try await read(.hour).total.misses == 111)
    }

    @Test func aClockThatWasDaysAheadDoesNotStandInTheWay() async throws {
        clock.set(microseconds: Self.start + 10 * 86_400_000_000)
        try await count(1)
        clock.set(microseconds: Self.start)
        #expect(try await read(.day).total.isEmpty)
        try await count(10)
        #expect(try await read(.day).total.misses == 10)
    }

    @Test func aStringOfAnotherKindIsAnErrorUntilItIsBegunAnew() async throws {
        for length in [1, 347_039, 347_041] {
            let text = RedisArgument.string(String(repeating: "x", count: length))
            _ = try await engine.send(RedisCommand("SET", [key.argument, text]))
            let error = await #expect(throws: EngineError.self) { try await read(.minute) }
            #expect(error?.code == .unexpectedReply)
            try await count(3)
            #expect(try await read(.day).total.misses == 3)
        }
        // Of the right length, but of no minute that is looked at.
        let text = RedisArgument.string(String(repeating: "x", count: 347_040))
        _ = try await engine.send(RedisCommand("SET", [key.argument, text]))
        #expect(try await read(.day).total.isEmpty)
        try await count(3)
        #expect(try await read(.day).total.misses == 3)
    }

    @Test func aKeyOfAnotherTypeIsAnErrorAndStays() async throws {
        _ = try await engine.send(RedisCommand("LPUSH", [key.argument, "a"]))
        let error = await #expect(throws: EngineError.self) { try await read(.minute) }
        #expect(error?.serverError?.code == "WRONGTYPE")
        await #expect(throws: EngineError.self) { try await count(1) }
        #expect(try await engine.send(RedisCommand("LLEN", [key.argument])) == .integer(1))
    }

    @Test(arguments: [
        RedisReply.null, .integer(1), .bulk("x"), .array([]), .array([.bulk("1"), .bulk("2")]),
        .array([.array([.bulk("-1"), .bulk("0")]), .integer(0)]),
        .array([.array([.bulk("9223372036854775807"), .bulk("0")]), .integer(0)]),
        .array([.array([.bulk("1700000000"), .bulk("1000000")]), .integer(0)]), .error(RedisError("ERR no")),
    ])
    func anyOtherAnswerIsAnError(_ reply: RedisReply) async throws {
        let replies = reply.array ?? [reply, reply]
        await #expect(throws: EngineError.self) {
            try await CacheStatistics.read(
                from: AnsweringEngine(transaction: replies, pipeline: []), key: key, window: .day)
        }
        let head: [RedisReply] = [.array([.bulk("1700000000"), .bulk("5")]), .integer(347_040)]
        await #expect(throws: EngineError.self) {
            try await CacheStatistics.read(
                from: AnsweringEngine(transaction: head, pipeline: [reply]), key: key, window: .minute)
        }
    }

    @Test func whatExpiresWhileItIsReadIsNothing() async throws {
        let head: [RedisReply] = [.array([.bulk("1700000000"), .bulk("5")]), .integer(347_040)]
        let engine = AnsweringEngine(transaction: head, pipeline: [.bulk("")])
        #expect(try await CacheStatistics.read(from: engine, key: key, window: .minute).total.isEmpty)
    }

    /// Random counts at random times, also earlier ones, against slots in plain Swift.
    @Test func anySequenceIsWhatTheModelSays() async throws {
        enum Step: Sendable {
            case count(counter: Int, amount: Int)
            case move(minutes: Int)
        }
        let property = Property<Step>(
            runs: 15, length: 60,
            generate: { generator in
                if Int.random(in: 0..<3, using: &generator) > 0 {
                    return .count(
                        counter: Int.random(in: 0..<CacheSlot.counters, using: &generator),
                        amount: Int.random(in: 1...1_000_000_000_000, using: &generator))
                }
                let far = Bool.random(using: &generator) ? 1_440 : 3
                return .move(minutes: Int.random(in: -far / 2...far, using: &generator))
            },
            check: { steps in
                let clock = ManualClock(microseconds: Self.start)
                let engine = EmbeddedEngine(clock: clock)
                var slots: [Int64: (minute: Int64, counts: CacheCounts)] = [:]
                var expiry = Int64.max
                for step in steps {
                    switch step {
                    case .move(let minutes): clock.advance(by: .seconds(60 * minutes))
                    case .count(let counter, let amount):
                        let counters = CacheCounters()
                        var counts = CacheCounts()
                        counts[counter] = amount
                        counters.giveBack(counts)
                        try await counters.flush(to: engine, key: key)
                        let minute = clock.microseconds / 60_000_000
                        var slot = slots[minute % 1_440] ?? (minute, CacheCounts())
                        if slot.minute != minute { slot = (minute, CacheCounts()) }
                        slot.counts.add(amount, to: counter)
                        slot.counts[counter] = min(
                            slot.counts[counter], counter < CacheSlot.firstSum ? 1 << 40 - 1 : 1 << 48 - 1)
                        slots[minute % 1_440] = slot
                        expiry = clock.microseconds + 90_000_000_000
                    }
                    if clock.microseconds > expiry { slots = [:] }
                    let now = clock.microseconds / 60_000_000
                    for window in [CacheStatistics.Window.minute, .hour, .day] {
                        let read = try await CacheStatistics.read(from: engine, key: key, window: window)
                        let expected = (now - Int64(window.minutes)...now).map { minute in
                            slots[minute % 1_440].flatMap { $0.minute == minute ? $0.counts : nil } ?? CacheCounts()
                        }
                        if read.minutes.map(\.counts) != expected { return "minutes differ after \(step)" }
                        var total = CacheCounts()
                        for counts in expected { total += counts }
                        if read.total != total { return "the sum differs after \(step)" }
                    }
                }
                return nil
            })
        try await property.verify()
    }
}

/// Answers with replies of the test's own.
private struct AnsweringEngine: ForwardingEngine {
    let transaction: [RedisReply]
    let pipeline: [RedisReply]
    let inner = FailingEngine()

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply { .null }

    func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] { transaction }
    func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] { pipeline }
}
