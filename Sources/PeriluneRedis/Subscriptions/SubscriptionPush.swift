import PeriluneCore

/// What a server sends on a connection with subscriptions.
enum SubscriptionPush: Equatable {
    case message(RedisMessage, SubscriptionTopic)
    /// A subscription has begun.
    case subscribed(SubscriptionTopic)
    /// A subscription is over.
    case unsubscribed(SubscriptionTopic)
    /// The answer to a `PING`, of which RESP2 has one form with subscriptions and another without.
    case pong
    case error(RedisError)

    /// Reads a reply.
    ///
    /// - Returns: `nil` when it is none of those.
    init?(_ reply: RedisReply) {
        switch reply {
        case .error(let error): self = .error(error)
        case .status("PONG"): self = .pong
        case .array(let parts): self.init(parts)
        default: return nil
        }
    }

    private init?(_ parts: [RedisReply]) {
        guard let word = parts.first?.string, parts.count >= 2, let first = parts[1].bytes else { return nil }
        let name = RedisChannel(bytes: first)
        switch (word, parts.count) {
        case ("message", 3), ("smessage", 3):
            guard let payload = parts[2].bytes else { return nil }
            self = .message(
                RedisMessage(channel: name, payload: payload),
                SubscriptionTopic(kind: word == "message" ? .channel : .shardChannel, name: name))
        case ("pmessage", 4):
            guard let channel = parts[2].bytes, let payload = parts[3].bytes else { return nil }
            self = .message(
                RedisMessage(channel: RedisChannel(bytes: channel), pattern: name, payload: payload),
                SubscriptionTopic(kind: .pattern, name: name))
        case ("pong", 2): self = .pong
        case (_, 3):
            guard parts[2].integer != nil else { return nil }
            self.init(confirmation: word, of: name)
        default: return nil
        }
    }

    private init?(confirmation word: String, of name: RedisChannel) {
        for kind in SubscriptionTopic.Kind.allCases {
            let topic = SubscriptionTopic(kind: kind, name: name)
            switch word {
            case kind.rawValue + "subscribe":
                self = .subscribed(topic)
                return
            case kind.rawValue + "unsubscribe":
                self = .unsubscribed(topic)
                return
            default: continue
            }
        }
        return nil
    }
}
