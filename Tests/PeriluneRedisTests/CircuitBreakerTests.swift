import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneRedis

@Suite("Circuit breaker")
struct CircuitBreakerTests {
    private static let failure = EngineError(.connectionLost, "reset by peer")
    private static let second: UInt64 = 1_000_000_000

    /// A breaker with the usual settings that has just opened, at the given time.
    private func opened(at time: UInt64 = 0) -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for _ in 0..<5 { breaker.failed(Self.failure, now: time) }
        return breaker
    }

    @Test("It opens after five failures in a row, and not after fewer")
    func opens() {
        var breaker = CircuitBreaker()
        for count in 1...4 {
            breaker.failed(Self.failure, now: 0)
            #expect(breaker.state == .closed)
            #expect(breaker.consecutiveFailures == count)
            #expect(breaker.refusal(now: 0) == nil)
        }
        breaker.succeeded(now: 0)
        #expect(breaker.consecutiveFailures == 0)
        for _ in 0..<4 { breaker.failed(Self.failure, now: 0) }
        #expect(breaker.state == .closed)
        breaker.failed(Self.failure, now: 7)
        #expect(breaker.state == .open)
        #expect(breaker.lastError == Self.failure)
        #expect(breaker.transitions == [.init(state: .open, time: 7)])
    }

    @Test("What it refuses certainly has not run, and is told why")
    func refusal() {
        let breaker = opened()
        let refusal = breaker.refusal(now: 1)
        #expect(refusal?.code == .circuitOpen)
        #expect(refusal?.mayHaveRun == false)
        #expect(refusal?.message == "not tried after 5 failures in a row; the last: reset by peer")
    }

    @Test("After sixty seconds one call passes as a probe, and its success closes the breaker")
    func probe() {
        var breaker = opened(at: 5)
        #expect(breaker.refusal(now: 60 * Self.second + 4) != nil)
        let later = 60 * Self.second + 5
        #expect(breaker.refusal(now: later) == nil)
        breaker.began(1, now: later)
        #expect(breaker.state == .halfOpen)
        #expect(breaker.refusal(now: later)?.code == .circuitOpen)
        breaker.succeeded(now: later + 1)
        #expect(breaker.state == .closed)
        #expect(breaker.refusal(now: later + 1) == nil)
        #expect(breaker.transitions.map(\.state) == [.open, .halfOpen, .closed])
        // A closed one counts anew.
        breaker.failed(Self.failure, now: later + 2)
        #expect(breaker.state == .closed)
    }

    @Test("A probe that fails opens it for another sixty seconds")
    func failedProbe() {
        var breaker = opened()
        breaker.began(1, now: 60 * Self.second)
        breaker.failed(Self.failure, now: 61 * Self.second)
        #expect(breaker.state == .open)
        #expect(breaker.refusal(now: 121 * Self.second - 1) != nil)
        #expect(breaker.refusal(now: 121 * Self.second) == nil)
    }

    @Test("A probe that is cancelled gives way to the next call")
    func cancelledProbe() {
        var breaker = opened()
        breaker.began(1, now: 60 * Self.second)
        breaker.abandoned(2)
        #expect(breaker.refusal(now: 60 * Self.second) != nil)
        breaker.abandoned(1)
        #expect(breaker.state == .halfOpen)
        #expect(breaker.refusal(now: 60 * Self.second) == nil)
    }

    @Test("Failures of calls that were under way when it opened do not keep it open for longer")
    func stragglers() {
        var breaker = opened()
        breaker.failed(EngineError(.timedOut, "late"), now: 50 * Self.second)
        #expect(breaker.lastError?.code == .timedOut)
        #expect(breaker.refusal(now: 60 * Self.second) == nil)
    }

    @Test("A success closes an open breaker at once: the server is back")
    func success() {
        var breaker = opened()
        breaker.succeeded(now: 1)
        #expect(breaker.state == .closed)
        #expect(breaker.refusal(now: 1) == nil)
    }

    @Test("An answer that comes too late lets one call pass as a probe before the time, and closes nothing")
    func late() {
        var breaker = opened()
        breaker.answeredLate(now: 1)
        #expect(breaker.state == .halfOpen)
        #expect(breaker.refusal(now: 1) == nil)
        breaker.began(1, now: 1)
        breaker.answeredLate(now: 2)
        #expect(breaker.refusal(now: 2) != nil)
        breaker.failed(Self.failure, now: 3)
        #expect(breaker.state == .open)
        #expect(breaker.refusal(now: 4) != nil)
        var closed = CircuitBreaker()
        closed.failed(Self.failure, now: 0)
        closed.answeredLate(now: 1)
        #expect(closed.state == .closed)
        #expect(closed.consecutiveFailures == 1)
    }

    @Test("Both numbers can be set; none and less count as one, and the largest never opens")
    func settings() {
        for failures in [Int.min, 0, 1] {
            var breaker = CircuitBreaker(.init(failures: failures, openTime: .seconds(1)))
            breaker.failed(Self.failure, now: 0)
            #expect(breaker.state == .open)
            #expect(breaker.refusal(now: Self.second) == nil)
        }
        var never = CircuitBreaker(.init(failures: .max))
        for _ in 0..<10_000 { never.failed(Self.failure, now: 0) }
        #expect(never.state == .closed)
        var forever = CircuitBreaker(.init(failures: 1, openTime: .seconds(Int64.max)))
        forever.failed(Self.failure, now: .max - 1)
        #expect(forever.refusal(now: .max - 1) != nil)
    }

    @Test("Transitions are remembered, but not without end")
    func transitions() {
        var breaker = CircuitBreaker(.init(failures: 1))
        for time in 0..<100 as Range<UInt64> {
            breaker.failed(Self.failure, now: time)
            breaker.succeeded(now: time)
        }
        #expect(breaker.transitions.count == CircuitBreaker.rememberedTransitions)
        #expect(breaker.transitions.last == .init(state: .closed, time: 99))
    }
}

@Suite("Circuit breaker of a connection")
struct ConnectionBreakerTests {
    /// A connection that is up, whose breaker opened at time 0 by five calls that were not answered.
    private func opened() -> Machine {
        var machine = Machine.makeActive()
        for caller in 0..<5 { machine.add(caller, deadline: 0) }
        machine.handOver()
        let expired = machine.expire(now: 0)
        #expect(expired.count == 5)
        #expect(machine.breaker.state == .open)
        return machine
    }

    @Test("Calls that are not answered in time open it; when they are after all, the next one is tried and closes it")
    func timeouts() {
        var machine = opened()
        #expect(machine.refusalOfNext()?.code == .circuitOpen)
        #expect(machine.popCaller() == nil)
        #expect(machine.refusalOfNext() == nil)
        machine.add(9)
        machine.handOver()
        #expect(machine.refusalOfNext()?.code == .circuitOpen)
        for _ in 0..<4 { #expect(machine.popCaller() == nil) }
        #expect(machine.popCaller() == 9)
        #expect(machine.breaker.state == .closed)
    }

    @Test("Calls that wait for a connection do not count, attempts to make one do")
    func attempts() {
        var machine = Machine.make()
        for caller in 0..<20 { machine.add(caller, deadline: 100) }
        for attempt in 1...5 {
            _ = machine.beginConnecting(deadline: 50, now: 0)
            #expect(machine.breaker.consecutiveFailures == attempt - 1)
            _ = machine.attemptFailed(EngineError(.unreachable, "refused"), now: 10)
            machine.endBackoff(now: .max)
        }
        #expect(machine.expire(now: 100).count == 20)
        #expect(machine.breaker.consecutiveFailures == 5)
        #expect(machine.breaker.state == .open)
    }

    @Test("While it is open the connection is made again although nobody waits, and then it closes")
    func connection() {
        var machine = opened()
        _ = machine.connectionLost(.testLoss, unsentBytes: 0, now: 0)
        machine.endBackoff(now: .max)
        #expect(machine.waitingCount == 0)
        let began = machine.beginConnecting(deadline: 100, now: 0)
        #expect(began)
        machine.connected()
        #expect(machine.breaker.state == .open)
        machine.activate(now: 1)
        #expect(machine.breaker.state == .closed)
        #expect(machine.refusalOfNext() == nil)
    }

    @Test("A probe that ends without an answer and without blame gives way")
    func abandonedProbe() {
        var machine = opened()
        _ = machine.connectionLost(.testLoss, unsentBytes: 0, now: 0)
        let later: UInt64 = 60_000_000_000
        #expect(machine.refusal(now: later) == nil)
        let call = Machine.Call(begin: later, deadline: later + 10)
        let probe = machine.append(.waiting(1), call, byteCount: 10)
        #expect(machine.breaker.state == .halfOpen)
        #expect(machine.refusal(now: later)?.code == .circuitOpen)
        #expect(machine.cancel(probe)?.mayHaveRun == false)
        #expect(machine.refusal(now: later) == nil)
    }
}
