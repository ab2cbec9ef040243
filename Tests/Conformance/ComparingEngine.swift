import PeriluneCore
import PeriluneFuzzing

/// Runs everything on both engines of a pair and throws when they disagree.
struct ComparingEngine: ScriptEngine {
    let pair: EnginePair
    /// How far the order of an array in a reply to a plain command may differ.
    var order = ReplyOrder.same

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        try await value { try await pair.call(script, keys: keys, arguments: arguments) }
    }

    func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        try await value { try await pair.send(command, order: order) }
    }

    func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        do { return try await pair.pipeline(commands) } catch { throw Self.error(error) }
    }

    func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        // What it is each engine tells differently, if it does.
        if commands.contains(where: { $0.name == "INFO" }) {
            throw EngineError(RedisError("ERR unknown command 'INFO'"))
        }
        do { return try await pair.transaction(commands) } catch { throw Self.error(error) }
    }

    private func value(_ run: () async throws -> RedisReply) async throws(EngineError) -> RedisReply {
        let reply: RedisReply
        do { reply = try await run() } catch { throw Self.error(error) }
        if case .error(let error) = reply { throw EngineError(error) }
        return reply
    }

    private static func error(_ error: any Error) -> EngineError {
        error as? EngineError ?? EngineError(.unexpectedReply, "\(error)")
    }
}
