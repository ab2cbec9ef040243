import PeriluneCore
import Testing

@testable import PeriluneRedis

extension EngineError {
    static let testLoss = EngineError(.connectionLost, "reset")
}

@Suite("Connection state machine: connecting")
struct ConnectionStateMachineConnectingTests {
    @Test("It connects when somebody waits, and only then")
    func lazy() {
        var machine = Machine.make()
        let beganForNobody = machine.beginConnecting(deadline: 500, now: 0)
        #expect(!beganForNobody)
        machine.add(1)
        let began = machine.beginConnecting(deadline: 500, now: 0)
        #expect(began)
        #expect(machine.state == .connecting(deadline: 500))
        let beganAgain = machine.beginConnecting(deadline: 500, now: 0)
        #expect(!beganAgain)
        #expect(machine.nextMove == .nothing)
        machine.connected()
        #expect(machine.state == .handshaking(deadline: 500))
        machine.activate(now: 0)
        #expect(machine.state == .active)
    }

    @Test("What was written may have run and fails; the rest waits for the next connection")
    func lossInTheMiddle() {
        var machine = Machine.makeActive()
        for caller in 1...4 { machine.add(caller) }
        machine.handOver()
        for caller in 5...6 { machine.add(caller) }
        // The socket took all of 1, all of 2 and a part of 3.
        let loss = machine.connectionLost(.testLoss, unsentBytes: 15, now: 100)
        #expect(loss.failed == [1, 2, 3])
        #expect(loss.droppedBytes == 5)
        #expect(machine.pendingBytes == 30)
        #expect(machine.state == .backingOff(until: 110))
        machine.activateForTest()
        machine.handOver()
        #expect((1...3).map { _ in machine.popCaller() } == [4, 5, 6])
    }

    @Test("A loss at the border of two commands fails none too many and none too few", arguments: [0, 10, 20])
    func lossAtBorder(unsent: Int) {
        var machine = Machine.makeActive()
        machine.add(1)
        machine.add(2)
        machine.handOver()
        let loss = machine.connectionLost(.testLoss, unsentBytes: unsent, now: 0)
        #expect(loss.failed.count == 2 - unsent / 10)
        #expect(loss.droppedBytes == 0)
        #expect(machine.pendingBytes == unsent)
    }

    @Test("A tombstone that the socket had not taken is not sent again")
    func lossWithTombstones() {
        var machine = Machine.makeActive()
        machine.add(1)
        let second = machine.add(2)
        machine.add(3)
        machine.handOver()
        _ = machine.cancel(second)
        let loss = machine.connectionLost(.testLoss, unsentBytes: 30, now: 0)
        #expect(loss.failed.isEmpty)
        #expect(machine.dropAbandoned() == [10..<20])
        machine.activateForTest()
        machine.handOver()
        #expect((1...2).map { _ in machine.popCaller() } == [1, 3])
    }

    @Test("Attempts come at growing distances until a reply, not a mere connection, ends the series")
    func backoff() {
        var machine = Machine.make()
        machine.add(1)
        for wait in [10, 20, 40, 80] as [UInt64] {
            let began = machine.beginConnecting(deadline: 5000, now: 1000)
            #expect(began)
            _ = machine.attemptFailed(EngineError(.unreachable, "refused"), now: 1000)
            #expect(machine.state == .backingOff(until: 1000 + wait))
            #expect(machine.nextDeadline() == 1000 + wait)
            machine.endBackoff(now: 999 + wait)
            #expect(machine.nextMove == .nothing)
            machine.endBackoff(now: 1000 + wait)
            #expect(machine.state == .idle)
        }
        machine.activateForTest()
        machine.handOver()
        #expect(machine.failures == 4)
        #expect(machine.popCaller() == 1)
        #expect(machine.failures == 0)
    }

    @Test("The time that an attempt took counts as waiting, but for the shortest wait")
    func longAttempt() {
        var machine = Machine.make()
        machine.add(1)
        for end in [80, 80, 80, 80, 160] as [UInt64] {
            _ = machine.beginConnecting(deadline: 1000, now: 0)
            _ = machine.attemptFailed(EngineError(.timedOut, "silent"), now: 70)
            #expect(machine.state == .backingOff(until: end))
            machine.endBackoff(now: .max)
        }
    }

    @Test("A wrong configuration fails all who wait, and later calls wait for the next attempt")
    func misconfigured() {
        var machine = Machine.make()
        machine.add(1)
        machine.add(2)
        _ = machine.beginConnecting(deadline: 500, now: 0)
        machine.connected()
        let failed = machine.attemptFailed(EngineError(.misconfigured, "WRONGPASS"), now: 100)
        #expect(failed == [1, 2])
        #expect(machine.waitingCount == 0)
        machine.add(3)
        #expect(machine.nextMove == .nothing)
        #expect(machine.state == .backingOff(until: 110))
        machine.endBackoff(now: 110)
        let began = machine.beginConnecting(deadline: 500, now: 0)
        #expect(began)
        // The first two are not sent when it works at last.
        #expect(machine.dropAbandoned() == [0..<10, 10..<20])
    }

    @Test("Where there are other servers, a failed attempt fails those who wait, and they are never sent")
    func failsWithAttempt() {
        var limits = Machine.make().limits
        limits.failsWithAttempt = true
        var machine = Machine(limits: limits)
        machine.add(1)
        machine.add(2)
        _ = machine.beginConnecting(deadline: 500, now: 0)
        let failed = machine.attemptFailed(EngineError(.unreachable, "refused"), now: 100)
        #expect(failed == [1, 2])
        #expect(machine.waitingCount == 0)
        #expect(machine.dropAbandoned() == [0..<10, 10..<20])
    }

    @Test("When another server is in charge, what was not sent is given up, and what was is answered")
    func retire() {
        var machine = Machine.makeActive()
        machine.add(1)
        machine.handOver()
        machine.add(2)
        machine.add(3)
        #expect(machine.retire() == [2, 3])
        #expect(machine.dropAbandoned() == [0..<10, 10..<20])
        #expect(machine.popCaller() == 1)
        #expect(machine.waitingCount == 0)
    }

    @Test("A retired connection that breaks gives back what its socket had not taken, and connects no more")
    func retiredAndLost() {
        var machine = Machine.makeActive()
        machine.add(1)
        machine.add(2)
        machine.handOver()
        #expect(machine.retire() == [])
        #expect(machine.abandonStranded() == [])
        let loss = machine.connectionLost(.testLoss, unsentBytes: 10, now: 0)
        #expect(loss.failed == [1])
        #expect(machine.abandonStranded() == [2])
        machine.endBackoff(now: .max)
        let began = machine.beginConnecting(deadline: .max, now: 0)
        #expect(!began)
    }

    @Test("What is left from an earlier connection is not overdue on a new one")
    func leftover() {
        var machine = Machine.make()
        machine.append(.nobody, .init(deadline: 500), byteCount: 10)
        machine.add(1, deadline: 50_000_000)
        machine.state = .connecting(deadline: 40_000_000)
        machine.connected()
        machine.activate(now: 30_000_000)
        machine.handOver()
        #expect(!machine.isUnresponsive(now: 30_000_050))
        #expect(machine.isUnresponsive(now: 30_000_100))
    }

    @Test("Even without a backoff there is some time between two attempts")
    func noBackoff() {
        var machine = Machine(limits: Machine.Limits(backoff: Backoff(base: .zero, cap: .zero)))
        machine.add(1)
        _ = machine.beginConnecting(deadline: 500, now: 100)
        _ = machine.attemptFailed(EngineError(.unreachable, "refused"), now: 100)
        machine.endBackoff(now: 100)
        #expect(machine.nextMove == .nothing)
    }

    @Test("Draining accepts nothing, ends when all are answered, and knows its deadline")
    func drain() {
        var machine = Machine.makeActive()
        machine.add(1)
        machine.handOver()
        #expect(!machine.isDrained)
        machine.beginDrain(deadline: 70)
        machine.beginDrain(deadline: 90)
        #expect(machine.refusalOfNext()?.code == .shutDown)
        #expect(machine.nextDeadline() == 70)
        #expect(!machine.isDrained)
        #expect(machine.popCaller() == 1)
        #expect(machine.isDrained)
    }

    @Test("Shutting down fails who waits, and tells what may have run")
    func shutDown() {
        var machine = Machine.makeActive()
        machine.add(1)
        let second = machine.add(2)
        machine.handOver()
        machine.add(3)
        _ = machine.cancel(second)
        let rest = machine.shutDown()
        #expect(rest.map(\.context) == [1, 3])
        #expect(rest.map(\.mayHaveRun) == [true, false])
        #expect(machine.shutDown().isEmpty)
        #expect(machine.refusalOfNext()?.code == .shutDown)
        #expect(machine.nextDeadline() == nil)
        let isUnsolicited = machine.popsUnsolicited()
        #expect(isUnsolicited)
    }
}
