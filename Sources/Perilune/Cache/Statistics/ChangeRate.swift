#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How often values change, from whether refreshes found them changed.
///
/// Changes are taken to be a Poisson process. A refresh tells whether there was any change since the value before, and
/// not how many, so the share of changed refreshes says too little: the rate is the one under which what was found is
/// likeliest. With half an interval more in which nothing changed it is the estimator of Cho and Garcia-Molina
/// ("Estimating Frequency of Change", ACM Transactions on Internet Technology 3(3), 2003):
/// `-ln((unchanged + 0.5) / (refreshes + 0.5)) / interval` for intervals of one length, whose bias is small, and finite
/// when every refresh found a change. For intervals of several lengths it is the root of their likelihood equation with
/// that same half an interval.
///
/// The ages of changed values are known in groups, by the number and the mean of each. Within a group they are taken to be
/// alike, which makes the rate too low: by less than a tenth while values change less often than they are refreshed, and
/// by up to a third where they change twice as often and are refreshed at very different ages.
///
/// Where keys change at different rates, this is the rate of the average refresh.
struct ChangeRate: Hashable {
    /// How many refreshes it is from.
    let refreshes: Int
    /// How many of them found a change.
    let changed: Int
    /// Changes in a second, most likely.
    let perSecond: Double
    /// Changes in a second that are exceeded with a probability of 5 %: the upper end of a Wilson interval of the share
    /// that changed, as a rate.
    let highestPerSecond: Double

    /// The rate that follows from what refreshes found; `nil` without refreshes, or when none took any time.
    init?(_ counts: CacheCounts) {
        refreshes = counts.refreshes
        changed = counts.changedRefreshes
        let changes = zip(CacheSlot.changes, CacheSlot.changedAges).compactMap { number, age in
            let (number, age) = (Double(counts[number]), Double(counts[age]) / 1_000)
            return number > 0 ? (age: max(age / number, 0.001), count: number) : nil
        }
        let quiet = Double(counts[.unchangedMilliseconds]) / 1_000
        let whole = changes.reduce(quiet) { $0 + $1.age * $1.count }
        guard refreshes > 0, whole > 0 else { return nil }
        let interval = whole / Double(refreshes)
        perSecond = Self.likeliest(changes, quiet: quiet + interval / 2)

        // How far the bounds are apart is taken from intervals of one length.
        let average = log1p(Double(changed) / (Double(refreshes - changed) + 0.5)) / interval
        let highest = -log1p(-Self.highestShare(of: changed, in: refreshes)) / interval
        highestPerSecond = perSecond + max(highest - average, 0)
    }

    /// The rate at which `sum(count * age / (exp(rate * age) - 1))` is the time without a change.
    ///
    /// - Parameters:
    ///   - changed: Ages of values that had changed, in seconds, and how many there were of each.
    ///   - quiet: The sum of the ages of values that had not changed, in seconds. Above zero.
    /// - Complexity: 64 steps of bisection: the sum falls as the rate grows, and is at most `count / rate`.
    private static func likeliest(_ changed: [(age: Double, count: Double)], quiet: Double) -> Double {
        var low = 0.0
        var high = changed.reduce(0) { $0 + $1.count } / quiet
        for _ in 0..<64 {
            let rate = (low + high) / 2
            guard rate > low, rate < high else { break }
            let sum = changed.reduce(0) { $0 + $1.count * $1.age / expm1(rate * $1.age) }
            if sum > quiet { low = rate } else { high = rate }
        }
        return (low + high) / 2
    }

    /// The share that is exceeded with a probability of 5 %, below 1.
    private static func highestShare(of part: Int, in whole: Int) -> Double {
        let quantile = 1.645
        let count = Double(whole)
        let share = Double(part) / count
        let spread = quantile * (share * (1 - share) / count + quantile * quantile / (4 * count * count)).squareRoot()
        let bound = (share + quantile * quantile / (2 * count) + spread) / (1 + quantile * quantile / count)
        return min(bound, (count + 0.25) / (count + 0.5))
    }
}

/// Which share of hits is stale, by how long values are fresh.
struct Staleness {
    /// Changes in a second.
    let rate: Double
    /// The share of hits in each eighth of the TTL.
    private let shares: [Double]

    /// - Parameter hitAges: How many hits fell into each eighth of the TTL. Where there are none, hits come at any age.
    init(rate: Double, hitAges: [Int]) {
        self.rate = rate
        let all = hitAges.reduce(0.0) { $0 + Double($1) }
        shares = all > 0 ? hitAges.map { Double($0) / all } : Array(repeating: 0.125, count: 8)
    }

    /// The share of hits that give a value which has changed since it was computed, 0 to 1.
    ///
    /// - Parameter ttl: How long values are fresh, in seconds.
    func share(ttl: Double) -> Double {
        let changes = rate * ttl / Double(shares.count)
        guard changes > 0 else { return 0 }
        // The chance of no change, averaged over an eighth, is that at its beginning times this.
        let average = -expm1(-changes) / changes
        let fresh = shares.enumerated().reduce(0) { $0 + $1.element * exp(-changes * Double($1.offset)) * average }
        return min(max(1 - fresh, 0), 1)
    }

    /// The longest TTL in a range with which no more than such a share is stale; its lower bound when there is none.
    ///
    /// - Complexity: 64 steps of bisection: the longer values live, the more are stale.
    func longestTTL(share most: Double, in range: ClosedRange<Double>) -> Double {
        if share(ttl: range.upperBound) <= most { return range.upperBound }
        var (low, high) = (range.lowerBound, range.upperBound)
        for _ in 0..<64 {
            let ttl = (low + high) / 2
            if share(ttl: ttl) <= most { low = ttl } else { high = ttl }
        }
        return low
    }
}
