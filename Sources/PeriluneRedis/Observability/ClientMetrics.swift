import CoreMetrics
import PeriluneCore

/// What an engine tells a metrics system. All names begin with `redis_client_`.
///
/// | name | kind | dimensions |
/// |---|---|---|
/// | `calls_total` | counter | |
/// | `failures_total` | counter | `code`: an ``EngineError/Code``, or the first word of a server's error |
/// | `retries_total` | counter | |
/// | `in_flight` | meter | |
/// | `call_duration_seconds` | timer | |
/// | `connects_total`, `connection_losses_total` | counter | `server` |
/// | `circuit_breaker_state` | gauge: 0 closed, 1 half-open, 2 open | `server` |
///
/// `@unchecked Sendable` because the handles of swift-metrics are safe from any thread without saying so.
final class ClientMetrics: @unchecked Sendable {
    private let factory: any MetricsFactory
    private let calls: Counter
    private let retries: Counter
    private let inFlight: Meter
    private let duration: Timer
    /// Made when a failure of the kind happens first. As many as there are kinds: a server's own words count only as long
    /// as there are few of them.
    private let failures = Locked<[String: Counter]>([:])
    private static let mostFailureCodes = 64

    init(_ factory: any MetricsFactory) {
        self.factory = factory
        calls = Counter(label: "redis_client_calls_total", dimensions: [], factory: factory)
        retries = Counter(label: "redis_client_retries_total", dimensions: [], factory: factory)
        inFlight = Meter(label: "redis_client_in_flight", dimensions: [], factory: factory)
        duration = Timer(
            label: "redis_client_call_duration_seconds", dimensions: [], preferredDisplayUnit: .seconds,
            factory: factory)
    }

    func began() {
        calls.increment()
        inFlight.increment()
    }

    func ended(after nanoseconds: UInt64, _ reply: RedisConnection.Reply) {
        inFlight.decrement()
        duration.recordNanoseconds(Int64(clamping: nanoseconds))
        switch reply {
        case .success(.error(let error)): failed(String(error.code))
        case .failure(let error): failed(error.code.description)
        case .success: break
        }
    }

    private func failed(_ code: String) {
        let counter = failures.withLock { failures in
            if let counter = failures[code] { return counter }
            let label = failures.count < Self.mostFailureCodes ? code : "other"
            let counter = Counter(
                label: "redis_client_failures_total", dimensions: [("code", label)], factory: factory)
            if failures.count < Self.mostFailureCodes { failures[code] = counter }
            return counter
        }
        counter.increment()
    }

    func retried() {
        retries.increment()
    }

    /// The part of one server.
    func server(_ name: String) -> ServerMetrics {
        ServerMetrics(factory, server: name)
    }
}

/// What a connection tells a metrics system. Belongs to the loop's thread.
final class ServerMetrics {
    private let connects: Counter
    private let losses: Counter
    private let breaker: Gauge
    private var lastState: CircuitBreaker.State?

    init(_ factory: any MetricsFactory, server: String) {
        let dimensions = [("server", server)]
        connects = Counter(label: "redis_client_connects_total", dimensions: dimensions, factory: factory)
        losses = Counter(label: "redis_client_connection_losses_total", dimensions: dimensions, factory: factory)
        breaker = Gauge(label: "redis_client_circuit_breaker_state", dimensions: dimensions, factory: factory)
    }

    func connected() {
        connects.increment()
    }

    func lost() {
        losses.increment()
    }

    func breaker(_ state: CircuitBreaker.State) {
        guard state != lastState else { return }
        lastState = state
        let value =
            switch state {
            case .closed: 0
            case .halfOpen: 1
            case .open: 2
            }
        breaker.record(value)
    }
}
