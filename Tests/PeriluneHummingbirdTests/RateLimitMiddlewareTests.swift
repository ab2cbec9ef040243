import HTTPTypes
import Hummingbird
import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import PeriluneHummingbird

/// An engine whose calls end as those of a task that is cancelled.
private final class CancelledEngine: ForwardingEngine {
    let inner = EmbeddedEngine(clock: ManualClock())

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        throw EngineError(.cancelled, "cancelled")
    }
}

@Suite struct RateLimitMiddlewareTests {
    private let service = TestService()
    private let twoAMinute: RateLimitPolicy

    init() throws {
        twoAMinute = try RateLimitPolicy(name: "p", limits: [RateLimit(parsing: "2/min")])
    }

    private func add(_ middleware: RateLimitMiddleware<TestContext>) {
        service.router.add(middleware: middleware)
        service.router.get("/") { _, _ in "hello" }
        service.router.head("/") { _, _ in HTTPResponse.Status.ok }
    }

    @Test func anAllowedAnswerCarriesTheFields() async throws {
        add(RateLimitMiddleware(limiter: service.limiter(), identifiedBy: [.clientAddress()]))
        let reply = try await service.get()
        #expect(reply.status == .ok)
        #expect(reply.body == "hello")
        #expect(reply["RateLimit-Policy"] == #""minute";q=60;w=60, "hour";q=1000;w=3600, "burst";q=10;w=1"#)
        #expect(reply["RateLimit"] == #""minute";r=59;t=1, "hour";r=999;t=4, "burst";r=9;t=1"#)
        #expect(reply["X-RateLimit-Limit"] == "10")
        #expect(reply["X-RateLimit-Remaining"] == "9")
        #expect(reply["X-RateLimit-Reset"] == "1")
        #expect(reply["Retry-After"] == nil)
    }

    @Test func aDeniedRequestIsAnsweredWithAProblem() async throws {
        add(RateLimitMiddleware(limiter: service.limiter(twoAMinute), identifiedBy: [.clientAddress()]))
        for _ in 0..<2 { #expect(try await service.get().status == .ok) }
        let reply = try await service.get()
        #expect(reply.status == .tooManyRequests)
        #expect(reply["Content-Type"] == "application/problem+json")
        #expect(reply["Cache-Control"] == "no-store")
        #expect(reply["Retry-After"] == "30")
        #expect(reply["RateLimit"] == #""minute";r=0;t=30"#)
        #expect(reply["RateLimit-Policy"] == #""minute";q=2;w=60"#)
        #expect(reply["X-RateLimit-Remaining"] == "0")
        #expect(
            reply.body == """
                {"type":"https://iana.org/assignments/http-problem-types#quota-exceeded",\
                "title":"Request cannot be satisfied as assigned quota has been exceeded","status":429,\
                "detail":"The quota of minute is used up; try again in 30 s.","violated-policies":["minute"]}
                """)
        service.clock.advance(by: .seconds(30))
        #expect(try await service.get().status == .ok)
    }

    @Test func aDeniedHeadHasNoBody() async throws {
        add(RateLimitMiddleware(limiter: service.limiter(twoAMinute), identifiedBy: []))
        for _ in 0..<2 { _ = try await service.get() }
        let reply = try await service.send(.head)
        #expect(reply.status == .tooManyRequests)
        #expect(reply["Retry-After"] == "30")
        #expect(reply["Content-Length"] != "0")
        #expect(reply.body.isEmpty)
    }

    @Test func aClientThatWaitsAsToldIsLetIn() async throws {
        let policy = try RateLimitPolicy(name: "p", limits: [RateLimit(parsing: "3/100ms"), RateLimit(parsing: "7/s")])
        add(RateLimitMiddleware(limiter: service.limiter(policy), identifiedBy: [.clientAddress()]))
        for _ in 0..<40 {
            let reply = try await service.get()
            guard reply.status == .tooManyRequests else { continue }
            let seconds = try #require(reply["Retry-After"].flatMap(Int.init))
            #expect(seconds >= 1)
            service.clock.advance(by: .seconds(seconds))
            #expect(try await service.get().status == .ok)
        }
    }

    @Test func everyViolatedLimitIsNamed() async throws {
        let policy = try RateLimitPolicy(
            name: "p", limits: [RateLimit(parsing: "2/min"), RateLimit(parsing: "2/h"), RateLimit(parsing: "9/s")])
        add(RateLimitMiddleware(limiter: service.limiter(policy), identifiedBy: [.clientAddress()]))
        for _ in 0..<2 { _ = try await service.get() }
        let reply = try await service.get()
        #expect(reply.body.contains(#""violated-policies":["minute","hour"]"#))
        #expect(reply["Retry-After"] == "1800")
        #expect(reply["RateLimit"] == #""minute";r=0;t=30, "hour";r=0;t=1800, "second";r=7;t=1"#)
    }

    @Test func legacyFieldsCanBeLeftOut() async throws {
        add(RateLimitMiddleware(limiter: service.limiter(), identifiedBy: [.clientAddress()], legacyFields: false))
        let reply = try await service.get()
        #expect(reply["RateLimit"] != nil)
        #expect(!reply.headers.contains { $0.name.canonicalName.hasPrefix("x-ratelimit") })
    }

    @Test func clientsAreCountedApart() async throws {
        add(RateLimitMiddleware(limiter: service.limiter(twoAMinute), identifiedBy: [.clientAddress()]))
        for _ in 0..<3 { _ = try await service.get(from: "203.0.113.1") }
        #expect(try await service.get(from: "203.0.113.1").status == .tooManyRequests)
        #expect(try await service.get(from: "203.0.113.2").status == .ok)
    }

    @Test func aSpoofedForwardedForBuysNothing() async throws {
        add(RateLimitMiddleware(limiter: service.limiter(twoAMinute), identifiedBy: [.clientAddress()]))
        var denied = 0
        for index in 0..<10 {
            let reply = try await service.get(headers: [.xForwardedFor: "198.51.100.\(index)"])
            if reply.status == .tooManyRequests { denied += 1 }
        }
        #expect(denied == 8)
    }

    @Test func behindATrustedProxyTheClientIsCounted() async throws {
        let ways: [ClientIdentifier<TestContext>] = [.clientAddress(trustedProxies: IPPrefix.privateNetworks)]
        add(RateLimitMiddleware(limiter: service.limiter(twoAMinute), identifiedBy: ways))
        for index in 0..<4 {
            // What the client itself writes comes first and changes each time; the proxy appends what it has seen.
            let chain = "192.0.2.\(index), 198.51.100.7, 10.0.0.2"
            let reply = try await service.get(headers: [.xForwardedFor: chain], from: "10.0.0.1")
            #expect(reply.status == (index < 2 ? .ok : .tooManyRequests))
        }
        let other = try await service.get(headers: [.xForwardedFor: "198.51.100.8"], from: "10.0.0.1")
        #expect(other.status == .ok)
    }

    @Test func skippedRequestsAreNotLimited() async throws {
        add(
            RateLimitMiddleware(
                limiter: service.limiter(twoAMinute), identifiedBy: [.clientAddress()],
                skip: { request, _ in request.uri.path == "/" }))
        for _ in 0..<5 {
            let reply = try await service.get()
            #expect(reply.status == .ok)
            #expect(reply["RateLimit"] == nil)
        }
    }

    @Test(arguments: [(-5, 2), (0, 2), (1, 1), (2, 0), (99, 0), (Int.max, 0), (Int.min, 2)])
    func theCostIsTaken(cost: Int, remaining: Int) async throws {
        add(
            RateLimitMiddleware(
                limiter: service.limiter(twoAMinute), identifiedBy: [.clientAddress()], cost: { _, _ in cost }))
        let reply = try await service.get()
        #expect(reply.status == .ok)
        #expect(reply["X-RateLimit-Remaining"] == String(remaining))
    }

    @Test func whatCostsNothingIsNeverDenied() async throws {
        add(
            RateLimitMiddleware(
                limiter: service.limiter(twoAMinute), identifiedBy: [.clientAddress()],
                cost: { request, _ in request.headers[.range] == nil ? 1 : 0 }))
        for _ in 0..<3 { _ = try await service.get() }
        let reply = try await service.get(headers: [.range: "x"])
        #expect(reply.status == .ok)
        #expect(reply["X-RateLimit-Remaining"] == "0")
    }

    @Test func twoLimitersAddUp() async throws {
        service.router.add(middleware: RateLimitMiddleware(limiter: service.limiter(), identifiedBy: []))
        add(RateLimitMiddleware(limiter: service.limiter(twoAMinute), identifiedBy: [.clientAddress()]))
        let reply = try await service.get()
        #expect(reply.headers[values: .rateLimit].count == 2)
        #expect(reply.headers[values: .rateLimitPolicy].count == 2)
        #expect(reply["X-RateLimit-Limit"] == "2")
    }

    // MARK: Errors of handlers

    private struct Teapot: HTTPResponseError {
        var status: HTTPResponse.Status { HTTPResponse.Status(code: 418, reasonPhrase: "I'm a teapot") }
        func response(from request: Request, context: some RequestContext) throws -> Response {
            Response(status: status)
        }
    }

    private struct Other: Error {}

    @Test func errorsOfHandlersCarryTheFields() async throws {
        service.router.add(middleware: RateLimitMiddleware(limiter: service.limiter(), identifiedBy: []))
        service.router.get("/http") { _, _ -> String in throw HTTPError(.conflict, message: "taken") }
        service.router.get("/teapot") { _, _ -> String in throw Teapot() }
        service.router.get("/other") { _, _ -> String in throw Other() }
        for (path, code) in [("/http", 409), ("/teapot", 418), ("/nothing", 404)] {
            let reply = try await service.get(path)
            #expect(reply.status.code == code)
            #expect(reply.headers[values: .rateLimit].count == 1, "\(path)")
            #expect(reply["X-RateLimit-Limit"] == "10", "\(path)")
        }
        // The middleware that knows this error must still see it.
        await #expect(throws: Other.self) { try await service.get("/other") }
    }

    // MARK: Engine failures

    private func failing(_ behavior: EngineFailureBehavior) {
        add(
            RateLimitMiddleware(
                limiter: RateLimiter(engine: FailingEngine(), policy: twoAMinute), identifiedBy: [.clientAddress()],
                onEngineFailure: behavior))
    }

    @Test func byDefaultAFailingEngineLetsRequestsThrough() async throws {
        add(RateLimitMiddleware(engine: FailingEngine()))
        let reply = try await service.get()
        #expect(reply.status == .ok)
        #expect(reply.body == "hello")
        #expect(reply["RateLimit"] == nil)
    }

    @Test(arguments: [(EngineFailureBehavior.deny, "5"), (.deny(retryAfter: 30), "30"), (.deny(retryAfter: -1), "1")])
    func aFailingEngineCanDeny(behavior: EngineFailureBehavior, retryAfter: String) async throws {
        failing(behavior)
        let reply = try await service.get()
        #expect(reply.status == .serviceUnavailable)
        #expect(reply["Content-Type"] == "application/problem+json")
        #expect(reply["Retry-After"] == retryAfter)
        #expect(
            reply.body == """
                {"type":"https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",\
                "title":"Request cannot be satisfied due to temporary server capacity constraints","status":503,\
                "detail":"The rate limit cannot be decided at the moment; try again in \(retryAfter) s.",\
                "violated-policies":[]}
                """)
    }

    @Test func aClientThatHasClosedItsConnectionIsNoFailureOfTheEngine() async throws {
        let log = RecordedLog()
        var service = service
        service.logger = log.logger
        add(RateLimitMiddleware(engine: CancelledEngine()))
        #expect(try await service.get().status == .ok)
        #expect(log.lines.isEmpty)
    }

    @Test func aFailingEngineIsLoggedWhenItBeginsToFailAndWhenItWorksAgain() async throws {
        let engine = SwitchableEngine(EmbeddedEngine(clock: ManualClock()))
        let log = RecordedLog()
        var service = service
        service.logger = log.logger
        add(RateLimitMiddleware(engine: engine))
        for _ in 0..<3 { _ = try await service.get() }
        #expect(log.lines.isEmpty)
        engine.isDown = true
        for _ in 0..<50 { #expect(try await service.get().status == .ok) }
        engine.isDown = false
        for _ in 0..<3 { _ = try await service.get() }
        #expect(log.lines.first?.hasPrefix("warning The rate limit could not be decided.") == true)
        #expect(log.lines.last?.hasPrefix("notice Rate limits are decided again.") == true)
        // Two, unless the requests have taken longer than the time between two lines.
        #expect(log.lines.count < 10)
    }
}
