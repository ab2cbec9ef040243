import HTTPTypes
import Hummingbird
import Perilune
import Testing

@testable import PeriluneHummingbird

@Suite struct SessionLogInTests {
    private let service: SessionService
    private var browser: Browser

    init() throws {
        service = try SessionService { $0.limit = SessionConfiguration.Limit(2, policy: .reject) }
        browser = Browser(service)
    }

    @Test mutating func aGuestKeepsTheCartAndGetsAnotherToken() async throws {
        try await browser.post("/begin")
        try await browser.post("/add/pear")
        let guest = browser.field
        service.clock.advance(by: .seconds(1_000))
        let reply = try await browser.send(.post, "/login/anna")
        #expect(reply["Set-Cookie"]?.contains("Max-Age=86400;") == true)
        #expect(try await browser.get("/me") == #"anna ["pear"]"#)
        // Whoever knew the token of before is nobody.
        #expect(try await service.send(.get, "/me", headers: [.cookie: guest]).body == "nobody")
        #expect(try await service.sessionKeys().count == 1)
    }

    @Test mutating func withoutASessionOneBegins() async throws {
        try await browser.post("/login/anna")
        #expect(try await browser.get("/me") == #"anna ["gift"]"#)
    }

    @Test mutating func theSameUserKeepsTheDataAndAnotherOneDoesNotGetIt() async throws {
        try await browser.post("/login/anna")
        try await browser.post("/add/secret")
        try await browser.post("/login/anna")
        #expect(try await browser.get("/me") == #"anna ["gift", "secret"]"#)
        let annas = browser.field
        try await browser.post("/login/bert")
        #expect(try await browser.get("/me") == #"bert ["gift"]"#)
        #expect(try await service.send(.get, "/me", headers: [.cookie: annas]).body == "nobody")
        #expect(try await service.store.sessions(of: "anna").isEmpty)
    }

    /// The same letter, composed and decomposed: equal as text.
    @Test mutating func usersWhoseNamesOnlyLookTheSameDoNotGetEachOthersData() async throws {
        let users = ["\u{E9}", "e\u{301}"]
        for (number, user) in users.enumerated() {
            service.router.post("as/\(number)") { _, context in
                try await context.sessions.logIn(user: user, startingWith: Visit(cart: ["gift"]))
                return HTTPResponse.Status.noContent
            }
        }
        try await browser.post("/as/0")
        try await browser.post("/add/secret")
        try await browser.post("/as/1")
        #expect(try await browser.get("/me").hasSuffix(#" ["gift"]"#))
        #expect(try await service.store.sessions(of: users[0]).isEmpty)
        #expect(try await service.store.sessions(of: users[1]).count == 1)
        try await browser.post("/add/pear")
        try await browser.post("/as/1")
        #expect(try await browser.get("/me").hasSuffix(#" ["gift", "pear"]"#))
    }

    @Test mutating func aSessionThatEndsMeanwhileIsNoObstacle() async throws {
        let store = service.store
        service.router.post("slow") { _, context in
            let session = try await context.sessions.current
            if let session { try await store.revoke(session.id) }
            try await context.sessions.logIn(user: "anna", startingWith: Visit(cart: ["new"]))
            return HTTPResponse.Status.noContent
        }
        try await browser.post("/begin")
        #expect(try await browser.post("/slow") == 204)
        #expect(try await browser.get("/me") == #"anna ["new"]"#)
    }

    @Test mutating func whoHasTooManySessionsIsToldAndStaysWhoHeWas() async throws {
        for _ in 0..<2 { _ = try await service.send(.post, "/login/anna") }
        try await browser.post("/begin")
        let token = browser.token
        let reply = try await browser.send(.post, "/login/anna")
        #expect(reply.status == .conflict)
        #expect(reply["Content-Type"] == "application/problem+json")
        #expect(reply.body.contains("There are 2 sessions already"))
        #expect(reply["Set-Cookie"] == nil)
        #expect(browser.token == token)
        #expect(try await browser.get("/me") == "guest []")
    }

    @Test mutating func usersThatCannotBeAreRefused() async throws {
        let reply = try await browser.send(.post, "/login/{anna}")
        #expect(reply.status.code == 422)
        #expect(reply["Content-Type"] == "application/problem+json")
        #expect(reply.body.contains("neither braces nor control characters"))
        #expect(reply["Set-Cookie"] == nil)
        #expect(try await service.sessionKeys().isEmpty)
    }

    // MARK: Devices

    private func device(_ headers: HTTPFields, from peer: String?, named name: String = "") async throws
        -> SessionDevice?
    {
        let path = name.isEmpty ? "/login/anna" : "/login/anna?name=\(name)"
        #expect(try await service.send(.post, path, headers: headers, from: peer).status == .noContent)
        let sessions = try await service.store.sessions(of: "anna")
        #expect(sessions.count == 1)
        return sessions.first?.device
    }

    @Test func aSessionKnowsItsDevice() async throws {
        let agent = "Mozilla/5.0\t" + String(repeating: "x", count: 1_000)
        let device = try await device(
            [.userAgent: agent, .xForwardedFor: "192.0.2.1"], from: "203.0.113.9", named: "pad")
        #expect(device?.name == "pad")
        // Nobody has said that the peer is a proxy.
        #expect(device?.address == "203.0.113.9")
        #expect(device?.userAgent?.hasPrefix("Mozilla/5.0x") == true)
        #expect(device?.userAgent?.utf8.count == 192)
    }

    @Test func anUnknownClientIsNoDevice() async throws {
        #expect(try await device([:], from: nil) == nil)
    }

    @Test func behindATrustedProxyTheAddressIsTheClients() async throws {
        let service = try SessionService(trustedProxies: IPPrefix.privateNetworks)
        let fields: HTTPFields = [.xForwardedFor: "198.51.100.9, 2001:db8::1"]
        _ = try await service.send(.post, "/login/anna", headers: fields, from: "10.0.0.1")
        #expect(try await service.store.sessions(of: "anna").first?.device?.address == "2001:db8::1")
    }
}
