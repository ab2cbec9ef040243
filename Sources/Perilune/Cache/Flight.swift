package import PeriluneCore

/// One computation of a value in this process, and everybody who waits for it.
package final class Flight<Outcome: Sendable>: Sendable {
    private enum Phase {
        case flying
        case landed(Outcome)
    }

    private struct State {
        var phase = Phase.flying
        var waiters: [Int: CheckedContinuation<Outcome?, Never>] = [:]
        var waitersMade = 0
        /// Waits and refreshes that nobody waits for: at none the flight is of no use to anybody.
        var passengers = 0
        var task: Task<Void, Never>?
    }

    private let state: Locked<State>

    /// Creates a flight. Its first passenger is on board.
    init() {
        state = Locked(State(passengers: 1))
    }

    /// Says who flies.
    func begin(_ task: Task<Void, Never>) {
        let isEmpty = state.withLock { state in
            if case .flying = state.phase { state.task = task }
            return state.passengers == 0
        }
        // All may have been cancelled before there was something to cancel.
        if isEmpty { task.cancel() }
    }

    /// Goes on board.
    ///
    /// - Returns: Whether there was still time to.
    func board() -> Bool {
        state.withLock { state in
            guard case .flying = state.phase, state.passengers > 0 else { return false }
            state.passengers += 1
            return true
        }
    }

    /// How many are on board.
    var passengers: Int { state.withLock { $0.passengers } }

    /// Gives everybody what came of it.
    package func land(_ outcome: Outcome) {
        let waiters = state.withLock { state in
            state.phase = .landed(outcome)
            state.task = nil
            let waiters = state.waiters
            state.waiters = [:]
            return waiters
        }
        for waiter in waiters.values { waiter.resume(returning: outcome) }
    }

    /// Waits for what comes of it.
    ///
    /// - Parameter deadline: In microseconds of the clock; `nil` to wait for as long as it takes.
    /// - Returns: `nil` when the deadline comes first, and then the flight goes on; also when the caller's task is
    ///   cancelled, and then the flight ends as soon as nobody else waits.
    package func outcome(by deadline: Int64?, clock: any RedisClock) async -> Outcome? {
        let number = state.withLock { state in
            state.waitersMade += 1
            return state.waitersMade
        }
        let timer = deadline.map { deadline in
            Task { [weak self] in
                guard (try? await clock.sleep(until: deadline)) != nil else { return }
                self?.leave(number)
            }
        }
        defer { timer?.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome: Outcome?? = state.withLock { state in
                    if case .landed(let outcome) = state.phase { return .some(outcome) }
                    state.waiters[number] = continuation
                    return nil
                }
                if let outcome {
                    continuation.resume(returning: outcome)
                } else if Task.isCancelled {
                    cancel(number)
                } else if let deadline, clock.microseconds >= deadline {
                    // The timer may have come before there was somebody waiting.
                    leave(number)
                }
            }
        } onCancel: {
            cancel(number)
        }
    }

    /// Stops to wait, and lets the flight go on.
    private func leave(_ number: Int) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(returning: nil)
    }

    private func cancel(_ number: Int) {
        let (waiter, task) = state.withLock { state in
            guard let waiter = state.waiters.removeValue(forKey: number) else {
                return (nil as CheckedContinuation<Outcome?, Never>?, nil as Task<Void, Never>?)
            }
            state.passengers -= 1
            return (waiter, state.passengers == 0 ? state.task : nil)
        }
        waiter?.resume(returning: nil)
        task?.cancel()
    }
}

/// The computations under way in this process, one for each key at most.
package final class Flights<Outcome: Sendable>: Sendable {
    private let flights = Locked<[CacheKey: Flight<Outcome>]>([:])

    package init() {}

    /// Boards the flight for a key, or makes one.
    ///
    /// - Returns: The flight, and whether it is a new one, which the caller has to begin.
    package func join(_ key: CacheKey) -> (flight: Flight<Outcome>, isNew: Bool) {
        flights.withLock { flights in
            if let flight = flights[key], flight.board() { return (flight, false) }
            let flight = Flight<Outcome>()
            flights[key] = flight
            return (flight, true)
        }
    }

    /// Makes a flight that nobody waits for, unless there is one.
    package func refresh(_ key: CacheKey) -> Flight<Outcome>? {
        flights.withLock { flights in
            guard flights[key] == nil else { return nil }
            let flight = Flight<Outcome>()
            flights[key] = flight
            return flight
        }
    }

    /// Forgets a flight, which has landed.
    package func end(_ flight: Flight<Outcome>, _ key: CacheKey) {
        flights.withLock { flights in
            if flights[key] === flight { flights[key] = nil }
        }
    }

    /// How many wait for what is under way, and how many refreshes there are that nobody waits for.
    ///
    /// - Complexity: O(flights).
    package var passengers: Int {
        flights.withLock { flights in flights.values.reduce(0) { $0 + $1.passengers } }
    }

    /// Lets nobody else board the flight for a key: what comes of it will be refused.
    func detach(_ key: CacheKey) {
        flights.withLock { _ = $0.removeValue(forKey: key) }
    }
}
