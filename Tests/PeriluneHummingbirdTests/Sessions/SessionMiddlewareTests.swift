import HTTPTypes
import Hummingbird
import Perilune
import PeriluneCore
import PeriluneHummingbird
import Testing

@Suite struct SessionMiddlewareTests {
    private let service: SessionService
    private var browser: Browser

    init() throws {
        service = try SessionService()
        browser = Browser(service)
    }

    @Test mutating func aNewSessionIsGivenInTheStrictestCookie() async throws {
        let reply = try await browser.send(.post, "/begin")
        let cookie = try #require(reply["Set-Cookie"])
        let form = try Regex(
            #"__Host-sid=v1\.[0-3]\.[A-Za-z0-9_-]{43}; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax"#)
        #expect(cookie.wholeMatch(of: form) != nil, "\(cookie)")
        #expect(reply["Cache-Control"] == "no-store")
        #expect(reply["Vary"] == "Cookie")
        #expect(try await browser.get("/me") == "guest []")
    }

    @Test mutating func theCookieIsSentOnlyWhenItChanges() async throws {
        try await browser.post("/begin")
        for path in ["/me", "/form", "/file", "/nothing"] {
            let reply = try await browser.send(.get, path)
            #expect(reply["Set-Cookie"] == nil, "\(path)")
            #expect(reply["Cache-Control"] == nil, "\(path)")
        }
        let added = try await browser.send(.post, "/add/pear")
        #expect(added.status == .noContent)
        #expect(added["Set-Cookie"] == nil)
        #expect(try await browser.get("/me") == #"guest ["pear"]"#)
    }

    /// hummingbird-auth #63 and umami #4553: the cookie, or the session, ended while it was in use, for nobody renewed it.
    @Test mutating func aSessionInUseLivesToItsDeadline() async throws {
        try await browser.post("/begin")
        for _ in 0..<71 {
            service.clock.advance(by: .seconds(1_200))
            #expect(try await browser.get("/me") == "guest []")
        }
        service.clock.advance(by: .seconds(1_200))
        #expect(try await browser.get("/me") == "nobody")
        // Then the browser has forgotten the token, too.
        #expect(browser.token == nil)
    }

    @Test mutating func aSessionThatIsNotUsedEnds() async throws {
        try await browser.post("/begin")
        service.clock.advance(by: .seconds(1_799))
        // A file is no use of the session.
        #expect(try await browser.get("/file") == "file")
        service.clock.advance(by: .seconds(2))
        #expect(try await browser.get("/me") == "nobody")
    }

    @Test mutating func whatDoesNotAskCostsNothing() async throws {
        try await browser.post("/begin")
        let before = service.engine.calls
        let reply = try await browser.send(.get, "/file")
        #expect(service.engine.calls == before)
        #expect(reply["Vary"] == nil)
    }

    @Test mutating func aRequestReadsItsSessionOnce() async throws {
        service.router.get("often") { _, context in
            for _ in 0..<5 { _ = try await context.sessions.current }
            return try await context.sessions.requestToken ?? ""
        }
        try await browser.post("/begin")
        let before = service.engine.calls
        #expect(try await browser.get("/often").utf8.count == 43)
        #expect(service.engine.calls == before + 1)
        // Without a token there is nothing to read.
        _ = try await service.send(.get, "/often")
        #expect(service.engine.calls == before + 1)
    }

    @Test mutating func aChangeIsSeenByTheSameRequest() async throws {
        service.router.post("twice") { _, context in
            let version = try await context.sessions.update { changes in
                changes.increment("count", by: 2)
            }
            let count = try await context.sessions.current?.value.count
            try await context.sessions.replace(with: Visit(cart: ["x"]), expecting: version)
            let cart = try await context.sessions.current?.value.cart
            let last = try await context.sessions.modify { $0.count = 9 }
            return "\(count ?? 0) \(cart ?? []) \(last.version)"
        }
        try await browser.post("/begin")
        #expect(try await browser.send(.post, "/twice").body == #"2 ["x"] 4"#)
    }

    /// hummingbird-auth and rbcervilla/redisstore store a new session under whatever id the request has (fixation).
    @Test(arguments: [
        "v1.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "v1.900.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "v2.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "v1.1.AAAA", "admin", "", "../../etc/passwd",
        String(repeating: "A", count: 100_000),
    ])
    func aTokenThatAClientHasChosenIsNeverAdopted(chosen: String) async throws {
        let field: HTTPFields = [.cookie: "__Host-sid=\(chosen)"]
        let look = try await service.send(.get, "/me", headers: field)
        #expect(look.body == "nobody")
        #expect(look["Set-Cookie"] == nil)
        #expect(try await service.send(.post, "/add/pear", headers: field).status == .unauthorized)
        #expect(try await service.send(.post, "/rotate", headers: field).status == .unauthorized)
        #expect(try await service.sessionKeys().isEmpty)

        for path in ["/begin", "/login/anna"] {
            var browser = Browser(service)
            browser.receive(try await service.send(.post, path, headers: field))
            let token = try #require(browser.token)
            #expect(token != chosen)
            #expect(try await browser.get("/me").hasPrefix("nobody") == false)
            #expect(try await service.send(.get, "/me", headers: field).body == "nobody")
        }
    }

    @Test mutating func anEndedTokenIsNotTakenFromTheClient() async throws {
        // Its answer may come after that of a request which has got the client a new one.
        try await browser.post("/begin")
        let old = browser.field
        try await browser.post("/rotate")
        let late = try await service.send(.get, "/me", headers: [.cookie: old])
        #expect(late.body == "nobody")
        #expect(late["Set-Cookie"] == nil)
        browser.receive(late)
        #expect(try await browser.get("/me") == "guest []")
    }

    @Test(arguments: [("guest", false), ("anna", false), ("anna", true)])
    mutating func aSessionMayLiveLongerThanOthers(user: String, isAfterAnother: Bool) async throws {
        let (idle, lifetime) = (Duration.seconds(10 * 86_400), Duration.seconds(30 * 86_400))
        service.router.post("remember/guest") { _, context in
            try await context.sessions.create(Visit(), idleTimeout: idle, lifetime: lifetime)
            return HTTPResponse.Status.noContent
        }
        service.router.post("remember/anna") { _, context in
            try await context.sessions.logIn(
                user: "anna", startingWith: Visit(), idleTimeout: idle, lifetime: lifetime)
            return HTTPResponse.Status.noContent
        }
        service.router.post("never") { _, context in
            try await context.sessions.create(Visit(), lifetime: .zero)
            return HTTPResponse.Status.noContent
        }
        if isAfterAnother { try await browser.post("/begin") }
        let reply = try await browser.send(.post, "/remember/\(user)")
        #expect(reply["Set-Cookie"]?.contains("Max-Age=2592000;") == true)
        for _ in 0..<3 {
            service.clock.advance(by: .seconds(9 * 86_400))
            #expect(try await browser.get("/me") == "\(user) []")
        }
        service.clock.advance(by: .seconds(3 * 86_400))
        #expect(try await browser.get("/me") == "nobody")
        #expect(try await service.send(.post, "/never").status == .internalServerError)
    }

    // MARK: Log-out

    @Test mutating func logOutEndsTheSessionAndTheCookie() async throws {
        try await browser.post("/login/anna")
        let field = browser.field
        let before = service.engine.calls
        let reply = try await browser.send(.post, "/logout")
        #expect(service.engine.calls == before + 1)
        #expect(reply["Set-Cookie"] == "__Host-sid=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax")
        #expect(reply["Cache-Control"] == "no-store")
        #expect(browser.token == nil)
        #expect(try await service.send(.get, "/me", headers: [.cookie: field]).body == "nobody")
        #expect(try await service.store.sessions(of: "anna").isEmpty)
    }

    @Test mutating func logOutWithoutASessionOnlyCleansUp() async throws {
        #expect(try await browser.send(.post, "/logout")["Set-Cookie"] == nil)
        #expect(service.engine.calls == 0)
        for value in ["rubbish", "v1.900.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let reply = try await service.send(.post, "/logout", headers: [.cookie: "__Host-sid=\(value)"])
            #expect(reply.status == .noContent)
            #expect(reply["Set-Cookie"]?.hasPrefix("__Host-sid=; Path=/; Max-Age=0") == true)
        }
    }

    @Test mutating func aSessionMayBeginAfterLogOut() async throws {
        service.router.post("restart") { _, context in
            try await context.sessions.logOut()
            try await context.sessions.create(Visit(cart: ["new"]))
            return HTTPResponse.Status.noContent
        }
        service.router.post("flash") { _, context in
            try await context.sessions.create(Visit())
            try await context.sessions.logOut()
            return HTTPResponse.Status.noContent
        }
        try await browser.post("/login/anna")
        let reply = try await browser.send(.post, "/restart")
        #expect(reply.headers[values: .setCookie].count == 1)
        #expect(try await browser.get("/me") == #"guest ["new"]"#)
        #expect(try await service.sessionKeys().count == 1)
        // A client that never had a token has none to forget.
        #expect(try await service.send(.post, "/flash")["Set-Cookie"] == nil)
        #expect(try await service.sessionKeys().count == 1)
    }

    // MARK: Rotation

    @Test mutating func rotationKeepsAllButTheToken() async throws {
        try await browser.post("/login/anna")
        let old = browser.field
        service.clock.advance(by: .seconds(600))
        let reply = try await browser.send(.post, "/rotate")
        #expect(reply["Cache-Control"] == "no-store")
        // What is left to the deadline, which has not moved.
        #expect(reply["Set-Cookie"]?.contains("Max-Age=85800;") == true)
        #expect(browser.field != old)
        #expect(try await browser.get("/me") == #"anna ["gift"]"#)
        #expect(try await service.send(.get, "/me", headers: [.cookie: old]).body == "nobody")
        #expect(try await service.store.sessions(of: "anna").count == 1)
    }

    @Test func requestsUnderWayDuringARotationAreServed() async throws {
        let service = try SessionService { $0.rotationGrace = .seconds(10) }
        var browser = Browser(service)
        try await browser.post("/begin")
        let old = browser.field
        try await browser.post("/rotate")
        let token = browser.token
        // They came with the old token: nothing in their answers may replace the new one.
        for (method, path) in [(HTTPRequest.Method.get, "/me"), (.post, "/add/pear"), (.post, "/rotate")] {
            let reply = try await service.send(method, path, headers: [.cookie: old])
            #expect(reply.status.code < 300, "\(path)")
            #expect(reply["Set-Cookie"] == nil, "\(path)")
        }
        service.clock.advance(by: .seconds(11))
        #expect(try await service.send(.get, "/me", headers: [.cookie: old])["Set-Cookie"] == nil)
        #expect(try await browser.get("/me") == #"guest ["pear"]"#)
        #expect(browser.token == token)
    }

    // MARK: Caches

    @Test(arguments: [
        (nil, "no-store"), ("public, max-age=600", "no-store"), ("private", "no-store"),
        ("No-Store, must-revalidate", "No-Store, must-revalidate"),
    ])
    func noCacheKeepsAToken(said: String?, kept: String) async throws {
        service.router.post("cached") { _, context in
            try await context.sessions.create(Visit())
            return Response(status: .ok, headers: said.map { [.cacheControl: $0] } ?? [:])
        }
        let reply = try await service.send(.post, "/cached")
        #expect(reply.headers[values: .cacheControl] == [kept])
    }

    @Test(arguments: [("Accept", ["Accept", "Cookie"]), ("Accept, COOKIE", ["Accept, COOKIE"]), ("*", ["*"])])
    func whatDependsOnTheSessionSaysSo(said: String, kept: [String]) async throws {
        service.router.get("cached") { _, context in
            _ = try await context.sessions.current
            return Response(status: .ok, headers: [.cacheControl: "max-age=600", .vary: said])
        }
        let reply = try await service.send(.get, "/cached")
        #expect(reply["Cache-Control"] == "max-age=600")
        #expect(reply.headers[values: .vary] == kept)
    }

    // MARK: Errors of handlers

    private struct Teapot: HTTPResponseError {
        var status: HTTPResponse.Status { HTTPResponse.Status(code: 418, reasonPhrase: "I'm a teapot") }
        func response(from request: Request, context: some RequestContext) throws -> Response {
            Response(status: status, headers: [.cacheControl: "public"])
        }
    }

    private struct Other: Error {}

    /// Middleware that looks at the errors of what is behind it.
    private struct Onlooker: RouterMiddleware {
        let seen = Locked<[any Error]>([])

        func handle(
            _ request: Request, context: SessionTestContext,
            next: @concurrent (Request, SessionTestContext) async throws -> Response
        ) async throws -> Response {
            do {
                return try await next(request, context)
            } catch {
                seen.withLock { $0.append(error) }
                throw error
            }
        }
    }

    @Test func anErrorWithNothingToAddPassesAsItIs() async throws {
        let (service, onlooker) = (try SessionService(transport: nil), Onlooker())
        service.router.add(middleware: onlooker)
        service.router.add(middleware: SessionMiddleware(store: service.store))
        service.router.get("teapot") { _, _ -> String in throw Teapot() }
        service.router.get("full") { _, _ -> String in throw SessionError.limitReached(3) }
        // Of another session than the request's.
        service.router.get("gone") { _, _ -> String in throw SessionError.notFound }
        let teapot = try await service.send(.get, "/teapot")
        #expect(teapot.status.code == 418)
        #expect(teapot["Vary"] == nil)
        let gone = try await service.send(.get, "/gone")
        #expect(gone.status == .notFound)
        #expect(gone["WWW-Authenticate"] == nil)
        #expect(try await service.send(.get, "/full").status == .conflict)
        let seen = onlooker.seen.withLock { $0 }
        #expect(seen.count == 3)
        #expect(seen.first is Teapot)
        #expect(seen.last as? RequestSessionError == .store(.limitReached(3)))
    }

    @Test func anErrorWithSomethingToAddIsFoundInTheOneThatAddsIt() async throws {
        let (service, onlooker) = (try SessionService(transport: nil), Onlooker())
        service.router.add(middleware: onlooker)
        service.router.add(middleware: SessionMiddleware(store: service.store))
        service.router.get("reads") { _, context -> String in
            _ = try await context.sessions.current
            throw Teapot()
        }
        service.router.get("begins") { _, context -> String in
            try await context.sessions.create(Visit())
            throw Teapot()
        }
        service.router.get("lacks") { _, context -> String in
            guard let user = try await context.sessions.current?.user else { throw HTTPError(.unauthorized) }
            return user
        }
        service.router.get("rotates") { _, context -> String in
            try await context.sessions.rotate()
            return ""
        }
        let reads = try await service.send(.get, "/reads")
        #expect(reads.status.code == 418)
        #expect(reads["Vary"] == "Cookie")
        #expect(reads["Cache-Control"] == "public")
        let begins = try await service.send(.get, "/begins")
        #expect(begins.status.code == 418)
        #expect(begins["Set-Cookie"] != nil)
        for path in ["/lacks", "/rotates"] {
            let lacks = try await service.send(.get, path)
            #expect(lacks.status == .unauthorized)
            #expect(lacks["WWW-Authenticate"] == #"Cookie cookie-name="__Host-sid""#)
        }
        // An HTTPError takes fields by itself.
        let originals = onlooker.seen.withLock { $0 }.compactMap { ($0 as? SessionAnsweredError)?.original }
        #expect(originals.count == 3)
        #expect(originals[0] is Teapot && originals[1] is Teapot)
        #expect(originals[2] as? RequestSessionError == .session(.notFound))
    }

    @Test mutating func aTokenIsGivenThoughTheHandlerThrows() async throws {
        service.router.post("http") { _, context -> String in
            try await context.sessions.rotate()
            throw HTTPError(.conflict, message: "taken")
        }
        service.router.post("teapot") { _, context -> String in
            try await context.sessions.rotate()
            throw Teapot()
        }
        service.router.post("other") { _, context -> String in
            _ = try await context.sessions.current
            throw Other()
        }
        try await browser.post("/begin")
        for (path, code) in [("/http", 409), ("/teapot", 418)] {
            let reply = try await browser.send(.post, path)
            #expect(reply.status.code == code)
            #expect(reply.headers[values: .cacheControl] == ["no-store"])
            #expect(try await browser.get("/me") == "guest []")
        }
        // The middleware that knows this error must still see it.
        await #expect(throws: Other.self) { try await service.send(.post, "/other") }
    }
}
