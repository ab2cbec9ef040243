import HTTPTypes
import Hummingbird
import NIOCore
import Perilune
import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneHummingbird

/// Bodies whose length is not known.
@Suite(.timeLimit(.minutes(20))) struct ResponseStreamTests {
    private struct StreamError: Error {}

    /// Adds a route that writes parts of four bytes.
    private func add(
        _ service: CachedService, parts: Int, _ each: @escaping @Sendable (Int) async throws -> Void = { _ in },
        trailers: HTTPFields? = nil
    ) {
        let origin = service.origin
        service.router.get("/a") { _, _ in
            _ = origin.call()
            return Response(
                status: .ok, headers: [.cacheControl: "max-age=60"],
                body: ResponseBody { writer in
                    for part in 0..<parts {
                        try await each(part)
                        try await writer.write(ByteBuffer(string: "part"))
                    }
                    try await writer.finish(trailers)
                })
        }
    }

    @Test func aShortOneIsStored() async throws {
        let service = try CachedService()
        add(service, parts: 3)
        for _ in 0..<2 { #expect(try await service.get("/a").body == "partpartpart") }
        #expect(try await service.get("/a")["Content-Length"] == "12")
        #expect(service.origin.calls == 1)
    }

    @Test func aLongOnePassesThroughAndIsNotHeld() async throws {
        let service = try CachedService(policy: { $0.maximumBody = 100 })
        let written = Locked(0)
        add(service, parts: 1_000) { part in written.withLock { $0 = part } }
        let response = try await service.served.respond(.get, "/a")
        #expect(response.headers[.cacheStatus] == "Perilune; fwd=uri-miss; detail=body-too-large")
        for _ in 0..<10 { await shortPause() }
        // Nobody reads it yet: it waits.
        #expect(written.withLock { $0 } <= 26)
        let collector = BodyCollector()
        try await response.body.write(collector)
        #expect(collector.text.utf8.count == 4_000)
        #expect(try await service.get("/a").body.utf8.count == 4_000)
        #expect(service.origin.calls == 2)
    }

    @Test func aSlowOnePassesThrough() async throws {
        let service = try CachedService()
        let door = Gate()
        add(service, parts: 3) { part in if part == 1 { await door.wait() } }
        let served = service.served
        async let response = served.respond(.get, "/a")
        try await until { service.clock.sleeperCount > 0 }
        service.clock.advance(by: .seconds(1))
        let stream = try await response
        #expect(stream.headers[.cacheStatus] == "Perilune; fwd=uri-miss; detail=stream")
        door.open()
        let collector = BodyCollector()
        try await stream.body.write(collector)
        #expect(collector.text == "partpartpart")
    }

    @Test func oneThatFailsIsAFailure() async throws {
        let service = try CachedService()
        add(service, parts: 3) { part in if part == 2 { throw StreamError() } }
        await #expect(throws: StreamError.self) { try await service.get("/a") }
        await #expect(throws: StreamError.self) { try await service.get("/a") }
        #expect(service.origin.calls == 2)
    }

    @Test(arguments: [3, 5]) func oneThatIsNotAsLongAsItSaysIsAFailure(parts: Int) async throws {
        let service = try CachedService()
        let (origin, length) = (service.origin, Locked(parts))
        service.router.get("/a") { _, _ in
            _ = origin.call()
            return Response(
                status: .ok, headers: [.cacheControl: "max-age=60"],
                body: ResponseBody(contentLength: 16) { writer in
                    for _ in 0..<length.withLock({ $0 }) { try await writer.write(ByteBuffer(string: "part")) }
                    try await writer.finish(nil)
                })
        }
        for _ in 0..<2 {
            await #expect(throws: ResponseContent.WrongLength.self) { try await service.get("/a") }
        }
        #expect(origin.calls == 2)
        length.withLock { $0 = 4 }
        for _ in 0..<2 { #expect(try await service.get("/a").body == "partpartpartpart") }
        #expect(origin.calls == 3)
    }

    @Test func oneThatEndsEarlyDoesNotTakeThePlaceOfAWholeOne() async throws {
        let service = try CachedService(type: { $0.staleIfError = .seconds(600) })
        let length = Locked(4)
        service.router.get("/a") { _, _ in
            Response(
                status: .ok, headers: [.cacheControl: "max-age=60"],
                body: ResponseBody(contentLength: 16) { writer in
                    for _ in 0..<length.withLock({ $0 }) { try await writer.write(ByteBuffer(string: "part")) }
                    try await writer.finish(nil)
                })
        }
        _ = try await service.get("/a")
        length.withLock { $0 = 3 }
        service.clock.advance(by: .seconds(61))
        #expect(try await service.get("/a").body == "partpartpartpart")
    }

    @Test func oneThatFailsLaterEndsThere() async throws {
        let service = try CachedService(policy: { $0.maximumBody = 4 })
        add(service, parts: 9) { part in if part == 8 { throw StreamError() } }
        let response = try await service.served.respond(.get, "/a")
        await #expect(throws: StreamError.self) { try await response.body.write(BodyCollector()) }
    }

    @Test func whoeverWritesIsToldThatTheClientIsGone() async throws {
        let service = try CachedService(policy: { $0.maximumBody = 4 })
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        service.router.get("/a") { _, _ in
            Response(
                status: .ok, headers: [.cacheControl: "max-age=60"],
                body: ResponseBody { writer in
                    defer { continuation.finish() }
                    while true { try await writer.write(ByteBuffer(string: "part")) }
                })
        }
        _ = try await service.served.respond(.get, "/a")
        for await _ in ended {}
    }

    @Test func fieldsThatComeAfterTheContentAreHandedOn() async throws {
        let service = try CachedService()
        add(service, parts: 1, trailers: [.eTag: "\"x\""])
        let reply = try await service.get("/a")
        #expect(reply.body == "part")
        #expect(reply["Cache-Status"] == "Perilune; fwd=uri-miss; detail=trailers")
    }
}
