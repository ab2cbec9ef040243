import PeriluneCore

/// How long the values of a cache region should be fresh, and why.
///
/// Each refresh that could compare the new value with the old one tells whether the origin had changed; from that follows
/// how often it does (Cho and Garcia-Molina, "Estimating Frequency of Change", ACM Transactions on Internet Technology
/// 3(3), 2003), and from the ages at which values are hit, which share of hits is then stale. The advice is the longest
/// TTL that keeps this share within ``Goal/staleShare``. A change that invalidates its tags makes nothing stale: it
/// leaves nothing behind that could be hit or refreshed.
///
/// Assumed are changes that come independently of each other and of the refreshes, and hits that spread over the life of a
/// value as they do now, however long it is.
public struct TTLAdvice: Sendable, Hashable {
    /// What is wanted.
    public struct Goal: Sendable, Hashable {
        /// The share of hits that may give a value which has changed at its origin, 0 to 1.
        public var staleShare: Double
        /// How many refreshes there must be before anything is said.
        public var refreshes: Int
        /// What may be recommended.
        public var range: ClosedRange<Duration>
        /// How many times longer than it is a TTL may become at once: about ages that no value had nothing is known.
        public var largestStep: Double

        /// 5 % stale hits, from 30 refreshes, 1 s to 30 days, at most 4 times longer.
        public static let standard = Goal()

        /// Creates a goal.
        public init(
            staleShare: Double = 0.05, refreshes: Int = 30,
            range: ClosedRange<Duration> = .seconds(1) ... .seconds(30 * 86_400), largestStep: Double = 4
        ) {
            self.staleShare = staleShare
            self.refreshes = refreshes
            self.range = range
            self.largestStep = largestStep
        }
    }

    /// What to do.
    public enum Verdict: String, Sendable, Hashable, Codable {
        /// There were too few refreshes to say anything.
        case notEnoughData
        /// Leave it as it is.
        case keep
        /// Make it shorter: too many hits are stale.
        case shorten
        /// Make it longer: values are computed anew more often than needed, with a certainty of 95 %.
        case lengthen
    }

    /// What to do.
    public let verdict: Verdict
    /// How long values are fresh.
    public let configured: Duration
    /// How long they should be; `nil` when there is not enough data.
    public let recommended: Duration?
    /// Why, in English sentences.
    public let reason: String
    /// How many refreshes could be compared.
    public let refreshes: Int
    /// How many of them found a change.
    public let changedRefreshes: Int
    /// How many changes of a value there are in a second, most likely; `nil` when there is not enough data.
    public let changesPerSecond: Double?
    /// The expected share of stale hits as it is, 0 to 1; `nil` when there is not enough data.
    public let staleShare: Double?
    /// The expected share of stale hits with what is recommended, 0 to 1; `nil` when there is not enough data.
    public let recommendedStaleShare: Double?
    /// Whether changes are mostly announced by invalidations, so that the TTL is there for what they miss.
    public let reliesOnInvalidation: Bool

    /// Advises from what was counted.
    ///
    /// - Parameters:
    ///   - counts: What the region did, while the TTL was as it is.
    ///   - ttl: How long its values are fresh.
    ///   - goal: What is wanted. Shares outside of 0 to 1, a step below 1, and times below a millisecond count as the
    ///     nearest that make sense.
    /// - Complexity: O(1).
    public init(for counts: CacheCounts, configured ttl: Duration, goal: Goal = .standard) {
        configured = ttl
        refreshes = counts.refreshes
        changedRefreshes = counts.changedRefreshes
        guard refreshes >= max(goal.refreshes, 1), let rate = ChangeRate(counts) else {
            verdict = .notEnoughData
            recommended = nil
            changesPerSecond = nil
            staleShare = nil
            recommendedStaleShare = nil
            reliesOnInvalidation = false
            reason = TTLReason.notEnoughData(counts, needed: max(goal.refreshes, 1))
            return
        }
        let now = ttl.positiveSeconds
        let most = goal.staleShare.clamped(to: 0...1)
        let range = goal.range.lowerBound.positiveSeconds...goal.range.upperBound.positiveSeconds
        let likely = Staleness(rate: rate.perSecond, hitAges: counts.hitAges)
        let careful = Staleness(rate: rate.highestPerSecond, hitAges: counts.hitAges)
        let searched = 0.001...max(range.upperBound, now)
        let likelyTTL = likely.longestTTL(share: most, in: searched)
        let carefulTTL = careful.longestTTL(share: most, in: searched)

        // A quarter more or less is within what such data can tell.
        let isTooLong = likelyTTL < now / 1.25
        let shorter = max(likelyTTL, range.lowerBound)
        let longer = min(carefulTTL, now * goal.largestStep.clamped(to: 1...1e6), range.upperBound)
        var advised = now
        if isTooLong, shorter < now / 1.25 {
            advised = Self.rounded(shorter).clamped(to: range)
        } else if longer > now * 1.25, longer >= range.lowerBound {
            advised = Self.rounded(longer).clamped(to: range)
        }
        verdict = advised < now ? .shorten : advised > now ? .lengthen : .keep
        recommended = advised == now ? ttl : .milliseconds(Int64((advised * 1_000).rounded()))
        changesPerSecond = rate.perSecond
        let share = likely.share(ttl: now)
        let newShare = likely.share(ttl: advised)
        staleShare = share
        recommendedStaleShare = newShare
        reliesOnInvalidation = counts.invalidations > changedRefreshes && share <= most
        reason =
            TTLReason(
                verdict: verdict, rate: rate, seconds: (now, advised), shares: (share, newShare), most: most,
                invalidations: reliesOnInvalidation ? counts.invalidations : 0,
                isBounded: verdict == .lengthen ? longer < carefulTTL : isTooLong && newShare > most
            ).text
    }

    /// A time in seconds with its first two digits, or in whole milliseconds below 10 ms. Not longer than it was.
    private static func rounded(_ seconds: Double) -> Double {
        var unit = 0.001
        while seconds / unit >= 100 { unit *= 10 }
        // What is a whole number but for the last bit stays what it is.
        return (seconds / unit + 1e-9).rounded(.down) * unit
    }
}

extension Duration {
    /// In seconds, at least a millisecond.
    fileprivate var positiveSeconds: Double { max(Double(wholeMicroseconds) / 1_000_000, 0.001) }
}

extension Double {
    /// The nearest number in a range; its lower bound for what is no number.
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        isNaN ? range.lowerBound : min(max(self, range.lowerBound), range.upperBound)
    }
}
