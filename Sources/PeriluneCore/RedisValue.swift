/// What can stand as an argument of a command: text, numbers, bytes, keys.
public protocol RedisArgumentConvertible: Sendable {
    /// The argument as it is sent.
    var redisArgument: RedisArgument { get }
}

/// What a stored value can be read as. Writing a value and reading it as the same type gives the value.
public protocol RedisValue: RedisArgumentConvertible {
    /// Reads a stored value.
    ///
    /// - Returns: `nil` when the bytes are no such value.
    init?(redisBytes: [UInt8])

    /// What the bytes have to be, in words, for messages: `an integer`.
    static var redisDescription: String { get }
}

extension String: RedisValue {
    public var redisArgument: RedisArgument { .string(self) }

    /// Reads text, which has to be valid UTF-8.
    public init?(redisBytes: [UInt8]) {
        self.init(validating: redisBytes, as: UTF8.self)
    }

    public static var redisDescription: String { "UTF-8 text" }
}

extension Array: RedisArgumentConvertible where Element == UInt8 {
    public var redisArgument: RedisArgument { .bytes(self) }
}

extension Array: RedisValue where Element == UInt8 {
    public init?(redisBytes: [UInt8]) {
        self = redisBytes
    }

    public static var redisDescription: String { "bytes" }
}

extension Int: RedisValue {
    public var redisArgument: RedisArgument { .integer(self) }

    public init?(redisBytes: [UInt8]) {
        self.init(String(decoding: redisBytes, as: UTF8.self))
    }

    public static var redisDescription: String { "an integer" }
}

extension Double: RedisValue {
    /// The shortest decimal text that gives the number back.
    public var redisArgument: RedisArgument { .string(description) }

    public init?(redisBytes: [UInt8]) {
        self.init(String(decoding: redisBytes, as: UTF8.self))
    }

    public static var redisDescription: String { "a number" }
}

extension RedisArgument: RedisArgumentConvertible {
    public var redisArgument: RedisArgument { self }
}

extension RedisKey: RedisArgumentConvertible {
    public var redisArgument: RedisArgument { argument }
}

extension Substring: RedisArgumentConvertible {
    public var redisArgument: RedisArgument { .string(String(self)) }
}
