import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneRedis

/// A connection whose socket and server are arrays, with a machine that is put through random events.
private struct ConnectionModel {
    let seed: UInt64
    var random: SeededGenerator
    var machine = Machine.make(pendingCommands: 30, pendingBytes: 400)
    var now: UInt64 = 0
    var accepted = 0
    /// The slot of each caller.
    var slots: [UInt64] = []
    var resumed: Set<Int> = []
    /// The commands whose replies nobody wants, each ``loadLength`` long.
    var loads = 0
    static let loadLength = 5
    /// Of each caller's command.
    var lengths: [Int] = []
    var replyCounts: [Int] = []
    // The bytes of a command are its caller's number, as often as it is long; those of one without a caller are a
    // negative number of its own.
    var pending: [Int] = []
    var sending: [Int] = []
    var wire: [Int] = []
    /// The replies that the server has given to the command that it is at.
    var replies = 0
    var queued = 0

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
    }

    mutating func resume(_ caller: Int) {
        #expect(resumed.insert(caller).inserted, "seed \(seed): \(caller) twice")
    }

    mutating func drop() {
        for range in machine.dropAbandoned().reversed() { pending.removeSubrange(range) }
    }

    // MARK: Callers

    mutating func call() {
        if machine.shouldDropAbandoned { drop() }
        let length = Int.random(in: 1...20, using: &random)
        let replyCount = Int.random(in: 0..<3, using: &random) == 0 ? Int.random(in: 2...4, using: &random) : 1
        let suspends = Bool.random(using: &random)
        guard machine.refusal(now: now) == nil else { return }
        let deadline = now + UInt64.random(in: 1...3, using: &random) * 1_000_000 / 3000
        let call = Machine.Call(begin: now, deadline: deadline)
        if Int.random(in: 0..<8, using: &random) == 0, machine.hasRoom,
            machine.refusal(byteCount: Self.loadLength) == nil
        {
            loads += 1
            machine.append(.nobody, call, byteCount: Self.loadLength)
            pending += Array(repeating: -loads, count: Self.loadLength)
        }
        if machine.hasRoom, machine.refusal(byteCount: length) == nil {
            slots.append(machine.append(.waiting(accepted), call, byteCount: length, replies: replyCount))
            pending += Array(repeating: accepted, count: length)
        } else if suspends {
            let commands = Array(repeating: RedisCommand("ECHO", [.integer(accepted)]), count: replyCount)
            slots.append(machine.queue(accepted, Request(several: commands), call))
            queued += 1
        } else {
            return
        }
        lengths.append(length)
        replyCounts.append(replyCount)
        accepted += 1
    }

    mutating func cancel() {
        guard let caller = (0..<accepted).randomElement(using: &random) else { return }
        guard let cancelled = machine.cancel(slots[caller]) else {
            #expect(resumed.contains(caller), "seed \(seed)")
            return
        }
        #expect(cancelled.context == caller, "seed \(seed)")
        resume(caller)
    }

    // MARK: The loop's thread

    mutating func handOver() {
        guard machine.state == .active else { return }
        if machine.queuedCount > 0 { drop() }
        while let request = machine.nextQueued {
            guard case .several(let commands) = request.body, case .integer(let caller) = commands[0].arguments[0],
                machine.refusal(byteCount: lengths[caller]) == nil
            else { break }
            machine.encodeNextQueued(byteCount: lengths[caller])
            pending += Array(repeating: caller, count: lengths[caller])
        }
        guard sending.isEmpty else { return }
        drop()
        sending = pending
        pending = []
        machine.handOver()
    }

    mutating func send(_ count: Int) {
        wire += sending.prefix(count)
        sending.removeFirst(count)
    }

    /// The server gives the next reply to the first command that it has read whole.
    mutating func answer() {
        guard machine.state == .active, let caller = wire.first else { return }
        let length = caller < 0 ? Self.loadLength : lengths[caller]
        guard wire.prefix(while: { $0 == caller }).count == length else { return }
        guard caller >= 0 else {
            wire.removeFirst(length)
            guard case .nobody = machine.take(.status("OK"), now: now) else {
                Issue.record("seed \(seed): somebody got a reply that nobody wants")
                return
            }
            return
        }
        let reply = RedisReply.array([.integer(caller), .integer(replies)])
        replies += 1
        let isLast = replies == replyCounts[caller]
        switch machine.take(reply, now: now) {
        case .caller(let context, let collected):
            #expect(isLast && context == caller, "seed \(seed)")
            let all = (0..<replies).map { RedisReply.array([.integer(caller), .integer($0)]) }
            #expect(collected == (replies == 1 ? all[0] : .array(all)), "seed \(seed)")
            resume(caller)
        case .nobody: #expect(!isLast || resumed.contains(caller), "seed \(seed)")
        case .unsolicited: Issue.record("seed \(seed): unsolicited")
        }
        guard isLast else { return }
        wire.removeFirst(length)
        replies = 0
    }

    mutating func lose() {
        let loss = machine.connectionLost(.testLoss, unsentBytes: sending.count, now: now)
        for caller in loss.failed { resume(caller) }
        pending = Array(sending.dropFirst(loss.droppedBytes)) + pending
        sending = []
        wire = []
        replies = 0
    }

    /// Goes on with making the connection.
    mutating func connect(mayFail: Bool) {
        switch machine.state {
        case .idle: _ = machine.beginConnecting(deadline: now + 1000, now: now)
        case .connecting: machine.connected()
        case .handshaking:
            if mayFail, Bool.random(using: &random) {
                for caller in machine.attemptFailed(EngineError(.misconfigured, ""), now: now) { resume(caller) }
            } else {
                machine.activate(now: now)
            }
        case .backingOff: machine.endBackoff(now: now)
        case .active, .shutDown: break
        }
    }

    mutating func step() {
        now += UInt64.random(in: 0..<40, using: &random)
        switch Int.random(in: 0..<12, using: &random) {
        case 0...4: call()
        case 5: cancel()
        case 6: for (caller, _) in machine.expire(now: now) { resume(caller) }
        case 7:
            handOver()
            send(Int.random(in: 0...sending.count, using: &random))
        case 8...10: for _ in 0..<3 { answer() }
        default:
            if machine.state == .active {
                if Int.random(in: 0..<5, using: &random) == 0 { lose() }
            } else {
                connect(mayFail: true)
            }
        }
    }

    func check() {
        #expect(machine.pendingBytes == pending.count, "seed \(seed)")
        #expect(machine.waitingCount == accepted - resumed.count, "seed \(seed)")
        #expect(machine.queuedCount == machine.slots.count { !$0.isEncoded }, "seed \(seed)")
        #expect(machine.repliesDue == machine.slots.reduce(0) { $0 + ($1.isEncoded ? $1.repliesDue : 0) })
    }
}

@Suite("Connection state machine under random events")
struct ConnectionStateMachineModelTests {
    @Test("Every caller is resumed exactly once, by its own replies if by any, and no byte is lost", arguments: 0..<60)
    func model(seed: UInt64) {
        var model = ConnectionModel(seed: seed)
        for _ in 0..<3000 {
            model.step()
            model.check()
        }
        #expect(model.queued > 0)
        for (caller, _) in model.machine.shutDown() { model.resume(caller) }
        #expect(model.resumed.count == model.accepted)
    }

    @Test("Once the connection stands and the server answers, nobody waits any more", arguments: 0..<40)
    func liveness(seed: UInt64) {
        var model = ConnectionModel(seed: seed)
        for _ in 0..<Int.random(in: 1...1500, using: &model.random) { model.step() }
        model.now += 1_000_000
        for _ in 0..<4 where model.machine.state != .active { model.connect(mayFail: false) }
        for _ in 0..<500 where model.machine.waitingCount > 0 {
            model.handOver()
            model.send(model.sending.count)
            for _ in 0..<100 { model.answer() }
        }
        model.check()
        #expect(model.machine.waitingCount == 0, "seed \(seed)")
        #expect(model.resumed.count == model.accepted, "seed \(seed)")
    }
}
