/// A reply as RESP2 can carry it.
public enum RedisReply: Sendable, Hashable {
    /// `:42`
    case integer(Int)
    /// `$5 hello`: bytes, not necessarily text.
    case bulk([UInt8])
    /// `+OK`
    case status(String)
    /// `$-1`, or `*-1` where a command answers a missing array.
    case null
    /// `*3 ...`
    case array([RedisReply])
    /// `-ERR ...` inside an array. As the whole reply it is thrown as ``EngineError`` instead.
    case error(RedisError)
}

extension RedisReply {
    /// A bulk reply with the UTF-8 bytes of a text.
    public static func bulk(_ text: String) -> RedisReply {
        .bulk(Array(text.utf8))
    }

    /// The integer of an integer reply; otherwise `nil`.
    @inlinable
    public var integer: Int? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The bytes of a bulk reply; otherwise `nil`.
    @inlinable
    public var bytes: [UInt8]? {
        if case .bulk(let bytes) = self { bytes } else { nil }
    }

    /// The text of a bulk or status reply when it is valid UTF-8; otherwise `nil`.
    public var string: String? {
        switch self {
        case .bulk(let bytes): String(validating: bytes, as: UTF8.self)
        case .status(let text): text
        default: nil
        }
    }

    /// The elements of an array reply; otherwise `nil`.
    @inlinable
    public var array: [RedisReply]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// Whether the reply is null.
    @inlinable
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }
}

extension RedisReply: CustomStringConvertible {
    /// The reply as `redis-cli` users know it, on one line.
    public var description: String {
        switch self {
        case .integer(let value): "(integer) \(value)"
        case .bulk(let bytes): "\"\(String(decoding: bytes, as: UTF8.self))\""
        case .status(let text): text
        case .null: "(nil)"
        case .array(let elements): "[" + elements.map(\.description).joined(separator: ", ") + "]"
        case .error(let error): "(error) \(error)"
        }
    }
}
