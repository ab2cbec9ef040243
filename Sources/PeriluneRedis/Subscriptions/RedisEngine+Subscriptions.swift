public import PeriluneCore
import PeriluneIO

extension RedisEngine: MessageEngine {
    /// Subscribes to channels, patterns of channels and shard channels.
    ///
    /// All subscribers of the engine share one connection, which is made with the first of them and closed a while after
    /// the last. In a cluster shard channels have others, one for each hash slot, to the node that serves it; those of one
    /// call must be in one slot. The server is asked for each channel once, whatever the number of subscribers. A server that does not
    /// answer is noticed within ``RedisConfiguration/subscriptionSilence``.
    ///
    /// When this returns the server has confirmed all of them. A connection that is lost is made anew, as often as it
    /// takes, and everything is subscribed to again; see ``RedisMessages/Event``.
    ///
    /// - Parameters:
    ///   - channels: Channels, in which `PUBLISH` publishes.
    ///   - patterns: Patterns of such channels.
    ///   - shardChannels: Channels in which `SPUBLISH` publishes.
    ///   - buffer: What is kept of messages that are not taken.
    /// - Returns: The messages. The sequence is over at once when there is nothing to subscribe to.
    /// - Throws: ``EngineError``, within the time of ``RedisConfiguration/commandTimeout``; a refusal of the server, such
    ///   as `NOPERM`, as ``EngineError/Code/server``; ``EngineError/Code/crossSlot`` for shard channels of several slots.
    /// - Complexity: One round trip; none for what this engine has subscribed to already.
    public func subscribe(
        to channels: [RedisChannel], patterns: [RedisChannel], shardChannels: [RedisChannel],
        buffer: RedisMessages.BufferLimit
    ) async throws(EngineError) -> RedisMessages {
        var topics: [SubscriptionTopic] = []
        var known: Set<SubscriptionTopic> = []
        for (kind, names) in [
            (SubscriptionTopic.Kind.channel, channels), (.pattern, patterns), (.shardChannel, shardChannels),
        ] {
            for name in names where known.insert(SubscriptionTopic(kind: kind, name: name)).inserted {
                topics.append(SubscriptionTopic(kind: kind, name: name))
            }
        }
        // Its other end is gone, so it is over.
        guard !topics.isEmpty else { return RedisMessages.make().messages }
        return try await subscriptions.connection(for: topics).subscribe(
            to: topics, buffer: buffer, deadline: MonotonicTime.adding(commandTimeout, to: MonotonicTime.now))
    }
}
