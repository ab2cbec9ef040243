public import PeriluneCore
import PeriluneIO
import Synchronization

/// Whether an engine's servers answer.
public struct RedisHealth: Sendable {
    /// The verdict.
    public enum Status: String, Sendable, Hashable {
        /// The server answers.
        case healthy
        /// It does not.
        case unhealthy
    }

    /// A circuit breaker's state as somebody on the outside wants to know it.
    public struct Breaker: Sendable {
        /// The server, as `host:port` or a socket's path.
        public let server: String
        /// What the breaker does with calls.
        public let state: CircuitBreaker.State
        /// For how long it has been in that state; `nil` when it has never left the first one.
        public let since: Duration?
        /// The last failure, whatever came after it.
        public let lastError: EngineError?
    }

    /// The verdict.
    public let status: Status
    /// How long the answer took, waiting for a connection included; `nil` without one.
    public let latency: Duration?
    /// Why there was none.
    public let error: EngineError?
    /// The circuit breakers, one a server.
    public let breakers: [Breaker]
}

/// What an engine has done so far.
public struct RedisMetrics: Sendable {
    /// Attempts that were accepted.
    public let calls: Int
    /// Attempts that the server answered, be it with an error.
    public let answers: Int
    /// Attempts that the server answered with an error.
    public let errorAnswers: Int
    /// Attempts that failed without an answer: lost connections, passed deadlines.
    public let failures: Int
    /// Of the failures, those by their deadline.
    public let timeouts: Int
    /// Calls whose tasks were cancelled.
    public let cancellations: Int
    /// Calls refused without being tried: too many others, the circuit breaker, the end.
    public let refusals: Int
    /// Attempts after a call's first one.
    public let retries: Int
    /// Connections made.
    public let connects: Int
    /// Attempts to connect that failed.
    public let failedConnects: Int
    /// Connections lost.
    public let losses: Int
    /// Commands under way now.
    public let inFlight: Int
    /// How long answered attempts took.
    public let latency: LatencyHistogram

    /// The part of the attempts ended so far that was answered, from 0 to 1; 1 when none has ended.
    public var successRate: Double {
        let ended = answers + failures
        return ended == 0 ? 1 : Double(answers) / Double(ended)
    }
}

extension RedisEngine {
    /// Asks the server for a sign of life.
    ///
    /// - Returns: The time from here to the server and back, waiting for a connection included.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip.
    public func ping() async throws(EngineError) -> Duration {
        let start = MonotonicTime.now
        _ = try await send(RedisCommand("PING", isRepeatable: true))
        return .nanoseconds(Int64(clamping: MonotonicTime.now - start))
    }

    /// Finds out whether the server answers, and tells what the circuit breakers think.
    ///
    /// - Complexity: One round trip; bounded by the command timeout.
    public func health() async -> RedisHealth {
        var latency: Duration?
        var failure: EngineError?
        do throws(EngineError) { latency = try await ping() } catch { failure = error }
        return RedisHealth(
            status: failure == nil ? .healthy : .unhealthy, latency: latency, error: failure, breakers: breakers)
    }

    /// The state of the circuit breakers, one a server.
    public var breakers: [RedisHealth.Breaker] {
        let now = MonotonicTime.now
        return topology.connections.map { connection in
            let breaker = connection.breaker
            return RedisHealth.Breaker(
                server: connection.endpoint.description, state: breaker.state,
                since: breaker.transitions.last.map { .nanoseconds(Int64(clamping: now - min($0.time, now))) },
                lastError: breaker.lastError)
        }
    }

    /// What has been done so far, over all shared connections to servers with data that there have been. Those for
    /// subscriptions and for commands that wait are not counted.
    public var metrics: RedisMetrics {
        var sum = topology.formerStatistics
        var inFlight = 0
        for connection in topology.connections {
            let (statistics, waiting) = connection.shared.withLock { ($0.machine.statistics, $0.machine.waitingCount) }
            sum.add(statistics)
            inFlight += waiting
        }
        return RedisMetrics(
            calls: sum.calls, answers: sum.answers, errorAnswers: sum.errorAnswers, failures: sum.failures,
            timeouts: sum.timeouts, cancellations: sum.cancellations, refusals: sum.refusals,
            retries: retries.load(ordering: .relaxed), connects: sum.connects, failedConnects: sum.failedConnects,
            losses: sum.losses, inFlight: inFlight, latency: sum.latency)
    }
}
