import PeriluneEmbedded
import PeriluneIO

extension PortSession {
    /// `SUBSCRIBE`, `UNSUBSCRIBE` and their kin: one reply for each name.
    mutating func changeSubscriptions(
        _ command: PortCommand, _ request: RESPRequest, _ engine: ExclusiveEngine, _ reply: PortReply
    ) {
        let word = command.rawValue
        let kind: Subscriptions.Kind
        switch command {
        case .psubscribe, .punsubscribe: kind = .pattern
        case .ssubscribe, .sunsubscribe: kind = .shardChannel
        default: kind = .channel
        }
        let subscribes = !word.contains("unsubscribe")
        let subscriber = self.subscriber ?? makeSubscriber()
        self.subscriber = subscriber
        deliver(to: reply.output)
        var names = (1..<request.count).map { Array(request[$0]) }
        if !subscribes, names.isEmpty { names = Subscriptions.names(of: subscriber, kind) }
        for name in names {
            let count =
                subscribes
                ? engine.subscriptions.add(name, kind, to: subscriber)
                : engine.subscriptions.remove(name, kind, from: subscriber)
            confirm(word, name, count, reply)
        }
        if names.isEmpty { confirm(word, nil, Subscriptions.count(of: subscriber, kind), reply) }
        subscriptionCount =
            Subscriptions.count(of: subscriber, .channel) + Subscriptions.count(of: subscriber, .shardChannel)
    }

    private func confirm(_ word: String, _ name: [UInt8]?, _ count: Int, _ reply: PortReply) {
        reply.push(3)
        reply.bulk(word.utf8)
        if let name { reply.bulk(name) } else { reply.null() }
        reply.integer(count)
    }

    /// Writes the messages that have come, so that none follows the end of its subscription.
    mutating func deliver(to output: ByteBuffer) {
        guard let bytes = mailbox.take().bytes else {
            isEnding = true
            return
        }
        bytes.withUnsafeBytes { output.append($0) }
    }

    private func makeSubscriber() -> Subscriber {
        Subscriber { [mailbox] words in mailbox.put(message: words) }
    }
}
