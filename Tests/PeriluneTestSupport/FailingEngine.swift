public import PeriluneCore

/// An engine that is down, and whose errors name a host that no answer may show.
public struct FailingEngine: ScriptEngine {
    /// Creates the engine.
    public init() {}

    public func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        throw EngineError(.unreachable, "redis.internal: connection refused")
    }

    public func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        throw EngineError(.unreachable, "redis.internal: connection refused")
    }

    public func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        throw EngineError(.unreachable, "redis.internal: connection refused")
    }

    public func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        throw EngineError(.unreachable, "redis.internal: connection refused")
    }
}
