import PeriluneCore

/// One named limit: so many per so long.
///
/// As a token bucket a limit holds ``quota`` tokens that come back one at a time, `period / quota` apart; as a window
/// it allows ``quota`` in every window of length ``period``.
public struct RateLimit: Sendable, Hashable {
    /// The name by which headers and decisions call the limit, for example `minute`.
    public let name: String
    /// How much a period allows, and how much may come at once.
    public let quota: Int
    /// The length of the period.
    public let period: Duration

    /// The period in microseconds.
    let periodMicroseconds: Int
    /// The time one token takes to come back, in whole microseconds, rounded up so that no more than ``quota`` come
    /// back in a period.
    let interval: Int

    /// Creates a limit.
    ///
    /// - Parameters:
    ///   - name: 1 to 64 of the characters `A-Z a-z 0-9 . _ -`; by default made of the period: `second`, `minute`,
    ///     `hour`, `day`, or such as `90s` or `250ms`.
    ///   - quota: 1 to 1,000,000,000.
    ///   - period: Whole microseconds, from 1 millisecond to 10 years.
    /// - Throws: ``RateLimitPolicyError`` for what lies outside.
    public init(name: String? = nil, quota: Int, per period: Duration) throws(RateLimitPolicyError) {
        let microseconds = period.wholeMicroseconds
        guard (1_000...Self.longestPeriod).contains(microseconds), .microseconds(microseconds) == period else {
            throw .periodOutOfRange(period)
        }
        guard (1...Self.highestQuota).contains(quota) else { throw .quotaOutOfRange(quota, highest: Self.highestQuota) }
        let whole = Int(microseconds)
        let name = name ?? Self.defaultName(microseconds: whole)
        do { try KeySpace.validate(name: name) } catch { throw .invalidName(name) }
        self.name = name
        self.quota = quota
        self.period = period
        self.periodMicroseconds = whole
        self.interval = (whole + quota - 1) / quota
    }

    private static let highestQuota = 1_000_000_000
    private static let longestPeriod: Int64 = 10 * 366 * 86_400 * 1_000_000
    /// The largest product that the scripts compute with: Lua's numbers are exact to 2^53, and they add two of them.
    static let largestProduct = (1 << 52) - 1

    private static func defaultName(microseconds: Int) -> String {
        switch microseconds {
        case 1_000_000: "second"
        case 60_000_000: "minute"
        case 3_600_000_000: "hour"
        case 86_400_000_000: "day"
        case let other where other % 1_000_000 == 0: "\(other / 1_000_000)s"
        case let other where other % 1_000 == 0: "\(other / 1_000)ms"
        default: "\(microseconds)us"
        }
    }
}

extension RateLimit: CustomStringConvertible {
    public var description: String { "\(name): \(quota) per \(period)" }
}
