import DequeModule
import PeriluneCore
import PeriluneIO

extension SubscriptionStateMachine {
    /// Bytes have come, which may be less than a reply.
    mutating func received(now: UInt64) {
        lastReceived = now
    }

    /// Takes something that the server has sent.
    mutating func take(_ reply: RedisReply, now: UInt64, _ actions: inout [Action]) {
        guard state == .active else { return }
        lastReceived = now
        guard let push = SubscriptionPush(reply) else {
            return violate("the server sent what is no message", &actions)
        }
        switch push {
        case .message(let message, let topic): deliver(message, topic, &actions)
        case .subscribed(let topic): subscribed(topic, &actions)
        case .unsubscribed(let topic): unsubscribed(topic, &actions)
        case .pong:
            guard answers(.ping) else { return violate("the server answered what it was not asked", &actions) }
        case .error(let error): refused(error, now: now, &actions)
        }
    }

    private mutating func deliver(_ message: RedisMessage, _ topic: SubscriptionTopic, _ actions: inout [Action]) {
        if let wanted = topics[topic], wanted.phase == .confirmed {
            actions.append(.deliver(message, wanted.members))
        } else if leaving[topic] == nil {
            violate("the server sent a message of a channel that was not subscribed to", &actions)
        }
    }

    private mutating func subscribed(_ topic: SubscriptionTopic, _ actions: inout [Action]) {
        let number = requests.first?.number
        guard let number, answers(.subscribe(topic)) else {
            return violate("the server confirmed a subscription that it was not asked for", &actions)
        }
        // It may have been ended since, and asked for again: then another confirmation comes.
        guard topics[topic]?.phase == .requested(number) else { return }
        topics[topic]?.phase = .confirmed
        for subscriber in topics[topic]?.members ?? [] { confirm(subscriber, &actions) }
    }

    /// Another one of a subscriber's topics is confirmed.
    private mutating func confirm(_ subscriber: Subscriber, _ actions: inout [Action]) {
        guard var member = members[subscriber] else { return }
        member.missing -= 1
        if member.missing == 0 {
            if !member.isEstablished { actions.append(.establish(subscriber)) }
            if member.isInterrupted { actions.append(.resubscribe(subscriber)) }
            member.isEstablished = true
            member.isInterrupted = false
        }
        members[subscriber] = member
    }

    private mutating func unsubscribed(_ topic: SubscriptionTopic, _ actions: inout [Action]) {
        guard answers(.unsubscribe(topic)) else {
            // A shard channel whose slot goes to another node is ended by the server.
            actions.append(.lose(EngineError(.connectionLost, "the server ended a subscription by itself")))
            return
        }
        leaving[topic] = leaving[topic].flatMap { $0 > 1 ? $0 - 1 : nil }
    }

    /// The server refuses a request.
    private mutating func refused(_ error: RedisError, now: UInt64, _ actions: inout [Action]) {
        guard let request = requests.popFirst() else {
            return violate("the server sent an error that nobody asked for: \(error.line)", &actions)
        }
        switch request.content {
        case .ping: failures = 0
        // Messages go on to come; nobody gets them.
        case .unsubscribe: break
        case .subscribe(let topic):
            guard topics[topic]?.phase == .requested(request.number) else { return }
            switch error.kind {
            case .loading, .busy, .tryAgain, .clusterDown:
                topics[topic]?.phase = .unsent
                failures += 1
                retryTime = MonotonicTime.adding(limits.backoff.nanoseconds(afterFailures: failures), to: now)
            case .moved, .ask:
                if limits.followsRedirections { return actions.append(.lose(EngineError(error))) }
                fallthrough
            default:
                failures = 0
                topics[topic]?.phase = .unsent
                for subscriber in topics[topic]?.members ?? [] {
                    end(subscriber, EngineError(error, mayHaveRun: false), now: now, &actions)
                }
            }
        }
    }

    /// Whether something answers the oldest request, which is answered then.
    private mutating func answers(_ content: Request.Content) -> Bool {
        guard requests.first?.content == content else { return false }
        requests.removeFirst()
        failures = 0
        return true
    }

    private func violate(_ message: String, _ actions: inout [Action]) {
        actions.append(.lose(EngineError(.protocolViolation, message)))
    }
}
