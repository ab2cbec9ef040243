import HTTPTypes
import Hummingbird
import Perilune
import PeriluneCore
import PeriluneHummingbird
import PeriluneRedis

/// Whether the server and its engine are well.
struct HealthController: Sendable {
    let engine: Engine
    let probe: HealthProbe
    let start: ContinuousClock.Instant

    var routes: [Route] {
        [
            Route(.get, "/api/v1/health", scope: nil, live),
            Route(.get, "/api/v1/health/detailed", scope: .read, detailed),
        ]
    }

    /// That the process answers. Does not ask the engine: whoever restarts what is not alive would otherwise restart
    /// this server because Redis is down.
    private func live(_ request: Request, _ context: ManagementContext) -> Response {
        Response(json: ["status": "ok"])
    }

    /// Whether the engine decides, and how long that takes. The error is the engine's own, for the operator.
    private func detailed(_ request: Request, _ context: ManagementContext) async -> Response {
        do {
            let microseconds = try await probe.run().wholeMicroseconds
            return answer(.ok, "ok", .init(name: "latency_microseconds", value: .integer(Int(microseconds))))
        } catch {
            return answer(
                .serviceUnavailable, "unavailable", .init(name: "error", value: .string(error.description)))
        }
    }

    private func answer(_ status: HTTPResponse.Status, _ word: JSONValue, _ finding: JSONValue.Member) -> Response {
        Response(
            status,
            json: [
                "status": word,
                "version": .string(periluneVersion),
                "uptime": .seconds(ContinuousClock.now - start),
                "engine": .object(
                    [
                        .init(name: "kind", value: .string(engine.kind.rawValue)),
                        .init(name: "status", value: word), finding,
                    ] + client),
            ])
    }

    /// What the Redis client has seen so far; nothing when the engine is another one.
    private var client: [JSONValue.Member] {
        guard let redis = engine.scriptEngine as? RedisEngine else { return [] }
        let metrics = redis.metrics
        func quantile(_ part: Double) -> JSONValue {
            metrics.latency.quantile(part).map { .integer(Int($0.wholeMicroseconds)) } ?? .null
        }
        return [
            .init(
                name: "client",
                value: [
                    "calls": .integer(metrics.calls),
                    "success_rate": .thousandths(Int(metrics.successRate * 1000)),
                    "in_flight": .integer(metrics.inFlight),
                    "retries": .integer(metrics.retries),
                    "connects": .integer(metrics.connects),
                    "p50_microseconds": quantile(0.5),
                    "p99_microseconds": quantile(0.99),
                ]),
            .init(name: "servers", value: .array(redis.breakers.map(describe))),
        ]
    }

    private func describe(_ breaker: RedisHealth.Breaker) -> JSONValue {
        [
            "server": .string(breaker.server),
            "circuit_breaker": .string(breaker.state.rawValue),
            "seconds_in_state": breaker.since.map { .seconds($0) } ?? .null,
            "last_error": breaker.lastError.map { .string($0.description) } ?? .null,
        ]
    }
}
