package import PeriluneCore

/// An engine that gives a test's own answers to some scripts, commands and subscriptions, and leaves all else to another.
package final class ScriptedEngine<Inner: MessageEngine>: MessageEngine, ForwardingEngine {
    /// What somebody asks for.
    package struct Request: Sendable {
        /// The script or the command; `SSUBSCRIBE` for shard channels, and `SUBSCRIBE` for others.
        package let name: String
        /// The keys of a script.
        package let keys: [RedisKey]
        package let arguments: [RedisArgument]
    }

    /// Answers instead of the engine, or with `nil` leaves it to it. What it throws fails the whole pipeline or transaction.
    package typealias Answer = @Sendable (Request) async throws(EngineError) -> RedisReply?

    private struct State {
        var answers: [String: Answer] = [:]
        var counts: [String: Int] = [:]
        var failure: (error: EngineError, concerns: @Sendable (String) -> Bool)?
    }

    package let inner: Inner
    private let state = Locked(State())

    /// Creates an engine that leaves everything to another.
    package init(_ inner: Inner) { self.inner = inner }

    /// Answers what has a name from now on.
    package func answer(_ name: String, with answer: @escaping Answer) {
        state.withLock { $0.answers[name] = answer }
    }

    /// Leaves what has a name to the other engine again.
    package func leave(_ name: String) {
        state.withLock { $0.answers[name] = nil }
    }

    /// Fails scripts with certain keys from now on; with no error, none any more.
    package func fail(
        _ error: EngineError?, where concerns: @escaping @Sendable (_ key: String) -> Bool = { _ in true }
    ) {
        state.withLock { $0.failure = error.map { ($0, concerns) } }
    }

    /// How often a script, a command or a kind of subscription was asked for.
    package func count(of name: String) -> Int {
        state.withLock { $0.counts[name] ?? 0 }
    }

    private func answer(
        _ name: String, keys: [RedisKey] = [], _ arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply? {
        let (answer, failure) = state.withLock { state in
            state.counts[name, default: 0] += 1
            return (state.answers[name], state.failure)
        }
        if let failure, keys.contains(where: { failure.concerns($0.name) }) { throw failure.error }
        return try await answer?(Request(name: name, keys: keys, arguments: arguments))
    }

    package func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        if let reply = try await answer(script.name, keys: keys, arguments) { return try Self.thrown(reply) }
        return try await inner.call(script, keys: keys, arguments: arguments)
    }

    package func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        if let reply = try await answer(command.name, command.arguments) { return try Self.thrown(reply) }
        return try await inner.send(command)
    }

    package func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        let answers = try await answers(commands)
        let rest = zip(commands, answers).compactMap { $1 == nil ? $0 : nil }
        return Self.merge(answers, try await inner.pipeline(rest))
    }

    package func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        let answers = try await answers(commands)
        let rest = zip(commands, answers).compactMap { $1 == nil ? $0 : nil }
        return Self.merge(answers, rest.isEmpty ? [] : try await inner.transaction(rest))
    }

    package func subscribe(
        to channels: [RedisChannel], patterns: [RedisChannel], shardChannels: [RedisChannel],
        buffer: RedisMessages.BufferLimit
    ) async throws(EngineError) -> RedisMessages {
        let names = (channels + patterns + shardChannels).map { RedisArgument.bytes($0.bytes) }
        _ = try await answer(shardChannels.isEmpty ? "SUBSCRIBE" : "SSUBSCRIBE", names)
        return try await inner.subscribe(
            to: channels, patterns: patterns, shardChannels: shardChannels, buffer: buffer)
    }

    private func answers(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply?] {
        var answers: [RedisReply?] = []
        for command in commands { answers.append(try await answer(command.name, command.arguments)) }
        return answers
    }

    private static func merge(_ answers: [RedisReply?], _ rest: [RedisReply]) -> [RedisReply] {
        var rest = rest[...]
        return answers.compactMap { $0 ?? rest.popFirst() }
    }

    private static func thrown(_ reply: RedisReply) throws(EngineError) -> RedisReply {
        if case .error(let error) = reply { throw EngineError(error) }
        return reply
    }
}
