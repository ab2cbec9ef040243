public import HTTPTypes
public import Perilune

/// Writes decisions of one policy as HTTP fields.
///
/// ```
/// RateLimit-Policy: "minute";q=60;w=60, "hour";q=1000;w=3600
/// RateLimit: "minute";r=59;t=1, "hour";r=999;t=4
/// X-RateLimit-Limit: 60
/// X-RateLimit-Remaining: 59
/// X-RateLimit-Reset: 1
/// ```
///
/// The first two follow draft-ietf-httpapi-ratelimit-headers-11: lists of strings with parameters as in RFC 9651.
/// `w` is left out where the period is no whole number of seconds. `t` and `X-RateLimit-Reset` are seconds from now,
/// rounded up: of a limit that makes the call wait, until the same call would be allowed; of any other, until it is
/// whole again. So `Retry-After` is never earlier than the `t` of a limit that was violated.
public struct RateLimitFields: Sendable {
    /// The value of `RateLimit-Policy`.
    public let policyValue: String

    /// What stands before the changing numbers: `"minute";r=`.
    private let prefixes: [String]
    private let includesLegacyFields: Bool

    /// Prepares what does not change.
    ///
    /// - Parameters:
    ///   - policy: The policy whose decisions are written.
    ///   - legacy: Whether the older `X-RateLimit-*` are written as well.
    public init(policy: RateLimitPolicy, legacy: Bool = true) {
        // Names hold none of the characters that a string in a structured field would have to escape.
        policyValue = policy.limits.map { limit in
            let (seconds, attoseconds) = limit.period.components
            let window = seconds > 0 && attoseconds == 0 ? ";w=\(seconds)" : ""
            return "\"\(limit.name)\";q=\(limit.quota)\(window)"
        }.joined(separator: ", ")
        prefixes = policy.limits.map { "\"\($0.name)\";r=" }
        includesLegacyFields = legacy
    }

    /// Adds the fields of a decision.
    ///
    /// Fields of another limiter stay: `RateLimit` and `RateLimit-Policy` are lists and grow, and of the older fields
    /// those that are there already have been written nearer to what was limited.
    public func add(_ decision: Decision, to fields: inout HTTPFields) {
        fields.append(HTTPField(name: .rateLimitPolicy, value: policyValue))
        fields.append(HTTPField(name: .rateLimit, value: value(for: decision)))
        guard includesLegacyFields, !fields.contains(.xRateLimitLimit) else { return }
        fields[.xRateLimitLimit] = String(decision.limit)
        fields[.xRateLimitRemaining] = String(decision.remaining)
        fields[.xRateLimitReset] = String(Self.reset(of: decision.decisive))
    }

    /// The value of `RateLimit`.
    func value(for decision: Decision) -> String {
        var value = ""
        value.reserveCapacity(prefixes.count * 40)
        for (prefix, status) in zip(prefixes, decision.limits) {
            if !value.isEmpty { value += ", " }
            value += prefix
            value += String(status.remaining)
            value += ";t="
            value += String(Self.reset(of: status))
        }
        return value
    }

    /// The value of `Retry-After` for a denied call: whole seconds, at least 1.
    static func retryAfter(_ decision: Decision) -> Int {
        max(1, wholeSeconds(decision.retryAfter ?? .zero))
    }

    private static func reset(of status: LimitStatus) -> Int {
        // At least a second, as a waiting client would otherwise be told to come back at once.
        status.retryAfter > .zero ? max(1, wholeSeconds(status.retryAfter)) : wholeSeconds(status.resetAfter)
    }

    /// A duration in seconds, rounded up.
    private static func wholeSeconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(seconds) + (attoseconds > 0 ? 1 : 0)
    }
}
