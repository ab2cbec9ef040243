import Logging
import PeriluneCore
import PeriluneIO

/// How the loop's thread makes a connection, and what it does when one is lost.
extension RedisConnection {
    func connect(deadline: UInt64) {
        guard let loop else { return }
        let tls: TLSContext?
        do throws(SystemError) {
            tls = try self.tls.get()
        } catch {
            fail(EngineError(.misconfigured, "\(error)"))
            return advance()
        }
        connector = Connector(to: endpoint, tls: tls, on: loop, deadline: deadline) { [weak self] result in
            self?.connected(result, on: loop)
        }
        connector?.start()
    }

    private func connected(_ result: Result<Transport, SystemError>, on loop: EventLoop) {
        connector = nil
        do throws(SystemError) {
            let transport = try result.get()
            try loop.watch(transport.descriptor, for: .readable, handler: self)
            self.transport = transport
            shared.withLock { $0.machine.connected() }
            let greeting = ByteBuffer()
            handshake = Handshake(configuration, mustBePrimary: purpose == .primary, to: greeting)
            for outcome in [transport.send(greeting.bytes), transport.flush()] {
                if case .failed(let error) = outcome { throw error }
                // A connection that is new takes all of it.
                guard outcome == .bytes(greeting.count) || outcome == .bytes(0) else {
                    throw SystemError("send", reason: "the server does not take the first command")
                }
            }
        } catch {
            fail(EngineError(error.isLasting ? .misconfigured : .unreachable, "no connection to \(endpoint): \(error)"))
            return advance()
        }
        if transport?.holdsInput == true { receive() }
    }

    /// Takes an answer to the handshake.
    ///
    /// - Returns: Whether to go on decoding.
    func shakeHands(_ reply: RedisReply) -> Bool {
        switch handshake?.receive(reply) {
        case .more: return true
        case .done, nil:
            handshake = nil
            logger.info("connected", metadata: ["redis.endpoint": "\(endpoint)"])
            shared.withLock { shared in
                shared.socket = transport?.sharedSocket
                shared.machine.activate(now: MonotonicTime.now)
            }
            metrics?.connected()
            advance()
            return true
        case .failed(let error):
            fail(error)
            advance()
            return false
        }
    }

    /// The attempt to connect failed.
    func fail(_ error: EngineError) {
        dropTransport()
        let callers = shared.withLock { $0.machine.attemptFailed(error, now: MonotonicTime.now) }
        for caller in callers { caller.resume(returning: .failure(error)) }
        logger.warning(
            "cannot connect, backing off",
            metadata: ["redis.endpoint": "\(endpoint)", "error": "\(error)"])
    }

    /// The connection is of no use any more. Commands that were not written wait for the next one.
    func lose(_ error: EngineError) {
        guard handshake == nil else {
            fail(EngineError(error.code == .connectionLost ? .unreachable : error.code, error.message))
            return advance()
        }
        guard transport != nil else { return }
        dropTransport()
        let callers = shared.withLock { shared in
            let loss = shared.machine.connectionLost(
                error, unsentBytes: shared.sending.count, now: MonotonicTime.now)
            shared.takeBackUnsent(dropping: loss.droppedBytes)
            shared.socket = nil
            shared.loads.removeAll()
            return loss.failed
        }
        logger.warning(
            "connection lost", metadata: ["redis.endpoint": "\(endpoint)", "error": "\(error)"])
        let failure = EngineError(error.code, error.message, mayHaveRun: true)
        for caller in callers { caller.resume(returning: .failure(failure)) }
        metrics?.lost()
        advance()
    }

    private func dropTransport() {
        closeTransport()
        replies.removeAll(keepingCapacity: true)
    }

    // MARK: The end

    /// Accepts no more commands, and ends when all that were accepted are answered or the deadline has passed.
    ///
    /// - Parameter waiter: Resumed when it is over.
    func shutDown(deadline: UInt64, waiter: UnsafeContinuation<Void, Never>?) {
        let (loop, isOver) = shared.withLock { shared -> (EventLoop?, Bool) in
            guard shared.machine.state != .shutDown, let loop = shared.loop else {
                // Nothing has ever been called, or it is over already.
                _ = shared.machine.shutDown()
                return (nil, true)
            }
            shared.machine.beginDrain(deadline: deadline)
            if let waiter { shared.shutdownWaiters.append(waiter) }
            return (loop, false)
        }
        if isOver { waiter?.resume() }
        loop?.notify(self)
    }

    /// Takes no more calls, for another server is in charge: those that were not sent fail at once, and have not run; the
    /// others may be answered until their deadlines.
    func retire() {
        let end = MonotonicTime.adding(configuration.commandTimeout.wholeNanoseconds, to: MonotonicTime.now)
        let (callers, loop) = shared.withLock { shared -> ([Caller], EventLoop?) in
            let callers = shared.machine.retire()
            if shared.loop == nil { _ = shared.machine.shutDown() } else { shared.machine.beginDrain(deadline: end) }
            return (callers, shared.loop)
        }
        for caller in callers { caller.resume(returning: .failure(.retired)) }
        loop?.notify(self)
    }

    /// Fails whoever still waits, closes the connection and lets go of the thread.
    func finish() {
        dropTransport()
        let (callers, waiters, loop) = shared.withLock { shared in
            let callers = shared.machine.shutDown()
            let waiters = shared.shutdownWaiters
            let loop = shared.loop
            shared.shutdownWaiters = []
            shared.pending = ByteBuffer()
            shared.sending = ByteBuffer()
            shared.socket = nil
            shared.loop = nil
            return (callers, waiters, loop)
        }
        if let timer { loop?.cancel(timer) }
        timer = nil
        for (caller, mayHaveRun) in callers {
            let error = EngineError.hasShutDown
            caller.resume(returning: .failure(EngineError(error.code, error.message, mayHaveRun: mayHaveRun)))
        }
        for waiter in waiters { waiter.resume() }
    }
}

extension RedisConnection.Shared {
    /// Puts what the lost socket had not taken in front of what waits, without the rest of the command that it had
    /// taken in part.
    mutating func takeBackUnsent(dropping count: Int) {
        sending.consume(count)
        guard !sending.isEmpty else { return }
        sending.append(pending.bytes)
        pending.truncate(to: 0)
        swap(&pending, &sending)
    }
}
