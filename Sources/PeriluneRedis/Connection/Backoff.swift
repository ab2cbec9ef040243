import PeriluneCore

/// How long to wait before the next attempt to connect: exponential with full jitter.
///
/// The wait before attempt *n* is drawn evenly from zero to `base` × 2ⁿ, but never more than `cap`, so that clients
/// that lost the same server do not come back all at once. The time that a failed attempt took counts as waiting. (Marc Brooker, "Exponential Backoff And Jitter", 2015.)
public struct Backoff: Sendable {
    /// The longest wait before the first attempt after a failure.
    public var base: Duration
    /// The longest wait ever.
    public var cap: Duration
    /// Draws a number of nanoseconds from a range. Replace it to make waits predictable.
    public var random: @Sendable (ClosedRange<UInt64>) -> UInt64

    /// Creates a backoff.
    public init(
        base: Duration = .milliseconds(10), cap: Duration = .seconds(1),
        random: @escaping @Sendable (ClosedRange<UInt64>) -> UInt64 = { UInt64.random(in: $0) }
    ) {
        self.base = base
        self.cap = cap
        self.random = random
    }

    /// The wait, in nanoseconds, after so many failures in a row.
    func nanoseconds(afterFailures failures: Int) -> UInt64 {
        let exponent = UInt64(max(0, min(failures - 1, 30)))
        let (product, overflow) = base.wholeNanoseconds.multipliedReportingOverflow(by: 1 << exponent)
        let limit = overflow ? cap.wholeNanoseconds : min(product, cap.wholeNanoseconds)
        return min(random(0...limit), limit)
    }
}
