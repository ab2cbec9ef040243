import CoreMetrics
import InMemoryTracing
import Logging
import MetricsTestKit
import PeriluneCore
import PeriluneTestSupport
import ServiceLifecycle
import Testing
import Tracing

@testable import PeriluneRedis

@Suite("What an engine tells about itself", .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct ObservabilityTests {
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    @Test("Calls, failures by code, durations, connections and the breaker are counted")
    func metrics() async throws {
        let factory = TestMetrics()
        let server = try RedisServer.shared()
        let engine = RedisEngine(try settings(server.url), logger: Self.logger, metrics: factory)
        _ = try await engine.ping()
        _ = try await engine.call(Scripts.echo, keys: [], arguments: ["a"])
        let key: RedisArgument = "metrics:list"
        _ = try await engine.send(RedisCommand("RPUSH", [key, 1]))
        _ = await failure { _ = try await engine.send(RedisCommand("INCR", [key])) }
        _ = try await engine.send(RedisCommand("DEL", [key]))
        await engine.shutdown()
        let afterwards = await failure { _ = try await engine.ping() }
        #expect(afterwards?.code == .shutDown)

        #expect(try factory.expectCounter("redis_client_calls_total").totalValue == 6)
        #expect(try factory.expectCounter("redis_client_failures_total", [("code", "WRONGTYPE")]).totalValue == 1)
        #expect(try factory.expectCounter("redis_client_failures_total", [("code", "shutDown")]).totalValue == 1)
        #expect(try factory.expectTimer("redis_client_call_duration_seconds").values.count == 6)
        #expect(try factory.expectMeter("redis_client_in_flight").lastValue == 0)
        let name = [("server", "127.0.0.1:\(server.port)")]
        #expect(try factory.expectCounter("redis_client_connects_total", name).totalValue == 1)
        #expect(try factory.expectRecorder("redis_client_circuit_breaker_state", name).lastValue == 0)
    }

    @Test("A call is a client span below the task's own, with OpenTelemetry's attributes and never an argument")
    func spans() async throws {
        let tracer = InMemoryTracer()
        let server = try RedisServer.shared()
        let engine = RedisEngine(try settings(server.url), logger: Self.logger, tracer: tracer)
        try await tracer.withSpan("request") { _ in
            _ = try await engine.call(Scripts.echo, keys: [], arguments: ["secret"])
            _ = await failure { _ = try await engine.send(RedisCommand("incr", ["secret", "secret"])) }
            _ = try await engine.pipeline([RedisCommand("PING"), RedisCommand("PING")])
        }
        await engine.shutdown()

        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName) == ["EVALSHA", "INCR", "PIPELINE", "request"])
        for span in spans.dropLast() {
            #expect(span.parentSpanID == spans.last?.spanID)
            #expect(span.kind == .client)
            #expect(span.attributes["db.system.name"]?.toSpanAttribute() == "redis")
            #expect(span.attributes["db.operation.name"]?.toSpanAttribute() == .string(span.operationName))
            #expect(span.attributes["server.address"]?.toSpanAttribute() == "127.0.0.1")
            #expect(span.attributes["server.port"]?.toSpanAttribute() == .int64(Int64(server.port)))
            #expect(!"\(span.attributes)".contains("secret"))
        }
        #expect(spans.first?.attributes["db.stored_procedure.name"]?.toSpanAttribute() == "echo")
        let failed = spans.first { $0.operationName == "INCR" }
        #expect(failed?.status?.code == .error)
        #expect(failed?.attributes["db.response.status_code"]?.toSpanAttribute() == "ERR")
        #expect(failed?.errors.count == 1)
    }

    @Test("Nobody is told when nobody asked, and the engine still knows what it did")
    func counts() async throws {
        let server = try RedisServer.shared()
        try await withEngine(settings(server.url)) { engine in
            #expect(engine.observer == nil)
            for _ in 0..<10 { _ = try await engine.ping() }
            _ = await failure { _ = try await engine.send(RedisCommand("NONSENSE")) }
            let metrics = engine.metrics
            #expect(metrics.calls == 11)
            #expect(metrics.answers == 11)
            #expect(metrics.errorAnswers == 1)
            #expect(metrics.successRate == 1)
            #expect(metrics.connects == 1)
            #expect(metrics.inFlight == 0)
            #expect(metrics.latency.count == 11)
            let half = try #require(metrics.latency.quantile(0.5))
            #expect(half > .zero && half <= .seconds(60))
        }
    }

    @Test("Health tells that the server answers, and of one that does not why, and what its breaker does")
    func health() async throws {
        let server = try RedisServer.shared()
        try await withEngine(settings(server.url)) { engine in
            let health = await engine.health()
            #expect(health.status == .healthy)
            #expect((health.latency ?? .zero) > .zero)
            #expect(health.breakers.map(\.state) == [.closed])
            #expect(health.breakers.map(\.server) == ["127.0.0.1:\(server.port)"])
        }
        let port = try Loopback.freePort()
        // A call made before the breaker has opened waits for a connection until its deadline.
        var configuration = try settings("redis://127.0.0.1:\(port)", timeout: .milliseconds(50))
        configuration.circuitBreaker.failures = 2
        configuration.backoff = Backoff(base: .milliseconds(1), cap: .milliseconds(1))
        try await withEngine(configuration) { engine in
            while (await failure { _ = try await engine.send(RedisCommand("PING")) })?.code != .circuitOpen {}
            let health = await engine.health()
            #expect(health.status == .unhealthy)
            #expect(health.latency == nil)
            #expect(health.error?.code == .circuitOpen)
            #expect(health.error?.mayHaveRun == false)
            #expect(health.breakers.first?.state == .open)
            #expect(health.breakers.first?.lastError?.code == .unreachable)
            #expect((health.breakers.first?.since ?? .zero) > .zero)
        }
    }

    @Test("In a service group it ends with the group, and the calls under way end first")
    func service() async throws {
        let server = try RedisServer.shared()
        let engine = RedisEngine(try settings(server.url), logger: Self.logger)
        let group = ServiceGroup(services: [engine], logger: Self.logger)
        let running = Task { try await group.run() }
        _ = try await engine.ping()
        await group.triggerGracefulShutdown()
        try await running.value
        #expect((await failure { _ = try await engine.ping() })?.code == .shutDown)
    }
}
