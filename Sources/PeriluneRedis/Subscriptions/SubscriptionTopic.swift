import PeriluneCore

/// What a server can be asked to send messages of.
struct SubscriptionTopic: Hashable {
    enum Kind: String, Hashable, CaseIterable {
        case channel = ""
        case pattern = "p"
        case shardChannel = "s"
    }

    let kind: Kind
    let name: RedisChannel

    /// The command that begins the subscription.
    var subscribing: RedisCommand { RedisCommand(kind.rawValue.uppercased() + "SUBSCRIBE", [name.argument]) }

    /// The command that ends the subscription.
    var unsubscribing: RedisCommand { RedisCommand(kind.rawValue.uppercased() + "UNSUBSCRIBE", [name.argument]) }
}
