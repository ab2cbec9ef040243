/// A command that knows what its reply means.
///
/// The methods of ``ScriptEngine`` such as ``ScriptEngine/get(_:as:)`` run these commands one at a time. By themselves
/// they are for pipelines and transactions, which give a result for each of their commands:
///
/// ```swift
/// let (name, visits) = try await redis.pipeline(.get("user:7:name"), .incr("user:7:visits"))
/// ```
///
/// A command that is not here is one line: ``init(_:expecting:decode:)``.
public struct TypedCommand<Value>: Sendable {
    /// The command as it is sent.
    public let command: RedisCommand
    private let decoder: ReplyDecoder<Value>

    init(_ command: RedisCommand, _ decoder: ReplyDecoder<Value>) {
        self.command = command
        self.decoder = decoder
    }

    /// Creates a command.
    ///
    /// ```swift
    /// let command = TypedCommand(RedisCommand("BITCOUNT", ["days"], isRepeatable: true), expecting: "an integer") {
    ///     $0.integer
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - command: What to send.
    ///   - expectation: What the reply has to be, in words, for the message of an error.
    ///   - decode: Reads a reply that is no error; `nil` when it is not what is expected.
    public init(
        _ command: RedisCommand, expecting expectation: String, decode: @escaping @Sendable (RedisReply) -> Value?
    ) {
        self.init(command, ReplyDecoder(expectation, decode))
    }

    /// Reads a reply.
    ///
    /// - Throws: ``EngineError``: an error reply as ``EngineError/Code/server``, one of another type as
    ///   ``EngineError/Code/unexpectedReply``.
    public func decode(_ reply: RedisReply) throws(EngineError) -> Value {
        if case .error(let error) = reply { throw EngineError(error) }
        return try decoder.decode(reply, of: command.name)
    }
}

extension ScriptEngine {
    /// Runs a command and reads its reply.
    ///
    /// - Throws: ``EngineError``; ``EngineError/Code/unexpectedReply`` when the reply is of another type.
    /// - Complexity: One round trip, plus what the command itself costs.
    public func run<Value>(_ command: TypedCommand<Value>) async throws(EngineError) -> Value {
        try command.decode(try await send(command.command))
    }
}
