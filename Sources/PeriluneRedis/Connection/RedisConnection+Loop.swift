import Logging
import PeriluneCore
import PeriluneIO

/// What the loop's thread does with a connection that stands.
extension RedisConnection {
    func attend() {
        shared.withLock { $0.isNotified = false }
        advance()
    }

    /// Does whatever the machine's state asks for.
    func advance() {
        let now = MonotonicTime.now
        let connectDeadline = MonotonicTime.adding(configuration.connectTimeout.wholeNanoseconds, to: now)
        let (mustConnect, stranded, isOver) = shared.withLock { shared -> (Bool, [Caller], Bool) in
            shared.machine.endBackoff(now: now)
            shared.handOver()
            let stranded = shared.machine.abandonStranded()
            let mustConnect = shared.machine.beginConnecting(deadline: connectDeadline, now: now)
            return (mustConnect, stranded, shared.machine.isDrained)
        }
        for caller in stranded { caller.resume(returning: .failure(.retired)) }
        if isOver { return finish() }
        if mustConnect { connect(deadline: connectDeadline) }
        flush()
        setTimer()
        metrics?.breaker(shared.withLock { $0.machine.breaker.state })
    }

    // MARK: Sending

    /// Sends what was handed over, and what is handed over meanwhile.
    func flush() {
        guard let transport, handshake == nil else { return }
        while let bytes = unsentBytes() {
            switch transport.send(bytes) {
            case .bytes(let count):
                shared.withLock { shared in
                    shared.sending.consume(count)
                    shared.handOver()
                }
            case .wouldBlock:
                return watch(transport, toWrite: true)
            case .endOfFile:
                return lose(.closedByServer)
            case .failed(let error):
                return lose(EngineError(breaking: error))
            }
        }
        flush(transport)
    }

    /// The bytes may be read outside the lock: as long as there are any, callers keep their hands off them.
    private func unsentBytes() -> UnsafeRawBufferPointer? {
        var bytes: UnsafeRawBufferPointer?
        shared.withLock { shared in
            if !shared.sending.isEmpty { bytes = shared.sending.bytes }
        }
        return bytes
    }

    // MARK: Receiving

    func decode() {
        var violation: EngineError?
        do throws(EngineError) {
            while let reply = try decoder.next() {
                if handshake != nil {
                    guard shakeHands(reply) else { return }
                } else {
                    replies.append(reply)
                }
            }
        } catch {
            violation = error
        }
        if let error = deliver() ?? violation { lose(error) }
    }

    /// Gives the decoded replies to their callers.
    ///
    /// - Returns: The error of a reply that nobody asked for.
    private func deliver() -> EngineError? {
        guard !replies.isEmpty else { return nil }
        let now = MonotonicTime.now
        let (violation, isOver) = shared.withLock { shared -> (EngineError?, Bool) in
            for reply in replies {
                switch shared.machine.take(reply, now: now) {
                case .caller(let caller, let reply): resumable.append((caller, reply))
                case .nobody: break
                case .unsolicited:
                    return (EngineError(.protocolViolation, "the server answered what it was not asked"), false)
                }
            }
            shared.handOver()
            return (nil, shared.machine.isDrained)
        }
        replies.removeAll(keepingCapacity: true)
        // The next commands first: the server works on them while the callers wake up.
        flush()
        for (caller, reply) in resumable { caller.resume(returning: .success(reply)) }
        resumable.removeAll(keepingCapacity: true)
        metrics?.breaker(shared.withLock { $0.machine.breaker.state })
        if isOver { finish() }
        return violation
    }

    // MARK: Deadlines

    /// Sets the timer for the machine's next deadline. Later deadlines need no other one until it fires.
    func setTimer() {
        let (loop, deadline) = shared.withLock { shared -> (EventLoop?, UInt64?) in
            let deadline = shared.machine.nextDeadline() ?? .max
            guard deadline < shared.timerDeadline else { return (nil, nil) }
            shared.timerDeadline = deadline
            return (shared.loop, deadline)
        }
        guard let loop, let deadline else { return }
        if let timer { loop.cancel(timer) }
        timer = loop.schedule(at: deadline) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        timer = nil
        let now = MonotonicTime.now
        let (expired, isDead, isOver, attempt) = shared.withLock { shared in
            shared.timerDeadline = .max
            let isOver = shared.machine.drainDeadline.map { $0 <= now } ?? false
            return (
                shared.machine.expire(now: now), shared.machine.isUnresponsive(now: now), isOver,
                shared.machine.timedOutAttempt
            )
        }
        for (caller, error) in expired { caller.resume(returning: .failure(error)) }
        if isOver { return finish() }
        if isDead {
            lose(EngineError(.connectionLost, "the server does not answer any more"))
        } else if let attempt, attempt.deadline <= now {
            fail(attempt.error)
        }
        advance()
    }
}

extension RedisConnection.Shared {
    /// Hands what callers have encoded to the socket, when it is ready for more.
    mutating func handOver() {
        if machine.state == .active { encodeQueued() }
        guard machine.state == .active, sending.isEmpty, !pending.isEmpty else { return }
        pending.remove(machine.dropAbandoned())
        swap(&pending, &sending)
        machine.handOver()
    }
}
