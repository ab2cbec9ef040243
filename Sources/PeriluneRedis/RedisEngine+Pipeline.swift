public import PeriluneCore

extension RedisEngine {
    /// Runs plain commands one after the other.
    ///
    /// - Complexity: One round trip for each command.
    public func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        var replies: [RedisReply] = []
        for command in commands {
            do {
                replies.append(try await send(command))
            } catch {
                guard let serverError = error.serverError else { throw error }
                replies.append(.error(serverError))
            }
        }
        return replies
    }

    /// Runs plain commands as one step, on a connection of its own.
    ///
    /// - Complexity: A connection, and one round trip for each command.
    public func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        guard !commands.isEmpty else { return [] }
        let engine = RedisEngine(connection.configuration, logger: connection.logger)
        let replies = try await engine.pipeline(
            [RedisCommand("MULTI")] + commands + [RedisCommand("EXEC")])
        await engine.shutdown()
        for case .error(let error) in replies.dropLast() { throw .refused(error) }
        switch replies.last {
        case .array(let results): return results
        case .error(let error): throw EngineError(error)
        default: throw EngineError(.unexpectedReply, "EXEC answered with no array", mayHaveRun: true)
        }
    }
}
