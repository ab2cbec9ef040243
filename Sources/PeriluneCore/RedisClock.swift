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

/// A clock that stands still until it is moved: for tests, simulations and replays.
public final class ManualClock: RedisClock {
    private let time: Locked<Int64>

    /// Creates a clock that stands at a time.
    ///
    /// - Parameter microseconds: The time, in microseconds since 1970-01-01 00:00 UTC.
    public init(microseconds: Int64 = 1_700_000_000_000_000) {
        self.time = Locked(microseconds)
    }

    public var microseconds: Int64 {
        time.withLock { $0 }
    }

    /// Sets the clock.
    ///
    /// - Parameter microseconds: The time, in microseconds since 1970-01-01 00:00 UTC. May lie in the past: as on a
    ///   server whose clock is set back, nothing already expired comes back.
    public func set(microseconds: Int64) {
        time.withLock { $0 = microseconds }
    }

    /// Moves the clock forward.
    public func advance(by duration: Duration) {
        time.withLock { $0 += duration.wholeMicroseconds }
    }
}

extension Duration {
    /// The duration in microseconds, rounded towards zero and clamped to 64 bits.
    package var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }
}
