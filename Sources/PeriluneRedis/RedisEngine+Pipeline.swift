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

    /// Refuses: transactions need a connection that keeps commands adjacent.
    public func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        throw EngineError(.misconfigured, "no transactions on this engine")
    }
}
