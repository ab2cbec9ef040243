/// The name of a channel, or a pattern of such names.
///
/// A channel is any string of bytes; two channels are the same when their bytes are. Channels are not keys: they exist as
/// long as somebody listens, in all databases at once.
///
/// In a pattern `*` stands for any bytes, `?` for one, `[abc]` for one of a set, and `\` takes the meaning from the next.
public struct RedisChannel: Sendable, Hashable {
    /// The bytes of the name.
    public let bytes: [UInt8]

    /// Creates a channel from the bytes of its name.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Creates a channel from its name in UTF-8.
    public init(_ name: String) {
        bytes = Array(name.utf8)
    }

    /// The name as text. Bytes that are not UTF-8 are shown as replacement characters.
    public var name: String { String(decoding: bytes, as: UTF8.self) }

    /// The channel as an argument, for plain commands.
    public var argument: RedisArgument { .bytes(bytes) }
}

extension RedisChannel: ExpressibleByStringInterpolation, CustomStringConvertible {
    public init(stringLiteral value: String) {
        self.init(value)
    }

    public var description: String { name }
}
