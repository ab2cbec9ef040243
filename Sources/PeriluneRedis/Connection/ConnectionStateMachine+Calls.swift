import DequeModule
import HeapModule
import PeriluneCore

extension ConnectionStateMachine {
    /// What an accepted command asks for.
    enum NextMove: Equatable {
        case nothing
        /// The connection is to be made.
        case connect
        /// The bytes can go out.
        case flush
    }

    /// A call as its caller makes it.
    struct Call {
        var begin: UInt64 = 0
        var deadline: UInt64
    }

    /// What a reply leads to.
    enum Taken {
        /// All replies of a call are there.
        case caller(Context, RedisReply)
        /// More replies of the same call are to come, or nobody waits for it.
        case nobody
        /// No command is waiting for a reply.
        case unsolicited
    }

    // MARK: Accepting

    /// Why no more commands are accepted now.
    ///
    /// - Returns: `nil` when they are, in as far as there is room.
    @inline(__always)
    func refusal(now: UInt64) -> EngineError? {
        if state == .shutDown || drainDeadline != nil { return isRetired ? .retired : .hasShutDown }
        return breaker.refusal(now: now)
    }

    /// Whether another command can be encoded now. One that comes later must not overtake those that wait.
    var hasRoom: Bool { queuedCount == 0 && repliesDue < limits.pendingCommands }

    /// The refusal of a command for which there is no room.
    var lackOfRoom: EngineError {
        EngineError(.overloaded, "\(repliesDue) calls are waiting for their answers already")
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
    /// - Returns: The slot's id. Ids begin at 1 and ascend.
    @discardableResult
    mutating func append(_ occupant: Occupant, _ call: Call, byteCount: Int, replies: Int = 1) -> UInt64 {
        let id = add(occupant, call, start: encodedEnd, replies: replies)
        encodedEnd += UInt64(byteCount)
        repliesDue += replies
        return id
    }

    /// Adds a command that was accepted and is to be encoded when there is room.
    ///
    /// - Returns: The slot's id.
    @discardableResult
    mutating func queue(_ context: Context, _ request: Request, _ call: Call) -> UInt64 {
        queuedCount += 1
        return add(.queued(context, request), call, start: .max, replies: request.replyCount)
    }

    private mutating func add(_ occupant: Occupant, _ call: Call, start: UInt64, replies: Int) -> UInt64 {
        // Callers read the clock before they take the lock, so neighbours may come in the wrong order by a little. A
        // late deadline by that much is better than a heap entry.
        let tolerance: UInt64 = 1_000_000
        var deadline = call.deadline
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
        let slot = Slot(
            id: lastID, begin: call.begin, deadline: deadline, start: start, repliesDue: replies,
            occupant: occupant)
        if slot.isWaiting {
            waitingCount += 1
            statistics.calls += 1
            breaker.began(lastID, now: call.begin)
        }
        slots.append(slot)
        return lastID
    }

    /// What is to be done about what was appended.
    var nextMove: NextMove {
        switch state {
        case .idle: .connect
        case .active: .flush
        case .connecting, .handshaking, .backingOff, .shutDown: .nothing
        }
    }

    // MARK: Encoding later

    /// The request of the first command that waits to be encoded, if there is room for it. The abandoned ones must have
    /// been dropped.
    var nextQueued: Request? {
        guard queuedCount > 0, repliesDue < limits.pendingCommands else { return nil }
        guard case .queued(_, let request) = slots[slots.count - queuedCount].occupant else { return nil }
        return request
    }

    /// The first command that waited is encoded.
    mutating func encodeNextQueued(byteCount: Int) {
        let index = slots.count - queuedCount
        guard queuedCount > 0, case .queued(let context, _) = slots[index].occupant else { return }
        slots[index].occupant = .waiting(context)
        slots[index].start = encodedEnd
        encodedEnd += UInt64(byteCount)
        repliesDue += slots[index].repliesDue
        queuedCount -= 1
    }

    // MARK: Giving up

    /// Takes the caller out of a slot. Its error is to be ``EngineError/cancelled(mayHaveRun:)``.
    ///
    /// - Returns: The caller, and whether the command may run; `nil` when it was answered already.
    /// - Complexity: O(log n).
    mutating func cancel(_ id: UInt64) -> (context: Context, mayHaveRun: Bool)? {
        let index = position(of: id)
        guard index < slots.count, slots[index].id == id, let context = abandon(index) else { return nil }
        statistics.cancellations += 1
        return (context, slots[index].start < handedEnd)
    }

    /// Turns a waiting slot into a tombstone.
    mutating func abandon(_ index: Int) -> Context? {
        let context: Context
        switch slots[index].occupant {
        case .waiting(let caller), .queued(let caller, _): context = caller
        case .nobody, .abandoned: return nil
        }
        slots[index].occupant = .abandoned
        waitingCount -= 1
        breaker.abandoned(slots[index].id)
        if slots[index].start >= handedEnd { abandonedUnsent += 1 }
        return context
    }

    /// Whether dropping abandoned slots makes room worth the work.
    var shouldDropAbandoned: Bool {
        abandonedUnsent > 0 && (repliesDue >= limits.pendingCommands || abandonedUnsent > slots.count / 2)
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
            switch (slot.occupant, slot.isEncoded) {
            case (.abandoned, true):
                let end = index + 1 < unsent.count ? min(unsent[index + 1].start, encodedEnd) : encodedEnd
                ranges.append(Int(slot.start - handedEnd)..<Int(end - handedEnd))
                dropped += end - slot.start
                repliesDue -= slot.repliesDue
            case (.abandoned, false):
                queuedCount -= 1
            case (_, let isEncoded):
                var slot = slot
                if isEncoded { slot.start -= dropped }
                slots.append(slot)
            }
        }
        encodedEnd -= dropped
        return ranges
    }

    // MARK: Sending and receiving

    /// Notes that all bytes that waited were handed to the socket.
    mutating func handOver() {
        handedEnd = encodedEnd
    }

    /// Gives a reply to the slot it belongs to.
    ///
    /// - Parameter now: When it came, for the calls that it answers.
    @inline(__always)
    mutating func take(_ reply: RedisReply, now: UInt64) -> Taken {
        guard let slot = slots.first, slot.start < handedEnd else { return .unsolicited }
        repliesDue -= 1
        failures = 0
        guard slot.repliesDue == 1 else {
            slots[0].repliesDue -= 1
            if slot.isWaiting { headReplies.append(reply) }
            return .nobody
        }
        slots.removeFirst()
        guard case .waiting(let context) = slot.occupant else {
            headReplies = []
            breaker.answeredLate(now: now)
            return .nobody
        }
        waitingCount -= 1
        breaker.succeeded(now: now)
        statistics.answers += 1
        if case .error = reply { statistics.errorAnswers += 1 }
        statistics.latency.record(now > slot.begin ? now - slot.begin : 0)
        if headReplies.isEmpty { return .caller(context, reply) }
        headReplies.append(reply)
        defer { headReplies = [] }
        return .caller(context, .array(headReplies))
    }
}

extension EngineError {
    static var retired: EngineError { EngineError(.unreachable, "another server is in charge now") }

    static var hasShutDown: EngineError { EngineError(.shutDown, "the engine was shut down") }

    static func cancelled(mayHaveRun: Bool) -> EngineError {
        EngineError(.cancelled, "the calling task was cancelled", mayHaveRun: mayHaveRun)
    }
}
