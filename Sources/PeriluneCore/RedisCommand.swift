/// A plain command: its name and its arguments, keys among them.
public struct RedisCommand: Sendable, Hashable {
    /// The name, for example `GET`. Case does not matter to any engine.
    public let name: String
    /// The arguments in order.
    public let arguments: [RedisArgument]
    /// Whether running the command twice leaves the data and gives the reply of running it once, so that an engine may
    /// send it again when the first answer was lost. Reads are repeatable, and writes such as `SET` without conditions;
    /// `INCR` is not, nor is `DEL`, whose second reply is another.
    public let isRepeatable: Bool

    /// Creates a command.
    ///
    /// - Parameters:
    ///   - name: The name. One word: `CONFIG GET` is `CONFIG` with `GET` as its first argument.
    ///   - arguments: The arguments in order.
    ///   - isRepeatable: Whether running it twice is as good as running it once; see ``isRepeatable``.
    public init(_ name: String, _ arguments: [RedisArgument] = [], isRepeatable: Bool = false) {
        self.name = name
        self.arguments = arguments
        self.isRepeatable = isRepeatable
    }
}

extension RedisCommand: CustomStringConvertible {
    /// The name and the number of arguments; never the arguments, which may be secrets.
    public var description: String { "\(name) (\(arguments.count) arguments)" }
}
