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
/// Whatever goes over a table goes in the order of its keys: `pairs`, `next`, `table.foreach`, `cjson.encode`,
/// `cmsgpack.pack` and results with `map` or `set`. Whole numbers from 1 up come first, then other numbers, then strings
/// by their bytes, `false`, `true`, and at last tables and functions as they are first met. So the same data gives the
/// same reply in every process. A server goes in the order of its hash table, which scripts must not rely on. `next`
/// takes constant time on an array, and O(n) to find the first key of another table; a loop over all keys is
/// O(n log n). What a script sets of `cjson`, such as `cjson.encode_max_depth`, holds until it ends; on a server, for all scripts from then on.
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
