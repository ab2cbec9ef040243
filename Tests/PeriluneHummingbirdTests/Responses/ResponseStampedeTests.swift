import HTTPTypes
import Hummingbird
import NIOCore
import Perilune
import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneHummingbird

/// How often handlers are called, and who waits for whom.
@Suite(.timeLimit(.minutes(20))) struct ResponseStampedeTests {
    /// Adds a route whose calls wait for a door, and answers with fields and the number of the call.
    private func addSlow(_ service: CachedService, _ door: Gate, _ fields: HTTPFields, throwing: Bool = false) {
        let origin = service.origin
        service.router.get("/a") { _, _ in
            let call = origin.call()
            await door.wait()
            if throwing { throw HandlerError() }
            return Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(string: call)))
        }
    }

    private struct HandlerError: Error {}

    @Test func manyProcessesFetchAResponseOnce() async throws {
        let first = try CachedService()
        let services = [first] + (try (0..<3).map { _ in try CachedService(sharing: first) })
        let door = Gate()
        for service in services { addSlow(service, door, [.cacheControl: "max-age=60"]) }
        // Processes look now and then for what another has fetched.
        let time = Task { [clock = first.clock] in
            while !Task.isCancelled {
                clock.advance(by: .milliseconds(1))
                await shortPause()
            }
        }
        defer { time.cancel() }
        let bodies = try await withThrowingTaskGroup(of: String.self) { group in
            for served in services.map(\.served) {
                for _ in 0..<50 { group.addTask { try await served.send(.get, "/a").body } }
            }
            try await until { services.contains { $0.origin.calls > 0 } }
            door.open()
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(bodies == ["call 1"])
        #expect(services.reduce(0) { $0 + $1.origin.calls } == 1)
    }

    @Test func nobodyWaitsTwiceForWhatCannotBeStored() async throws {
        let service = try CachedService()
        let door = Gate()
        addSlow(service, door, [.cacheControl: "private"])
        let served = service.served
        // Word of it is there from the first one.
        async let first = served.send(.get, "/a")
        try await until { service.origin.calls == 1 }
        async let second = served.send(.get, "/a")
        door.open()
        #expect(Set([try await first.body, try await second.body]) == ["call 1", "call 2"])
        let other = Gate()
        let slow = try CachedService(sharing: service)
        addSlow(slow, other, [.cacheControl: "private"])
        let slowly = slow.served
        async let third = slowly.send(.get, "/a")
        async let fourth = slowly.send(.get, "/a")
        async let fifth = slowly.send(.get, "/a")
        // All at once, while none has been answered.
        try await until { slow.origin.calls == 3 }
        other.open()
        _ = try await (third, fourth, fifth)
    }

    @Test(arguments: [Duration.zero, .microseconds(1), .seconds(4_000_000_000)])
    func anyTimeIsOneToRememberThatAResponseCannotBeStored(time: Duration) async throws {
        let service = try CachedService(policy: { $0.uncacheableTime = time })
        service.route("/a", [.cacheControl: "private"])
        for call in 1...2 {
            let reply = try await service.get("/a")
            #expect(reply.body == "call \(call)")
            #expect(reply["Cache-Status"] == "Perilune; fwd=uri-miss; detail=private")
        }
        #expect(service.log.lines.isEmpty)
        // A lease that was not given back would be there now.
        let keys = try await service.engine.send(RedisCommand("KEYS", ["*:l:*"]))
        #expect(keys.array?.isEmpty == true)
    }

    @Test func aClientThatHasClosedItsConnectionIsNoFailureOfTheEngine() async throws {
        let service = try CachedService()
        service.route("/a")
        let served = service.served
        let request = Task {
            closeConnection()
            return try await served.send(.get, "/a")
        }
        await #expect(throws: CancellationError.self) { try await request.value }
        #expect(service.origin.calls == 0)
        #expect(service.log.lines.isEmpty)
    }

    @Test func aURLIsNotUncacheableForEver() async throws {
        let service = try CachedService()
        let origin = service.origin
        service.router.get("/a") { request, _ in
            // One client's own page, and everybody else's.
            let isOwn = request.headers.contains(.cookie)
            return Response(
                status: .ok, headers: [.cacheControl: isOwn ? "private" : "max-age=60"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: origin.call())))
        }
        _ = try await service.get("/a", [.cookie: "id=1"])
        #expect(try await service.get("/a").body == "call 2")
        #expect(try await service.get("/a").body == "call 2")
    }

    @Test func whenTheClientGoesTheNextOneFetches() async throws {
        let service = try CachedService()
        let origin = service.origin
        service.router.get("/a") { _, _ in
            let call = origin.call()
            if call == "call 1" { try await untilCancelled() }
            return Response(
                status: .ok, headers: [.cacheControl: "max-age=60"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: call)))
        }
        let served = service.served
        let first = Task { try await served.send(.get, "/a") }
        try await until { origin.calls == 1 }
        async let second = served.send(.get, "/a")
        try await until { service.cache.flights.passengers == 2 }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(try await second.body == "call 2")
        #expect(try await service.get("/a").body == "call 2")
    }

    @Test func anErrorIsForWhoeverCausedIt() async throws {
        let service = try CachedService()
        let door = Gate()
        addSlow(service, door, [:], throwing: true)
        let served = service.served
        let requests = (0..<2).map { _ in Task { try await served.send(.get, "/a") } }
        try await until { service.origin.calls == 1 && service.cache.flights.passengers == 2 }
        door.open()
        for request in requests { await #expect(throws: HandlerError.self) { try await request.value } }
        #expect(service.origin.calls == 2)
    }

    @Test func aResponseThatIsThrownAwayKeepsNobody() async throws {
        let service = try CachedService()
        let origin = service.origin
        service.router.get("/a") { _, _ in
            _ = origin.call()
            return Response(
                status: .ok, headers: [.cacheControl: "max-age=60"],
                body: ResponseBody { writer in
                    while true { try await writer.write(ByteBuffer(string: "more")) }
                })
        }
        _ = try await service.served.respond(.get, "/a")
        _ = try await service.served.respond(.get, "/a")
        #expect(origin.calls == 2)
    }
}
