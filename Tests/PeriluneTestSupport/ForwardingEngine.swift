package import PeriluneCore

/// An engine of a test's own that hands to another one what it does not do itself.
package protocol ForwardingEngine: ScriptEngine {
    associatedtype Inner: ScriptEngine
    /// The engine that does the work.
    var inner: Inner { get }
}

extension ForwardingEngine {
    package func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        try await inner.call(script, keys: keys, arguments: arguments)
    }

    package func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        try await inner.send(command)
    }

    package func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        try await inner.pipeline(commands)
    }

    package func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        try await inner.transaction(commands)
    }
}

extension ForwardingEngine where Inner: MessageEngine {
    package func subscribe(
        to channels: [RedisChannel], patterns: [RedisChannel], shardChannels: [RedisChannel],
        buffer: RedisMessages.BufferLimit
    ) async throws(EngineError) -> RedisMessages {
        try await inner.subscribe(to: channels, patterns: patterns, shardChannels: shardChannels, buffer: buffer)
    }

    package func sendBlocking(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        try await inner.sendBlocking(command)
    }
}
