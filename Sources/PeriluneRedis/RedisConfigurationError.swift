/// Why a Redis URL was not understood.
public struct RedisConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The value that is wrong. Never holds a password.
    public let value: String
    /// What is wrong with it and what would be right, in one line.
    public let reason: String

    init(_ value: String, _ reason: String) {
        self.value = value
        self.reason = reason
    }

    public var description: String { "\"\(value)\": \(reason)" }
}
