extension ScriptEngine {
    /// Publishes a message to whoever has subscribed to the channel, or to a pattern that fits it.
    ///
    /// - Returns: How many subscriptions of connections the server at hand has handed it to. Tells nothing about other
    ///   nodes of a cluster.
    /// - Throws: ``EngineError``. A message that may have been published is not published again.
    /// - Complexity: One round trip, plus O(subscriptions to the channel + all patterns).
    @discardableResult
    public func publish(_ payload: RedisArgument, to channel: RedisChannel) async throws(EngineError) -> Int {
        try await publish(RedisCommand("PUBLISH", [channel.argument, payload]))
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
        try await publish(RedisCommand("SPUBLISH", [channel.argument, payload]))
    }

    private func publish(_ command: RedisCommand) async throws(EngineError) -> Int {
        let reply = try await send(command)
        guard case .integer(let receivers) = reply else {
            throw EngineError.unexpected(reply, of: command.name, expected: "an integer")
        }
        return receivers
    }
}
