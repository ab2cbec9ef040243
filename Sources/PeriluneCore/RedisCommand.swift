/// A plain command: its name and its arguments, keys among them.
public struct RedisCommand: Sendable, Hashable {
    /// The name, for example `GET`. Case does not matter to any engine.
    public let name: String
    /// The arguments in order.
    public let arguments: [RedisArgument]

    /// Creates a command.
    public init(_ name: String, _ arguments: [RedisArgument] = []) {
        self.name = name
        self.arguments = arguments
    }
}

extension RedisCommand: CustomStringConvertible {
    /// The name and the number of arguments; never the arguments, which may be secrets.
    public var description: String { "\(name) (\(arguments.count) arguments)" }
}
