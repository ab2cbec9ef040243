import Perilune
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
}
