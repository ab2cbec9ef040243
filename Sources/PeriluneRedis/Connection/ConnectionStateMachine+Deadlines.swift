import DequeModule
import HeapModule
import PeriluneCore
import PeriluneIO

extension ConnectionStateMachine {
    /// The earliest time at which something is to be done.
    ///
    /// - Complexity: Amortized O(1) a slot.
    mutating func nextDeadline() -> UInt64? {
        var next = UInt64.max
        switch state {
        case .connecting(let deadline), .handshaking(let deadline), .backingOff(let deadline): next = deadline
        case .idle, .active, .shutDown: break
        }
        if let drainDeadline { next = min(next, drainDeadline) }
        if let index = firstWaiting() { next = min(next, slots[index].deadline) }
        if let early = firstEarly() { next = min(next, early.deadline) }
        if let death = deathOfHead { next = min(next, death) }
        return next == .max ? nil : next
    }

    /// Takes out the callers whose deadline has passed, each with its error.
    mutating func expire(now: UInt64) -> [(context: Context, error: EngineError)] {
        var expired: [(context: Context, error: EngineError)] = []
        while let early = firstEarly(), early.deadline <= now {
            earlyDeadlines.removeMin()
            let index = position(of: early.id)
            if let late = expire(index, now: now) { expired.append(late) }
        }
        while let index = firstWaiting(), slots[index].deadline <= now {
            guard let late = expire(index, now: now) else { break }
            expired.append(late)
        }
        return expired
    }

    private mutating func expire(_ index: Int, now: UInt64) -> (context: Context, error: EngineError)? {
        let error = lateness(of: slots[index])
        guard let context = abandon(index) else { return nil }
        statistics.failures += 1
        statistics.timeouts += 1
        // One that waits for a connection adds nothing to the attempts, which are counted themselves.
        if state == .active, slots[index].isEncoded { breaker.failed(error, now: now) }
        return (context, error)
    }

    /// Whether the server owes an answer for so long that the connection counts as dead.
    func isUnresponsive(now: UInt64) -> Bool {
        guard let death = deathOfHead else { return false }
        return death <= now
    }

    /// When a head that nobody waits for any more will have been overdue for too long.
    private var deathOfHead: UInt64? {
        guard state == .active, let head = slots.first, head.start < handedEnd else { return nil }
        if head.isWaiting { return nil }
        // What was left from an earlier connection is not overdue on this one.
        return MonotonicTime.adding(limits.grace, to: max(head.deadline, activeSince))
    }

    /// The first slot that waits, from the cursor on, which is moved there.
    private mutating func firstWaiting() -> Int? {
        var index = position(of: expiryCursor)
        while index < slots.count {
            if slots[index].isWaiting {
                expiryCursor = slots[index].id
                return index
            }
            index += 1
        }
        expiryCursor = lastID + 1
        return nil
    }

    /// The earliest deadline that is out of order and whose slot still waits.
    private mutating func firstEarly() -> EarlyDeadline? {
        while let early = earlyDeadlines.min {
            let index = position(of: early.id)
            if index < slots.count, slots[index].id == early.id, slots[index].isWaiting { return early }
            earlyDeadlines.removeMin()
        }
        return nil
    }

    /// Why a call is late. One that never left this process is told what keeps the connection from being made.
    private func lateness(of slot: Slot) -> EngineError {
        if slot.start < handedEnd {
            return EngineError(.timedOut, "the server did not answer in time", mayHaveRun: true)
        }
        switch state {
        case .active where !slot.isEncoded:
            return EngineError(.overloaded, "\(repliesDue) calls were waiting for their answers all the time")
        case .active:
            return EngineError(.timedOut, "the server did not take the call in time")
        case .handshaking:
            return lastFailure ?? .silentHandshake
        default:
            return lastFailure ?? EngineError(.unreachable, "no connection could be made in time")
        }
    }
}

extension EngineError {
    static var silentHandshake: EngineError {
        EngineError(.timedOut, "the server accepted the connection but does not answer")
    }
}
