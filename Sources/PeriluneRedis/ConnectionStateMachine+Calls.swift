import DequeModule
import HeapModule
import PeriluneCore

extension ConnectionStateMachine {
    /// What an accepted command asks for.
    enum Request: Equatable {
        case nothing
        /// The connection is to be made.
        case connect
        /// The bytes can go out.
        case flush
    }

    /// What the next reply belongs to.
    enum Popped {
        case caller(Context)
        case nobody
        /// No command is waiting for a reply.
        case unsolicited
    }

    /// Whether a command can be accepted, before it is encoded.
    ///
    /// - Returns: `nil` when it can.
    func refusal() -> EngineError? {
        if state == .shutDown || drainDeadline != nil { return .hasShutDown }
        guard slots.count < limits.pendingCommands else {
            return EngineError(.overloaded, "\(slots.count) calls are waiting for their answers already")
        }
        return nil
    }

    /// Whether an encoded command can be accepted.
    ///
    /// - Returns: `nil` when it can.
    func refusal(byteCount: Int) -> EngineError? {
        guard byteCount <= limits.pendingBytes else {
            return EngineError(.tooLarge, "the call has \(byteCount) bytes, more than \(limits.pendingBytes)")
        }
        guard byteCount <= limits.pendingBytes - min(pendingBytes, limits.pendingBytes) else {
            return EngineError(.overloaded, "\(pendingBytes) bytes are waiting to be sent already")
        }
        return nil
    }

    /// Adds a command that was accepted and encoded at the end of the stream.
    ///
    /// - Returns: The slot's id; ids ascend.
    mutating func append(_ occupant: Occupant, byteCount: Int, deadline: UInt64) -> UInt64 {
        // Callers read the clock before they take the lock, so neighbours may come in the wrong order by a little. A
        // late deadline by that much is better than a heap entry.
        let tolerance: UInt64 = 1_000_000
        var deadline = deadline
        lastID += 1
        if deadline < lastDeadline {
            if lastDeadline - deadline <= tolerance {
                deadline = lastDeadline
            } else {
                earlyDeadlines.insert(EarlyDeadline(deadline: deadline, id: lastID))
            }
        } else {
            lastDeadline = deadline
        }
        slots.append(Slot(id: lastID, start: encodedEnd, deadline: deadline, occupant: occupant))
        encodedEnd += UInt64(byteCount)
        if case .waiting = occupant { waitingCount += 1 }
        return lastID
    }

    /// What is to be done about what was appended.
    var request: Request {
        switch state {
        case .idle: .connect
        case .active: .flush
        case .connecting, .handshaking, .backingOff, .shutDown: .nothing
        }
    }

    /// Takes the caller out of a slot. Its error is to be ``EngineError/cancelled(mayHaveRun:)``.
    ///
    /// - Returns: The caller, and whether the command may run; `nil` when it was answered already.
    mutating func cancel(_ id: UInt64) -> (context: Context, mayHaveRun: Bool)? {
        let index = position(of: id)
        guard index < slots.count, slots[index].id == id, let context = abandon(index) else { return nil }
        return (context, slots[index].start < handedEnd)
    }

    /// Turns a waiting slot into a tombstone.
    mutating func abandon(_ index: Int) -> Context? {
        guard case .waiting(let context) = slots[index].occupant else { return nil }
        slots[index].occupant = .abandoned
        waitingCount -= 1
        if slots[index].start >= handedEnd { abandonedUnsent += 1 }
        return context
    }

    /// Whether dropping abandoned slots makes room worth the work.
    var shouldDropAbandoned: Bool {
        abandonedUnsent > 0 && (slots.count >= limits.pendingCommands || abandonedUnsent > slots.count / 2)
    }

    /// Drops the abandoned slots that were not handed to the socket, so that what was cancelled in time never runs.
    ///
    /// - Returns: The ranges to cut out of the bytes that wait, counted from the first of them.
    /// - Complexity: O(slots that wait) when there is something to drop, else O(1).
    mutating func dropAbandoned() -> [Range<Int>] {
        guard abandonedUnsent > 0 else { return [] }
        abandonedUnsent = 0
        var ranges: [Range<Int>] = []
        let first = slots.firstIndex { $0.start >= handedEnd } ?? slots.count
        let unsent = Array(slots[first...])
        slots.removeLast(unsent.count)
        var dropped: UInt64 = 0
        for (index, slot) in unsent.enumerated() {
            let end = index + 1 < unsent.count ? unsent[index + 1].start : encodedEnd
            if case .abandoned = slot.occupant {
                ranges.append(Int(slot.start - handedEnd)..<Int(end - handedEnd))
                dropped += end - slot.start
            } else {
                var slot = slot
                slot.start -= dropped
                slots.append(slot)
            }
        }
        encodedEnd -= dropped
        return ranges
    }

    /// Notes that all bytes that waited were handed to the socket.
    mutating func handOver() {
        handedEnd = encodedEnd
    }

    /// Takes out the slot of the next reply.
    mutating func popReply() -> Popped {
        guard let slot = slots.first, slot.start < handedEnd else { return .unsolicited }
        slots.removeFirst()
        failures = 0
        guard case .waiting(let context) = slot.occupant else { return .nobody }
        waitingCount -= 1
        return .caller(context)
    }
}

extension EngineError {
    static var hasShutDown: EngineError { EngineError(.shutDown, "the engine was shut down") }

    static func cancelled(mayHaveRun: Bool) -> EngineError {
        EngineError(.cancelled, "the calling task was cancelled", mayHaveRun: mayHaveRun)
    }
}
