/// One argument of a command or a script.
///
/// Integers travel as decimal text without a detour through `String`.
public enum RedisArgument: Sendable, Hashable {
    /// Text, sent as its UTF-8 bytes.
    case string(String)
    /// A decimal integer.
    case integer(Int)
    /// Any bytes, including NUL.
    case bytes([UInt8])
}

extension RedisArgument: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    @inlinable
    public init(stringLiteral value: String) {
        self = .string(value)
    }

    @inlinable
    public init(integerLiteral value: Int) {
        self = .integer(value)
    }
}

extension RedisArgument {
    /// The argument as the bytes that reach the engine.
    public var bytes: [UInt8] {
        switch self {
        case .string(let text): Array(text.utf8)
        case .integer(let value): Array(String(value).utf8)
        case .bytes(let bytes): bytes
        }
    }
}

extension RedisKey {
    /// The key as an argument, for plain commands.
    @inlinable
    public var argument: RedisArgument { .string(name) }
}
