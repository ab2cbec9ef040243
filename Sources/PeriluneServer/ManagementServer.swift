import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import Perilune
import PeriluneCore
import PeriluneHummingbird
public import ServiceLifecycle

/// The HTTP API for management and for services in other languages.
///
/// | operation, below `/api/v1` | token | answer |
/// | --- | --- | --- |
/// | `GET health` | none | that the process answers |
/// | `GET health/detailed` | read | version, uptime, how long a decision takes in microseconds; 503 without one |
/// | `POST rate-limit/check` | admin | takes from an identifier's limits and tells whether the call may go on |
/// | `GET cache/rate-limit/{identifier}` | read | where an identifier stands; `?policy=` names the policy |
/// | `POST cache/rate-limit/{identifier}/reset` | admin | whether there was anything to forget; `?policy=` as above |
/// | `GET cache/session/{session_id}` | read | a session; with the admin token its device and data, too |
/// | `DELETE cache/session/{session_id}` | admin | 204 when it was ended, 404 when there was none |
/// | `GET users/{id}/sessions` | read | the first 1000 sessions of a user; with the admin token their devices, too |
/// | `DELETE users/{id}/sessions` | admin | how many of a user's sessions were ended; `?except=` names one that stays |
/// | `GET sessions/stats` | read | how many sessions there are, have begun and have ended in which way |
/// | `GET cache/stats` | read | what each cache region did, in all processes together; `?window=5min`, an hour without it |
/// | `GET cache/advice` | read | how long values should be fresh, and why; `?window=`, a day without it, `?stale_share=0.05` |
/// | `GET cache/health` | read | whether the regions can be reached, their shards, the servers' memory; 503 without an answer |
/// | `DELETE cache/invalidate/{cache_type}` | admin | invalidates what `?tag=`, `?key=` or `?pattern=` name, or everything |
/// | `POST cache/warm/{cache_type}` | admin | stores values, and loads keys from the region's origin |
/// | `GET sessions/events` | read | which sessions have ended, `?limit=` of each shard, `?after=` what an answer before has as `next` |
///
/// An identifier in a path is one segment, percent-encoded: a slash in it is written `%2F`. Errors are problem
/// documents (RFC 9457). Durations in JSON are seconds, with at most three decimals; moments are RFC 3339 texts in UTC.
///
/// A session's id is its public name, never its token. No look at a session starts its idle timeout anew. While it serves
/// it sweeps: it notices which sessions have ended by themselves. See ``ManagementConfiguration/sessions``.
///
/// `cache/invalidate` takes `tag` and `key` more than once. Values with any of the tags go, with `&match=all` those that
/// have all of them. `pattern` is one of Redis' and goes through all keys of the engine. Nothing else is a parameter, and
/// without one the region is cleared.
///
/// `cache/warm` takes `{"values": [{"key": "a", "value": {}, "tags": ["t"], "ttl": 60}], "keys": ["b"], "tags": ["t"],
/// "ttl": 300, "force": false, "concurrency": 8}` of up to 8 MiB with up to 10000 values and keys; `tags` and `ttl` beside
/// `keys` are theirs. A value is stored as it stands there. A key that is fresh is not loaded, unless `force` says so. With
/// `Accept: text/event-stream` the answer is a stream: an event `item` for each, then `done`, or `error`; of a pattern's
/// invalidation `progress`, then the same. When the caller closes the connection the work ends. To go on, the
/// same body is sent again,
/// with `Last-Event-ID` from the last event if there was one: nothing is kept on the server for that.
///
/// `health/detailed` makes a whole decision by the default policy, with an identifier of random bits that no caller can
/// have, and forgets it at once: a server that answers but cannot write is not called healthy.
///
/// No client holds a connection for as long as it likes: a request has 10 s to arrive, one that is answered before all
/// of it was read is the last of its connection, and no more connections are open at once than the process has
/// descriptors for, and never more than 4096.
///
/// A `Service`: run it in a `ServiceGroup` with `SIGTERM` and `SIGINT` as graceful shutdown signals, and requests
/// under way are answered before it ends. It ends its engine last.
public struct ManagementServer: Service {
    private let engine: Engine
    private let configuration: ManagementConfiguration
    private let logger: Logger
    private let onStart: @Sendable (ListenAddress) async -> Void

    /// Creates a server, which does nothing before ``run()``.
    ///
    /// - Parameters:
    ///   - engine: Where the state lives. The server shuts it down at its end.
    ///   - configuration: What to listen on, what to enforce, which tokens to accept.
    ///   - logger: Where to log. Neither tokens nor identifiers are logged.
    ///   - onStart: Called once the server accepts connections, with the address it has really got.
    public init(
        engine: Engine, configuration: ManagementConfiguration, logger: Logger,
        onStart: @escaping @Sendable (ListenAddress) async -> Void = { _ in }
    ) {
        self.engine = engine
        self.configuration = configuration
        self.logger = logger
        self.onStart = onStart
    }

    /// Serves until the task is cancelled or a graceful shutdown is triggered.
    ///
    /// - Throws: ``ListenError`` when the address cannot be listened on; ``/Perilune/SessionConfigurationError``,
    ///   ``/Perilune/CacheConfigurationError``.
    public func run() async throws {
        do {
            try await serve()
        } catch {
            await engine.shutdown()
            throw error
        }
        await engine.shutdown()
    }

    private func serve() async throws {
        let (host, port) = (configuration.host, configuration.port)
        let (onStart, logger) = (onStart, logger)
        for warning in configuration.warnings { logger.warning("\(warning)") }
        let probe = HealthProbe(engine: engine.scriptEngine, configuration: configuration)
        let sessions = try SessionAdministration(
            engine: engine.scriptEngine, configuration: configuration.sessions.store, keySpace: configuration.keySpace,
            keys: configuration.sessions.keys, logger: logger)
        let sweepInterval = configuration.sessions.sweepInterval
        let caches = try ManagedRegions(
            engine: engine.scriptEngine, configuration: configuration, logger: logger)
        defer { caches.shutdown() }
        let limit = ConnectionLimit(
            maximum: configuration.maximumConnections ?? ConnectionLimit.standardMaximum, logger: logger)
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let hasStarted = Locked(false)
        let application = Application(
            router: router(probe, sessions, caches),
            // A client that keeps its connection for the next request may do so for a minute.
            server: .guarded(idleTimeout: .seconds(60), deadlines: configuration.deadlines, limit: limit),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), availableConnectionsDelegate: limit),
            onServerRunning: { channel in
                hasStarted.withLock { $0 = true }
                let address = ListenAddress(host: host, port: channel.localAddress?.port ?? port)
                await onStart(address)
                if !address.isLoopback {
                    logger.warning(
                        "The API is plain HTTP and reachable from other machines.", metadata: ["host": "\(host)"])
                }
                start.yield()
            },
            logger: logger)
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                // Beside the server: connections are accepted only after `onServerRunning`, and an engine that is down
                // takes its time to say so.
                tasks.addTask {
                    for await _ in started {
                        await Self.report(probe, logger)
                        async let regions: Void = caches.run()
                        if let sweepInterval { await sessions.runSweeper(every: sweepInterval) }
                        await regions
                    }
                }
                defer { tasks.cancelAll() }
                try await application.run()
            }
        } catch let error where !hasStarted.withLock({ $0 }) && !(error is CancellationError) {
            throw ListenError(host: host, port: port, reason: Self.reason(error))
        }
    }

    /// Logs why an engine does not decide.
    private static func report(_ probe: HealthProbe, _ logger: Logger) async {
        do {
            _ = try await probe.run()
        } catch {
            // The server may end before the engine has answered.
            guard !Task.isCancelled else { return }
            logger.warning(
                "The engine does not decide; requests get 503 until it does.", metadata: ["error": "\(error)"])
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: systemMessage(error.errnoCode)
        case is SocketAddressError.UnknownHost: "no such host"
        default: "\(error)"
        }
    }

    private func router(
        _ probe: HealthProbe, _ sessions: SessionAdministration, _ caches: ManagedRegions
    ) -> Router<ManagementContext> {
        let failures = EngineFailures()
        let health = HealthController(engine: engine, probe: probe, start: .now)
        let rateLimits = RateLimitController(
            engine: engine.scriptEngine, policies: configuration.policies, keySpace: configuration.keySpace,
            failures: failures)
        let sessions = SessionController(sessions: sessions, failures: failures)
        let caches = CacheController(regions: caches, engine: engine, failures: failures)
        var routes = health.routes + rateLimits.routes + sessions.routes + caches.routes
        routes += routes.filter { $0.method == .get }.map { Route(.head, $0.path, scope: $0.scope, $0.handler) }

        let authorization = Authorization(tokens: configuration.tokens)
        let router = Router(context: ManagementContext.self)
        router.add(middleware: ProblemMiddleware(routes: routes))
        for route in routes {
            router.on(RouterPath(route.path), method: route.method) { request, context -> Response in
                var context = context
                if let scope = route.scope { context.scope = try authorization.authorize(request, for: scope) }
                return try await route.handler(request, context)
            }
        }
        return router
    }
}

/// Where a server listens.
public struct ListenAddress: Sendable, Hashable {
    /// The address or name as configured.
    public let host: String
    /// The port it has really got.
    public let port: Int

    /// Whether nothing but this machine can connect.
    var isLoopback: Bool {
        host == "localhost"
            || IPAddress(host).map { address in IPPrefix.loopback.contains { $0.contains(address) } } ?? false
    }

    /// The URL under which this machine reaches the server, without a slash at its end.
    public var url: String {
        switch host {
        case "0.0.0.0": "http://127.0.0.1:\(port)"
        case "::": "http://[::1]:\(port)"
        case let host where host.utf8.contains(UInt8(ascii: ":")): "http://[\(host)]:\(port)"
        default: "http://\(host):\(port)"
        }
    }
}

/// Why a server cannot listen.
public struct ListenError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The address or name that was configured.
    public let host: String
    /// The port that was configured.
    public let port: Int
    /// What the system says.
    public let reason: String

    /// One line, with what to do.
    public var description: String {
        "cannot listen on \(host) port \(port): \(reason); choose another address with --host and --port"
    }
}
