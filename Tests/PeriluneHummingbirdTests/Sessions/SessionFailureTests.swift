import HTTPTypes
import Hummingbird
import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneHummingbird
import PeriluneTestSupport
import Testing

@Suite struct SessionFailureTests {
    private let service: SessionService
    private var browser: Browser

    init() throws {
        service = try SessionService()
        browser = Browser(service)
    }

    @Test mutating func anEngineThatIsDownIsAnsweredWith503() async throws {
        try await browser.post("/login/anna")
        let token = browser.token
        service.engine.isDown = true
        let requests: [(HTTPRequest.Method, String)] = [
            (.get, "/me"), (.get, "/form"), (.post, "/begin"), (.post, "/add/pear"), (.post, "/login/bert"),
            (.post, "/rotate"), (.post, "/logout"),
        ]
        for (method, path) in requests {
            let reply = try await browser.send(method, path)
            #expect(reply.status == .serviceUnavailable, "\(path)")
            #expect(reply["Content-Type"] == "application/problem+json")
            #expect(reply["Retry-After"] == "5")
            #expect(reply["Set-Cookie"] == nil)
            #expect(
                reply.body == """
                    {"type":"https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",\
                    "title":"Request cannot be satisfied due to temporary server capacity constraints","status":503,\
                    "detail":"Sessions cannot be reached at the moment; try again in 5 s."}
                    """)
        }
        // What does not need a session works.
        #expect(try await browser.get("/file") == "file")
        service.engine.isDown = false
        #expect(browser.token == token)
        #expect(try await browser.get("/me") == #"anna ["gift"]"#)
    }

    @Test mutating func aHandlerMayGoOnWithoutASession() async throws {
        service.router.get("news") { _, context in
            (try? await context.sessions.current)?.user ?? "anybody"
        }
        try await browser.post("/login/anna")
        #expect(try await browser.get("/news") == "anna")
        service.engine.isDown = true
        #expect(try await browser.get("/news") == "anybody")
    }

    @Test(arguments: ["session.take", "session.create"])
    mutating func nobodyIsHalfLoggedIn(failing script: String) async throws {
        service.router.post("try/:user") { _, context in
            let user = try context.parameters.require("user")
            _ = try? await context.sessions.logIn(user: user, startingWith: Visit())
            return try await context.sessions.current?.user ?? "guest"
        }
        try await browser.post("/begin")
        let token = browser.token
        service.engine.fail(script)
        #expect(try await browser.send(.post, "/try/anna").body == "guest")
        #expect(try await browser.send(.post, "/login/anna").status == .serviceUnavailable)
        service.engine.fail()
        #expect(browser.token == token)
        #expect(try await service.store.sessions(of: "anna").isEmpty)
        #expect(try await service.immortalKeys().isEmpty)
        try await browser.post("/login/anna")
        #expect(try await browser.get("/me").hasPrefix("anna"))
    }

    @Test(arguments: ["session.revoke", "session.create"])
    mutating func aSessionThatCannotBeReplacedLeavesNoneBehind(failing script: String) async throws {
        try await browser.post("/login/anna")
        service.engine.fail(script)
        for _ in 0..<5 { #expect(try await browser.post("/begin") == 503) }
        service.engine.fail()
        // What was there is there, or has ended; nothing that nobody has the token of was begun.
        let isThere = script == "session.revoke"
        #expect(try await service.sessionKeys().count == (isThere ? 1 : 0))
        #expect(try await browser.get("/me") == (isThere ? #"anna ["gift"]"# : "nobody"))
        #expect(try await browser.post("/begin") == 204)
        #expect(try await browser.get("/me") == "guest []")
        #expect(try await service.sessionKeys().count == 1)
    }

    @Test mutating func anEngineIsLoggedWhenItBeginsToFailAndWhenItWorksAgain() async throws {
        try await browser.post("/begin")
        service.engine.isDown = true
        for _ in 0..<50 { _ = try await browser.get("/me") }
        service.engine.isDown = false
        for _ in 0..<3 { _ = try await browser.get("/me") }
        let lines = service.log.lines.filter { $0.contains("reached") }
        #expect(lines.first?.hasPrefix("warning Sessions cannot be reached.") == true)
        #expect(lines.last?.hasPrefix("notice Sessions can be reached again.") == true)
        // Two, unless the requests have taken longer than the time between two lines.
        #expect(lines.count < 10)
        #expect(!service.log.lines.contains { $0.contains(browser.token ?? "v1.") })
    }

    @Test mutating func aHandlerMayCallTheStoreItself() async throws {
        let store = service.store
        service.router.post("everywhere") { _, context in
            try await context.sessions.rotate()
            return "\(try await store.revokeAll(of: "anna"))"
        }
        service.router.post("twice") { _, context in
            let session = try await context.sessions.rotate()
            try await store.replace(session.id, with: Visit(), expecting: 99)
            return HTTPResponse.Status.noContent
        }
        try await browser.post("/login/anna")
        #expect(try await browser.post("/twice") == 409)
        #expect(try await browser.get("/me") == #"anna ["gift"]"#)
        service.engine.fail("session.revoke_all")
        #expect(try await browser.post("/everywhere") == 503)
        #expect(try await browser.get("/me") == #"anna ["gift"]"#)
        service.engine.fail()
        #expect(try await browser.send(.post, "/everywhere").body == "1")
        #expect(try await browser.get("/me") == "nobody")
    }

    @Test mutating func whatHasFailedIsReadAgain() async throws {
        let store = service.store
        service.router.post("ended") { _, context in
            let session = try #require(try await context.sessions.current)
            try await store.revoke(session.id)
            _ = try? await context.sessions.replace(with: Visit())
            return "\(try await context.sessions.current?.user ?? "nobody")"
        }
        try await browser.post("/login/anna")
        #expect(try await browser.send(.post, "/ended").body == "nobody")
    }

    // MARK: Data that cannot be read

    private struct Other: Codable {
        var count: String
    }

    @Test mutating func dataOfAnotherTypeIsNoSession() async throws {
        let other = try SessionStore(
            of: Other.self, engine: service.engine, secrets: SessionSecrets(tokenKey: SessionService.secret),
            configuration: service.store.configuration)
        let new = try await other.create(Other(count: "confidential"), user: "anna")
        let field: HTTPFields = [.cookie: "__Host-sid=\(new.token.text)"]
        let reply = try await service.send(.get, "/me", headers: field)
        #expect(reply.body == "nobody")
        #expect(reply["Set-Cookie"] == nil)
        let line = try #require(service.log.lines.first { $0.hasPrefix("warning A session cannot be read") })
        #expect(line.contains(new.session.id.description))
        #expect(!line.contains("confidential"))
        // The client can log in all the same, and what it had is untouched for a process that can read it.
        browser.receive(try await service.send(.post, "/login/bert", headers: field))
        #expect(try await browser.get("/me") == #"bert ["gift"]"#)
        #expect(try await other.session(for: new.token)?.user == "anna")
    }

    @Test mutating func dataThatWasTamperedWithIsNoSession() async throws {
        try await browser.post("/login/anna")
        let rubbish = [1] + [UInt8](repeating: 255, count: 40)
        for key in try await service.sessionKeys() {
            try await service.engine.inner.set(RedisKey(key), rubbish, expiring: .seconds(60))
        }
        #expect(try await browser.get("/me") == "nobody")
        #expect(service.log.lines.contains { $0.hasPrefix("error A session's data cannot be trusted.") })
        #expect(try await browser.post("/login/anna") == 204)
        #expect(try await browser.get("/me") == #"anna ["gift"]"#)
    }

    // MARK: Data that cannot be stored

    /// Arrays in one another.
    private struct Nest: Encodable {
        let depth: Int

        func encode(to encoder: any Encoder) throws {
            var container = encoder.unkeyedContainer()
            if depth > 0 { try container.encode(Nest(depth: depth - 1)) }
        }
    }

    @Test mutating func whatCannotBeStoredIsRefusedAsTheRequests() async throws {
        let refused: [(String, Int, @Sendable (inout SessionChanges) throws(SessionError) -> Void)] = [
            ("nameless", 422, { changes throws(SessionError) in try changes.set("", to: 1) }),
            ("sum", 422, { changes throws(SessionError) in try changes.increment("cart") }),
            ("deep", 422, { changes throws(SessionError) in try changes.set("nest", to: Nest(depth: 65)) }),
            (
                "large", 413,
                { changes throws(SessionError) in
                    try changes.set("text", to: String(repeating: "x", count: 100_000))
                }
            ),
            ("ours", 500, { changes throws(SessionError) in try changes.set("nan", to: Double.nan) }),
        ]
        for (path, _, change) in refused {
            service.router.post(RouterPath(path)) { _, context in
                try await context.sessions.update(change)
                return HTTPResponse.Status.noContent
            }
        }
        try await browser.post("/login/anna")
        for (path, status, _) in refused {
            let reply = try await browser.send(.post, "/\(path)")
            #expect(reply.status.code == status, "\(path)")
            #expect(reply["Content-Type"] == "application/problem+json")
        }
        #expect(try await browser.get("/me") == #"anna ["gift"]"#)
    }

    // MARK: Mistakes of a service

    @Test func withoutTheMiddlewareThereIsAnError() async throws {
        let service = try SessionService(transport: nil)
        service.addRoutes()
        for (method, path) in [(HTTPRequest.Method.get, "/me"), (.post, "/begin"), (.post, "/logout")] {
            let reply = try await service.send(method, path)
            #expect(reply.status == .internalServerError)
            #expect(reply["Content-Type"] == "application/problem+json")
        }
    }

    @Test mutating func anAnswerThatHasLeftGivesNoToken() async throws {
        let seen = Locked<[RequestSessionError]>([])
        service.router.get("stream") { _, context in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    let session = try await context.sessions.current
                    try await writer.write(ByteBuffer(string: session?.user ?? "guest"))
                    do throws(RequestSessionError) {
                        try await context.sessions.logIn(user: "bert", startingWith: Visit())
                    } catch {
                        seen.withLock { $0.append(error) }
                    }
                    do throws(RequestSessionError) { try await context.sessions.rotate() } catch {
                        seen.withLock { $0.append(error) }
                    }
                    try await writer.finish(nil)
                })
        }
        try await browser.post("/login/anna")
        #expect(try await browser.get("/stream") == "anna")
        #expect(seen.withLock { $0 } == [.tooLate, .tooLate])
        #expect(try await service.store.sessions(of: "bert").isEmpty)
        #expect(try await browser.get("/me") == #"anna ["gift"]"#)
    }

    @Test mutating func ofTwoChangesAtOnceOneCounts() async throws {
        service.router.post("both") { _, context in
            let results = await withTaskGroup(of: Result<String, RequestSessionError>.self) { group in
                for user in ["anna", "bert"] {
                    group.addTask {
                        do throws(RequestSessionError) {
                            try await context.sessions.logIn(user: user, startingWith: Visit())
                            return .success(user)
                        } catch {
                            return .failure(error)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            return "\(results.filter { if case .success = $0 { true } else { false } }.count)"
        }
        for _ in 0..<50 {
            var browser = Browser(service)
            // One may be done before the other begins; then both count, one after the other.
            #expect(try await browser.send(.post, "/both").body != "0")
            let me = try await browser.get("/me")
            #expect(me.hasPrefix("anna") || me.hasPrefix("bert"))
            try await browser.post("/logout")
            // Nobody holds a token of a session that is left.
            #expect(try await service.sessionKeys().isEmpty)
        }
    }

    @Test func aHeadHasNoDocument() async throws {
        service.router.head("me") { _, context in
            _ = try await context.sessions.modify { _ in }
            return HTTPResponse.Status.ok
        }
        let reply = try await service.send(.head, "/me")
        #expect(reply.status == .unauthorized)
        #expect(reply["WWW-Authenticate"] == #"Cookie cookie-name="__Host-sid""#)
        #expect(reply.body.isEmpty)
    }
}
