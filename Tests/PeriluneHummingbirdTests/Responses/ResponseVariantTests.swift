import HTTPTypes
import Hummingbird
import NIOCore
import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneHummingbird

/// Responses that depend on fields of the request.
@Suite(.timeLimit(.minutes(20))) struct ResponseVariantTests {
    /// A service that answers in the language that it is asked for.
    private func service(_ change: (inout ResponseCachePolicy) -> Void = { _ in }) throws -> CachedService {
        let service = try CachedService(policy: change)
        let origin = service.origin
        service.router.get("/a") { request, _ in
            let language = request.headers[.acceptLanguage] ?? "none"
            return Response(
                status: .ok, headers: [.cacheControl: "max-age=60", .vary: "Accept-Language"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "\(language) \(origin.call())")))
        }
        return service
    }

    private func get(_ service: CachedService, _ language: String) async throws -> String {
        try await service.get("/a", [.acceptLanguage: language]).body
    }

    @Test func eachVariantIsFetchedOnce() async throws {
        let service = try service()
        for _ in 0..<3 {
            #expect(try await get(service, "en") == "en call 1")
            #expect(try await get(service, "de") == "de call 2")
            #expect(try await service.get("/a").body == "none call 3")
        }
        #expect(try await get(service, " EN") == "en call 1")
        let reply = try await service.get("/a", [.acceptLanguage: "fr"])
        #expect(reply["Cache-Status"] == "Perilune; fwd=vary-miss; stored")
    }

    @Test(arguments: [true, false]) func aHostIsAFieldToo(usesHost: Bool) async throws {
        let service = try CachedService(policy: { $0.usesHost = usesHost })
        let origin = service.origin
        for (path, vary) in [("/a", "Host"), ("/b", "")] as [(RouterPath, String)] {
            service.router.get(path) { request, _ in
                Response(
                    status: .ok, headers: [.cacheControl: "max-age=60", .vary: vary],
                    body: ResponseBody(
                        byteBuffer: ByteBuffer(string: "\(request.head.authority ?? "none") \(origin.call())")))
            }
        }
        for _ in 0..<2 {
            #expect(try await service.send(.get, "/a", host: "one.example").body == "one.example call 1")
            #expect(try await service.send(.get, "/a", host: "two.example").body == "two.example call 2")
            #expect(try await service.send(.get, "/a", host: "ONE.example").body == "one.example call 1")
        }
        _ = try await service.send(.get, "/b", host: "one.example")
        let other = try await service.send(.get, "/b", host: "two.example").body
        #expect(other == (usesHost ? "two.example call 4" : "one.example call 3"))
    }

    @Test func purgingAURLPurgesItsVariants() async throws {
        let service = try service()
        for language in ["en", "de"] { _ = try await get(service, language) }
        #expect(try await service.cache.purge("/a", host: "shop.example"))
        #expect(try await get(service, "de") == "de call 3")
        #expect(try await get(service, "en") == "en call 4")
        #expect(try await get(service, "de") == "de call 3")
    }

    @Test func whatIsLookedUpForAPurgedURLIsNotStored() async throws {
        let service = try CachedService()
        let (door, origin) = (Gate(), service.origin)
        service.router.get("/a") { request, _ in
            let call = origin.call()
            if request.headers[.acceptLanguage] == "de", call == "call 2" { await door.wait() }
            return Response(
                status: .ok, headers: [.cacheControl: "max-age=60", .vary: "Accept-Language"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: call)))
        }
        let served = service.served
        _ = try await get(service, "en")
        async let late = served.send(.get, "/a", [.acceptLanguage: "de"])
        try await until { origin.calls == 2 }
        try await service.cache.purge("/a", host: "shop.example")
        door.open()
        #expect(try await late.body == "call 2")
        #expect(try await get(service, "en") == "call 3")
        #expect(try await get(service, "de") == "call 4")
    }

    @Test func aURLHasNoMoreVariantsThanItMay() async throws {
        let service = try service { $0.maximumVariants = 4 }
        for number in 0..<50 {
            #expect(try await get(service, "l\(number)").hasPrefix("l\(number) "))
            #expect(try await get(service, "l\(number)") == "l\(number) call \(number + 1)")
        }
        let keys = try await service.engine.send(RedisCommand("KEYS", ["*:e:v:*"]))
        #expect((1...4).contains(keys.array?.count ?? 0))
    }

    @Test func oneVariantDoesNotBecomeAnothers() async throws {
        let service = try CachedService()
        let origin = service.origin
        // Says that it depends on something only when there is something.
        service.router.get("/a") { request, _ in
            let isCompressed = request.headers.contains(.acceptEncoding)
            var fields: HTTPFields = [.cacheControl: "max-age=60"]
            if isCompressed { fields[.vary] = "Accept-Encoding" }
            return Response(
                status: .ok, headers: fields,
                body: ResponseBody(byteBuffer: ByteBuffer(string: "\(isCompressed) \(origin.call())")))
        }
        #expect(try await service.get("/a", [.acceptEncoding: "gzip"]).body == "true call 1")
        #expect(try await service.get("/a").body == "false call 2")
        #expect(try await service.get("/a").body == "false call 2")
        #expect(try await service.get("/a", [.acceptEncoding: "gzip"]).body == "true call 1")
        #expect(try await service.get("/a", [.acceptEncoding: "br"]).body == "true call 3")
    }

    @Test func whatVariesByAnythingIsNotStored() async throws {
        let service = try CachedService()
        service.route("/a", [.cacheControl: "max-age=60", .vary: "*"])
        for call in 1...2 { #expect(try await service.get("/a").body == "call \(call)") }
    }

    @Test func theVariantsOfAURLOutliveTheFirstOfThem() async throws {
        let service = try service()
        _ = try await get(service, "en")
        service.clock.advance(by: .seconds(50))
        #expect(try await get(service, "de") == "de call 2")
        // The first one, fetched anew, keeps the others.
        #expect(try await service.get("/a", [.acceptLanguage: "en", .cacheControl: "no-cache"]).body == "en call 3")
        service.clock.advance(by: .seconds(50))
        #expect(try await get(service, "de") == "de call 2")
    }
}
