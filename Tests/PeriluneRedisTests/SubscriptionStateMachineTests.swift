import PeriluneCore
import Testing

@testable import PeriluneRedis

private typealias SubscriptionMachine = SubscriptionStateMachine
private typealias Action = SubscriptionStateMachine.Action

private let news = SubscriptionTopic(kind: .channel, name: "news")
private let sport = SubscriptionTopic(kind: .channel, name: "sport")
private let all = SubscriptionTopic(kind: .pattern, name: "*")
private let shard = SubscriptionTopic(kind: .shardChannel, name: "{a}")

extension SubscriptionMachine {
    /// Limits whose times are easy to read: a `PING` after 50, death after 50 more, a wait of 10 after a loss.
    fileprivate static func make(
        pendingRequests: Int = 100, followsRedirections: Bool = false
    ) -> SubscriptionMachine {
        var limits = Limits()
        limits.followsRedirections = followsRedirections
        limits.pendingRequests = pendingRequests
        limits.silence = 100
        limits.backoff = Backoff(base: .nanoseconds(10), cap: .nanoseconds(10), random: { $0.upperBound })
        return SubscriptionMachine(limits: limits)
    }

    fileprivate mutating func subscribe(
        _ subscriber: Subscriber, _ topics: [SubscriptionTopic], deadline: UInt64 = 1000, now: UInt64 = 0
    ) throws -> [Action] {
        var actions: [Action] = []
        try subscribe(subscriber, to: topics, deadline: deadline, now: now, &actions)
        return actions
    }

    fileprivate mutating func leave(_ subscriber: Subscriber) -> [Action] {
        var actions: [Action] = []
        leave(subscriber, now: 0, &actions)
        return actions
    }

    fileprivate mutating func take(_ reply: RedisReply, now: UInt64 = 0) -> [Action] {
        var actions: [Action] = []
        take(reply, now: now, &actions)
        return actions
    }

    fileprivate mutating func expire(_ now: UInt64) -> [Action] {
        var actions: [Action] = []
        expire(now: now, &actions)
        return actions
    }

    fileprivate mutating func connect(now: UInt64 = 0) -> [Action] {
        endBackoff(now: now)
        guard beginConnecting(deadline: now + 500) else { return [] }
        connected()
        var actions: [Action] = []
        activate(now: now, &actions)
        return actions
    }

    fileprivate mutating func lose(now: UInt64 = 0) -> [Action] {
        var actions: [Action] = []
        connectionLost(now: now, &actions)
        return actions
    }

    fileprivate mutating func fail(_ error: EngineError) -> [Action] {
        endBackoff(now: .max)
        _ = beginConnecting(deadline: 500)
        var actions: [Action] = []
        attemptFailed(error, now: 0, &actions)
        return actions
    }
}

private func words(_ words: String...) -> RedisReply { .array(words.map { .bulk($0) }) }

private func confirmed(_ word: String, _ name: String, _ count: Int = 1) -> RedisReply {
    .array([.bulk(word), .bulk(name), .integer(count)])
}

private func isLoss(_ actions: [Action]) -> Bool {
    if case .lose = actions.last { true } else { false }
}

@Suite("Subscription state machine")
struct SubscriptionStateMachineTests {
    @Test("It connects for the first subscriber, asks for what is wanted, and tells when all is confirmed")
    func beginning() throws {
        var machine = SubscriptionMachine.make()
        let connectsForNobody = machine.beginConnecting(deadline: 1)
        #expect(!connectsForNobody)
        #expect(try machine.subscribe(1, [news, all, shard]) == [])
        let sent = Set(
            machine.connect().compactMap { if case .send(let command) = $0 { command } else { nil } })
        #expect(sent == [news.subscribing, all.subscribing, shard.subscribing])
        for content in machine.requests.map(\.content) {
            #expect(machine.members[1]?.isEstablished == false)
            let reply =
                switch content {
                case .subscribe(news): confirmed("subscribe", "news")
                case .subscribe(all): confirmed("psubscribe", "*")
                default: confirmed("ssubscribe", "{a}")
                }
            let actions = machine.take(reply)
            #expect(actions == [] || actions == [.establish(1)])
        }
        #expect(machine.members[1]?.isEstablished == true)
    }

    @Test("A channel is asked for once, whoever wants it, and given up with the last one")
    func sharing() throws {
        var machine = SubscriptionMachine.make()
        _ = machine.connect()
        _ = try machine.subscribe(1, [news])
        _ = machine.connect()
        #expect(machine.take(confirmed("subscribe", "news")) == [.establish(1)])
        #expect(try machine.subscribe(2, [news]) == [.establish(2)])
        #expect(try machine.subscribe(3, [news, sport]) == [.send(sport.subscribing)])
        #expect(machine.take(confirmed("subscribe", "sport", 2)) == [.establish(3)])
        #expect(machine.leave(1) == [])
        #expect(machine.leave(3) == [.send(sport.unsubscribing)])
        #expect(machine.leave(3) == [])
        #expect(machine.leave(2) == [.send(news.unsubscribing)])
        #expect(machine.take(confirmed("unsubscribe", "sport", 1)) == [])
        #expect(machine.take(confirmed("unsubscribe", "news", 0)) == [])
        #expect(machine.topics.isEmpty)
        #expect(machine.leaving.isEmpty)
    }

    @Test("Messages go to those who want them")
    func messages() throws {
        var machine = SubscriptionMachine.make()
        _ = try machine.subscribe(1, [news])
        _ = machine.connect()
        _ = machine.take(confirmed("subscribe", "news"))
        _ = try machine.subscribe(2, [all, news])
        _ = machine.take(confirmed("psubscribe", "*"))
        _ = try machine.subscribe(3, [shard])
        _ = machine.take(confirmed("ssubscribe", "{a}"))
        #expect(
            machine.take(words("message", "news", "m"))
                == [.deliver(RedisMessage(channel: "news", payload: [109]), [1, 2])])
        #expect(
            machine.take(words("pmessage", "*", "sport", ""))
                == [.deliver(RedisMessage(channel: "sport", pattern: "*", payload: []), [2])])
        #expect(
            machine.take(words("smessage", "{a}", "m"))
                == [.deliver(RedisMessage(channel: "{a}", payload: [109]), [3])])
    }

    @Test("What still comes for a channel that was given up goes to nobody, nor to who asks for it anew")
    func leavingAndComing() throws {
        var machine = SubscriptionMachine.make()
        _ = try machine.subscribe(1, [news])
        _ = machine.connect()
        #expect(machine.leave(1) == [.send(news.unsubscribing)])
        #expect(try machine.subscribe(2, [news]) == [.send(news.subscribing)])
        // The confirmation of the first request is not the second subscriber's.
        #expect(machine.take(confirmed("subscribe", "news")) == [])
        #expect(machine.take(words("message", "news", "m")) == [])
        #expect(machine.take(confirmed("unsubscribe", "news", 0)) == [])
        #expect(machine.take(confirmed("subscribe", "news")) == [.establish(2)])
        #expect(machine.take(words("message", "news", "m")).count == 1)
    }

    @Test(
        "Whatever was not asked for makes the connection anew",
        arguments: [
            words("message", "other", "m"), words("pmessage", "*", "news", "m"), confirmed("subscribe", "news"),
            confirmed("unsubscribe", "news", 0), confirmed("sunsubscribe", "{a}", 0), words("pong", ""),
            .status("PONG"), .status("OK"), .integer(1), .bulk("message"), .null, .array([]), words("message"),
            words("message", "news"), words("message", "news", "m", "n"), .array([.bulk("message"), .null, .null]),
            .array([.integer(1), .bulk("news"), .integer(1)]), words("subscribe", "news", "1"), words("", "", ""),
            .array([.array([]), .bulk("a"), .bulk("b")]), .error(RedisError("ERR what")),
        ] as [RedisReply])
    func violations(reply: RedisReply) throws {
        var machine = SubscriptionMachine.make()
        _ = try machine.subscribe(1, [news])
        _ = machine.connect()
        _ = machine.take(confirmed("subscribe", "news"))
        #expect(isLoss(machine.take(reply)))
    }

    @Test("A confirmation out of turn makes the connection anew")
    func outOfTurn() throws {
        var machine = SubscriptionMachine.make()
        _ = try machine.subscribe(1, [news])
        _ = machine.connect()
        #expect(isLoss(machine.take(confirmed("subscribe", "sport"))))
    }

    @Test("A refusal ends whoever wanted the channel, and nobody else")
    func refusal() throws {
        let refused = RedisError("NOPERM this user has no permissions to access one of the channels")
        var machine = SubscriptionMachine.make()
        _ = try machine.subscribe(1, [news])
        _ = machine.connect()
        _ = machine.take(confirmed("subscribe", "news"))
        _ = try machine.subscribe(2, [sport, news])
        #expect(
            machine.take(.error(refused)) == [.end(2, EngineError(refused, mayHaveRun: false))])
        #expect(Array(machine.members.keys) == [1])
        #expect(machine.topics[sport] == nil)
        #expect(machine.topics[news]?.members == [1])
        // It is not asked to end what never began.
        #expect(machine.requests.isEmpty)
    }

    @Test("A server that is busy is asked again after a while")
    func busy() throws {
        var machine = SubscriptionMachine.make()
        _ = try machine.subscribe(1, [news])
        _ = machine.connect()
        let busy = RedisReply.error(RedisError("BUSY Redis is busy running a script."))
        #expect(machine.take(busy, now: 5) == [])
        #expect(machine.nextDeadline() == 15)
        #expect(machine.expire(14) == [])
        #expect(machine.expire(15) == [.send(news.subscribing)])
        #expect(machine.take(confirmed("subscribe", "news")) == [.establish(1)])
    }

    @Test("A server that sends to another one is left in a cluster; elsewhere that is a refusal")
    func redirection() throws {
        let moved = RedisError("MOVED 5061 127.0.0.1:7001")
        for followsRedirections in [true, false] {
            var machine = SubscriptionMachine.make(followsRedirections: followsRedirections)
            _ = try machine.subscribe(1, [shard])
            _ = machine.connect()
            let actions = machine.take(.error(moved))
            #expect(
                actions
                    == [
                        followsRedirections ? .lose(EngineError(moved)) : .end(1, EngineError(moved, mayHaveRun: false))
                    ])
        }
    }

    @Test("After a loss everything is asked for again, and subscribers are told of both ends of the gap")
    func loss() throws {
        var machine = SubscriptionMachine.make()
        _ = try machine.subscribe(1, [news, sport])
        _ = machine.connect()
        _ = machine.take(confirmed("subscribe", machine.requests.first?.content == .subscribe(news) ? "news" : "sport"))
        _ = machine.take(confirmed("subscribe", machine.requests.first?.content == .subscribe(news) ? "news" : "sport"))
        // One who still waits has missed nothing.
        _ = try machine.subscribe(2, [all])
        #expect(machine.lose(now: 100) == [.interrupt(1)])
        #expect(machine.state == .backingOff(until: 110))
        #expect(machine.nextDeadline() == 110)
        #expect(machine.take(words("message", "news", "late")) == [])
        #expect(machine.connect(now: 110).count == 3)
        // Lost again before all was confirmed: nothing new to tell.
        #expect(machine.lose(now: 110) == [])
        _ = machine.connect(now: 200)
        var told: [Action] = []
        while let content = machine.requests.first?.content {
            switch content {
            case .subscribe(let topic):
                told += machine.take(confirmed(topic.kind.rawValue + "subscribe", topic.name.name))
            default: break
            }
        }
        #expect(told.count == 2)
        #expect(told.contains(.resubscribe(1)))
        #expect(told.contains(.establish(2)))
    }

    @Test("A silent server is asked for a sign of life, and given up when none comes")
    func silence() throws {
        var machine = SubscriptionMachine.make()
        _ = try machine.subscribe(1, [news])
        _ = machine.connect()
        _ = machine.take(confirmed("subscribe", "news"), now: 10)
        #expect(machine.nextDeadline() == 60)
        _ = machine.take(words("message", "news", "m"), now: 20)
        #expect(machine.expire(60) == [])
        #expect(machine.expire(70) == [.send(RedisCommand("PING"))])
        #expect(machine.nextDeadline() == 120)
        #expect(machine.take(words("pong", ""), now: 80) == [])
        #expect(machine.expire(130) == [.send(RedisCommand("PING"))])
        // As long as messages come, the answer may be behind them.
        _ = machine.take(words("message", "news", "m"), now: 179)
        #expect(machine.expire(180) == [])
        #expect(isLoss(machine.expire(229)))
    }

    @Test("A message that is long in coming is no silence")
    func slowMessage() throws {
        var machine = SubscriptionMachine.make()
        _ = try machine.subscribe(1, [news])
        _ = machine.connect()
        _ = machine.take(confirmed("subscribe", "news"), now: 10)
        machine.received(now: 55)
        #expect(machine.expire(60) == [])
        #expect(machine.nextDeadline() == 105)
    }

    @Test("Who had messages of one channel before all were confirmed is told of the gap")
    func gapBeforeAllIsConfirmed() throws {
        var machine = SubscriptionMachine.make()
        _ = try machine.subscribe(1, [news, sport])
        // Asked for in whatever order.
        func names(_ actions: [Action]) -> [String] { actions.map { $0 == .send(news.subscribing) ? "news" : "sport" } }
        _ = machine.take(confirmed("subscribe", names(machine.connect())[0]))
        #expect(machine.lose() == [.interrupt(1)])
        let order = names(machine.connect(now: 10))
        #expect(machine.take(confirmed("subscribe", order[0])) == [])
        #expect(machine.take(confirmed("subscribe", order[1], 2)) == [.establish(1), .resubscribe(1)])
    }

    @Test("A connection that nobody needs is closed after a while")
    func idle() throws {
        var machine = SubscriptionMachine.make()
        _ = try machine.subscribe(1, [news])
        _ = machine.connect()
        _ = machine.take(confirmed("subscribe", "news"))
        _ = machine.leave(1)
        _ = machine.take(confirmed("unsubscribe", "news", 0), now: 10)
        #expect(machine.expire(59) == [])
        #expect(machine.expire(60) == [.close])
        machine.closed()
        #expect(machine.state == .idle)
        #expect(machine.nextDeadline() == nil)
    }

    @Test("Who is not confirmed in time is told why")
    func deadlines() throws {
        var machine = SubscriptionMachine.make()
        _ = try machine.subscribe(1, [news], deadline: 20)
        #expect(machine.nextDeadline() == 20)
        #expect(machine.fail(EngineError(.unreachable, "refused")) == [])
        #expect(machine.expire(20) == [.end(1, EngineError(.unreachable, "refused"))])
        _ = try machine.subscribe(2, [news], deadline: 40)
        machine.endBackoff(now: .max)
        _ = machine.connect()
        #expect(
            machine.expire(40) == [
                .send(news.unsubscribing),
                .end(2, EngineError(.timedOut, "the server did not confirm the subscription in time")),
            ])
        #expect(machine.members.isEmpty)
    }

    @Test("Wrong credentials end everybody; a server that is no Redis only those who wait for the first time")
    func finalFailures() throws {
        var machine = SubscriptionMachine.make()
        _ = try machine.subscribe(1, [news])
        _ = machine.connect()
        _ = machine.take(confirmed("subscribe", "news"))
        _ = machine.lose()
        _ = try machine.subscribe(2, [news])
        let violation = EngineError(.protocolViolation, "no Redis")
        #expect(machine.fail(violation) == [.end(2, violation)])
        let refusal = EngineError(.misconfigured, "wrong password")
        #expect(machine.fail(refusal) == [.end(1, refusal)])
    }

    @Test("Too many requests without an answer are refused")
    func overload() throws {
        var machine = SubscriptionMachine.make(pendingRequests: 2)
        _ = try machine.subscribe(1, [news])
        _ = machine.connect()
        _ = try machine.subscribe(2, [sport])
        #expect(throws: EngineError.self) { _ = try machine.subscribe(3, [all]) }
        #expect(machine.members.count == 2)
    }

    @Test("The end ends everybody, and nobody is accepted after it")
    func end() throws {
        var machine = SubscriptionMachine.make()
        _ = try machine.subscribe(1, [news])
        _ = machine.connect()
        _ = machine.take(confirmed("subscribe", "news"))
        _ = try machine.subscribe(2, [sport])
        var actions: [Action] = []
        machine.shutDown(&actions)
        #expect(actions.count == 2)
        #expect(actions.contains(.end(1, nil)))
        #expect(actions.contains(.end(2, .hasShutDown)))
        #expect(throws: EngineError.hasShutDown) { _ = try machine.subscribe(3, [all]) }
    }

    /// A server model that answers in order, with losses, refusals and unsubscriptions at any time.
    @Test(
        "However subscribers come and go, they get what they want and the server is asked for no more",
        arguments: 0..<50)
    func anything(seed: Int) throws {
        var generator = SeededNumbers(seed: seed)
        var machine = SubscriptionMachine.make()
        let topics = [news, sport, all, shard]
        var wanted: [UInt64: Set<SubscriptionTopic>] = [:]
        var server: Set<SubscriptionTopic> = []
        var commands: [RedisCommand] = []
        var number: UInt64 = 0
        func carryOut(_ actions: [Action]) {
            for action in actions {
                switch action {
                case .send(let command): commands.append(command)
                case .deliver(let message, let subscribers):
                    for subscriber in subscribers {
                        #expect(
                            wanted[subscriber]?.contains { $0.name == (message.pattern ?? message.channel) } == true)
                    }
                case .lose(let error): Issue.record("\(error)")
                default: break
                }
            }
        }
        /// The server works on the oldest command.
        func serve() {
            guard !commands.isEmpty else { return }
            let command = commands.removeFirst()
            guard let topic = topics.first(where: { $0.subscribing == command || $0.unsubscribing == command })
            else { return }
            let prefix = topic.kind.rawValue
            if topic.subscribing == command {
                server.insert(topic)
                carryOut(machine.take(confirmed(prefix + "subscribe", topic.name.name)))
            } else {
                server.remove(topic)
                carryOut(machine.take(confirmed(prefix + "unsubscribe", topic.name.name)))
            }
        }
        for _ in 0..<400 {
            switch generator.below(8) {
            case 0, 1:
                number += 1
                let some = topics.filter { _ in generator.below(2) == 0 }
                guard !some.isEmpty else { continue }
                wanted[number] = Set(some)
                carryOut(try machine.subscribe(number, some, deadline: .max))
            case 2, 3:
                guard let leaver = wanted.keys.sorted().first else { continue }
                wanted[leaver] = nil
                carryOut(machine.leave(leaver))
            case 4:
                if generator.below(4) == 0, machine.state == .active {
                    commands = []
                    server = []
                    carryOut(machine.lose())
                }
                carryOut(machine.connect(now: .max - 1000))
            case 5:
                for topic in server {
                    let reply =
                        switch topic.kind {
                        case .channel: words("message", topic.name.name, "m")
                        case .pattern: words("pmessage", topic.name.name, "c", "m")
                        case .shardChannel: words("smessage", topic.name.name, "m")
                        }
                    carryOut(machine.take(reply))
                }
            default: serve()
            }
        }
        carryOut(machine.connect(now: .max - 1000))
        while !commands.isEmpty { serve() }
        if machine.state == .active { #expect(server == wanted.values.reduce(into: []) { $0.formUnion($1) }) }
        #expect(machine.members.values.allSatisfy { $0.isEstablished || machine.state != .active })
        #expect(machine.leaving.isEmpty)
        #expect(Set(machine.topics.keys) == wanted.values.reduce(into: []) { $0.formUnion($1) })
    }
}

/// A small generator, so that a failure can be repeated by its seed.
private struct SeededNumbers {
    private var state: UInt64

    init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func below(_ bound: UInt64) -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state % bound
    }
}
