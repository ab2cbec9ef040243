import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneRedis

@Suite("When to look up where the servers are")
struct LookupScheduleTests {
    @Test("The first request begins a lookup at once, and further ones begin none")
    func single() {
        var schedule = LookupSchedule(minimalDistance: 100)
        #expect(schedule.request(now: 1000) == 1000)
        #expect(schedule.request(now: 1000) == nil)
        #expect(schedule.begin(now: 1000) == true)
        #expect(schedule.begin(now: 1000) == false)
        #expect(schedule.end(now: 1010) == nil)
    }

    @Test("The next lookup keeps its distance from the begin of the one before")
    func distance() {
        var schedule = LookupSchedule(minimalDistance: 100)
        _ = schedule.request(now: 1000)
        _ = schedule.begin(now: 1000)
        _ = schedule.end(now: 1010)
        #expect(schedule.request(now: 1020) == 1100)
        #expect(schedule.begin(now: 1099) == false)
        #expect(schedule.begin(now: 1100) == true)
        _ = schedule.end(now: 1500)
        #expect(schedule.request(now: 1500) == 1500)
    }

    @Test("What is found during a lookup asks for another one, but once")
    func during() {
        var schedule = LookupSchedule(minimalDistance: 100)
        _ = schedule.request(now: 1000)
        _ = schedule.begin(now: 1000)
        #expect(schedule.request(now: 1005) == nil)
        #expect(schedule.request(now: 1006) == nil)
        #expect(schedule.end(now: 1010) == 1100)
        #expect(schedule.request(now: 1011) == nil)
        #expect(schedule.begin(now: 1100) == true)
        #expect(schedule.end(now: 1110) == nil)
    }

    @Test("At the end of time nothing overflows")
    func late() {
        var schedule = LookupSchedule(minimalDistance: 100)
        #expect(schedule.request(now: .max) == .max)
        #expect(schedule.begin(now: .max) == true)
        _ = schedule.end(now: .max)
        #expect(schedule.request(now: .max) == .max)
    }

    @Test("Under random events there is never more than one, nor two too near to each other", arguments: 0..<20)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var schedule = LookupSchedule(minimalDistance: 100)
        var (now, due, lastBegin): (UInt64, UInt64?, UInt64?) = (0, nil, nil)
        var (isRunning, isWanted) = (false, false)
        for _ in 0..<2000 {
            now += UInt64.random(in: 0..<30, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                isWanted = true
                if let time = schedule.request(now: now) {
                    #expect(due == nil && !isRunning)
                    due = time
                }
            case 1:
                guard let time = due, time <= now else { break }
                let began = schedule.begin(now: now)
                #expect(began)
                #expect(lastBegin.map { $0 + 100 <= now } ?? true)
                (isRunning, isWanted, due, lastBegin) = (true, false, nil, now)
            default:
                guard isRunning else { break }
                isRunning = false
                due = schedule.end(now: now)
                #expect((due != nil) == isWanted)
            }
        }
    }
}

@Suite("Whom to ask where the servers are")
struct LookupRoundTests {
    private func asked(_ round: inout LookupRound<String>, at now: UInt64) -> String? {
        if case .ask(let source) = round.step(now: now) { source } else { nil }
    }

    private func waits(_ round: inout LookupRound<String>, at now: UInt64) -> UInt64? {
        if case .wait(let until) = round.step(now: now) { until } else { nil }
    }

    private func isOver(_ round: inout LookupRound<String>, at now: UInt64) -> Bool {
        if case .over = round.step(now: now) { true } else { false }
    }

    @Test("One source at a time, the next one when it fails")
    func inTurn() {
        var round = LookupRound(["a", "b"], patience: 10, deadline: 100)
        #expect(asked(&round, at: 0) == "a")
        #expect(waits(&round, at: 1) == 10)
        round.sourceFailed()
        #expect(asked(&round, at: 2) == "b")
        #expect(waits(&round, at: 2) == 100)
        round.sourceFailed()
        #expect(isOver(&round, at: 3) == true)
    }

    @Test("A silent source is not waited for longer than the patience, and may still answer")
    func silence() {
        var round = LookupRound(["a", "b", "c"], patience: 10, deadline: 100)
        #expect(asked(&round, at: 0) == "a")
        #expect(asked(&round, at: 10) == "b")
        #expect(waits(&round, at: 11) == 20)
        // One of two failed: the third is asked at once.
        round.sourceFailed()
        #expect(asked(&round, at: 12) == "c")
        #expect(waits(&round, at: 99) == 100)
        #expect(isOver(&round, at: 100) == true)
    }

    @Test("Without sources it is over at once")
    func empty() {
        var round = LookupRound<String>([], patience: 10, deadline: 100)
        #expect(isOver(&round, at: 0) == true)
        round.sourceFailed()
        #expect(isOver(&round, at: 0) == true)
    }
}
