import HTTPTypes
import Hummingbird
import NIOCore
import Perilune
import PeriluneCore
import PeriluneHummingbird
import PeriluneTestSupport
import Testing

/// Responses that depend on sessions: nobody gets another's, whichever middleware stands first.
@Suite struct ResponseSessionTests {
    enum Order: CaseIterable {
        case cacheFirst
        case sessionsFirst
    }

    /// A shop with sessions and a response cache.
    private struct Shop {
        let sessions: SessionService
        let cache: ResponseCacheMiddleware<SessionTestContext>
        let handlers = Handlers()

        /// - Parameter recognises: Whether a ``Recogniser`` stands between the sessions and the cache.
        init(
            _ order: Order, transport: SessionTransport = .cookie(.standard), recognises: Bool = false
        ) throws {
            sessions = try SessionService(transport: nil)
            var type = CacheType("pages", ttl: .seconds(60))
            type.jitter = 0
            cache = ResponseCacheMiddleware(
                try CacheRegion(type, engine: sessions.engine.inner, codec: .response, clock: sessions.clock),
                clock: sessions.clock, wallClock: sessions.clock)
            let middleware = SessionMiddleware<SessionTestContext>(store: sessions.store, transport: transport)
            let router = sessions.router
            switch order {
            case .cacheFirst:
                router.add(middleware: cache)
                router.add(middleware: middleware)
            case .sessionsFirst:
                router.add(middleware: middleware)
                if recognises { router.add(middleware: Recogniser()) }
                router.add(middleware: cache)
            }
            sessions.addRoutes()
        }

        /// Adds a page that says for whom it was made; a handler that says that everybody may have it.
        func addPage(_ fields: HTTPFields = [:]) {
            let handlers = handlers
            sessions.router.get("page") { _, context in
                _ = handlers.call()
                let user = try await context.sessions.current?.user
                return Self.page("for \(user ?? "nobody")", fields)
            }
        }

        static func page(_ text: String, _ fields: HTTPFields = [:]) -> Response {
            var fields = fields
            fields[.cacheControl] = "public, max-age=60"
            return Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }

        /// A client that is logged in.
        func browser(of user: String) async throws -> Browser {
            var browser = Browser(sessions)
            #expect(try await browser.post("/login/\(user)") == 204)
            return browser
        }
    }

    @Test(arguments: Order.allCases) func everybodyGetsTheirOwnPage(order: Order) async throws {
        let shop = try Shop(order)
        shop.addPage()
        var browsers = [("nobody", Browser(shop.sessions))]
        for user in ["ann", "bob"] { browsers.append((user, try await shop.browser(of: user))) }
        for _ in 0..<2 {
            for index in browsers.indices {
                #expect(try await browsers[index].1.get("/page") == "for \(browsers[index].0)")
            }
        }
        // Before the sessions the cache keeps a page for each of them; behind them none.
        #expect(shop.handlers.calls == (order == .cacheFirst ? 3 : 6))
    }

    @Test func whyAPageIsNotStoredIsSaid() async throws {
        let shop = try Shop(.sessionsFirst)
        shop.addPage()
        var ann = try await shop.browser(of: "ann")
        let reply = try await ann.send(.get, "/page")
        #expect(reply["Cache-Status"] == "Perilune; fwd=uri-miss; detail=session")
        #expect(reply["Vary"] == "Cookie")
    }

    @Test(arguments: Order.allCases) func whatUsesNoSessionIsEverybodys(order: Order) async throws {
        let shop = try Shop(order)
        let handlers = shop.handlers
        shop.sessions.router.get("plain") { _, _ in Shop.page(handlers.call()) }
        for user in ["ann", "bob"] {
            var browser = try await shop.browser(of: user)
            #expect(try await browser.get("/plain") == "call 1")
        }
    }

    @Test func behindTheSessionsAPageCanSayThatItDependsOnThem() async throws {
        let shop = try Shop(.sessionsFirst)
        shop.addPage([.vary: "Accept-Language, cookie"])
        for user in ["ann", "bob"] {
            var browser = try await shop.browser(of: user)
            for _ in 0..<2 { #expect(try await browser.get("/page") == "for \(user)") }
        }
        #expect(shop.handlers.calls == 2)
    }

    @Test(arguments: Order.allCases) func bearerTokensDoNotSharePagesEither(order: Order) async throws {
        let shop = try Shop(order, transport: .bearer)
        shop.addPage()
        for user in ["ann", "bob"] {
            let token = try #require(try await shop.sessions.send(.post, "/login/\(user)")["Session-Token"])
            for _ in 0..<2 {
                let reply = try await shop.sessions.send(
                    .get, "/page", headers: [.authorization: "Bearer \(token)"])
                #expect(reply.body == "for \(user)")
            }
        }
        #expect(shop.handlers.calls == (order == .cacheFirst ? 2 : 4))
    }

    /// The session is read when the fields of the response have left already.
    @Test(arguments: Order.allCases, [true, false])
    func aBodyThatUsesTheSessionIsNotShared(order: Order, knowsItsLength: Bool) async throws {
        let shop = try Shop(order)
        shop.sessions.router.get("page") { _, context in
            @Sendable func user() async throws -> ByteBuffer {
                ByteBuffer(string: try await context.sessions.current?.user ?? "...")
            }
            let body =
                knowsItsLength
                ? ResponseBody(contentLength: 3) { writer in
                    try await writer.write(try await user())
                    try await writer.finish(nil)
                }
                : ResponseBody { writer in
                    try await writer.write(try await user())
                    try await writer.finish(nil)
                }
            return Response(status: .ok, headers: [.cacheControl: "public, max-age=60"], body: body)
        }
        for user in ["ann", "bob"] {
            var browser = try await shop.browser(of: user)
            let reply = try await browser.send(.get, "/page")
            #expect(reply.body == user)
            #expect(reply["Cache-Status"] == "Perilune; fwd=uri-miss; detail=session" || user == "bob")
        }
        #expect(try await shop.sessions.send(.get, "/page").body == "...")
    }

    /// Looks who it is if somebody is logged in, as authentication does.
    private struct Recogniser: RouterMiddleware {
        func handle(
            _ request: Request, context: SessionTestContext,
            next: @concurrent (Request, SessionTestContext) async throws -> Response
        ) async throws -> Response {
            if request.headers.contains(.cookie) { _ = try await context.sessions.current }
            return try await next(request, context)
        }
    }

    @Test func whoIsRecognisedBeforeTheCacheDoesNotGetThePageOfOthers() async throws {
        let shop = try Shop(.sessionsFirst, recognises: true)
        let handlers = shop.handlers
        shop.sessions.router.get("plain") { request, _ in
            _ = handlers.call()
            return Shop.page(request.headers.contains(.cookie) ? "known" : "stranger")
        }
        for _ in 0..<2 { #expect(try await shop.sessions.send(.get, "/plain").body == "stranger") }
        #expect(handlers.calls == 1)
        var ann = try await shop.browser(of: "ann")
        for _ in 0..<2 { #expect(try await ann.get("/plain") == "known") }
        // And what is there for strangers stays.
        #expect(try await shop.sessions.send(.get, "/plain").body == "stranger")
        #expect(handlers.calls == 3)
    }

    @Test(arguments: Order.allCases) func aPageThatBeginsASessionIsForOneClient(order: Order) async throws {
        let shop = try Shop(order)
        shop.sessions.router.get("begin") { _, context in
            try await context.sessions.create(Visit())
            return Shop.page("begun", [.vary: "Cookie"])
        }
        var (one, other) = (Browser(shop.sessions), Browser(shop.sessions))
        for _ in 0..<2 { #expect(try await one.get("/begin") == "begun") }
        #expect(try await other.get("/begin") == "begun")
        #expect(one.token != nil && other.token != nil && one.token != other.token)
    }
}
