/// What somebody has published.
public struct RedisMessage: Sendable, Hashable {
    /// The channel to which it was published.
    public let channel: RedisChannel
    /// The pattern by which it was found; `nil` when the channel itself was subscribed to.
    public let pattern: RedisChannel?
    /// What was published: bytes, not necessarily text.
    public let payload: [UInt8]

    /// Creates a message.
    public init(channel: RedisChannel, pattern: RedisChannel? = nil, payload: [UInt8]) {
        self.channel = channel
        self.pattern = pattern
        self.payload = payload
    }

    /// The payload as text when it is valid UTF-8; otherwise `nil`.
    public var text: String? { String(validating: payload, as: UTF8.self) }
}

extension RedisMessage {
    /// The bytes that the message holds.
    var byteCount: Int { channel.bytes.count + (pattern?.bytes.count ?? 0) + payload.count }
}
