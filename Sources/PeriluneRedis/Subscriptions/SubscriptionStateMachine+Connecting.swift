import DequeModule
import HeapModule
import PeriluneCore
import PeriluneIO

extension SubscriptionStateMachine {
    /// Begins an attempt to connect when there are subscribers.
    ///
    /// - Parameter deadline: When the attempt will have failed.
    /// - Returns: Whether to connect now.
    mutating func beginConnecting(deadline: UInt64) -> Bool {
        guard state == .idle, !members.isEmpty else { return false }
        state = .connecting(deadline: deadline)
        return true
    }

    /// The socket is connected. The attempt's deadline goes on.
    mutating func connected() {
        if case .connecting(let deadline) = state { state = .handshaking(deadline: deadline) }
    }

    /// The server knows who we are, and is asked for all that anybody wants.
    mutating func activate(now: UInt64, _ actions: inout [Action]) {
        guard case .handshaking = state else { return }
        state = .active
        lastFailure = nil
        lastReceived = now
        request(topics.keys, now: now, &actions)
    }

    /// The attempt to connect failed.
    ///
    /// Whoever waits for the first confirmation is told when waiting does not help; whoever had one, when the server does
    /// not want us any more.
    mutating func attemptFailed(_ error: EngineError, now: UInt64, _ actions: inout [Action]) {
        backOff(now: now)
        lastFailure = error
        guard error.code == .misconfigured || error.code == .protocolViolation else { return }
        for (subscriber, member) in members where error.code == .misconfigured || !member.isEstablished {
            end(subscriber, error, now: now, &actions)
        }
    }

    /// The connection broke. What the server has confirmed is to be asked for again.
    mutating func connectionLost(now: UInt64, _ actions: inout [Action]) {
        // Whoever has had a confirmation may have had messages, too.
        for (subscriber, member) in members where !member.isInterrupted {
            guard member.isEstablished || member.missing < member.topics.count else { continue }
            members[subscriber]?.isInterrupted = true
            actions.append(.interrupt(subscriber))
        }
        forgetServer()
        backOff(now: now)
    }

    /// The connection was closed because nobody needs it.
    mutating func closed() {
        guard state == .active else { return }
        forgetServer()
        state = .idle
    }

    /// The wait before the next attempt is over.
    mutating func endBackoff(now: UInt64) {
        if case .backingOff(let until) = state, until <= now { state = .idle }
    }

    /// Ends everything.
    mutating func shutDown(_ actions: inout [Action]) {
        for (subscriber, member) in members {
            actions.append(.end(subscriber, member.isEstablished ? nil : .hasShutDown))
        }
        members = [:]
        topics = [:]
        deadlines = Heap()
        forgetServer()
        state = .shutDown
    }

    private mutating func forgetServer() {
        requests.removeAll()
        leaving = [:]
        retryTime = nil
        for topic in topics.keys { topics[topic]?.phase = .unsent }
        for (subscriber, member) in members { members[subscriber]?.missing = member.topics.count }
    }

    private mutating func backOff(now: UInt64) {
        failures += 1
        let wait = limits.backoff.nanoseconds(afterFailures: failures)
        state = .backingOff(until: MonotonicTime.adding(wait, to: now))
    }

    // MARK: Deadlines

    /// The earliest time at which something is to be done.
    mutating func nextDeadline() -> UInt64? {
        var next = UInt64.max
        switch state {
        case .connecting(let deadline), .handshaking(let deadline), .backingOff(let deadline): next = deadline
        case .active:
            next = pause(after: requests.first.map { max($0.time, lastReceived) } ?? lastReceived)
            if let retryTime { next = min(next, retryTime) }
        case .idle, .shutDown: break
        }
        if let deadline = firstDeadline() { next = min(next, deadline.time) }
        return next == .max ? nil : next
    }

    /// Does what is due.
    mutating func expire(now: UInt64, _ actions: inout [Action]) {
        while let deadline = firstDeadline(), deadline.time <= now {
            deadlines.removeMin()
            end(deadline.subscriber, lateness, now: now, &actions)
        }
        switch state {
        case .connecting(let deadline) where deadline <= now:
            actions.append(.lose(EngineError(.unreachable, "no connection could be made in time")))
        case .handshaking(let deadline) where deadline <= now: actions.append(.lose(.silentHandshake))
        case .active:
            if let retryTime, retryTime <= now {
                self.retryTime = nil
                request(topics.keys, now: now, &actions)
            }
            keepAlive(now: now, &actions)
        case .idle, .connecting, .handshaking, .backingOff, .shutDown: break
        }
    }

    private mutating func keepAlive(now: UInt64, _ actions: inout [Action]) {
        if let request = requests.first {
            // As long as something comes, the answer may be behind it.
            if pause(after: max(request.time, lastReceived)) <= now {
                actions.append(.lose(EngineError(.connectionLost, "the server does not answer any more")))
            }
        } else if pause(after: lastReceived) <= now {
            if members.isEmpty { actions.append(.close) } else { ask(.ping, now: now, &actions) }
        }
    }

    /// Half of the time for which a connection may be silent.
    private func pause(after time: UInt64) -> UInt64 {
        MonotonicTime.adding(limits.silence / 2, to: time)
    }

    /// The earliest deadline of somebody who is not established.
    private mutating func firstDeadline() -> Deadline? {
        while let deadline = deadlines.min {
            if members[deadline.subscriber]?.isEstablished == false { return deadline }
            deadlines.removeMin()
        }
        return nil
    }

    /// Why a subscriber is not established in time.
    private var lateness: EngineError {
        switch state {
        case .active: EngineError(.timedOut, "the server did not confirm the subscription in time")
        case .handshaking: lastFailure ?? .silentHandshake
        default: lastFailure ?? EngineError(.unreachable, "no connection could be made in time")
        }
    }
}
