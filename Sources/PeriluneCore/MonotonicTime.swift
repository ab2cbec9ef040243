#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Points in time of the monotonic clock, in nanoseconds.
///
/// Plain integers, because deadlines are compared on every call and pure types take `now` as an argument.
package enum MonotonicTime {
    /// The time now.
    package static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000 &+ UInt64(truncatingIfNeeded: time.tv_nsec)
    }

    /// The time so much later, clamped at the end of time.
    package static func adding(_ nanoseconds: UInt64, to time: UInt64) -> UInt64 {
        let (sum, overflow) = time.addingReportingOverflow(nanoseconds)
        return overflow ? .max : sum
    }
}

extension Duration {
    /// The duration in nanoseconds, rounded towards zero; zero when negative, clamped to about 292 years.
    package var wholeNanoseconds: UInt64 {
        // Beyond this, the components themselves would overflow.
        if self >= .seconds(Int64.max) { return UInt64(Int64.max) }
        if self <= .zero { return 0 }
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return UInt64(Int64.max) }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? UInt64(Int64.max) : UInt64(sum)
    }
}
