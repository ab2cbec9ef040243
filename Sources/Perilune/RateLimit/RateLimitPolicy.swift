import PeriluneCore

/// What a rate limiter enforces: an algorithm with one limit, or several limits that must all agree.
///
/// Several limits are decided all or nothing: a call that one of them denies is counted by none.
public struct RateLimitPolicy: Sendable, Hashable {
    /// How calls are counted.
    public enum Algorithm: String, Sendable, Hashable, CaseIterable {
        /// A bucket of ``RateLimit/quota`` tokens refilled evenly (GCRA, ITU-T I.371): never more than
        /// `quota + quota / period * t + 1` in any time `t`. Exact, smooth, and the only one for several limits.
        case tokenBucket = "token-bucket"
        /// A count that begins with the first call and is forgotten at the end of the period. Allows twice the quota
        /// around the end of a window.
        case fixedWindow = "fixed-window"
        /// The current window's count plus the weighted count of the one before. Smooths the edge of fixed windows at
        /// the same memory; approximate, as it takes the previous window's calls to have come evenly.
        case slidingWindow = "sliding-window"
    }

    /// The name: part of the keys, so that policies do not disturb each other.
    public let name: String
    /// How calls are counted.
    public let algorithm: Algorithm
    /// The limits, in the order given. Their order is part of what is stored: keep it when a policy changes.
    public let limits: [RateLimit]

    /// Creates a policy.
    ///
    /// - Parameters:
    ///   - name: 1 to 64 of the characters `A-Z a-z 0-9 . _ -`.
    ///   - algorithm: How calls are counted.
    ///   - limits: One limit, or with token buckets up to 16, with different names.
    /// - Throws: ``RateLimitPolicyError``.
    public init(
        name: String, algorithm: Algorithm = .tokenBucket, limits: [RateLimit]
    ) throws(RateLimitPolicyError) {
        do { try KeySpace.validate(name: name) } catch { throw .invalidName(name) }
        guard let first = limits.first else { throw .noLimits }
        guard limits.count <= 16 else { throw .tooManyLimits(limits.count) }
        guard algorithm == .tokenBucket || limits.count == 1 else { throw .severalLimitsNeedTokenBuckets }
        var names: Set<String> = []
        for limit in limits where !names.insert(limit.name).inserted { throw .duplicateName(limit.name) }
        switch algorithm {
        case .tokenBucket: for limit in limits { try Self.validate(bucket: limit) }
        case .fixedWindow, .slidingWindow: try Self.validate(window: first, algorithm: algorithm)
        }
        self.name = name
        self.algorithm = algorithm
        self.limits = limits
    }

    /// The policy used where none is configured: 60 a minute, 1000 an hour, and no more than 10 within a second.
    public static let standard: RateLimitPolicy = {
        do {
            return try RateLimitPolicy(
                name: "default",
                limits: [
                    RateLimit(quota: 60, per: .seconds(60)),
                    RateLimit(quota: 1000, per: .seconds(3600)),
                    RateLimit(name: "burst", quota: 10, per: .seconds(1)),
                ])
        } catch {
            preconditionFailure("the standard policy is valid: \(error)")
        }
    }()

    /// The most a single call may cost: the smallest quota.
    public var highestCost: Int {
        limits.reduce(Int.max) { min($0, $1.quota) }
    }

    /// Tokens come back whole microseconds apart, which must not be off by more than 1 %.
    private static func validate(bucket limit: RateLimit) throws(RateLimitPolicyError) {
        guard (limit.interval * limit.quota - limit.periodMicroseconds) * 100 <= limit.periodMicroseconds else {
            throw .rateTooHigh(quota: limit.quota, period: limit.period)
        }
    }

    /// Windows count whole milliseconds, and pack times and counts into one exact Lua integer.
    private static func validate(window limit: RateLimit, algorithm: Algorithm) throws(RateLimitPolicyError) {
        guard limit.periodMicroseconds % 1_000 == 0 else { throw .periodOutOfRange(limit.period) }
        let fitting = RateLimit.largestProduct / (limit.periodMicroseconds / 1_000) - 1
        let highest = algorithm == .fixedWindow ? fitting : min(fitting, (1 << 26) - 1)
        guard limit.quota <= highest else { throw .quotaOutOfRange(limit.quota, highest: highest) }
    }
}

/// Why a limit or a policy cannot be made.
public enum RateLimitPolicyError: Error, Sendable, Hashable {
    /// Not of a form such as `60/min`.
    case unreadable(String)
    /// Not 1 to 64 of the characters `A-Z a-z 0-9 . _ -`.
    case invalidName(String)
    /// Two limits of a policy have the same name.
    case duplicateName(String)
    /// Below 1, or above what the algorithm can count exactly in the period.
    case quotaOutOfRange(Int, highest: Int)
    /// Below a millisecond, above ten years, or finer than the algorithm counts.
    case periodOutOfRange(Duration)
    /// Tokens would come back less than a microsecond or unevenly many microseconds apart.
    case rateTooHigh(quota: Int, period: Duration)
    /// A policy without limits.
    case noLimits
    /// More than 16 limits.
    case tooManyLimits(Int)
    /// Windows take one limit.
    case severalLimitsNeedTokenBuckets
}

extension RateLimitPolicyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let text): "\"\(text)\" is not a limit; write for example 60/min, 1000/h or 5/10s"
        case .invalidName(let name):
            "\"\(name.prefix(80))\" is not a name of 1 to 64 of the characters A-Z a-z 0-9 . _ -"
        case .duplicateName(let name): "two limits are called \(name); give one of them another name"
        case .quotaOutOfRange(let quota, let highest):
            "\(quota) is not a quota that can be counted here; it must be from 1 to \(highest)"
        case .periodOutOfRange(let period):
            "\(period) is not a period from 1 millisecond to 10 years in whole microseconds (windows: milliseconds)"
        case .rateTooHigh(let quota, let period):
            "\(quota) per \(period) cannot be kept in whole microseconds between tokens; choose a lower rate"
        case .noLimits: "a policy needs at least one limit"
        case .tooManyLimits(let count): "a policy takes at most 16 limits, not \(count)"
        case .severalLimitsNeedTokenBuckets: "several limits in one policy need the token-bucket algorithm"
        }
    }
}
