import PeriluneCore
import Synchronization

/// Decides which of many failures of one kind are worth a line of the log.
///
/// While an engine is down every request fails, and a line for each would fill a disk with what the first one says.
/// So a line is due when failures begin, then one every few seconds with the number of failures since the last one, and
/// one when it works again. What fails and works by turns gives two lines in that time, not two for each turn.
package struct FailureSeries: Sendable {
    /// The least time between two lines about failures.
    package let interval: Duration
    /// Whether the latest attempt failed.
    package private(set) var isFailing = false

    private var unreported = 0
    private var lastReport: ContinuousClock.Instant?
    private var isReported = false

    /// Creates a series without failures.
    package init(interval: Duration = .seconds(5)) {
        self.interval = interval
    }

    /// Notes a failure.
    ///
    /// - Returns: How many failures to report, this one included; `nil` to say nothing now.
    package mutating func failed(at now: ContinuousClock.Instant) -> Int? {
        isFailing = true
        unreported += 1
        if let lastReport, now - lastReport < interval { return nil }
        defer { unreported = 0 }
        lastReport = now
        isReported = true
        return unreported
    }

    /// Notes that it worked.
    ///
    /// - Returns: How many failures there were since the last line, when it is to be said that it works again; `nil` to
    ///   say nothing.
    package mutating func succeeded() -> Int? {
        isFailing = false
        guard isReported else { return nil }
        defer { unreported = 0 }
        isReported = false
        return unreported
    }
}

/// A ``FailureSeries`` that many requests share.
package final class FailureLog: Sendable {
    private let series: Locked<FailureSeries>
    /// A copy that is read without the lock: nearly every request succeeds after another one that did.
    private let isFailing = Atomic(false)
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Creates a log without failures.
    ///
    /// - Parameters:
    ///   - interval: The least time between two lines about failures.
    ///   - now: The clock.
    package init(
        interval: Duration = .seconds(5), now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.series = Locked(FailureSeries(interval: interval))
        self.now = now
    }

    /// Notes a failure; see ``FailureSeries/failed(at:)``.
    package func failed() -> Int? {
        series.withLock { series in
            isFailing.store(true, ordering: .relaxed)
            return series.failed(at: now())
        }
    }

    /// Notes that it worked; see ``FailureSeries/succeeded()``.
    package func succeeded() -> Int? {
        guard isFailing.load(ordering: .relaxed) else { return nil }
        return series.withLock { series in
            isFailing.store(false, ordering: .relaxed)
            return series.succeeded()
        }
    }
}
