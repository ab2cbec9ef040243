/// Something that runs scripts and commands: a Redis server, or the embedded engine in this process.
///
/// Services know engines only by this protocol. Every call is atomic on its engine, and the same script with the same
/// keys, arguments, data and clock gives the same reply to the byte on each of them.
public protocol ScriptEngine: Sendable {
    /// Runs a script.
    ///
    /// The engine loads the script when it does not know it yet; no caller sees that.
    ///
    /// - Parameters:
    ///   - script: The script.
    ///   - keys: What the script sees as `KEYS`. All of them in one hash slot.
    ///   - arguments: What the script sees as `ARGV`.
    /// - Returns: The reply, never ``RedisReply/error(_:)``.
    /// - Throws: ``EngineError``; an error reply as ``EngineError/Code/server``.
    /// - Complexity: One round trip, and one more the first time a server sees the script.
    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply

    /// Runs a plain command.
    ///
    /// - Returns: The reply, never ``RedisReply/error(_:)``.
    /// - Throws: ``EngineError``; an error reply as ``EngineError/Code/server``.
    /// - Complexity: One round trip, plus what the command itself costs.
    func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply

    /// Runs plain commands with one round trip for all of them.
    ///
    /// They run in order; commands of other callers may come between. A command that fails stops none of the others.
    ///
    /// - Returns: The replies in the order of the commands; error replies are ``RedisReply/error(_:)`` in their places.
    ///   No reply for no commands, without a round trip.
    /// - Throws: ``EngineError`` when there are no replies. Those of the commands may have run then for which
    ///   ``EngineError/mayHaveRun`` allows it.
    /// - Complexity: One round trip, plus what the commands themselves cost.
    func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply]

    /// Runs plain commands as one step (`MULTI`, `EXEC`): nobody sees or changes anything between them, and no key expires
    /// between them.
    ///
    /// A command that is refused whatever the data is, for its name or its number of arguments, fails the whole: nothing
    /// has run then. One that fails while it runs, for example on a key of another type, undoes none of the others and
    /// stops none. A command that waits, such as `BLPOP`, does not wait.
    ///
    /// - Parameter commands: The commands. In a cluster all their keys in one hash slot.
    /// - Returns: The replies in the order of the commands; error replies are ``RedisReply/error(_:)`` in their places.
    ///   No reply for no commands, without a round trip.
    /// - Throws: ``EngineError``: the first refusal as ``EngineError/Code/server`` with ``EngineError/mayHaveRun``
    ///   `false`.
    /// - Complexity: One round trip, plus what the commands themselves cost.
    func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply]
}

extension ScriptEngine {
    /// Runs a script that answers with an integer.
    ///
    /// - Throws: ``EngineError/Code/unexpectedReply`` when the reply is not an integer.
    @inlinable
    public func callInteger(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> Int {
        let reply = try await call(script, keys: keys, arguments: arguments)
        guard case .integer(let value) = reply else {
            throw EngineError.unexpected(reply, of: script.name, expected: "an integer")
        }
        return value
    }

    /// Runs a script that answers with a string of bytes.
    ///
    /// - Throws: ``EngineError/Code/unexpectedReply`` when the reply is not a bulk string.
    @inlinable
    public func callBytes(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> [UInt8] {
        let reply = try await call(script, keys: keys, arguments: arguments)
        guard case .bulk(let bytes) = reply else {
            throw EngineError.unexpected(reply, of: script.name, expected: "a string")
        }
        return bytes
    }
}

extension EngineError {
    /// The error for a well-formed reply of the wrong type.
    @usableFromInline
    static func unexpected(_ reply: RedisReply, of name: String, expected: String) -> EngineError {
        EngineError(.unexpectedReply, "\(name) answered with \(reply.kind) instead of \(expected)", mayHaveRun: true)
    }
}

extension RedisReply {
    /// The type of the reply in words, for messages.
    @usableFromInline
    package var kind: String {
        switch self {
        case .integer: "an integer"
        case .bulk: "a string"
        case .status: "a status"
        case .null: "null"
        case .array: "an array"
        case .error: "an error"
        }
    }
}
