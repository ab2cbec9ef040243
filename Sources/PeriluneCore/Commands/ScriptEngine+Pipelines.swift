// Pipelines and transactions of typed commands. One function for each number of commands up to six: with a parameter
// pack the compiler could not find out what `.get("key")` is.

extension ScriptEngine {
    /// Runs commands with one round trip for all of them, and reads their replies.
    ///
    /// ```swift
    /// let (name, visits) = try await redis.pipeline(.get("user:7:name"), .incr("user:7:visits"))
    /// ```
    ///
    /// They run in order; commands of other callers may come between. A command that fails stops none of the others: give
    /// an array of ``RedisCommand`` to get all replies even then.
    ///
    /// - Returns: A result for each of the two to six commands.
    /// - Throws: ``EngineError``: the error of the first command that failed, when all have run.
    /// - Complexity: One round trip, plus what the commands themselves cost.
    public func pipeline<A, B>(
        _ a: TypedCommand<A>, _ b: TypedCommand<B>
    ) async throws(EngineError) -> (A, B) {
        let replies = try await pipeline([a.command, b.command])
        return try decode(replies, a, b)
    }

    /// Runs commands with one round trip for all of them; see the function for two.
    public func pipeline<A, B, C>(
        _ a: TypedCommand<A>, _ b: TypedCommand<B>, _ c: TypedCommand<C>
    ) async throws(EngineError) -> (A, B, C) {
        let replies = try await pipeline([a.command, b.command, c.command])
        return try decode(replies, a, b, c)
    }

    /// Runs commands with one round trip for all of them; see the function for two.
    public func pipeline<A, B, C, D>(
        _ a: TypedCommand<A>, _ b: TypedCommand<B>, _ c: TypedCommand<C>, _ d: TypedCommand<D>
    ) async throws(EngineError) -> (A, B, C, D) {
        let replies = try await pipeline([a.command, b.command, c.command, d.command])
        return try decode(replies, a, b, c, d)
    }

    /// Runs commands with one round trip for all of them; see the function for two.
    public func pipeline<A, B, C, D, E>(
        _ a: TypedCommand<A>, _ b: TypedCommand<B>, _ c: TypedCommand<C>, _ d: TypedCommand<D>, _ e: TypedCommand<E>
    ) async throws(EngineError) -> (A, B, C, D, E) {
        let replies = try await pipeline([a.command, b.command, c.command, d.command, e.command])
        return try decode(replies, a, b, c, d, e)
    }

    /// Runs commands with one round trip for all of them; see the function for two.
    public func pipeline<A, B, C, D, E, F>(
        _ a: TypedCommand<A>, _ b: TypedCommand<B>, _ c: TypedCommand<C>, _ d: TypedCommand<D>, _ e: TypedCommand<E>,
        _ f: TypedCommand<F>
    ) async throws(EngineError) -> (A, B, C, D, E, F) {
        let replies = try await pipeline([a.command, b.command, c.command, d.command, e.command, f.command])
        return try decode(replies, a, b, c, d, e, f)
    }

    /// Runs any number of commands of one kind with one round trip for all of them, and reads their replies.
    ///
    /// ```swift
    /// let counts = try await redis.pipeline(keys.map { .incr($0) })
    /// ```
    ///
    /// - Returns: A result for each command.
    /// - Throws: ``EngineError``: the error of the first command that failed, when all have run.
    /// - Complexity: One round trip, plus what the commands themselves cost.
    public func pipeline<Value>(_ commands: [TypedCommand<Value>]) async throws(EngineError) -> [Value] {
        try decode(try await pipeline(commands.map(\.command)), commands)
    }
}

extension ScriptEngine {
    /// Runs commands as one step: nobody sees or changes anything between them.
    ///
    /// ```swift
    /// let (_, length) = try await redis.transaction(.set("last", "b"), .rpush("all", ["b"]))
    /// ```
    ///
    /// A command that fails while it runs, for example on a key of another type, undoes none of the others and stops
    /// none: Redis does not roll back.
    ///
    /// - Returns: A result for each of the two to six commands.
    /// - Throws: ``EngineError``: that of the first command that failed. ``EngineError/mayHaveRun`` is `false` when a
    ///   command was refused before any has run.
    /// - Complexity: One round trip, plus what the commands themselves cost.
    public func transaction<A, B>(
        _ a: TypedCommand<A>, _ b: TypedCommand<B>
    ) async throws(EngineError) -> (A, B) {
        let replies = try await transaction([a.command, b.command])
        return try decode(replies, a, b)
    }

    /// Runs commands as one step; see the function for two.
    public func transaction<A, B, C>(
        _ a: TypedCommand<A>, _ b: TypedCommand<B>, _ c: TypedCommand<C>
    ) async throws(EngineError) -> (A, B, C) {
        let replies = try await transaction([a.command, b.command, c.command])
        return try decode(replies, a, b, c)
    }

    /// Runs commands as one step; see the function for two.
    public func transaction<A, B, C, D>(
        _ a: TypedCommand<A>, _ b: TypedCommand<B>, _ c: TypedCommand<C>, _ d: TypedCommand<D>
    ) async throws(EngineError) -> (A, B, C, D) {
        let replies = try await transaction([a.command, b.command, c.command, d.command])
        return try decode(replies, a, b, c, d)
    }

    /// Runs commands as one step; see the function for two.
    public func transaction<A, B, C, D, E>(
        _ a: TypedCommand<A>, _ b: TypedCommand<B>, _ c: TypedCommand<C>, _ d: TypedCommand<D>, _ e: TypedCommand<E>
    ) async throws(EngineError) -> (A, B, C, D, E) {
        let replies = try await transaction([a.command, b.command, c.command, d.command, e.command])
        return try decode(replies, a, b, c, d, e)
    }

    /// Runs commands as one step; see the function for two.
    public func transaction<A, B, C, D, E, F>(
        _ a: TypedCommand<A>, _ b: TypedCommand<B>, _ c: TypedCommand<C>, _ d: TypedCommand<D>, _ e: TypedCommand<E>,
        _ f: TypedCommand<F>
    ) async throws(EngineError) -> (A, B, C, D, E, F) {
        let replies = try await transaction([a.command, b.command, c.command, d.command, e.command, f.command])
        return try decode(replies, a, b, c, d, e, f)
    }

    /// Runs any number of commands of one kind as one step.
    ///
    /// - Returns: A result for each command.
    /// - Throws: ``EngineError``: that of the first command that failed. ``EngineError/mayHaveRun`` is `false` when a
    ///   command was refused before any has run.
    /// - Complexity: One round trip, plus what the commands themselves cost.
    public func transaction<Value>(_ commands: [TypedCommand<Value>]) async throws(EngineError) -> [Value] {
        try decode(try await transaction(commands.map(\.command)), commands)
    }

    private func decode<each Value>(
        _ replies: [RedisReply], _ commands: repeat TypedCommand<each Value>
    ) throws(EngineError) -> (repeat each Value) {
        var replies = Replies(replies)
        return (repeat try (each commands).decode(try replies.next()))
    }

    private func decode<Value>(
        _ replies: [RedisReply], _ commands: [TypedCommand<Value>]
    ) throws(EngineError) -> [Value] {
        var replies = Replies(replies)
        var values: [Value] = []
        values.reserveCapacity(commands.count)
        for command in commands { values.append(try command.decode(try replies.next())) }
        return values
    }
}

/// Replies that are taken one after the other.
private struct Replies {
    private var rest: ArraySlice<RedisReply>

    init(_ replies: [RedisReply]) { rest = replies[...] }

    mutating func next() throws(EngineError) -> RedisReply {
        guard let reply = rest.popFirst() else {
            throw EngineError(.unexpectedReply, "fewer replies than commands", mayHaveRun: true)
        }
        return reply
    }
}
