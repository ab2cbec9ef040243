/// A plain command: its name and its arguments, keys among them.
public struct RedisCommand: Sendable, Hashable {
    /// The name, for example `GET`. Case does not matter to any engine.
    public let name: String
    /// The arguments in order.
    public let arguments: [RedisArgument]
    /// Whether running it twice has the effect of running it once, so that an engine may send it again when the first
    /// answer was lost.
    public let isRepeatable: Bool

    /// Creates a command.
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
