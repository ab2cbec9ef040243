import PeriluneCore

/// Runs everything on both engines of a pair and throws when they disagree.
struct ComparingEngine: ScriptEngine {
    let pair: EnginePair

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        do { return try await pair.call(script, keys: keys, arguments: arguments) } catch { throw Self.error(error) }
    }

    func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        do { return try await pair.send(command) } catch { throw Self.error(error) }
    }

    func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        do { return try await pair.pipeline(commands) } catch { throw Self.error(error) }
    }

    func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        do { return try await pair.transaction(commands) } catch { throw Self.error(error) }
    }

    private static func error(_ error: any Error) -> EngineError {
        error as? EngineError ?? EngineError(.unexpectedReply, "\(error)")
    }
}
