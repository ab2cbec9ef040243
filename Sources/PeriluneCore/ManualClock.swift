/// A clock that stands still until it is moved: for tests, simulations and replays.
///
/// Who sleeps until a time goes on when the clock is moved to it or past it, in the order of the times.
public final class ManualClock: RedisClock {
    private struct State {
        var microseconds: Int64
        var sleepers: [Int: Sleeper] = [:]
        var sleepersMade = 0
    }

    private struct Sleeper {
        let deadline: Int64
        let continuation: CheckedContinuation<Void, any Error>
    }

    private let state: Locked<State>

    /// Creates a clock that stands at a time.
    ///
    /// - Parameter microseconds: The time, in microseconds since 1970-01-01 00:00 UTC.
    public init(microseconds: Int64 = 1_700_000_000_000_000) {
        state = Locked(State(microseconds: microseconds))
    }

    public var microseconds: Int64 {
        state.withLock { $0.microseconds }
    }

    /// How many tasks sleep: a test moves the clock when those it waits for do.
    public var sleeperCount: Int {
        state.withLock { $0.sleepers.count }
    }

    /// Sets the clock.
    ///
    /// - Parameter microseconds: The time, in microseconds since 1970-01-01 00:00 UTC. May lie in the past: as on a
    ///   server whose clock is set back, nothing already expired comes back.
    public func set(microseconds: Int64) {
        move { $0 = microseconds }
    }

    /// Moves the clock forward.
    public func advance(by duration: Duration) {
        move { time in
            let (sum, overflow) = time.addingReportingOverflow(duration.wholeMicroseconds)
            time = overflow ? (duration < .zero ? .min : .max) : sum
        }
    }

    private func move(_ change: (inout Int64) -> Void) {
        let woken = state.withLock { state in
            change(&state.microseconds)
            let due = state.sleepers.filter { $0.value.deadline <= state.microseconds }
            for identifier in due.keys { state.sleepers[identifier] = nil }
            return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }
        }
        for (_, sleeper) in woken { sleeper.continuation.resume() }
    }

    public func sleep(until deadline: Int64) async throws {
        let identifier = state.withLock { state in
            state.sleepersMade += 1
            return state.sleepersMade
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isDue = state.withLock { state in
                    if state.microseconds >= deadline { return true }
                    state.sleepers[identifier] = Sleeper(deadline: deadline, continuation: continuation)
                    return false
                }
                if isDue {
                    continuation.resume()
                } else if Task.isCancelled {
                    // The handler may have come before there was a sleeper.
                    cancel(identifier)
                }
            }
        } onCancel: {
            cancel(identifier)
        }
    }

    private func cancel(_ identifier: Int) {
        let sleeper = state.withLock { $0.sleepers.removeValue(forKey: identifier) }
        sleeper?.continuation.resume(throwing: CancellationError())
    }
}
