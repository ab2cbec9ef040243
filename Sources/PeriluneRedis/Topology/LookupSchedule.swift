import PeriluneCore

/// Decides when to look up anew where the servers are, without sockets, threads or clocks.
///
/// There is at most one lookup at a time, and none begins sooner after the one before than the minimal distance, however
/// many calls find that what is known is wrong. Times are monotonic nanoseconds and always passed in.
struct LookupSchedule {
    private enum State {
        case idle
        /// One begins at this time.
        case waiting(until: UInt64)
        /// One is under way; what it brings may be older than what was found to be wrong meanwhile.
        case running(again: Bool)
    }

    /// The least time from the begin of one lookup to the begin of the next one, in nanoseconds.
    let minimalDistance: UInt64
    private var state = State.idle
    private var earliest: UInt64 = 0

    init(minimalDistance: UInt64) {
        self.minimalDistance = minimalDistance
    }

    /// What is known was found to be wrong.
    ///
    /// - Returns: When the next lookup is to begin, for which the caller sees to it that ``begin(now:)`` is called;
    ///   `nil` when that is seen to already.
    mutating func request(now: UInt64) -> UInt64? {
        switch state {
        case .idle:
            let time = max(now, earliest)
            state = .waiting(until: time)
            return time
        case .waiting: return nil
        case .running:
            state = .running(again: true)
            return nil
        }
    }

    /// Begins the lookup whose time has come.
    ///
    /// - Returns: Whether there is one.
    mutating func begin(now: UInt64) -> Bool {
        guard case .waiting(let until) = state, until <= now else { return false }
        state = .running(again: false)
        earliest = MonotonicTime.adding(minimalDistance, to: now)
        return true
    }

    /// The lookup is over, with or without success.
    ///
    /// - Returns: When the next one is to begin, as from ``request(now:)``.
    mutating func end(now: UInt64) -> UInt64? {
        guard case .running(let again) = state else { return nil }
        state = .idle
        return again ? request(now: now) : nil
    }
}
