package import PeriluneCore

/// An engine of a test's own that hands to another one what it does not do itself.
package protocol ForwardingEngine: ScriptEngine {
    associatedtype Inner: ScriptEngine
    /// The engine that does the work.
    var inner: Inner { get }
}

extension ForwardingEngine {
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
