import PeriluneCore
import Testing

@testable import PeriluneRedis

extension Machine {
    /// Lets a command wait for room.
    mutating func enqueue(_ caller: Int, deadline: UInt64 = 50_000_000, replies: Int = 1) {
        let commands = Array(repeating: RedisCommand("ECHO", [.integer(caller)]), count: replies)
        queue(
            caller, Request(several: commands), Call(deadline: deadline))
    }

    /// Encodes what waits for room, 10 bytes each.
    mutating func encodeAll() {
        _ = dropAbandoned()
        while nextQueued != nil { encodeNextQueued(byteCount: 10) }
    }
}

@Suite("Connection state machine: calls that wait for room, and calls with several replies")
struct ConnectionStateMachineQueueTests {
    @Test("Who waits for room is sent in turn when there is some, and nobody overtakes")
    func order() {
        var machine = Machine.makeActive(pendingCommands: 2)
        machine.add(1)
        machine.add(2)
        #expect(!machine.hasRoom)
        machine.enqueue(3)
        machine.enqueue(4)
        machine.handOver()
        machine.encodeAll()
        #expect(machine.pendingBytes == 0)
        #expect(machine.popCaller() == 1)
        // There is room for one, but others have waited for longer.
        #expect(!machine.hasRoom)
        machine.encodeAll()
        #expect(machine.pendingBytes == 10)
        machine.handOver()
        #expect(machine.popCaller() == 2)
        machine.encodeAll()
        machine.handOver()
        #expect(machine.hasRoom == false)
        #expect((3...4).map { _ in machine.popCaller() } == [3, 4])
        #expect(machine.hasRoom)
        #expect(machine.slots.isEmpty)
    }

    @Test("Who waits for room until his deadline is told that there were too many; it has not run")
    func late() {
        var machine = Machine.makeActive(pendingCommands: 1)
        machine.add(1, deadline: 9_000_000)
        machine.handOver()
        machine.enqueue(2, deadline: 5_000_000)
        #expect(machine.nextDeadline() == 5_000_000)
        let expired = machine.expire(now: 5_000_000)
        #expect(expired.map(\.context) == [2])
        #expect(expired.first?.error.code == .overloaded)
        #expect(expired.first?.error.mayHaveRun == false)
        #expect(machine.breaker.consecutiveFailures == 0)
        #expect(machine.popCaller() == 1)
        machine.encodeAll()
        #expect(machine.pendingBytes == 0)
        #expect(machine.slots.isEmpty)
    }

    @Test("Who is cancelled while he waits for room leaves nothing behind")
    func cancelled() {
        var machine = Machine.makeActive(pendingCommands: 1)
        machine.add(1)
        machine.handOver()
        machine.enqueue(2)
        machine.enqueue(3)
        #expect(machine.cancel(2)?.mayHaveRun == false)
        #expect(machine.popCaller() == 1)
        machine.encodeAll()
        machine.handOver()
        #expect(machine.popCaller() == 3)
        #expect(machine.slots.isEmpty)
        #expect(machine.hasRoom)
    }

    @Test("Who waits for room when the connection breaks is sent on the next one")
    func lost() {
        var machine = Machine.makeActive(pendingCommands: 1)
        machine.add(1)
        machine.handOver()
        machine.enqueue(2)
        let loss = machine.connectionLost(.testLoss, unsentBytes: 0, now: 0)
        #expect(loss.failed == [1])
        machine.activateForTest()
        machine.encodeAll()
        machine.handOver()
        #expect(machine.popCaller() == 2)
    }

    @Test("The end fails who waits for room; nothing of it has run")
    func shutDown() {
        var machine = Machine.makeActive(pendingCommands: 1)
        machine.add(1)
        machine.handOver()
        machine.enqueue(2)
        let rest = machine.shutDown()
        #expect(rest.map(\.context) == [1, 2])
        #expect(rest.map(\.mayHaveRun) == [true, false])
        #expect(machine.queuedCount == 0)
    }

    @Test("Several replies come as one array, in their order")
    func several() {
        var machine = Machine.makeActive()
        machine.add(1, replies: 3)
        machine.add(2)
        machine.handOver()
        #expect(machine.repliesDue == 4)
        for number in 1...2 {
            guard case .nobody = machine.take(.integer(number), now: 0) else {
                Issue.record("not the expected reply")
                return
            }
        }
        guard case .caller(1, let replies) = machine.take(.integer(3), now: 0) else {
            Issue.record("not the expected reply")
            return
        }
        #expect(replies == .array([.integer(1), .integer(2), .integer(3)]))
        #expect(machine.popCaller() == 2)
        #expect(machine.repliesDue == 0)
    }

    @Test("The replies to a call that ended in the middle of them reach nobody")
    func abandonedInTheMiddle() {
        var machine = Machine.makeActive()
        let first = machine.add(1, replies: 3)
        machine.add(2, replies: 2)
        machine.handOver()
        _ = machine.take(.integer(1), now: 0)
        #expect(machine.cancel(first)?.mayHaveRun == true)
        #expect(machine.popCaller() == nil)
        #expect(machine.popCaller() == nil)
        _ = machine.take(.integer(4), now: 0)
        guard case .caller(2, let replies) = machine.take(.integer(5), now: 0) else {
            Issue.record("not the expected reply")
            return
        }
        #expect(replies == .array([.integer(4), .integer(5)]))
    }

    @Test("A connection lost in the middle of several replies fails the call, and the next one begins anew")
    func lostInTheMiddle() {
        var machine = Machine.makeActive()
        machine.add(1, replies: 2)
        machine.handOver()
        _ = machine.take(.integer(1), now: 0)
        #expect(machine.connectionLost(.testLoss, unsentBytes: 0, now: 0).failed == [1])
        #expect(machine.repliesDue == 0)
        machine.activateForTest()
        machine.add(2)
        machine.handOver()
        guard case .caller(2, .integer(7)) = machine.take(.integer(7), now: 0) else {
            Issue.record("not the expected reply")
            return
        }
    }

    @Test("Replies count against the limit, not calls; the one that goes beyond it is still taken")
    func limit() {
        var machine = Machine.makeActive(pendingCommands: 4)
        machine.add(1, replies: 3)
        #expect(machine.hasRoom)
        machine.add(2, replies: 100)
        #expect(!machine.hasRoom)
        #expect(machine.lackOfRoom.message == "103 calls are waiting for their answers already")
        machine.handOver()
        for _ in 0..<100 { _ = machine.take(.null, now: 0) }
        #expect(machine.hasRoom)
    }
}
