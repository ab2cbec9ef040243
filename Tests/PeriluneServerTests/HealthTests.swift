import Perilune
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import PeriluneServer

@Suite struct HealthTests {
    @Test func aliveIsOpenToEveryone() async throws {
        try await withServer { server in
            let reply = try await server.send("GET", "health", token: nil)
            #expect(reply.status == 200)
            #expect(reply["Content-Type"] == "application/json")
            #expect(reply.body == #"{"status":"ok"}"#)
        }
    }

    @Test func headHasTheFieldsAndNoBody() async throws {
        try await withServer { server in
            let reply = try await server.send("HEAD", "health", token: nil)
            #expect(reply.status == 200)
            #expect(reply["Content-Length"] == "15")
            #expect(reply.rest.isEmpty)
        }
    }

    @Test func detailedMeasuresTheEngine() async throws {
        try await withServer { server in
            let reply = try await server.send("GET", "health/detailed", token: Harness.read)
            #expect(reply.status == 200)
            #expect(reply.body.hasPrefix(#"{"status":"ok","version":"\#(periluneVersion)","uptime":"#))
            #expect(reply.body.contains(#""engine":{"kind":"embedded","status":"ok","latency_microseconds":"#))
        }
    }

    @Test func anEngineThatIsDownIsTold() async throws {
        try await withServer(scriptEngine: FailingEngine()) { server in
            #expect(try await server.send("GET", "health").status == 200)
            let detailed = try await server.send("GET", "health/detailed")
            #expect(detailed.status == 503)
            #expect(detailed.body.contains(#""status":"unavailable","error":"unreachable: redis.internal"#))

            let check = try await server.check(#"{"identifier":"a"}"#)
            #expect(check.status == 503)
            #expect(check["Content-Type"] == "application/problem+json")
            #expect(check["Retry-After"] == "1")
            #expect(check.body.contains("http-problem-types#temporary-reduced-capacity"))
            #expect(!check.body.contains("redis.internal"))
            #expect(try await server.send("GET", "cache/rate-limit/a").status == 503)
            #expect(try await server.send("POST", "cache/rate-limit/a/reset").status == 503)
        }
    }

    /// Servers that answer a PING and can do nothing else.
    @Test(
        .enabled(if: RedisServer.isInstalled, "redis-server is not installed"),
        arguments: [(["--maxmemory", "1"], "OOM"), (["--replicaof", "127.0.0.1 1"], "READONLY")])
    func anEngineThatCannotWriteIsNotHealthy(arguments: [String], code: String) async throws {
        let redis = try RedisServer.start(arguments: arguments)
        let engine = try Engine(url: redis.url, logger: silent, timeout: .seconds(60))
        let onShutdown: @Sendable () async -> Void = { await engine.shutdown() }
        try await withServer(scriptEngine: engine.scriptEngine, onShutdown: onShutdown) { server in
            #expect(try await server.check(#"{"identifier":"a"}"#).status == 503)
            let detailed = try await server.send("GET", "health/detailed", token: Harness.read)
            #expect(detailed.status == 503)
            #expect(detailed.body.contains(#""status":"unavailable","error":"server: \#(code) "#), "\(detailed.body)")
            #expect(try await server.send("GET", "health").status == 200)
        }
    }

    @Test(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
    func whatTheRedisClientHasSeenIsTold() async throws {
        let redis = try RedisServer.start()
        let engine = try Engine(url: redis.url, logger: silent, timeout: .seconds(60))
        let onShutdown: @Sendable () async -> Void = { await engine.shutdown() }
        try await withServer(scriptEngine: engine.scriptEngine, onShutdown: onShutdown) { server in
            let body = try await server.send("GET", "health/detailed", token: Harness.read).body
            #expect(body.contains(#""success_rate":1,"in_flight":0,"#), "\(body)")
            #expect(body.contains(#""server":"127.0.0.1:\#(redis.port)","circuit_breaker":"closed""#), "\(body)")
        }
    }

    @Test func askingOftenIsNotDeniedAndLeavesNothing() async throws {
        // The clock stands still, so that nothing comes back and nothing expires.
        let engine = EmbeddedEngine(clock: ManualClock())
        let once = try RateLimitPolicy(name: "default", limits: [RateLimit(quota: 1, per: .seconds(60))])
        try await withServer(scriptEngine: engine, policies: [once]) { server async throws in
            for _ in 0..<5 { #expect(try await server.send("GET", "health/detailed").status == 200) }
            #expect(try await engine.send(RedisCommand("DBSIZE")).integer == 0)
        }
    }

    @Test func aStormOfFailuresIsOneLine() async throws {
        let log = RecordedLog()
        try await withServer(scriptEngine: FailingEngine(), logger: log.logger) { server in
            for _ in 0..<20 { _ = try await server.check(#"{"identifier":"a"}"#) }
        }
        let lines = log.lines.filter { $0.contains("gave no answer") }
        let first = "error=unreachable: redis.internal: connection refused failures=1"
        #expect(lines.first == "warning The engine gave no answer. \(first)")
        // One, unless the requests have taken longer than the time between two lines.
        #expect(lines.count < 10)
    }
}
