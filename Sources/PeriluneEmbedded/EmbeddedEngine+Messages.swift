public import PeriluneCore

/// Subscriptions live in the engine: what is published, be it by a script, is with the subscribers when the call returns.
/// The sequences end when the engine is gone.
extension EmbeddedEngine: MessageEngine {
    public func subscribe(
        to channels: [RedisChannel], patterns: [RedisChannel], shardChannels: [RedisChannel],
        buffer: RedisMessages.BufferLimit
    ) async throws(EngineError) -> RedisMessages {
        let (messages, source) = RedisMessages.make(buffer: buffer)
        let subscriber = Subscriber { words in
            guard let payload = words.last, words.count >= 3 else { return }
            source.yield(
                RedisMessage(
                    channel: RedisChannel(bytes: words[words.count - 2]),
                    pattern: words.count == 4 ? RedisChannel(bytes: words[1]) : nil, payload: payload))
        }
        let names: [(Subscriptions.Kind, [RedisChannel])] = [
            (.channel, channels), (.pattern, patterns), (.shardChannel, shardChannels),
        ]
        core.withLock { core in
            for (kind, names) in names {
                for name in names { _ = core.subscriptions.add(name.bytes, kind, to: subscriber) }
            }
        }
        // The engine holds the subscriber, and the subscriber the source.
        source.onTermination { [weak self, weak subscriber] in
            if let subscriber { self?.core.withLock { core in core.subscriptions.removeAll(of: subscriber) } }
        }
        return messages
    }

    /// Runs a command that waits. Its time runs by the engine's clock.
    ///
    /// The same as ``send(_:)``, which in this process holds up nobody.
    public func sendBlocking(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        try await send(command)
    }
}
