import PeriluneCore
import Testing

@testable import PeriluneRedis

typealias Machine = ConnectionStateMachine<Int>

extension Machine {
    /// A machine with round numbers: grace 100, and waits of exactly 10, 20, 40, ... up to 1000.
    static func make(pendingCommands: Int = 100, pendingBytes: Int = 1000) -> Machine {
        Machine(
            limits: Limits(
                pendingCommands: pendingCommands, pendingBytes: pendingBytes, grace: 100,
                backoff: Backoff(base: .nanoseconds(10), cap: .nanoseconds(1000), random: { $0.upperBound })))
    }

    /// One that is connected.
    static func makeActive(pendingCommands: Int = 100) -> Machine {
        var machine = make(pendingCommands: pendingCommands)
        machine.activateForTest()
        return machine
    }

    mutating func activateForTest() {
        state = .connecting(deadline: 1000)
        connected()
        activate(now: 0)
    }

    /// Appends a command of 10 bytes.
    ///
    /// - Returns: The number of the call.
    @discardableResult
    mutating func add(_ caller: Int, deadline: UInt64 = 50_000_000, replies: Int = 1) -> UInt64 {
        let call = Call(number: lastID + 1, deadline: deadline)
        append(.waiting(caller), call, byteCount: 10, replies: replies)
        return call.number
    }

    mutating func popsUnsolicited() -> Bool {
        if case .unsolicited = take(.null, now: 0) { true } else { false }
    }

    mutating func popCaller() -> Int? {
        if case .caller(let caller, _) = take(.null, now: 0) { caller } else { nil }
    }

    /// The refusal of the next command, whatever its size.
    func refusalOfNext() -> EngineError? {
        refusal(now: 0) ?? (hasRoom ? nil : lackOfRoom)
    }
}

@Suite("Connection state machine: calls")
struct ConnectionStateMachineCallTests {
    @Test("Replies go to the callers in the order of sending")
    func order() {
        var machine = Machine.makeActive()
        for caller in 1...3 { machine.add(caller) }
        #expect(machine.nextMove == .flush)
        machine.handOver()
        #expect((1...3).map { _ in machine.popCaller() } == [1, 2, 3])
        let isUnsolicited = machine.popsUnsolicited()
        #expect(isUnsolicited)
    }

    @Test("A reply to what was never sent is unsolicited")
    func tooEarly() {
        var machine = Machine.makeActive()
        machine.add(1)
        let isUnsolicited = machine.popsUnsolicited()
        #expect(isUnsolicited)
        #expect(machine.waitingCount == 1)
    }

    @Test("A cancelled call leaves a tombstone: its reply is dropped, its neighbours get theirs")
    func cancelSent() {
        var machine = Machine.makeActive()
        machine.add(1)
        let id = machine.add(2)
        machine.add(3)
        machine.handOver()
        let cancelled = machine.cancel(id)
        #expect(cancelled?.context == 2)
        #expect(cancelled?.mayHaveRun == true)
        #expect(machine.cancel(id) == nil)
        #expect(machine.popCaller() == 1)
        #expect(machine.popCaller() == nil)
        #expect(machine.popCaller() == 3)
        #expect(machine.waitingCount == 0)
    }

    @Test("A call that is cancelled before it was handed to the socket is never sent")
    func cancelUnsent() {
        var machine = Machine.makeActive()
        machine.add(1)
        machine.handOver()
        machine.add(2)
        let third = machine.add(3)
        machine.add(4)
        let fifth = machine.add(5)
        #expect(machine.cancel(third)?.mayHaveRun == false)
        #expect(machine.cancel(fifth)?.mayHaveRun == false)
        #expect(machine.dropAbandoned() == [10..<20, 30..<40])
        #expect(machine.dropAbandoned() == [])
        #expect(machine.pendingBytes == 20)
        machine.handOver()
        #expect((1...3).map { _ in machine.popCaller() } == [1, 2, 4])
        #expect(machine.slots.isEmpty)
    }

    @Test("A command whose reply nobody wants is sent and its reply dropped")
    func nobody() {
        var machine = Machine.makeActive()
        machine.append(.nobody, .init(deadline: 5), byteCount: 10)
        machine.add(1)
        #expect(machine.dropAbandoned() == [])
        #expect(machine.waitingCount == 1)
        machine.handOver()
        #expect(machine.popCaller() == nil)
        #expect(machine.popCaller() == 1)
    }

    @Test("The queue is bounded by commands and by bytes")
    func bounds() {
        var machine = Machine.make(pendingCommands: 2, pendingBytes: 25)
        #expect(machine.refusalOfNext() == nil)
        #expect(machine.refusal(byteCount: 26)?.code == .tooLarge)
        machine.add(1)
        #expect(machine.refusal(byteCount: 16)?.code == .overloaded)
        #expect(machine.refusal(byteCount: 15) == nil)
        let second = machine.add(2)
        let refusal = machine.refusalOfNext()
        #expect(refusal?.code == .overloaded)
        #expect(refusal?.mayHaveRun == false)
        // What was cancelled makes room.
        _ = machine.cancel(second)
        #expect(machine.shouldDropAbandoned)
        #expect(machine.dropAbandoned() == [10..<20])
        #expect(machine.refusalOfNext() == nil)
    }
}

@Suite("Connection state machine: deadlines")
struct ConnectionStateMachineDeadlineTests {
    @Test("Late calls end in the order of their deadlines, each once")
    func expire() {
        var machine = Machine.makeActive()
        machine.add(1, deadline: 5_000_000)
        let second = machine.add(2, deadline: 6_000_000)
        machine.add(3, deadline: 7_000_000)
        machine.handOver()
        #expect(machine.nextDeadline() == 5_000_000)
        #expect(machine.expire(now: 4_999_999).isEmpty)
        let expired = machine.expire(now: 5_000_000)
        #expect(expired.map(\.context) == [1])
        #expect(expired.first?.error.code == .timedOut)
        #expect(expired.first?.error.mayHaveRun == true)
        _ = machine.cancel(second)
        #expect(machine.expire(now: 7_000_000).map(\.context) == [3])
        #expect(machine.expire(now: .max).isEmpty)
    }

    @Test("A deadline earlier than that of the call before it is kept")
    func outOfOrder() {
        var machine = Machine.makeActive()
        machine.add(1, deadline: 90_000_000)
        machine.add(2, deadline: 10_000_000)
        machine.add(3, deadline: 95_000_000)
        machine.add(4, deadline: 20_000_000)
        machine.handOver()
        #expect(machine.nextDeadline() == 10_000_000)
        #expect(machine.expire(now: 10_000_000).map(\.context) == [2])
        #expect(machine.nextDeadline() == 20_000_000)
        #expect(machine.popCaller() == 1)
        #expect(machine.popCaller() == nil)
        #expect(machine.popCaller() == 3)
        #expect(machine.popCaller() == 4)
        #expect(machine.nextDeadline() == nil)
    }

    @Test("Answered calls need no timer")
    func answered() {
        var machine = Machine.makeActive()
        #expect(machine.nextDeadline() == nil)
        for caller in 0..<10 { machine.add(caller, deadline: UInt64(caller)) }
        machine.handOver()
        for _ in 0..<10 { _ = machine.popCaller() }
        #expect(machine.nextDeadline() == nil)
        #expect(machine.expire(now: .max).isEmpty)
    }

    @Test("A server that owes an answer for too long is dead; one that answers late is not")
    func tombstones() {
        var machine = Machine.makeActive()
        machine.add(1, deadline: 500)
        machine.add(2, deadline: 2_000_000)
        machine.handOver()
        #expect(machine.expire(now: 500).count == 1)
        #expect(machine.nextDeadline() == 600)
        #expect(!machine.isUnresponsive(now: 599))
        #expect(machine.isUnresponsive(now: 600))
        #expect(machine.popCaller() == nil)
        #expect(!machine.isUnresponsive(now: 600))
    }

    @Test("Who waits for a connection is told why there is none")
    func unreachable() {
        var machine = Machine.make()
        machine.add(1, deadline: 1000)
        #expect(machine.nextMove == .connect)
        let began = machine.beginConnecting(deadline: 500)
        #expect(began)
        let late = machine.timedOutAttempt
        #expect(late?.deadline == 500)
        #expect(late?.error.code == .unreachable)
        _ = machine.attemptFailed(EngineError(.unreachable, "refused"), now: 900)
        let expired = machine.expire(now: 1000)
        #expect(expired.first?.error == EngineError(.unreachable, "refused"))
        #expect(machine.waitingCount == 0)
    }

    @Test("A server that accepts and stays silent makes calls time out, not be unreachable")
    func silent() {
        var machine = Machine.make()
        machine.add(1, deadline: 400)
        _ = machine.beginConnecting(deadline: 500)
        machine.connected()
        #expect(machine.timedOutAttempt?.error.code == .timedOut)
        let error = machine.expire(now: 400).first?.error
        #expect(error?.code == .timedOut)
        #expect(error?.mayHaveRun == false)
    }
}
