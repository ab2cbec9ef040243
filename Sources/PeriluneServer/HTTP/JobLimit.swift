import HTTPTypes
import PeriluneCore
import PeriluneHummingbird

/// Counts the jobs under way, so that callers cannot make the server do everything at once.
final class JobLimit: Sendable {
    private let most: Int
    private let count = Locked(0)

    init(_ most: Int) { self.most = most }

    /// The place of one job, given back when nobody holds it any more: whatever becomes of the job, and of its answer.
    final class Place: Sendable {
        private let limit: JobLimit

        fileprivate init(_ limit: JobLimit) { self.limit = limit }

        deinit { limit.count.withLock { $0 -= 1 } }
    }

    /// Takes a place.
    ///
    /// - Throws: ``Problem`` 503 when all are taken.
    func take() throws(Problem) -> Place {
        let isFree = count.withLock { count in
            guard count < most else { return false }
            count += 1
            return true
        }
        guard isFree else {
            throw Problem(
                .serviceUnavailable, "\(most) jobs are under way already; try again later.",
                headers: [.retryAfter: "5"])
        }
        return Place(self)
    }
}
