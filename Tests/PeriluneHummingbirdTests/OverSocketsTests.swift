import Hummingbird
import Perilune
import PeriluneEmbedded
import PeriluneHummingbird
import PeriluneTestSupport
import Testing

/// The middleware in a service that listens.
@Suite struct OverSocketsTests {
    private func withService(
        trustedProxies: [IPPrefix] = [], _ body: (HTTPClient) async throws -> Void
    ) async throws {
        let policy = try RateLimitPolicy(name: "p", limits: [RateLimit(parsing: "2/min")])
        let engine = EmbeddedEngine(clock: ManualClock())
        let router = Router(context: RemoteAddressContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RateLimitMiddleware(engine: engine, policy: policy, trustedProxies: trustedProxies))
        router.get("/") { _, _ in "hello" }
        try await serving(router, body)
    }

    private func statuses(_ client: HTTPClient, forwardedFor: [String]) async throws -> [Int] {
        var statuses: [Int] = []
        for address in forwardedFor {
            statuses.append(try await client.send("GET", "/", headers: [("X-Forwarded-For", address)]).status)
        }
        return statuses
    }

    @Test func thePeerIsTheClientWhateverItWrites() async throws {
        try await withService { client in
            let statuses = try await statuses(client, forwardedFor: ["198.51.100.1", "198.51.100.2", "10.0.0.1", ""])
            #expect(statuses == [200, 200, 429, 429])
        }
    }

    @Test func aTrustedPeerNamesTheClient() async throws {
        try await withService(trustedProxies: IPPrefix.loopback) { client in
            let chains = ["198.51.100.1", "1.1.1.1, 198.51.100.1", "2.2.2.2,198.51.100.1", "198.51.100.2"]
            let statuses = try await statuses(client, forwardedFor: chains)
            #expect(statuses == [200, 200, 429, 200])
        }
    }

    @Test func aDeniedHeadLeavesTheConnectionInOrder() async throws {
        try await withService { client in
            let request = " / HTTP/1.1\r\nHost: x\r\n"
            let bytes = "GET\(request)\r\nGET\(request)\r\nHEAD\(request)\r\nGET\(request)Connection: close\r\n\r\n"
            var rest = try await client.exchange(Array(bytes.utf8))
            var statuses: [Int] = []
            for index in 0..<4 {
                let reply = try HTTPReply(rest, toHead: index == 2)
                statuses.append(reply.status)
                rest = reply.rest
            }
            #expect(statuses == [200, 200, 429, 429])
            #expect(rest.isEmpty)
        }
    }
}
