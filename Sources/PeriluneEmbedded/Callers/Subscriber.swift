/// Somebody who gets what is published. Belongs to the engine's lock, hence `@unchecked Sendable`.
package final class Subscriber: @unchecked Sendable {
    fileprivate var names: [Subscriptions.Kind: Set<[UInt8]>] = [:]
    fileprivate let receive: ([[UInt8]]) -> Void

    /// - Parameter receive: Takes a message's words, such as `message`, the channel and the payload, while the engine
    ///   is locked. Must not call the engine.
    package init(receive: @escaping @Sendable ([[UInt8]]) -> Void) {
        self.receive = receive
    }
}

/// Who has subscribed to what.
package struct Subscriptions {
    /// What a subscription names.
    package enum Kind: Hashable, Sendable, CaseIterable {
        case channel, pattern, shardChannel
    }

    private var subscribers: [Kind: [[UInt8]: [Subscriber]]] = [:]

    /// Adds a subscription, if there is no such yet.
    ///
    /// - Returns: How many the subscriber has: to channels and patterns together, or to shard channels.
    package mutating func add(_ name: [UInt8], _ kind: Kind, to subscriber: Subscriber) -> Int {
        if subscriber.names[kind, default: []].insert(name).inserted {
            subscribers[kind, default: [:]][name, default: []].append(subscriber)
        }
        return Self.count(of: subscriber, kind)
    }

    /// Ends a subscription, if there is one.
    ///
    /// - Returns: How many the subscriber has left: to channels and patterns together, or to shard channels.
    package mutating func remove(_ name: [UInt8], _ kind: Kind, from subscriber: Subscriber) -> Int {
        if subscriber.names[kind]?.remove(name) != nil {
            subscribers[kind]?[name]?.removeAll { $0 === subscriber }
            if subscribers[kind]?[name]?.isEmpty == true {
                subscribers[kind]?[name] = nil
            }
        }
        return Self.count(of: subscriber, kind)
    }

    /// The names of somebody's subscriptions of one kind, in the order of their bytes.
    package static func names(of subscriber: Subscriber, _ kind: Kind) -> [[UInt8]] {
        (subscriber.names[kind] ?? []).sorted { $0.lexicographicallyPrecedes($1) }
    }

    package static func count(of subscriber: Subscriber, _ kind: Kind) -> Int {
        if kind == .shardChannel { return subscriber.names[.shardChannel]?.count ?? 0 }
        return (subscriber.names[.channel]?.count ?? 0) + (subscriber.names[.pattern]?.count ?? 0)
    }

    /// Ends all subscriptions of somebody.
    package mutating func removeAll(of subscriber: Subscriber) {
        for kind in Kind.allCases {
            for name in subscriber.names[kind] ?? [] { _ = remove(name, kind, from: subscriber) }
        }
    }

    /// Hands a message to those who have subscribed to its channel. O(subscribers of it + patterns).
    ///
    /// - Returns: How many got it; those with two fitting subscriptions got it twice.
    func publish(_ message: [UInt8], on channel: [UInt8]) -> Int {
        var receivers = 0
        for subscriber in subscribers[.channel]?[channel] ?? [] {
            subscriber.receive([Array("message".utf8), channel, message])
            receivers += 1
        }
        for (pattern, matching) in subscribers[.pattern] ?? [:] where Glob.matches(channel, pattern) {
            for subscriber in matching {
                subscriber.receive([Array("pmessage".utf8), pattern, channel, message])
                receivers += 1
            }
        }
        return receivers
    }

    /// Hands a message to those who have subscribed to its shard channel.
    func publish(_ message: [UInt8], onShard channel: [UInt8]) -> Int {
        let receivers = subscribers[.shardChannel]?[channel] ?? []
        for subscriber in receivers { subscriber.receive([Array("smessage".utf8), channel, message]) }
        return receivers.count
    }

    /// The names that somebody has subscribed to, in the order of their bytes.
    func names(_ kind: Kind, where isWanted: ([UInt8]) -> Bool) -> [[UInt8]] {
        (subscribers[kind] ?? [:]).keys.filter(isWanted).sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// How many have subscribed to a name.
    func count(_ name: [UInt8], _ kind: Kind) -> Int {
        subscribers[kind]?[name]?.count ?? 0
    }
}
