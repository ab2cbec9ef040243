package import PeriluneCore

/// An engine that can be down, whatever it is asked, and does nothing for a task that is cancelled, as Redis' client.
package final class SwitchableEngine<Inner: ScriptEngine>: ForwardingEngine {
    package let inner: Inner
    private let state = Locked(false)

    /// Creates an engine that is up.
    package init(_ inner: Inner) { self.inner = inner }

    package var isDown: Bool {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    private func check() throws(EngineError) {
        if isDown { throw EngineError(.unreachable, "down") }
        if Task.isCancelled { throw EngineError(.cancelled, "cancelled") }
    }

    package func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        try check()
        return try await inner.call(script, keys: keys, arguments: arguments)
    }

    package func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        try check()
        return try await inner.send(command)
    }

    package func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        try check()
        return try await inner.pipeline(commands)
    }

    package func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        try check()
        return try await inner.transaction(commands)
    }
}
