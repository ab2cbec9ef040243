import PeriluneCore

/// How the sessions of a store live.
public struct SessionConfiguration: Sendable, Hashable {
    /// What happens when a user with as many sessions as allowed begins another.
    public enum LimitPolicy: String, Sendable, Hashable, CaseIterable {
        /// The session that began first ends.
        case oldest
        /// The session that was not used for the longest time ends.
        case idle
        /// The new session is refused: ``SessionError/limitReached(_:)``.
        case reject
    }

    /// How many sessions a user may have.
    public struct Limit: Sendable, Hashable {
        /// From 1 to 1000.
        public var count: Int
        /// What happens when there are as many.
        public var policy: LimitPolicy

        /// Creates a limit.
        public init(_ count: Int, policy: LimitPolicy = .oldest) {
            self.count = count
            self.policy = policy
        }
    }

    /// The most shards that a store can have.
    public static let mostShards = 1024

    /// The name, part of every key: sessions of stores with different names do not know each other.
    public var name = "s"
    /// Over how many shards the sessions are spread; each is one slot of a Redis Cluster. Part of every token: sessions
    /// of a shard that is no more are lost.
    public var shards = 64
    /// How long a session lives unused.
    public var idleTimeout: Duration
    /// How long a session lives however much it is used.
    public var lifetime: Duration
    /// How many sessions a user may have; `nil` for any number.
    public var limit: Limit?
    /// How long a token that was replaced still leads to its session, for requests that are under way. At most a minute.
    public var rotationGrace: Duration = .zero
    /// How many bytes the stored form of a session may have: its user, device and data, sealed if they are.
    public var maximumBytes = 65_536
    /// About how many events a shard keeps; older ones go.
    public var keptEvents = 10_000

    /// Creates a configuration.
    public init(
        name: String = "s", idleTimeout: Duration = .seconds(1_800), lifetime: Duration = .seconds(86_400),
        limit: Limit? = nil
    ) {
        self.name = name
        self.idleTimeout = idleTimeout
        self.lifetime = lifetime
        self.limit = limit
    }

    /// Half an hour unused, a day in all.
    public static let standard = SessionConfiguration()
    /// What NIST SP 800-63B asks of authenticator assurance level 1: 30 days, with no limit on disuse.
    public static let aal1 = SessionConfiguration(idleTimeout: .seconds(2_592_000), lifetime: .seconds(2_592_000))
    /// What NIST SP 800-63B (revision 3, the stricter one) asks of assurance level 2: half an hour unused, 12 hours.
    public static let aal2 = SessionConfiguration(idleTimeout: .seconds(1_800), lifetime: .seconds(43_200))
    /// What NIST SP 800-63B asks of assurance level 3: 15 minutes unused, 12 hours.
    public static let aal3 = SessionConfiguration(idleTimeout: .seconds(900), lifetime: .seconds(43_200))

    func validate() throws(SessionConfigurationError) {
        do { try KeySpace.validate(name: name) } catch { throw .invalidName(name) }
        guard (1...Self.mostShards).contains(shards) else { throw .shardsOutOfRange(shards) }
        for time in [idleTimeout, lifetime] { try Self.validate(timeout: time) }
        if let limit, !(1...1000).contains(limit.count) { throw .limitOutOfRange(limit.count) }
        guard (.zero...(.seconds(60))).contains(rotationGrace) else { throw .graceOutOfRange(rotationGrace) }
        guard (1_024...16_777_216).contains(maximumBytes) else { throw .sizeOutOfRange(maximumBytes) }
        guard (1...10_000_000).contains(keptEvents) else { throw .eventsOutOfRange(keptEvents) }
    }

    static func validate(timeout: Duration) throws(SessionConfigurationError) {
        guard (.milliseconds(1)...(.seconds(315_360_000))).contains(timeout) else { throw .timeoutOutOfRange(timeout) }
    }
}

/// Why a store cannot be made.
public enum SessionConfigurationError: Error, Sendable, Hashable {
    /// Not 1 to 64 of the characters `A-Z a-z 0-9 . _ -`.
    case invalidName(String)
    /// Not from 1 to ``SessionConfiguration/mostShards``.
    case shardsOutOfRange(Int)
    /// Not from a millisecond to ten years.
    case timeoutOutOfRange(Duration)
    /// Not from 1 to 1000.
    case limitOutOfRange(Int)
    /// Not from nothing to a minute.
    case graceOutOfRange(Duration)
    /// Not from 1 kB to 16 MB.
    case sizeOutOfRange(Int)
    /// Not from 1 to ten million.
    case eventsOutOfRange(Int)
    /// A key has not as many bytes as it must: at least 32 for tokens, exactly 32 for encryption.
    case invalidKeyLength(Int)
}

extension SessionConfigurationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidName(let name):
            "\"\(name.prefix(80))\" is not a name of 1 to 64 of the characters A-Z a-z 0-9 . _ -"
        case .shardsOutOfRange(let count):
            "a store has from 1 to \(SessionConfiguration.mostShards) shards, not \(count)"
        case .timeoutOutOfRange(let time): "a timeout is from 1 millisecond to 10 years, not \(time)"
        case .limitOutOfRange(let count): "a limit is from 1 to 1000 sessions, not \(count)"
        case .graceOutOfRange(let time): "the grace of a rotation is from 0 to 60 seconds, not \(time)"
        case .sizeOutOfRange(let size): "a session may be limited to 1024 to 16777216 bytes, not \(size)"
        case .eventsOutOfRange(let count): "from 1 to 10000000 events are kept, not \(count)"
        case .invalidKeyLength(let count):
            "a key for tokens has 32 bytes or more, one for encryption has 32, and not \(count)"
        }
    }
}
