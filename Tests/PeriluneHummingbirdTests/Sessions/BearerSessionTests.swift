import HTTPTypes
import Hummingbird
import Perilune
import PeriluneHummingbird
import Testing

@Suite struct BearerSessionTests {
    private let service: SessionService

    init() throws {
        service = try SessionService(transport: .bearer)
        service.router.add(middleware: RequestTokenMiddleware())
    }

    private func fields(_ token: String) -> HTTPFields {
        [.authorization: "Bearer \(token)"]
    }

    @Test func theTokenIsGivenInAField() async throws {
        let reply = try await service.send(.post, "/login/anna")
        let token = try #require(reply["Session-Token"])
        #expect(reply["Cache-Control"] == "no-store")
        #expect(reply["Set-Cookie"] == nil)
        let me = try await service.send(.get, "/me", headers: fields(token))
        #expect(me.body == #"anna ["gift"]"#)
        #expect(me["Session-Token"] == nil)
        #expect(me["Vary"] == "Authorization")
        // A cookie is not looked at.
        #expect(try await service.send(.get, "/me", headers: [.cookie: "__Host-sid=\(token)"]).body == "nobody")
    }

    @Test func aRotatedTokenReplacesTheOldOne() async throws {
        let old = try #require(try await service.send(.post, "/login/anna")["Session-Token"])
        let new = try #require(try await service.send(.post, "/rotate", headers: fields(old))["Session-Token"])
        #expect(new != old)
        #expect(try await service.send(.get, "/me", headers: fields(new)).body == #"anna ["gift"]"#)
        let refused = try await service.send(.post, "/add/pear", headers: fields(old))
        #expect(refused.status == .unauthorized)
        #expect(refused["WWW-Authenticate"] == #"Bearer error="invalid_token""#)
        #expect(refused["Session-Token"] == nil)
    }

    @Test func logOutEndsTheSession() async throws {
        let token = try #require(try await service.send(.post, "/login/anna")["Session-Token"])
        let reply = try await service.send(.post, "/logout", headers: fields(token))
        #expect(reply.status == .noContent)
        #expect(reply["Session-Token"] == nil)
        #expect(try await service.send(.get, "/me", headers: fields(token)).body == "nobody")
        #expect(try await service.sessionKeys().isEmpty)
    }

    @Test func noRequestTokenIsNeeded() async throws {
        let token = try #require(try await service.send(.post, "/login/anna")["Session-Token"])
        var headers = fields(token)
        headers[.origin] = "https://elsewhere.example"
        #expect(try await service.send(.post, "/add/pear", headers: headers).status == .noContent)
    }
}
