import Logging
import PeriluneCore
import PeriluneIO

/// What the loop's thread does for subscribers.
extension SubscriptionConnection {
    func attend() {
        shared.withLock { $0.isNotified = false }
        advance()
    }

    /// Does whatever the machine's state asks for.
    func advance() {
        let now = MonotonicTime.now
        let deadline = MonotonicTime.adding(configuration.connectTimeout.wholeNanoseconds, to: now)
        let mustConnect = shared.withLock { shared in
            shared.machine.endBackoff(now: now)
            return shared.machine.beginConnecting(deadline: deadline)
        }
        if mustConnect { connect(deadline: deadline) }
        flush()
        setTimer()
    }

    /// Lets the machine do something, and carries out what follows.
    private func update(_ change: (inout Machine, inout [Machine.Action]) -> Void) {
        var actions: [Machine.Action] = []
        let deliveries = shared.withLock { shared in
            change(&shared.machine, &actions)
            return shared.resolve(actions)
        }
        for delivery in deliveries { delivery.carryOut() }
        for action in actions {
            switch action {
            case .lose(let error): return lose(error)
            case .close: return close()
            default: continue
            }
        }
    }

    // MARK: Connecting

    private func connect(deadline: UInt64) {
        guard let loop else { return }
        attempt += 1
        let attempt = self.attempt
        Task { [weak self, topology, target] in
            let result = await topology.endpoint(for: target, deadline: deadline)
            loop.execute { [weak self] in self?.located(result, attempt, on: loop, deadline: deadline) }
        }
    }

    private func located(
        _ result: Result<SocketEndpoint, EngineError>, _ attempt: Int, on loop: EventLoop, deadline: UInt64
    ) {
        guard attempt == self.attempt, self.loop != nil else { return }
        do {
            let endpoint = try result.get()
            self.endpoint = endpoint
            connector = Connector(to: endpoint, tls: try tls.get(), on: loop, deadline: deadline) { [weak self] in
                self?.connected($0, to: endpoint, on: loop)
            }
            connector?.start()
        } catch let error as EngineError {
            lose(error)
        } catch {
            lose(EngineError(.misconfigured, "\(error)"))
        }
    }

    private func connected(
        _ result: Result<Transport, SystemError>, to endpoint: SocketEndpoint, on loop: EventLoop
    ) {
        connector = nil
        do throws(SystemError) {
            let transport = try result.get()
            try loop.watch(transport.descriptor, for: .readable, handler: self)
            self.transport = transport
        } catch {
            return lose(
                EngineError(error.isLasting ? .misconfigured : .unreachable, "no connection to \(endpoint): \(error)"))
        }
        shared.withLock { $0.machine.connected() }
        // One that has become a replica still sends messages, but is not the one to rely on.
        handshake = Handshake(configuration, mustBePrimary: topology.purpose == .primary, to: sending)
        flush()
        if transport?.holdsInput == true { receive() }
    }

    /// Takes an answer to the handshake.
    private func shakeHands(_ reply: RedisReply) {
        switch handshake?.receive(reply) {
        case .more: break
        case .done, nil:
            handshake = nil
            logger.info("connected for subscriptions", metadata: metadata)
            update { machine, actions in machine.activate(now: MonotonicTime.now, &actions) }
        case .failed(let error):
            lose(error)
        }
    }

    // MARK: Losing

    /// The connection, or the attempt to make it, is of no use any more.
    func lose(_ error: EngineError) {
        end { machine, actions in
            let now = MonotonicTime.now
            switch machine.state {
            case .active: machine.connectionLost(now: now, &actions)
            case .connecting, .handshaking:
                let failure = error.code == .connectionLost ? EngineError(.unreachable, error.message) : error
                machine.attemptFailed(failure, now: now, &actions)
            case .idle, .backingOff, .shutDown: break
            }
        }
        topology.learn(from: error.serverError.map { .success(.error($0)) } ?? .failure(error))
        logger.warning("no connection for subscriptions, backing off", metadata: metadata(of: error))
    }

    /// Nobody needs the connection any more.
    private func close() {
        end { machine, _ in machine.closed() }
    }

    private func end(_ change: (inout Machine, inout [Machine.Action]) -> Void) {
        guard let loop else { return }
        drop(on: loop)
        let deliveries = shared.withLock { shared in
            var actions: [Machine.Action] = []
            change(&shared.machine, &actions)
            // Meant for the connection that is gone.
            shared.pending = []
            return shared.resolve(actions)
        }
        for delivery in deliveries { delivery.carryOut() }
        advance()
    }

    /// Closes the connection, and forgets what was for it.
    func drop(on loop: EventLoop) {
        attempt += 1
        // A shutdown has taken the loop away already.
        if let transport { loop.unwatch(transport.descriptor) }
        closeTransport()
        sending.truncate(to: 0)
        if let timer { loop.cancel(timer) }
        timer = nil
        timerDeadline = .max
    }

    private var metadata: Logger.Metadata {
        endpoint.map { ["redis.endpoint": "\($0)"] } ?? [:]
    }

    private func metadata(of error: EngineError) -> Logger.Metadata {
        metadata.merging(["error": "\(error)"]) { $1 }
    }

    // MARK: Sending

    /// Sends what subscribers have asked for.
    private func flush() {
        guard let transport else { return }
        if handshake == nil {
            let commands = shared.withLock { shared in
                defer { shared.pending = [] }
                return shared.pending
            }
            for command in commands { RESPEncoder.append(command, to: sending) }
        }
        while !sending.isEmpty {
            switch transport.send(sending.bytes) {
            case .bytes(let count): sending.consume(count)
            case .wouldBlock: return watch(transport, toWrite: true)
            case .endOfFile: return lose(.closedByServer)
            case .failed(let error): return lose(EngineError(breaking: error))
            }
        }
        flush(transport)
    }

    // MARK: Receiving

    func decode() {
        let attempt = self.attempt
        var replies: [RedisReply] = []
        do throws(EngineError) {
            while attempt == self.attempt, let reply = try decoder.next() {
                if handshake != nil { shakeHands(reply) } else { replies.append(reply) }
            }
        } catch {
            // What came before is good.
            take(replies)
            if attempt == self.attempt { lose(error) }
            return
        }
        take(replies)
        advance()
    }

    private func take(_ replies: [RedisReply]) {
        update { machine, actions in
            let now = MonotonicTime.now
            // A message that is long in coming is no silence.
            machine.received(now: now)
            for reply in replies {
                machine.take(reply, now: now, &actions)
                if case .lose = actions.last { break }
            }
        }
    }

    // MARK: Deadlines

    /// Sets the timer for the machine's next deadline. Later deadlines need no other one until it fires.
    private func setTimer() {
        let (loop, deadline) = shared.withLock { shared in (shared.loop, shared.machine.nextDeadline() ?? .max) }
        guard let loop, deadline < timerDeadline else { return }
        if let timer { loop.cancel(timer) }
        timerDeadline = deadline
        timer = loop.schedule(at: deadline) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        timer = nil
        timerDeadline = .max
        update { machine, actions in machine.expire(now: MonotonicTime.now, &actions) }
        advance()
    }
}
