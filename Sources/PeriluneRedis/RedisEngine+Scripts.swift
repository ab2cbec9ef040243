public import PeriluneCore
import PeriluneIO

extension RedisEngine {
    /// Runs a script by its digest.
    ///
    /// When the server does not know the script, it is loaded and called again in one more round trip: the first time,
    /// after a restart, after `SCRIPT FLUSH`.
    ///
    /// - Parameters:
    ///   - script: The script.
    ///   - keys: What the script sees as `KEYS`.
    ///   - arguments: What the script sees as `ARGV`.
    /// - Returns: The reply, never ``RedisReply/error(_:)``.
    /// - Throws: ``EngineError``; an error reply as ``EngineError/Code/server``.
    /// - Complexity: One round trip, and one more when the server does not know the script.
    public func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        try Self.checkCount(keys.count + arguments.count + 3)
        let deadline = self.deadline
        let ticket = RedisConnection.Ticket()
        let result = await connection.perform(ticket, deadline: deadline) { buffer in
            RESPEncoder.appendCall(script, keys: keys, arguments: arguments, to: buffer)
        }
        guard Self.isUnknownScript(result) else { return try Self.reply(of: result) }
        return try await loadAndCall(
            script, keys: keys, arguments: arguments, deadline: deadline, unknownTo: ticket.id)
    }

    /// Calls a script that the server did not know. `deadline` is that of the first attempt.
    private func loadAndCall(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument], deadline: UInt64, unknownTo slot: UInt64
    ) async throws(EngineError) -> RedisReply {
        // Others may flush the server's scripts all the time, between the load and the call, too. A server where this
        // happens so often in a row is not one to be waited for.
        let attempts = 16
        var unknownTo = slot
        var result: RedisConnection.Reply
        for attempt in 1...attempts {
            let ticket = RedisConnection.Ticket()
            result = await connection.perform(ticket, deadline: deadline, reload: (script, unknownTo)) { buffer in
                RESPEncoder.appendCall(script, keys: keys, arguments: arguments, to: buffer)
            }
            guard Self.isUnknownScript(result) else { return try Self.reply(of: result) }
            unknownTo = ticket.id
            guard attempt < attempts else { return try Self.reply(of: result) }
            // Loaded and still not known: perhaps the server refuses it, and the caller should hear why.
            let load = await connection.perform(RedisConnection.Ticket(), deadline: deadline) { buffer in
                RESPEncoder.append(RedisCommand("SCRIPT", ["LOAD", .string(script.source)]), to: buffer)
            }
            _ = try Self.reply(of: load)
        }
        throw EngineError(.unexpectedReply, "\(script.name) cannot be loaded")
    }

    /// Whether the server says, before anything has run, that it does not know the script.
    ///
    /// The whole phrase, and only at the beginning: a script may answer with an error of its own that quotes another
    /// one or begins with the same word, and then it has run.
    static func isUnknownScript(_ result: RedisConnection.Reply) -> Bool {
        guard case .success(.error(let error)) = result else { return false }
        return error.line.hasPrefix("NOSCRIPT No matching script")
    }
}
