/// How often a duration fell into each of a fixed number of ranges, each of which is at most a quarter wide.
///
/// Log-linear: four ranges for each power of two, so that a quantile is off by less than a quarter. (The layout of
/// Gil Tene's HdrHistogram with two significant bits.)
public struct LatencyHistogram: Sendable, Hashable {
    private static let fractionBits = 2
    private static let ranges = (64 - fractionBits + 1) << fractionBits

    private var counts: [UInt64]
    /// How many durations were recorded.
    public private(set) var count: UInt64 = 0
    /// The sum of the durations, in nanoseconds, wrapping round after 584 years.
    public private(set) var total: UInt64 = 0

    /// Creates an empty histogram.
    public init() {
        counts = Array(repeating: 0, count: Self.ranges)
    }

    /// Counts a duration in nanoseconds.
    ///
    /// - Complexity: O(1).
    @inline(__always)
    mutating func record(_ nanoseconds: UInt64) {
        counts[Self.index(of: nanoseconds)] &+= 1
        count &+= 1
        total &+= nanoseconds
    }

    /// Adds what another histogram counted.
    public mutating func add(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
        count &+= other.count
        total &+= other.total
    }

    /// The duration that a part of the recorded ones did not exceed, rounded up to the end of its range.
    ///
    /// - Parameter part: From 0 to 1: 0.5 is the median, 0.99 the 99th percentile.
    /// - Returns: `nil` when nothing was recorded.
    /// - Complexity: O(1): about 250 steps.
    public func quantile(_ part: Double) -> Duration? {
        guard count > 0 else { return nil }
        let rank = UInt64((min(max(part, 0), 1) * Double(count)).rounded(.up))
        var seen: UInt64 = 0
        for (index, number) in counts.enumerated() {
            seen += number
            if seen >= max(rank, 1) { return .nanoseconds(Int64(clamping: Self.upperBound(of: index))) }
        }
        return nil
    }

    private static func index(of value: UInt64) -> Int {
        let exponent = 63 - (value | 1).leadingZeroBitCount
        guard exponent > fractionBits else { return Int(value & 7) }
        let shift = exponent - fractionBits
        return (shift << fractionBits) + Int(truncatingIfNeeded: value >> UInt64(shift))
    }

    /// The largest value of a range.
    private static func upperBound(of index: Int) -> UInt64 {
        guard index >= 8 else { return UInt64(index) }
        let shift = UInt64(index >> fractionBits) - 1
        let mantissa = UInt64(index & 3) + 4
        return (mantissa << shift) + ((1 << shift) - 1)
    }
}
