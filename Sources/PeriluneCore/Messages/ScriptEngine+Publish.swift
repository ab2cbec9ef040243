extension ScriptEngine {
    /// Publishes a message to whoever has subscribed to the channel, or to a pattern that fits it.
    ///
    /// - Returns: How many subscriptions of connections the server at hand has handed it to. Tells nothing about other
    ///   nodes of a cluster.
    /// - Throws: ``EngineError``. A message that may have been published is not published again.
    /// - Complexity: One round trip, plus O(subscriptions to the channel + all patterns).
    @discardableResult
    public func publish(_ payload: RedisArgument, to channel: RedisChannel) async throws(EngineError) -> Int {
        try await run(.publish(payload, to: channel))
    }

    /// Publishes a message to whoever has subscribed to the shard channel.
    ///
    /// - Returns: How many connections got it.
    /// - Throws: ``EngineError``. A message that may have been published is not published again.
    /// - Complexity: One round trip, plus O(subscriptions to the channel).
    @discardableResult
    public func publish(
        _ payload: RedisArgument, toShardChannel channel: RedisChannel
    ) async throws(EngineError) -> Int {
        try await run(.publish(payload, toShardChannel: channel))
    }
}

extension TypedCommand where Value == Int {
    /// The command of ``ScriptEngine/publish(_:to:)``.
    public static func publish(_ payload: RedisArgument, to channel: RedisChannel) -> Self {
        Self(RedisCommand("PUBLISH", [channel.argument, payload]), .integer)
    }

    /// The command of ``ScriptEngine/publish(_:toShardChannel:)``.
    public static func publish(_ payload: RedisArgument, toShardChannel channel: RedisChannel) -> Self {
        Self(RedisCommand("SPUBLISH", [channel.argument, payload]), .integer)
    }
}
