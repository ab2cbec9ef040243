/// How large the state of one conversation or workflow may become.
///
/// A change that would go beyond is refused. State that is larger already, since the limits were others once, can be read
/// and made smaller.
public struct StateLimits: Sendable, Hashable {
    /// How many members a state may have: 1 to 1,000.
    public var members: Int
    /// How many bytes of names and JSON text all members may have together: 1 to 64 Mi.
    public var bytes: Int

    /// Creates limits.
    public init(members: Int = 256, bytes: Int = 256 << 10) {
        self.members = members
        self.bytes = bytes
    }

    func validate() throws(StateError) {
        guard (1...1_000).contains(members) else {
            throw .invalidSetting("a state may have 1 to 1000 members, not \(members)")
        }
        guard (1...StateLimits.mostBytes).contains(bytes) else {
            throw .invalidSetting("a state may have 1 to \(StateLimits.mostBytes) bytes, not \(bytes)")
        }
    }

    static let mostBytes = 64 << 20
}

/// How many messages of a conversation are kept. The oldest go first.
public struct MessageLimits: Sendable, Hashable {
    /// How many messages: 1 to 10,000.
    public var count: Int
    /// How many bytes of JSON text all messages have together at most: 1 to 64 Mi. A single message may not have more.
    public var bytes: Int

    /// Creates limits.
    public init(count: Int = 1_000, bytes: Int = 1 << 20) {
        self.count = count
        self.bytes = bytes
    }

    func validate() throws(StateError) {
        guard (1...10_000).contains(count) else {
            throw .invalidSetting("1 to 10000 messages can be kept, not \(count)")
        }
        guard (1...StateLimits.mostBytes).contains(bytes) else {
            throw .invalidSetting("1 to \(StateLimits.mostBytes) bytes of messages can be kept, not \(bytes)")
        }
    }
}
