public import PeriluneCore

extension RedisEngine {
    /// Runs commands in one round trip, each by itself: others' commands may come between them.
    ///
    /// When the connection breaks, each of them may have run; they are not sent again, even if each could be: a read that
    /// comes before a write of the same key would see what the first round has written.
    ///
    /// In a cluster each node gets its own at the same time, in their order; commands for different nodes run in no order,
    /// and when one node fails the others' commands may have run. The keys of each command must be in one hash slot.
    ///
    /// - Returns: The replies in the order of the commands; that of a command that failed is ``RedisReply/error(_:)``.
    /// - Throws: ``EngineError``, for all of them.
    /// - Complexity: One round trip, plus what the commands cost. All replies are held in memory.
    public func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        guard !commands.isEmpty else { return [] }
        for command in commands {
            if let refusal = ConnectionUse.refusal(of: command) { throw refusal }
        }
        let request = Request(several: commands)
        return try Self.replies(of: try await perform(request).get())
    }

    /// Runs commands as one transaction: all of them, with nothing between, or none.
    ///
    /// In a cluster all keys must be in one hash slot. While that slot moves from one node to another, the transaction
    /// waits.
    ///
    /// - Returns: The replies in the order of the commands. That of a command that failed while it ran is
    ///   ``RedisReply/error(_:)``; the others have run nevertheless, as always in Redis.
    /// - Throws: ``EngineError``; when the server refuses one of the commands beforehand, that refusal, and nothing has
    ///   run.
    /// - Complexity: One round trip, plus what the commands cost.
    public func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        guard !commands.isEmpty else { return [] }
        for command in commands {
            // In a transaction nothing waits.
            if let refusal = ConnectionUse.refusal(of: command), ConnectionUse(of: command) == .changes {
                throw refusal
            }
        }
        let request = Request(several: [RedisCommand("MULTI")] + commands + [RedisCommand("EXEC")])
        let replies = try Self.replies(of: try await perform(request).get())
        switch replies.last {
        case .array(let results): return results
        case .error(let error):
            let refusals = replies.compactMap { if case .error(let error) = $0 { error } else { nil } }
            // Without a MULTI that the server took, the commands ran one by one, those that it did not refuse.
            let hasRun =
                error.kind != .transactionAborted
                && !(refusals.count == replies.count && refusals.dropLast().allSatisfy(\.isRefusal))
            throw EngineError(refusals.first ?? error, mayHaveRun: hasRun)
        default:
            throw EngineError(.unexpectedReply, "EXEC did not answer with an array", mayHaveRun: true)
        }
    }

    static func replies(of reply: RedisReply) throws(EngineError) -> [RedisReply] {
        switch reply {
        case .array(let replies): return replies
        case .error(let error): throw EngineError(error)
        default: throw EngineError(.unexpectedReply, "a pipeline was not answered with its replies", mayHaveRun: true)
        }
    }
}
