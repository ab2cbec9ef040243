#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The clock an embedded engine shows its scripts: what a Redis server's `TIME` would be.
///
/// Every expiry, window and deadline of the engine follows it, so a test that moves a ``ManualClock`` never sleeps.
public protocol RedisClock: Sendable {
    /// The time now, in microseconds since 1970-01-01 00:00 UTC.
    var microseconds: Int64 { get }

    /// Returns when the clock has reached a time, as late as the scheduler makes it.
    ///
    /// The implementation that comes with the protocol is for a clock that runs: it sleeps for what is left by the
    /// clock, and looks at it again.
    ///
    /// - Parameter deadline: In microseconds since 1970-01-01 00:00 UTC.
    /// - Throws: `CancellationError` when the task is cancelled.
    func sleep(until deadline: Int64) async throws
}

extension RedisClock {
    public func sleep(until deadline: Int64) async throws {
        while true {
            let (left, overflow) = deadline.subtractingReportingOverflow(microseconds)
            if !overflow, left <= 0 { return }
            // A clock that is set meanwhile is noticed within an hour.
            try await Task.sleep(for: .microseconds(overflow ? 3_600_000_000 : min(left, 3_600_000_000)))
        }
    }
}

/// The machine's own wall clock.
public struct SystemClock: RedisClock {
    /// Creates the clock.
    public init() {}

    public var microseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}

extension RedisClock where Self == SystemClock {
    /// The machine's own wall clock.
    public static var system: SystemClock { SystemClock() }
}

/// The time since some moment, such as the machine's start: it measures how long things take, and nobody can set it.
public struct MonotonicClock: RedisClock {
    /// Creates the clock.
    public init() {}

    public var microseconds: Int64 { Int64(MonotonicTime.now / 1_000) }
}

extension RedisClock where Self == MonotonicClock {
    /// The time since some moment, which nobody can set.
    public static var monotonic: MonotonicClock { MonotonicClock() }
}

extension Duration {
    /// The duration in microseconds, rounded towards zero and clamped to 64 bits.
    package var wholeMicroseconds: Int64 {
        // Beyond these, the components themselves would overflow.
        if self >= .seconds(Int64.max) { return .max }
        if self <= .seconds(Int64.min) { return .min }
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }
}
