import HTTPTypes
import Hummingbird
import Perilune
import Testing

@testable import PeriluneHummingbird

@Suite struct RequestTokenTests {
    private let service: SessionService
    private var browser: Browser

    init() throws {
        service = try SessionService(transport: nil)
        service.router.add(middleware: SessionMiddleware(store: service.store))
        service.router.add(middleware: RequestTokenMiddleware(trustedOrigins: ["https://app.example"]))
        service.addRoutes()
        service.router.post("echo") { request, context in
            let body = try await request.body.collect(upTo: 100)
            return "\(String(buffer: body)) \(try await context.sessions.current?.user ?? "nobody")"
        }
        browser = Browser(service)
    }

    private static let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded; charset=utf-8"]

    @Test mutating func whatChangesNeedsTheToken() async throws {
        try await browser.post("/login/anna")
        #expect(try await browser.post("/add/pear") == 403)
        let token = try await browser.get("/form")
        let reply = try await browser.send(.post, "/add/pear", headers: [.csrfToken: token])
        #expect(reply.status == .noContent)
        #expect(try await browser.get("/me") == #"anna ["gift", "pear"]"#)
        for method in [HTTPRequest.Method.put, .patch, .delete, try #require(HTTPRequest.Method("PURGE"))] {
            service.router.on("any", method: method) { _, _ in HTTPResponse.Status.noContent }
            #expect(try await browser.send(method, "/any").status == .forbidden, "\(method)")
            #expect(try await browser.send(method, "/any", headers: [.csrfToken: token]).status == .noContent)
        }
        for method in [HTTPRequest.Method.head, .options, .trace] {
            service.router.on("any", method: method) { _, _ in HTTPResponse.Status.noContent }
            #expect(try await browser.send(method, "/any").status == .noContent, "\(method)")
        }
    }

    @Test mutating func aRefusalIsAProblem() async throws {
        try await browser.post("/login/anna")
        let reply = try await browser.send(.post, "/add/pear")
        #expect(reply.status == .forbidden)
        #expect(reply["Content-Type"] == "application/problem+json")
        #expect(
            reply.body == """
                {"title":"Forbidden","status":403,"detail":"The request lacks the session's request token: X-CSRF-Token."}
                """)
    }

    @Test mutating func onlyTheSessionsOwnTokenCounts() async throws {
        try await browser.post("/login/anna")
        let token = try await browser.get("/form")
        var other = Browser(service)
        try await other.post("/login/bert")
        let foreign = try await other.get("/form")
        for wrong in ["", "x", foreign, token + "A", String(token.dropLast()), String(repeating: "A", count: 100_000)] {
            #expect(try await browser.send(.post, "/add/pear", headers: [.csrfToken: wrong]).status == .forbidden)
        }
    }

    @Test mutating func theRightTokenCostsNoRoundTrip() async throws {
        try await browser.post("/begin")
        let token = try await browser.get("/form")
        let before = service.engine.calls
        service.router.post("nothing") { _, _ in HTTPResponse.Status.ok }
        #expect(try await browser.send(.post, "/nothing", headers: [.csrfToken: token]).status == .ok)
        #expect(service.engine.calls == before)
    }

    @Test mutating func aNewTokenNeedsANewPage() async throws {
        try await browser.post("/begin")
        let token = try await browser.get("/form")
        #expect(try await browser.send(.post, "/login/anna", headers: [.csrfToken: token]).status == .noContent)
        #expect(try await browser.send(.post, "/add/pear", headers: [.csrfToken: token]).status == .forbidden)
        let next = try await browser.get("/form")
        #expect(try await browser.send(.post, "/add/pear", headers: [.csrfToken: next]).status == .noContent)
    }

    @Test func duringTheGraceOfARotationBothPagesCount() async throws {
        let service = try SessionService(transport: nil) { $0.rotationGrace = .seconds(10) }
        service.router.add(middleware: SessionMiddleware(store: service.store))
        service.router.add(middleware: RequestTokenMiddleware())
        service.addRoutes()
        var browser = Browser(service)
        try await browser.post("/begin")
        let (token, cookie) = (try await browser.get("/form"), browser.field)
        #expect(try await browser.send(.post, "/rotate", headers: [.csrfToken: token]).status == .noContent)
        let next = try await browser.get("/form")
        for proof in [token, next] {
            let fields: HTTPFields = [.cookie: cookie, .csrfToken: proof]
            #expect(try await service.send(.post, "/add/pear", headers: fields).status == .noContent)
        }
        let fields: HTTPFields = [.cookie: cookie, .csrfToken: "x"]
        #expect(try await service.send(.post, "/add/pear", headers: fields).status == .forbidden)
    }

    @Test mutating func withoutASessionThereIsNothingToProve() async throws {
        #expect(try await browser.send(.post, "/echo", body: "hi").body == "hi nobody")
        let dead: HTTPFields = [.cookie: "__Host-sid=v1.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
        #expect(try await service.send(.post, "/echo", headers: dead, body: "hi").body == "hi nobody")
        try await browser.post("/begin")
        service.clock.advance(by: .seconds(1_801))
        #expect(try await browser.send(.post, "/echo", body: "hi").body == "hi nobody")
    }

    @Test mutating func anEngineThatIsDownLetsNothingThrough() async throws {
        try await browser.post("/begin")
        service.engine.isDown = true
        #expect(try await browser.post("/echo") == 503)
    }

    // MARK: Forms

    @Test mutating func aFormHoldsTheTokenInAField() async throws {
        try await browser.post("/login/anna")
        let token = try await browser.get("/form")
        for body in [
            "csrf_token=\(token)", "a=b&csrf_token=\(token)&c", "csrf_tokens=x&csrf_token&csrf_token=\(token)",
        ] {
            let reply = try await browser.send(.post, "/echo", headers: Self.form, body: body)
            // The handler reads the form as if nobody had looked at it.
            #expect(reply.body == "\(body) anna")
        }
        let wrong = ["", "csrf_token=", "csrf_token=x", "a=csrf_token=\(token)", "csrf_token=x&csrf_token=\(token)"]
        for body in wrong + ["csrf_token=" + String(repeating: "A", count: 100_000)] {
            #expect(try await browser.send(.post, "/echo", headers: Self.form, body: body).status == .forbidden)
        }
        // Pages of other sites can send this without asking.
        let plain: HTTPFields = [.contentType: "text/plain"]
        let reply = try await browser.send(.post, "/echo", headers: plain, body: "csrf_token=\(token)")
        #expect(reply.status == .forbidden)
    }

    @Test mutating func aFormThatIsTooLargeIsRefused() async throws {
        try await browser.post("/login/anna")
        let body = "a=" + String(repeating: "b", count: 3_000_000)
        #expect(try await browser.send(.post, "/echo", headers: Self.form, body: body).status == .contentTooLarge)
    }

    @Test mutating func aHandlerMayLookForTheTokenItself() async throws {
        let service = try SessionService()
        service.router.post("upload/:token") { _, context in
            let token = try context.parameters.require("token")
            return try await context.sessions.isRequestToken(token) ? "yes" : "no"
        }
        var browser = Browser(service)
        #expect(try await browser.send(.post, "/upload/x").body == "no")
        try await browser.post("/begin")
        let token = try await browser.get("/form")
        #expect(try await browser.send(.post, "/upload/\(token)").body == "yes")
        #expect(try await browser.send(.post, "/upload/x").body == "no")
    }

    // MARK: Origins

    @Test func aPageOfAnotherSiteLogsNobodyIn() async throws {
        let fields: HTTPFields = [.secFetchSite: "cross-site", .origin: "https://elsewhere.example"]
        let reply = try await service.send(.post, "/login/mallory", headers: fields)
        #expect(reply.status == .forbidden)
        #expect(reply["Content-Type"] == "application/problem+json")
        #expect(reply["Set-Cookie"] == nil)
        #expect(try await service.sessionKeys().isEmpty)
        // What is safe may come from anywhere: it is how links work.
        #expect(try await service.send(.get, "/me", headers: fields).status == .ok)
    }

    @Test(
        arguments: [
            (nil, nil, false), ("same-origin", "https://shop.example", false), ("none", nil, false),
            ("same-origin", "null", false), ("cross-site", "https://shop.example", true),
            ("same-site", "https://cdn.shop.example", true), ("cross-site", nil, true), ("", nil, true),
            ("SAME-ORIGIN", nil, true), ("same-origin, cross-site", nil, true),
            ("cross-site", "https://app.example", false),
            (nil, "https://app.example", false), (nil, "https://shop.example", false),
            (nil, "https://SHOP.example", false),
            (nil, "http://shop.example", false), (nil, "https://shop.example:8443", true), (nil, "null", true),
            (nil, "", true),
            (nil, "https://shop.example.evil.example", true), (nil, "https://evil.example", true),
            (nil, "shop.example", true),
        ] as [(String?, String?, Bool)])
    func originsAreTold(site: String?, origin: String?, isForeign: Bool) {
        var fields = HTTPFields()
        if let site { fields[.secFetchSite] = site }
        if let origin { fields[.origin] = origin }
        let check = RequestOrigin(trusted: ["https://app.example"])
        #expect(check.isForeign(fields, authority: "shop.example") == isForeign)
    }

    @Test func withoutAHostAnOriginIsForeign() {
        #expect(RequestOrigin().isForeign([.origin: "https://shop.example"], authority: nil))
        #expect(!RequestOrigin().isForeign([:], authority: nil))
    }
}
