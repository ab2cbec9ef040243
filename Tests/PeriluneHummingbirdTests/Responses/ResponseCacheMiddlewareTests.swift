import HTTPTypes
import Hummingbird
import NIOCore
import Perilune
import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneHummingbird

/// What is stored, and what is served of it.
@Suite(.timeLimit(.minutes(20))) struct ResponseCacheMiddlewareTests {
    @Test func aResponseIsFetchedOnceAndAges() async throws {
        let service = try CachedService()
        service.route("/a", [.cacheControl: "max-age=60", .contentType: "text/plain"])
        let first = try await service.get("/a")
        #expect(first.status == .ok)
        #expect(first["Cache-Status"] == "Perilune; fwd=uri-miss; stored")
        #expect(first["Age"] == nil)
        service.clock.advance(by: .milliseconds(12_900))
        let second = try await service.get("/a")
        #expect(second.body == "call 1")
        #expect(second["Content-Type"] == "text/plain")
        #expect(second["Content-Length"] == "6")
        #expect(second["Age"] == "12")
        #expect(second["Cache-Status"] == "Perilune; hit; ttl=47")
        service.clock.advance(by: .seconds(48))
        #expect(try await service.get("/a").body == "call 2")
    }

    @Test func whatOneProcessFetchesAnotherServes() async throws {
        let one = try CachedService()
        one.route("/a")
        let other = try CachedService(sharing: one)
        other.route("/a")
        #expect(try await one.get("/a").body == "call 1")
        #expect(try await other.get("/a")["Cache-Status"] == "Perilune; hit; ttl=60")
        #expect(other.origin.calls == 0)
    }

    @Test func headIsServedFromGetAndStoresNothing() async throws {
        let service = try CachedService()
        service.route("/a")
        #expect(try await service.send(.head, "/a")["Cache-Status"] == "Perilune; fwd=uri-miss")
        #expect(try await service.get("/a").body == "call 2")
        let reply = try await service.send(.head, "/a")
        #expect(reply.body.isEmpty)
        #expect(reply["Content-Length"] == "6")
        #expect(reply["Cache-Status"] == "Perilune; hit; ttl=60")
        #expect(service.origin.calls == 2)
    }

    @Test(arguments: ["", "no-store", "private, max-age=9", "no-cache", "max-age=0"])
    func whatMayNotBeStoredIsNot(text: String) async throws {
        let service = try CachedService()
        service.route("/a", text.isEmpty ? [:] : [.cacheControl: text])
        for call in 1...3 { #expect(try await service.get("/a").body == "call \(call)") }
    }

    @Test func cookiesOfOneClientAreNotGivenToAnother() async throws {
        let service = try CachedService()
        service.route("/a", [.cacheControl: "public, max-age=60", .setCookie: "id=1"])
        #expect(try await service.get("/a")["Set-Cookie"] == "id=1")
        let second = try await service.get("/a")
        #expect(second.body == "call 2")
        #expect(second["Cache-Status"] == "Perilune; fwd=uri-miss; detail=cookies")
    }

    @Test func credentialsNeedAWordOfTheHandler() async throws {
        let service = try CachedService()
        service.route("/mine")
        service.route("/ours", [.cacheControl: "public, max-age=60"])
        let alice: HTTPFields = [.authorization: "Bearer alice"]
        _ = try await service.get("/mine", alice)
        #expect(try await service.get("/mine", [.authorization: "Bearer bob"]).body == "call 2")
        // What was stored for everybody may still not be what a known client gets.
        #expect(try await service.get("/mine").body == "call 3")
        #expect(try await service.get("/mine").body == "call 3")
        #expect(try await service.get("/mine", alice).body == "call 4")
        #expect(try await service.get("/ours", alice).body == "call 5")
        #expect(try await service.get("/ours").body == "call 5")
    }

    @Test func hostsAndQueriesAreToldApart() async throws {
        let service = try CachedService()
        service.route("/a")
        #expect(try await service.get("/a?x=1").body == "call 1")
        #expect(try await service.get("/a?x=2").body == "call 2")
        #expect(try await service.send(.get, "/a?x=1", host: "evil.example").body == "call 3")
        #expect(try await service.get("/a?x=1").body == "call 1")
        // A host that is none.
        #expect(try await service.send(.get, "/a", host: "a/b")["Cache-Status"] == "Perilune; fwd=bypass")
    }

    @Test func theClientIsAnsweredWhatItHasAlready() async throws {
        let service = try CachedService()
        let origin = service.origin
        service.router.get("/a") { request, _ in
            // No condition comes through: a handler would answer with what cannot be stored.
            #expect(!request.headers.contains(.ifNoneMatch))
            return Response(
                status: .ok, headers: [.cacheControl: "max-age=60", .contentType: "text/plain"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: origin.call())))
        }
        let tag = try #require(try await service.get("/a", [.ifNoneMatch: #""x""#])["ETag"])
        let reply = try await service.get("/a", [.ifNoneMatch: "W/\(tag)"])
        #expect(reply.status == .notModified)
        #expect(reply.body.isEmpty)
        #expect(reply["ETag"] == tag)
        #expect(reply["Cache-Control"] == "max-age=60")
        #expect(reply["Content-Length"] == nil)
        #expect(reply["Content-Type"] == nil)
        #expect(try await service.get("/a", [.ifNoneMatch: #""x""#]).status == .ok)
        service.clock.advance(by: .seconds(61))
        // Fetched anew, and the same: by what it is made of.
        #expect(try await service.get("/a", [.ifNoneMatch: tag]).status == .ok)
        #expect(origin.calls == 2)
    }

    @Test func aMissIsAnsweredWith304WhenTheContentIsKnown() async throws {
        let service = try CachedService()
        service.route("/a", [.cacheControl: "max-age=60", .eTag: #""v1""#])
        #expect(try await service.get("/a", [.ifNoneMatch: #""v1""#]).status == .notModified)
        #expect(try await service.get("/a").body == "call 1")
    }

    @Test(arguments: [
        HTTPField(name: .range, value: "bytes=0-1"), HTTPField(name: .ifMatch, value: "*"),
        HTTPField(name: .upgrade, value: "websocket"), HTTPField(name: .contentLength, value: "3"),
    ])
    func whatIsNotForTheCachePassesIt(field: HTTPField) async throws {
        let service = try CachedService()
        service.route("/a")
        _ = try await service.get("/a")
        let reply = try await service.get("/a", HTTPFields([field]))
        #expect(reply.body == "call 2")
        #expect(reply["Cache-Status"] == "Perilune; fwd=bypass")
        #expect(try await service.get("/a").body == "call 1")
    }

    @Test func clientsAskForWhatTheyWant() async throws {
        let service = try CachedService()
        service.route("/a")
        #expect(try await service.get("/a", [.cacheControl: "only-if-cached"]).status == .gatewayTimeout)
        #expect(try await service.get("/a", [.cacheControl: "no-store"]).body == "call 1")
        #expect(try await service.get("/a").body == "call 2")
        #expect(try await service.get("/a", [.cacheControl: "only-if-cached"]).body == "call 2")
        let newer = try await service.get("/a", [.cacheControl: "no-cache"])
        #expect(newer.body == "call 3")
        #expect(newer["Cache-Status"] == "Perilune; fwd=request; stored")
        #expect(try await service.get("/a", [.pragma: "no-cache"]).body == "call 4")
        #expect(try await service.get("/a").body == "call 4")
        service.clock.advance(by: .seconds(10))
        #expect(try await service.get("/a", [.cacheControl: "max-age=10"]).body == "call 4")
        #expect(try await service.get("/a", [.cacheControl: "max-age=9"]).body == "call 5")
    }

    @Test func clientsNeedNotBeHeeded() async throws {
        let service = try CachedService(policy: { $0.heedsClients = false })
        service.route("/a")
        for text in ["max-age=0", "no-cache", "no-store", "only-if-cached"] {
            _ = try await service.get("/a")
            #expect(try await service.get("/a", [.cacheControl: text]).body == "call 1")
        }
    }

    @Test func aThrownErrorIsAnAnswer() async throws {
        let service = try CachedService()
        let origin = service.origin
        service.router.get("/gone") { _, _ -> String in
            _ = origin.call()
            throw HTTPError(.gone, headers: [.cacheControl: "max-age=60", .surrogateKey: "x"])
        }
        service.router.get("/bad") { _, _ -> String in
            _ = origin.call()
            throw HTTPError(.badRequest, headers: [.surrogateKey: "x"])
        }
        for _ in 0..<2 { #expect(try await service.get("/gone").status == .gone) }
        #expect(origin.calls == 1)
        let bad = try await service.get("/bad")
        #expect(bad.status == .badRequest)
        #expect(bad["Surrogate-Key"] == nil)
        #expect(bad["Cache-Status"] == "Perilune; fwd=uri-miss; detail=status")
    }

    @Test func largeContentPassesThrough() async throws {
        let service = try CachedService(policy: { $0.maximumBody = 10 })
        let origin = service.origin
        service.router.get("/:length") { _, context in
            _ = origin.call()
            let text = String(repeating: "x", count: try context.parameters.require("length", as: Int.self))
            return Response(
                status: .ok, headers: [.cacheControl: "max-age=60"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        for _ in 0..<2 { #expect(try await service.get("/11").body.count == 11) }
        #expect(try await service.get("/11")["Cache-Status"] == "Perilune; fwd=uri-miss; detail=body-too-large")
        #expect(origin.calls == 3)
        for _ in 0..<2 { #expect(try await service.get("/10").body.count == 10) }
        #expect(origin.calls == 4)
    }

    @Test func manyFieldsAreNotStored() async throws {
        let service = try CachedService(policy: { $0.maximumFields = 50 })
        service.route("/a", [.cacheControl: "max-age=60", .contentLanguage: String(repeating: "x", count: 50)])
        _ = try await service.get("/a")
        #expect(try await service.get("/a")["Cache-Status"] == "Perilune; fwd=uri-miss; detail=fields-too-large")
    }

    @Test func whatIsForTheNextHopIsNotStored() async throws {
        let service = try CachedService()
        service.route(
            "/a", [.cacheControl: "max-age=60", .connection: "X-Hop", .init("X-Hop")!: "1", .init("X-End")!: "2"])
        for _ in 0..<2 {
            let reply = try await service.get("/a")
            #expect(reply["X-Hop"] == nil)
            #expect(reply["Connection"] == nil)
            #expect(reply["X-End"] == "2")
        }
    }

    @Test func withoutTheEngineHandlersAreCalled() async throws {
        let service = try CachedService()
        service.route("/a")
        _ = try await service.get("/a")
        service.engine.isDown = true
        let reply = try await service.get("/a")
        #expect(reply.body == "call 2")
        #expect(reply["Cache-Status"] == "Perilune; fwd=miss")
        #expect(service.log.lines.contains { $0.contains("The response cache cannot be used") })
        service.engine.isDown = false
        #expect(try await service.get("/a").body == "call 1")
    }

    @Test func whatIsStoredAndIsNoResponseIsAMiss() async throws {
        let service = try CachedService()
        service.route("/a")
        _ = try await service.get("/a")
        let raw = try CacheRegion(
            service.cache.region.type, engine: service.engine, codec: .bytes, clock: service.clock)
        try await raw.set([0x72, 1, 2, 3], for: "r:shop.example/a")
        #expect(try await service.get("/a").body == "call 2")
        #expect(try await service.get("/a").body == "call 2")
    }

    @Test func requestsThatAreExemptSeeNoCache() async throws {
        let service = try CachedService()
        let router = Router(context: TestContext.self)
        router.add(
            middleware: ResponseCacheMiddleware(service.cache.region, skip: { request, _ in request.uri.path == "/a" }))
        let origin = service.origin
        router.get("/a") { _, _ in
            Response(
                status: .ok, headers: [.cacheControl: "max-age=60"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: origin.call())))
        }
        let served = CachedService.Served(responder: router.buildResponder(), logger: service.log.logger)
        for call in 1...2 {
            let reply = try await served.send(.get, "/a")
            #expect(reply.body == "call \(call)")
            #expect(reply["Cache-Status"] == nil)
        }
    }
}
