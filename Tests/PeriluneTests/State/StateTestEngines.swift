import PeriluneCore

extension ScriptEngine {
    /// All keys with what they hold, and when they expire.
    func contents() async throws -> [String] {
        var all: [String] = []
        for key in try await send(RedisCommand("KEYS", ["*"])).array?.compactMap(\.string).sorted() ?? [] {
            let isHash = try await send(RedisCommand("TYPE", [.string(key)])).string == "hash"
            let read = isHash ? RedisCommand("HGETALL", [.string(key)]) : RedisCommand("LRANGE", [.string(key), 0, -1])
            let value = try await send(read)
            let expiry = try await send(RedisCommand("PEXPIRETIME", [.string(key)]))
            all.append("\(key) \(value) \(expiry)")
        }
        return all
    }
}

/// Hands calls to an engine, and tells when one begins and when it has ended.
final class ObservedEngine: ScriptEngine {
    private let engine: any ScriptEngine
    private let trips = Locked(0)
    private let afterSend: @Sendable (_ trip: Int) async -> Void

    /// - Parameter afterSend: Runs when a plain command has run and before its reply is given.
    init(_ engine: any ScriptEngine, afterSend: @escaping @Sendable (_ trip: Int) async -> Void = { _ in }) {
        self.engine = engine
        self.afterSend = afterSend
    }

    /// How many round trips there were.
    var roundTrips: Int { trips.withLock { $0 } }

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        trips.withLock { $0 += 1 }
        return try await engine.call(script, keys: keys, arguments: arguments)
    }

    func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        trips.withLock { $0 += 1 }
        let reply = try await engine.send(command)
        await afterSend(roundTrips)
        return reply
    }

    func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        trips.withLock { $0 += 1 }
        return try await engine.pipeline(commands)
    }

    func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        trips.withLock { $0 += 1 }
        return try await engine.transaction(commands)
    }
}

/// Answers everything with the same reply.
struct ReplyingEngine: ScriptEngine {
    let reply: RedisReply

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply { reply }

    func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply { reply }

    func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] { commands.map { _ in reply } }

    func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        commands.map { _ in reply }
    }
}
