import HTTPTypes
import Hummingbird
import Perilune
import Testing

@testable import PeriluneHummingbird

@Suite struct ClientIdentifierTests {
    private let engine = RecordingEngine()

    private func keys(
        _ ways: [ClientIdentifier<TestContext>], headers: HTTPFields = [:], from peer: String? = "203.0.113.9",
        user: String? = nil
    ) async throws -> [String] {
        let service = TestService()
        service.router.add(
            middleware: RateLimitMiddleware(
                limiter: RateLimiter(engine: engine, policy: .standard), identifiedBy: ways))
        service.router.get("/") { _, _ in "" }
        _ = try await service.get(headers: headers, from: peer, user: user)
        return engine.keys
    }

    private static let apiKey = HTTPField.Name("X-API-Key")

    private func fields(apiKey key: String) throws -> HTTPFields {
        [try #require(Self.apiKey): key]
    }

    private let all: [ClientIdentifier<TestContext>] = [.user { $0.user }, .apiKey(), .clientAddress()]

    @Test func theFirstWayThatKnowsTheClientDecides() async throws {
        #expect(try await keys(all, headers: fields(apiKey: "k"), user: "42") == ["p:{user:42}:ml:default"])
    }

    @Test func anEmptyUserIsNoUser() async throws {
        #expect(try await keys(all, user: "") == ["p:{ip:203.0.113.9}:ml:default"])
    }

    @Test func apiKeysAreHashed() async throws {
        // echo -n secret-key | sha256sum
        let digest = "85dbe15d75ef9308c7ae0f33c7a324cc6f4bf519a2ed2f3027bd33c140a4f9aa"
        let keys = try await keys(all, headers: fields(apiKey: "secret-key"))
        #expect(keys == ["p:{key:\(digest)}:ml:default"])
        #expect(!keys.joined().contains("secret-key"))
    }

    @Test func keysOfAnyLengthAreTold() async throws {
        let long = String(repeating: "k", count: 50_000)
        let ways: [ClientIdentifier<TestContext>] = [.apiKey()]
        let first = try await keys(ways, headers: fields(apiKey: long + "1"))
        let second = try await keys(ways, headers: fields(apiKey: long + "2"))
        #expect(first[0] != second[1])
        #expect(first[0].utf8.count < 200)
    }

    @Test func anEmptyKeyIsNoKey() async throws {
        #expect(try await keys(all, headers: fields(apiKey: "")) == ["p:{ip:203.0.113.9}:ml:default"])
    }

    @Test func unknownKeysAreNoKeys() async throws {
        let ways: [ClientIdentifier<TestContext>] = [.apiKey { $0 == "known" }, .clientAddress()]
        #expect(try await keys(ways, headers: fields(apiKey: "made-up")) == ["p:{ip:203.0.113.9}:ml:default"])
    }

    @Test func aNameThatNoHeaderHasIdentifiesNobody() async throws {
        #expect(try await keys([.apiKey(header: "no header\r\n")]) == ["p:{anonymous}:ml:default"])
    }

    @Test func whomNothingIdentifiesIsAnonymous() async throws {
        #expect(try await keys(all, from: nil) == ["p:{anonymous}:ml:default"])
    }

    @Test func aUnixSocketHasNoAddress() async throws {
        #expect(try await keys(all, from: "/run/app.sock") == ["p:{anonymous}:ml:default"])
    }

    @Test func noUserCanNameThemselvesAnAddress() async throws {
        #expect(try await keys(all, user: "x}:ml:default{ip:203.0.113.9") != ["p:{ip:203.0.113.9}:ml:default"])
        #expect(engine.keys.allSatisfy { $0.hasPrefix("p:{user:x%7d") })
    }

    @Test func oneOwnWay() async throws {
        let ways: [ClientIdentifier<TestContext>] = [ClientIdentifier { request, _ in "path:\(request.uri.path)" }]
        #expect(try await keys(ways) == ["p:{path:/}:ml:default"])
    }
}
