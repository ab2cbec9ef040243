import DequeModule
import HeapModule
import PeriluneCore
import PeriluneIO

extension ConnectionStateMachine {
    /// What a lost connection leaves behind.
    struct Loss {
        /// The callers whose commands were written, at least in part. They may have run.
        var failed: [Context] = []
        /// The bytes, counted from the first that was not sent, that belong to commands which are gone.
        var droppedBytes = 0
    }

    /// Begins an attempt to connect when somebody waits for one, or will as soon as the breaker lets him.
    ///
    /// - Parameter deadline: When the attempt will have failed.
    /// - Returns: Whether to connect now.
    mutating func beginConnecting(deadline: UInt64, now: UInt64) -> Bool {
        guard state == .idle, !isRetired, waitingCount > 0 || breaker.state != .closed else { return false }
        state = .connecting(deadline: deadline)
        attemptBegin = now
        return true
    }

    /// The socket is connected. The attempt's deadline goes on.
    mutating func connected() {
        if case .connecting(let deadline) = state { state = .handshaking(deadline: deadline) }
    }

    /// The server knows who we are. What waited can go out.
    mutating func activate(now: UInt64) {
        guard case .handshaking = state else { return }
        state = .active
        activeSince = now
        lastFailure = nil
        statistics.connects += 1
        breaker.succeeded(now: now)
    }

    /// The attempt to connect failed.
    ///
    /// - Returns: The callers to be failed with the error: all when the configuration is wrong or the server is no
    ///   Redis, because waiting does not help them, or when they need not wait for this server; otherwise none.
    mutating func attemptFailed(_ error: EngineError, now: UInt64) -> [Context] {
        backOff(since: attemptBegin, now: now)
        lastFailure = error
        statistics.failedConnects += 1
        breaker.failed(error, now: now)
        guard limits.failsWithAttempt || error.code == .misconfigured || error.code == .protocolViolation else {
            return []
        }
        return slots.indices.compactMap { abandon($0) }
    }

    /// The attempt's time is up.
    var timedOutAttempt: (deadline: UInt64, error: EngineError)? {
        switch state {
        case .connecting(let deadline):
            (deadline, EngineError(.unreachable, "no connection could be made in time"))
        case .handshaking(let deadline): (deadline, .silentHandshake)
        case .idle, .active, .backingOff, .shutDown: nil
        }
    }

    /// The connection broke.
    ///
    /// Commands that were not written even in part are kept for the next connection.
    ///
    /// - Parameter unsentBytes: The bytes handed to the socket that it has not taken.
    mutating func connectionLost(_ error: EngineError, unsentBytes: Int, now: UInt64) -> Loss {
        var loss = Loss()
        let sentEnd = handedEnd - UInt64(unsentBytes)
        while let slot = slots.first, slot.start < sentEnd {
            slots.removeFirst()
            repliesDue -= slot.repliesDue
            if case .waiting(let context) = slot.occupant {
                waitingCount -= 1
                loss.failed.append(context)
            }
        }
        headReplies = []
        statistics.losses += 1
        statistics.failures += loss.failed.count
        breaker.failed(error, now: now)
        let keptStart = min(slots.first?.start ?? encodedEnd, encodedEnd)
        loss.droppedBytes = Int(keptStart - sentEnd)
        // What the socket had not taken is ours again, with the tombstones among it.
        abandonedUnsent = slots.count { if case .abandoned = $0.occupant { true } else { false } }
        handedEnd = keptStart
        backOff(since: now, now: now)
        return loss
    }

    /// - Parameter begin: When the wait began. The time that a failed attempt took counts as waiting, so that a server
    ///   that answers again after a long silence is found soon; but clients never come back all at once.
    private mutating func backOff(since begin: UInt64, now: UInt64) {
        failures += 1
        let wait = limits.backoff.nanoseconds(afterFailures: failures)
        let least = min(wait, limits.backoff.nanoseconds(afterFailures: 1))
        // Without any wait, an attempt that fails at once would leave the thread no time for others.
        let end = max(
            MonotonicTime.adding(wait, to: begin), MonotonicTime.adding(least == 0 ? 1_000_000 : least, to: now))
        state = .backingOff(until: end)
    }

    /// The wait before the next attempt is over. The next attempt begins when somebody waits for it.
    mutating func endBackoff(now: UInt64) {
        if case .backingOff(let until) = state, until <= now { state = .idle }
    }

    /// From now on no command is accepted; those that were may still be answered until the deadline.
    mutating func beginDrain(deadline: UInt64) {
        drainDeadline = min(drainDeadline ?? .max, deadline)
    }

    /// Another server is in charge: takes out the callers whose commands were not handed to the socket. They have
    /// certainly not run.
    mutating func retire() -> [Context] {
        isRetired = true
        return abandonUnsent()
    }

    /// Takes out the callers who would wait for another connection to a server that is not in charge any more.
    mutating func abandonStranded() -> [Context] {
        isRetired && state != .active ? abandonUnsent() : []
    }

    private mutating func abandonUnsent() -> [Context] {
        slots.indices.compactMap { slots[$0].start >= handedEnd ? abandon($0) : nil }
    }

    /// Ends everything.
    ///
    /// - Returns: The callers to be failed, and whether their commands may have run.
    mutating func shutDown() -> [(context: Context, mayHaveRun: Bool)] {
        let rest = slots.indices.compactMap { index in
            abandon(index).map { ($0, slots[index].start < handedEnd) }
        }
        slots.removeAll()
        queuedCount = 0
        repliesDue = 0
        headReplies = []
        earlyDeadlines = Heap()
        abandonedUnsent = 0
        handedEnd = encodedEnd
        state = .shutDown
        return rest
    }
}
