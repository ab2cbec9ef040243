import HTTPTypes
import Hummingbird
import Perilune
import PeriluneHummingbird
import Testing

/// Requests of one client that overlap.
@Suite struct SessionRaceTests {
    private let service: SessionService
    private var browser: Browser

    init() throws {
        service = try SessionService()
        browser = Browser(service)
    }

    /// connect-redis #328 ("always been a limitation"), Django #21608, boj/redistore #2, and hummingbird-auth, whose `SET`
    /// after a log-out makes the session immortal: a request that began before the log-out and ends after it.
    @Test(arguments: ["update", "replace", "modify", "rotate"])
    mutating func aSlowRequestDoesNotUndoALogOut(change: String) async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (releases, release) = AsyncStream.makeStream(of: Void.self)
        service.router.post("slow") { _, context in
            guard try await context.sessions.current != nil else { throw HTTPError(.unauthorized) }
            arrived.yield()
            for await _ in releases { break }
            switch change {
            case "update":
                try await context.sessions.update { changes in changes.increment("count") }
            case "replace": try await context.sessions.replace(with: Visit())
            case "modify": try await context.sessions.modify { $0.count += 1 }
            default: try await context.sessions.rotate()
            }
            return HTTPResponse.Status.noContent
        }
        try await browser.post("/login/anna")
        let (served, fields) = (service.served, HTTPFields([HTTPField(name: .cookie, value: browser.field)]))
        async let slow = served.send(.post, "/slow", headers: fields)
        for await _ in arrivals { break }
        #expect(try await browser.post("/logout") == 204)
        release.yield()
        let reply = try await slow
        #expect(reply.status == .unauthorized)
        #expect(reply["Content-Type"] == "application/problem+json")
        #expect(reply["Set-Cookie"] == nil)
        #expect(try await service.send(.get, "/me", headers: fields).body == "nobody")
        #expect(try await service.sessionKeys().isEmpty)
        #expect(try await service.immortalKeys().isEmpty)
    }

    @Test(arguments: [[], ["/rotate"], ["/login/anna"], ["/rotate", "/login/anna", "/rotate"]])
    mutating func whoLogsOutIsLoggedOutWhateverElseHappens(also others: [String]) async throws {
        for round in 0..<40 {
            try await browser.post("/login/anna")
            try await browser.post("/add/mark")
            let (served, fields) = (service.served, HTTPFields([HTTPField(name: .cookie, value: browser.field)]))
            let paths = ["/add/pear", "/me", "/logout"] + others + ["/add/plum", "/me"]
            let replies = try await withThrowingTaskGroup(of: TestService.Reply.self) { group in
                for index in paths.indices {
                    let path = paths[(index + round) % paths.count]
                    group.addTask { try await served.send(path == "/me" ? .get : .post, path, headers: fields) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for reply in replies { #expect([200, 204, 401].contains(reply.status.code)) }
            #expect(try await service.send(.get, "/me", headers: fields).body == "nobody")
            // In whatever order the answers come, none has a token of what was logged out. Who logs in after that has
            // another session, without what was in the one before.
            for reply in replies {
                browser.receive(reply)
                guard browser.token != nil else { continue }
                let me = try await browser.get("/me")
                #expect(me == "nobody" || others.contains("/login/anna") && me == #"anna ["gift"]"#)
                try await browser.post("/logout")
            }
            #expect(browser.token == nil)
        }
        #expect(try await service.sessionKeys().isEmpty)
        #expect(try await service.store.sessions(of: "anna").isEmpty)
    }

    /// connect-redis #346: changes of two requests at once; the later one wrote back what it had read.
    @Test mutating func changesOfManyRequestsAreAllKept() async throws {
        service.router.post("count") { _, context in
            try await context.sessions.update { changes in changes.increment("count") }
            return HTTPResponse.Status.noContent
        }
        service.router.get("count") { _, context in "\(try await context.sessions.current?.value.count ?? 0)" }
        try await browser.post("/begin")
        let (served, fields) = (service.served, HTTPFields([HTTPField(name: .cookie, value: browser.field)]))
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<40 {
                group.addTask { try await served.send(.post, "/count", headers: fields).status.code }
            }
            for try await status in group { #expect(status == 204) }
        }
        #expect(try await browser.get("/count") == "40")
    }

    /// Two requests that have both read the session before one of them rotates it.
    @Test func ofTwoRotationsAtOnceOneGivesAToken() async throws {
        let service = try SessionService { $0.rotationGrace = .seconds(10) }
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (releases, release) = AsyncStream.makeStream(of: Void.self)
        service.router.post("slow") { _, context in
            _ = try await context.sessions.current
            arrived.yield()
            for await _ in releases { break }
            return try await context.sessions.rotate().user
        }
        var browser = Browser(service)
        try await browser.post("/login/anna")
        let (served, fields) = (service.served, HTTPFields([HTTPField(name: .cookie, value: browser.field)]))
        async let slow = served.send(.post, "/slow", headers: fields)
        for await _ in arrivals { break }
        try await browser.post("/rotate")
        release.yield()
        let reply = try await slow
        #expect(reply.body == "anna")
        #expect(reply["Set-Cookie"] == nil)
        service.clock.advance(by: .seconds(11))
        #expect(try await browser.get("/me") == #"anna ["gift"]"#)
    }

    @Test func aPageThatSendsManyRequestsMayBeRotated() async throws {
        let service = try SessionService { $0.rotationGrace = .seconds(10) }
        var browser = Browser(service)
        try await browser.post("/login/anna")
        for _ in 0..<20 {
            let (served, fields) = (service.served, HTTPFields([HTTPField(name: .cookie, value: browser.field)]))
            let replies = try await withThrowingTaskGroup(of: TestService.Reply.self) { group in
                for _ in 0..<8 { group.addTask { try await served.send(.post, "/rotate", headers: fields) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.count { $0["Set-Cookie"] != nil } == 1)
            // The order in which answers come is the network's.
            for reply in replies.shuffled() { browser.receive(reply) }
            service.clock.advance(by: .seconds(11))
            #expect(try await browser.get("/me") == #"anna ["gift"]"#)
            #expect(try await service.store.sessions(of: "anna").count == 1)
        }
    }
}
