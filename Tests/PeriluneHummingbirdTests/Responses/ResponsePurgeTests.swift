import HTTPTypes
import Hummingbird
import NIOCore
import Perilune
import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneHummingbird

/// How responses are forgotten.
@Suite(.timeLimit(.minutes(20))) struct ResponsePurgeTests {
    @Test func aTagInvalidatesAllThatHaveIt() async throws {
        let service = try CachedService()
        service.route("/1", [.cacheControl: "max-age=60", .surrogateKey: "all one"])
        service.route("/2", [.cacheControl: "max-age=60", .cacheTag: "all, two three"])
        for path in ["/1", "/2"] {
            let reply = try await service.get(path)
            #expect(reply["Surrogate-Key"] == nil)
            #expect(reply["Cache-Tag"] == nil)
        }
        try await service.cache.region.invalidate(tags: ["two three"])
        #expect(try await service.get("/1").body == "call 1")
        #expect(try await service.get("/2").body == "call 3")
        try await service.cache.region.invalidate(tags: ["all"])
        #expect(try await service.get("/1").body == "call 4")
        #expect(try await service.get("/2").body == "call 5")
    }

    @Test func whatWasFetchedBeforeAnInvalidationIsNotStored() async throws {
        let service = try CachedService()
        let (door, origin) = (Gate(), service.origin)
        service.router.get("/a") { _, _ in
            let call = origin.call()
            if call == "call 1" { await door.wait() }
            return Response(
                status: .ok, headers: [.cacheControl: "max-age=60", .surrogateKey: "t"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: call)))
        }
        let served = service.served
        async let late = served.send(.get, "/a")
        try await until { origin.calls == 1 }
        try await service.cache.region.invalidate(tags: ["t"])
        door.open()
        #expect(try await late["Cache-Status"] == "Perilune; fwd=uri-miss")
        #expect(try await service.get("/a").body == "call 2")
    }

    @Test func tagsCanBeShown() async throws {
        let service = try CachedService(policy: { $0.showsTags = true })
        service.route("/a", [.cacheControl: "max-age=60", .surrogateKey: "t"])
        for _ in 0..<2 { #expect(try await service.get("/a")["Surrogate-Key"] == "t") }
    }

    @Test func tooManyTagsAreNotStored() async throws {
        let service = try CachedService(type: { $0.maximumTags = 1 })
        service.route("/a", [.cacheControl: "max-age=60", .surrogateKey: "t u"])
        _ = try await service.get("/a")
        #expect(try await service.get("/a")["Cache-Status"] == "Perilune; fwd=uri-miss; detail=too-many-tags")
    }

    @Test(arguments: [HTTPRequest.Method.post, .put, .delete, .patch])
    func aChangeForgetsTheURL(method: HTTPRequest.Method) async throws {
        let service = try CachedService()
        service.route("/a")
        service.router.on("/a", method: method) { _, _ in HTTPResponse.Status.noContent }
        _ = try await service.get("/a")
        #expect(try await service.send(method, "/a")["Cache-Status"] == "Perilune; fwd=method")
        #expect(try await service.get("/a").body == "call 2")
    }

    @Test func aChangeThatFailsForgetsNothing() async throws {
        let service = try CachedService()
        service.route("/a")
        service.router.post("/a") { _, _ -> String in throw HTTPError(.conflict) }
        service.router.on("/a", method: .options) { _, _ in HTTPResponse.Status.noContent }
        _ = try await service.get("/a")
        _ = try await service.send(.post, "/a")
        _ = try await service.send(.options, "/a")
        #expect(try await service.get("/a").body == "call 1")
    }

    @Test(arguments: ["/b", "https://shop.example/b", "HTTP://SHOP.example/b"])
    func aChangeForgetsWhatItNames(location: String) async throws {
        let service = try CachedService()
        service.route("/b")
        service.router.post("/a") { _, _ in Response(status: .created, headers: [.location: location]) }
        _ = try await service.get("/b")
        _ = try await service.send(.post, "/a")
        #expect(try await service.get("/b").body == "call 2")
    }

    @Test func nobodyForgetsForAnotherHost() async throws {
        let service = try CachedService(policy: { $0.usesHost = false })
        service.route("/b")
        service.router.post("/a") { _, _ in
            Response(status: .created, headers: [.location: "https://other.example/b", .contentLocation: "//x/b"])
        }
        _ = try await service.get("/b")
        _ = try await service.send(.post, "/a")
        #expect(try await service.get("/b").body == "call 1")
    }

    @Test func purgeIsForThoseWhoMay() async throws {
        let service = try CachedService(purgeWhere: { request, _ in request.headers[.authorization] == "Bearer key" })
        service.route("/a", [.cacheControl: "max-age=60", .surrogateKey: "t"])
        let purge = try #require(HTTPRequest.Method("PURGE"))
        let key: HTTPFields = [.authorization: "Bearer key"]
        _ = try await service.get("/a")
        #expect(try await service.send(purge, "/a").status == .forbidden)
        #expect(try await service.get("/a").body == "call 1")
        #expect(try await service.send(purge, "/a", key).status == .noContent)
        #expect(try await service.get("/a").body == "call 2")
        var named = key
        named[.surrogateKey] = "other t"
        #expect(try await service.send(purge, "/", named).status == .noContent)
        #expect(try await service.get("/a").body == "call 3")
        service.engine.isDown = true
        #expect(try await service.send(purge, "/a", key).status == .serviceUnavailable)
    }

    /// What has been changed is forgotten, whether or not anybody waits for the answer.
    @Test func aClientThatClosesItsConnectionLeavesNoPurgeUndone() async throws {
        let service = try CachedService(purgeWhere: { _, _ in
            closeConnection()
            return true
        })
        service.route("/a")
        service.router.post("/a") { _, _ in
            closeConnection()
            return HTTPResponse.Status.noContent
        }
        let served = service.served
        let purge = try #require(HTTPRequest.Method("PURGE"))
        for (call, method) in [HTTPRequest.Method.post, purge].enumerated() {
            #expect(try await service.get("/a").body == "call \(call + 1)")
            #expect(try await Task { try await served.send(method, "/a").status }.value == .noContent)
            #expect(try await service.get("/a").body == "call \(call + 2)")
        }
        #expect(service.log.lines.isEmpty)
    }

    @Test func purgeIsNobodysByDefault() async throws {
        let service = try CachedService()
        service.route("/a")
        _ = try await service.get("/a")
        #expect(try await service.send(try #require(HTTPRequest.Method("PURGE")), "/a").status == .notFound)
        #expect(try await service.get("/a").body == "call 1")
    }
}
