/// A script engine that also brings what others cause: messages of channels, and what blocking commands wait for.
///
/// Subscriptions and blocking commands have connections of their own where there are connections: they hold up no other
/// call.
public protocol MessageEngine: ScriptEngine {
    /// Subscribes to channels, patterns of channels and shard channels.
    ///
    /// When this returns the engine has confirmed all of them: what is published from then on comes. After a lost
    /// connection they are subscribed to again without end; see ``RedisMessages/Event``.
    ///
    /// A message comes once for its channel and once for each pattern that fits.
    ///
    /// - Parameters:
    ///   - channels: Channels, in which `PUBLISH` publishes.
    ///   - patterns: Patterns of such channels.
    ///   - shardChannels: Channels in which `SPUBLISH` publishes. In a cluster each belongs to the node of its hash slot.
    ///   - buffer: What is kept of messages that are not taken.
    /// - Returns: The messages. The sequence is over at once when there is nothing to subscribe to.
    /// - Throws: ``EngineError``; a refusal of the server, such as `NOPERM`, as ``EngineError/Code/server``.
    /// - Complexity: One round trip; none for what this process has subscribed to already.
    func subscribe(
        to channels: [RedisChannel], patterns: [RedisChannel], shardChannels: [RedisChannel],
        buffer: RedisMessages.BufferLimit
    ) async throws(EngineError) -> RedisMessages

    /// Runs a command that waits, such as `BLPOP` or `XREADGROUP ... BLOCK`, while no other call waits for it.
    ///
    /// The command's own timeout counts, which is among its arguments; `0` waits for ever. On a Redis server each such
    /// call has a connection for itself; see the engine's documentation for how many there are.
    ///
    /// Cancelling the task ends the call at once. The command may have taken something just then, which is lost. Where
    /// that matters, use `BLMOVE`, which keeps what it takes in a second list, or a stream's consumer group.
    ///
    /// - Returns: The reply, ``RedisReply/null`` when the time was up; never ``RedisReply/error(_:)``.
    /// - Throws: ``EngineError``; an error reply as ``EngineError/Code/server``.
    /// - Complexity: One round trip, plus what the command itself costs and waits.
    func sendBlocking(_ command: RedisCommand) async throws(EngineError) -> RedisReply
}

extension MessageEngine {
    /// Subscribes to channels.
    ///
    /// See ``subscribe(to:patterns:shardChannels:buffer:)``.
    public func subscribe(
        to channels: [RedisChannel], buffer: RedisMessages.BufferLimit = .init()
    ) async throws(EngineError) -> RedisMessages {
        try await subscribe(to: channels, patterns: [], shardChannels: [], buffer: buffer)
    }

    /// Subscribes to all channels whose names fit one of several patterns.
    ///
    /// See ``subscribe(to:patterns:shardChannels:buffer:)``.
    public func subscribe(
        toPatterns patterns: [RedisChannel], buffer: RedisMessages.BufferLimit = .init()
    ) async throws(EngineError) -> RedisMessages {
        try await subscribe(to: [], patterns: patterns, shardChannels: [], buffer: buffer)
    }

    /// Subscribes to shard channels.
    ///
    /// See ``subscribe(to:patterns:shardChannels:buffer:)``.
    public func subscribe(
        toShardChannels channels: [RedisChannel], buffer: RedisMessages.BufferLimit = .init()
    ) async throws(EngineError) -> RedisMessages {
        try await subscribe(to: [], patterns: [], shardChannels: channels, buffer: buffer)
    }
}
