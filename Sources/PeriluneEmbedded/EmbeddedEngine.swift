public import PeriluneCore

/// A script engine in this process: the scripts of a Redis server, without the server.
///
/// Scripts run in Lua 5.4, in the dialect of Redis' Lua 5.1, on data in memory. A call takes a lock, runs to its end
/// and returns: nothing is queued, and no other executor is involved. Calls from any number of tasks are atomic, one
/// after the other.
///
/// ```swift
/// let clock = ManualClock()
/// let engine = EmbeddedEngine(clock: clock)
/// _ = try await engine.send(RedisCommand("SET", ["greeting", "hello", "PX", 1000]))
/// clock.advance(by: .seconds(2))
/// let reply = try await engine.send(RedisCommand("GET", ["greeting"]))  // null: it has expired
/// ```
///
/// `cjson.encode` and `cmsgpack.pack` write the keys of a table in order: numbers ascending, then strings by their
/// bytes. A server writes them as its hash table has them, which scripts must not rely on. What a script sets of
/// `cjson`, such as `cjson.encode_max_depth`, holds until it ends; on a server, for all scripts from then on.
///
/// The data lives as long as the object: strings, hashes, lists, sets and sorted sets, with expiry.
public final class EmbeddedEngine: ScriptEngine {
    let core: Locked<EngineCore>

    /// Creates an engine without data.
    ///
    /// - Parameters:
    ///   - clock: The time by which keys expire and that scripts see.
    ///   - limits: What a script may use up.
    public init(clock: any RedisClock = .system, limits: EmbeddedLimits = .standard) {
        core = Locked(EngineCore(clock: clock, limits: limits))
    }

    public func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        let reply = core.withLock { core in core.call(script, keys: keys, arguments: arguments) }
        if case .error(let error) = reply { throw EngineError(error) }
        return reply
    }

    public func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        let reply = core.withLock { core in core.send(command) }
        if case .error(let error) = reply { throw EngineError(error) }
        return reply
    }
}
