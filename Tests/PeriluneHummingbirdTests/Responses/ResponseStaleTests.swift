import HTTPTypes
import Hummingbird
import NIOCore
import Perilune
import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneHummingbird

/// Stale responses (RFC 5861).
@Suite(.timeLimit(.minutes(20))) struct ResponseStaleTests {
    private struct HandlerError: Error {}

    /// Adds a route whose second call is what a test wants it to be.
    private func add(
        _ service: CachedService, _ text: String, second: @escaping @Sendable () async throws -> HTTPResponse.Status
    ) {
        let origin = service.origin
        service.router.get("/a") { _, _ in
            let call = origin.call()
            let status = call == "call 2" ? try await second() : .ok
            return Response(
                status: status, headers: [.cacheControl: text],
                body: ResponseBody(byteBuffer: ByteBuffer(string: call)))
        }
    }

    @Test func oneRequestFetchesAnewAndOthersGetWhatThereIs() async throws {
        let service = try CachedService()
        let door = Gate()
        add(service, "max-age=60, stale-while-revalidate=30") {
            await door.wait()
            return .ok
        }
        let served = service.served
        _ = try await served.send(.get, "/a")
        service.clock.advance(by: .seconds(70))
        async let refresh = served.send(.get, "/a")
        try await until { service.origin.calls == 2 }
        let stale = try await served.send(.get, "/a")
        #expect(stale.body == "call 1")
        #expect(stale["Age"] == "70")
        #expect(stale["Cache-Status"] == "Perilune; hit; ttl=-10")
        door.open()
        let fresh = try await refresh
        #expect(fresh.body == "call 2")
        #expect(fresh["Cache-Status"] == "Perilune; fwd=stale; stored")
        #expect(try await served.send(.get, "/a").body == "call 2")
    }

    @Test func beyondThatEverybodyWaits() async throws {
        let service = try CachedService()
        add(service, "max-age=60, stale-while-revalidate=30") { .ok }
        _ = try await service.get("/a")
        service.clock.advance(by: .seconds(91))
        #expect(try await service.get("/a").body == "call 2")
    }

    @Test func theBackgroundFetchesAnewIfToldHow() async throws {
        let service = try CachedService()
        let door = Gate()
        add(service, "max-age=60, stale-while-revalidate=30") {
            await door.wait()
            return .ok
        }
        let served = service.served
        service.cache.refresh { request, context in
            try await served.responder.respond(to: request, context: context)
        }
        let tag = try #require(try await served.send(.get, "/a")["ETag"])
        service.clock.advance(by: .seconds(70))
        #expect(try await served.send(.get, "/a", [.ifNoneMatch: tag]).status == .notModified)
        for _ in 0..<3 { #expect(try await served.send(.get, "/a").body == "call 1") }
        door.open()
        try await until { try await served.send(.get, "/a").body == "call 2" }
        #expect(service.origin.calls == 2)
    }

    @Test func aRefreshThatNeverComesThroughIsGivenUp() async throws {
        let service = try CachedService()
        add(service, "max-age=60, stale-while-revalidate=30") { .ok }
        let (served, origin) = (service.served, service.origin)
        service.cache.refresh { _, _ in
            _ = origin.call()
            throw HandlerError()
        }
        _ = try await served.send(.get, "/a")
        service.clock.advance(by: .seconds(70))
        #expect(try await served.send(.get, "/a").body == "call 1")
        try await until { origin.calls == 2 }
        service.clock.advance(by: .seconds(21))
        #expect(try await served.send(.get, "/a").body == "call 3")
    }

    @Test(arguments: [500, 502, 503, 504, 0])
    func aStaleResponseIsBetterThanAFailure(code: Int) async throws {
        let service = try CachedService()
        add(service, "max-age=60, stale-if-error=100") {
            if code == 0 { throw HandlerError() }
            return .init(code: code)
        }
        _ = try await service.get("/a")
        service.clock.advance(by: .seconds(159))
        let stale = try await service.get("/a")
        #expect(stale.status == .ok)
        #expect(stale.body == "call 1")
        #expect(stale["Age"] == "159")
        #expect(stale["Cache-Status"] == "Perilune; fwd=stale; fwd-status=\(code == 0 ? 500 : code); ttl=-99")
        #expect(try await service.get("/a").body == "call 3")
    }

    @Test func thoseWhoWaitForAFailureGetTheStaleOne() async throws {
        let service = try CachedService()
        let door = Gate()
        add(service, "max-age=60, stale-if-error=100") {
            await door.wait()
            throw HandlerError()
        }
        let served = service.served
        _ = try await served.send(.get, "/a")
        service.clock.advance(by: .seconds(70))
        let bodies = try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask { try await served.send(.get, "/a").body }
            try await until { service.origin.calls == 2 }
            for _ in 0..<20 { group.addTask { try await served.send(.get, "/a").body } }
            // They all wait for the one who fetches.
            try await until { service.cache.flights.passengers == 21 }
            door.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(bodies == [String](repeating: "call 1", count: 21))
        #expect(service.origin.calls == 2)
    }

    @Test func anAnswerIsNoFailure() async throws {
        let service = try CachedService()
        add(service, "max-age=60, stale-if-error=100") { throw HTTPError(.notFound) }
        _ = try await service.get("/a")
        service.clock.advance(by: .seconds(70))
        #expect(try await service.get("/a").status == .notFound)
    }

    @Test func whatMustBeRevalidatedIsNeverStale() async throws {
        let service = try CachedService(type: {
            $0.staleIfError = .seconds(100)
            $0.staleWhileRevalidate = .seconds(100)
        })
        add(service, "max-age=60, must-revalidate") { .serviceUnavailable }
        _ = try await service.get("/a")
        service.clock.advance(by: .seconds(70))
        #expect(try await service.get("/a").status == .serviceUnavailable)
    }

    @Test func theTypeSaysItForThoseWhoDoNot() async throws {
        let service = try CachedService(type: { $0.staleIfError = .seconds(100) })
        add(service, "max-age=60") { throw HandlerError() }
        _ = try await service.get("/a")
        service.clock.advance(by: .seconds(159))
        #expect(try await service.get("/a").body == "call 1")
    }
}
