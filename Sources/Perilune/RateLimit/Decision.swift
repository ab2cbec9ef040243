/// What a rate limiter decided about one call.
public struct Decision: Sendable, Hashable {
    /// Whether the call may go on. After a peek: whether a call of cost 1 may.
    public let allowed: Bool
    /// The policy that decided.
    public let policy: RateLimitPolicy
    /// The limit that denied, or of those that allowed the one with the least remaining; of several, the one that takes
    /// longest.
    public let decisive: LimitStatus
    /// Every limit of the policy, in its order.
    public var limits: [LimitStatus] { others.isEmpty ? [decisive] : others }

    /// All limits when there are several; empty for one, so that the common decision allocates nothing.
    private let others: [LimitStatus]

    init(allowed: Bool, policy: RateLimitPolicy, status: LimitStatus) {
        self.allowed = allowed
        self.policy = policy
        self.decisive = status
        self.others = []
    }

    init(allowed: Bool, policy: RateLimitPolicy, decisive: Int, statuses: [LimitStatus]) {
        self.allowed = allowed
        self.policy = policy
        self.decisive = statuses[decisive]
        self.others = statuses.count > 1 ? statuses : []
    }
}

extension Decision {
    /// The quota of the decisive limit.
    public var limit: Int { decisive.limit.quota }

    /// What the decisive limit still allows now.
    public var remaining: Int { decisive.remaining }

    /// How long to wait until the same call would be allowed if nothing else is taken meanwhile; `nil` when allowed.
    ///
    /// Rounded up to whole milliseconds, the resolution of the engine's clock: a caller that waits this long is not
    /// denied again for having come a moment too early.
    public var retryAfter: Duration? { allowed ? nil : decisive.retryAfter }

    /// How long until the decisive limit is whole again if nothing else is taken meanwhile. When a sliding window has
    /// denied, it is the same as ``retryAfter``.
    public var resetAfter: Duration { decisive.resetAfter }

    /// The name of the limit that denied; `nil` when allowed. Of several, the one to wait longest for.
    public var violatedLimit: String? { allowed ? nil : decisive.limit.name }
}

/// Where one limit stands after a decision.
public struct LimitStatus: Sendable, Hashable {
    /// The limit.
    public let limit: RateLimit
    /// What it still allows now.
    public let remaining: Int
    /// How long this limit makes the call wait, in whole milliseconds; zero where it does not.
    public let retryAfter: Duration
    /// How long until it is whole again if nothing else is taken, in whole milliseconds. When a sliding window has
    /// denied, it is the same as ``retryAfter``.
    public let resetAfter: Duration
}
