import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneRedis

@Suite(
    "Commands that wait, on a server", .enabled(if: RedisServer.isInstalled, "redis-server is not installed"),
    .timeLimit(.minutes(20)))
struct BlockingTests {
    private func pop(_ list: RedisArgument, _ seconds: RedisArgument = 0) -> RedisCommand {
        RedisCommand("BLPOP", [list, seconds])
    }

    /// How many clients wait on the server.
    private func blockedClients(_ engine: RedisEngine) async throws -> Int {
        let information = try await engine.send(RedisCommand("INFO", ["clients"])).string ?? ""
        let line = information.split(separator: "\r\n").first { $0.hasPrefix("blocked_clients:") }
        return line.flatMap { Int($0.dropFirst("blocked_clients:".count)) } ?? 0
    }

    private func waitUntil(_ count: Int, wait engine: RedisEngine) async throws {
        try await until { try await blockedClients(engine) == count }
    }

    @Test("A call that waits holds up nobody, and gets what comes; when its time is up it gets null")
    func waiting() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url, timeout: .seconds(10))) { engine in
            let popped = Task { try await engine.sendBlocking(pop("queue")) }
            try await waitUntil(1, wait: engine)
            _ = try await engine.send(RedisCommand("RPUSH", ["queue", "a"]))
            #expect(try await popped.value == .array([.bulk("queue"), .bulk("a")]))
            #expect(try await engine.sendBlocking(pop("queue", "0.01")) == .null)
            #expect(try await engine.sendBlocking(RedisCommand("GET", ["nothing"])) == .null)
            // There is no replica.
            let replies = try await engine.sendBlocking([
                RedisCommand("SET", ["k", "v"]), RedisCommand("WAIT", [1, 10]), RedisCommand("LPOP", ["k"]),
                pop("k", 1),
            ])
            #expect(replies.prefix(2) == [.status("OK"), .integer(0)])
            let wrongType = RedisReply.error(
                RedisError("WRONGTYPE Operation against a key holding the wrong kind of value"))
            #expect(replies.suffix(2) == [wrongType, wrongType])
            let none: [RedisReply] = try await engine.sendBlocking([])
            #expect(none == [])
            let error = await failure { _ = try await engine.sendBlocking(pop("queue", "x")) }
            #expect(error?.code == .server)
        }
    }

    @Test("More calls than connections take turns, and all are served; the connections are used again")
    func turns() async throws {
        let server = try RedisServer.start()
        var configuration = try settings(server.url)
        configuration.maximumBlockingConnections = 4
        try await withEngine(configuration) { engine in
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let reply = try await engine.sendBlocking(pop("queue"))
                        return reply.array?.last?.string.flatMap { Int($0) } ?? 0
                    }
                }
                try await waitUntil(4, wait: engine)
                for number in 1...100 { _ = try await engine.send(RedisCommand("RPUSH", ["queue", .integer(number)])) }
                return try await group.reduce(0, +)
            }
            #expect(sum == 5050)
            let information = try await engine.send(RedisCommand("INFO", ["stats"])).string ?? ""
            // The look for a server that answers, the shared connection, and the four.
            #expect(information.contains("total_connections_received:6\r\n"))
        }
    }

    @Test("A call that gets no turn in its time is refused, and another goes on waiting")
    func noTurn() async throws {
        let server = try RedisServer.start()
        var configuration = try settings(server.url, timeout: .seconds(2))
        configuration.maximumBlockingConnections = 1
        try await withEngine(configuration) { engine in
            let first = Task { try await engine.sendBlocking(pop("queue")) }
            try await until { await (try? blockedClients(engine)) == 1 }
            let error = await failure { _ = try await engine.sendBlocking(pop("queue", "0.01")) }
            #expect(error?.code == .overloaded)
            #expect(error?.mayHaveRun == false)
            let cancelled = Task { try await engine.sendBlocking(pop("queue")) }
            cancelled.cancel()
            #expect((await failure { _ = try await cancelled.value })?.code == .cancelled)
            try await until { (try? await engine.send(RedisCommand("RPUSH", ["queue", "a"]))) != nil }
            let popped = try await first.value
            #expect(popped == .array([.bulk("queue"), .bulk("a")]))
        }
    }

    @Test("A cancelled call ends at once and takes nothing that comes later; its connection is gone")
    func cancellation() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { engine in
            let tasks = (0..<10).map { _ in Task { try await engine.sendBlocking(pop("queue")) } }
            try await waitUntil(10, wait: engine)
            for task in tasks { task.cancel() }
            for task in tasks {
                let error = await failure { _ = try await task.value }
                #expect(error?.code == .cancelled)
                #expect(error?.mayHaveRun == true)
            }
            try await waitUntil(0, wait: engine)
            _ = try await engine.send(RedisCommand("RPUSH", ["queue", "a"]))
            #expect(try await engine.sendBlocking(pop("queue")) == .array([.bulk("queue"), .bulk("a")]))
        }
    }

    @Test("A server that is killed: calls that wait fail, and may have taken something; the next ones work")
    func restart() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { engine in
            let tasks = (0..<8).map { _ in Task { try await engine.sendBlocking(pop("queue")) } }
            try await waitUntil(8, wait: engine)
            server.kill()
            for task in tasks {
                let error = await failure { _ = try await task.value }
                #expect(error?.code == .connectionLost)
                #expect(error?.mayHaveRun == true)
            }
            let early = Task { try await engine.sendBlocking(pop("queue")) }
            try server.resume()
            try await until { (try? await engine.send(RedisCommand("RPUSH", ["queue", "a"]))) != nil }
            #expect(try await early.value == .array([.bulk("queue"), .bulk("a")]))
        }
    }

    @Test("A repeatable command that waits goes on waiting after a restart")
    func repeated() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { engine in
            let read = Task {
                try await engine.sendBlocking(
                    RedisCommand("XREAD", ["BLOCK", 0, "STREAMS", "s", "0"], isRepeatable: true))
            }
            try await waitUntil(1, wait: engine)
            server.kill()
            try server.resume()
            try await until { (try? await engine.send(RedisCommand("XADD", ["s", "1-1", "f", "v"]))) != nil }
            #expect(
                try await read.value
                    == .array([
                        .array([
                            .bulk("s"), .array([.array([.bulk("1-1"), .array([.bulk("f"), .bulk("v")])])]),
                        ])
                    ]))
        }
    }

    @Test("Idle connections that the server has closed are not used")
    func staleConnections() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { engine in
            for _ in 0..<3 {
                _ = try await engine.send(RedisCommand("RPUSH", ["queue", "a"]))
                #expect(try await engine.sendBlocking(pop("queue")) == .array([.bulk("queue"), .bulk("a")]))
                _ = try await engine.send(RedisCommand("CLIENT", ["KILL", "TYPE", "normal", "SKIPME", "yes"]))
            }
        }
    }

    @Test("Connections are closed a while after their last use")
    func idle() async throws {
        let server = try RedisServer.start()
        var configuration = try settings(server.url)
        configuration.blockingIdleTime = .milliseconds(10)
        try await withEngine(configuration) { engine in
            for _ in 0..<2 {
                #expect(try await engine.sendBlocking(pop("queue", "0.001")) == .null)
                let clients = RedisCommand("INFO", ["clients"])
                try await until {
                    try await engine.send(clients).string?.contains("connected_clients:1\r\n") == true
                }
            }
        }
    }

    @Test("The end of the engine ends calls that wait, and those that wait for their turn")
    func shutdown() async throws {
        let server = try RedisServer.start()
        var configuration = try settings(server.url)
        configuration.maximumBlockingConnections = 2
        let engine = RedisEngine(configuration)
        let tasks = (0..<5).map { _ in Task { try await engine.sendBlocking(pop("queue")) } }
        try await waitUntil(2, wait: engine)
        await engine.shutdown(deadline: .seconds(60))
        for task in tasks { #expect((await failure { _ = try await task.value })?.code == .shutDown) }
        #expect((await failure { _ = try await engine.sendBlocking(pop("queue")) })?.code == .shutDown)
    }

    @Test("A server that falls silent: the call ends when its own time and the call's are over")
    func silence() async throws {
        let server = try FakeServer { peer in
            peer.shakeHands()
            if peer.readCommand() != nil { peer.write("+PONG\r\n") }
            peer.ignoreTheRest()
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)", timeout: .seconds(2))) { engine in
            let error = await failure { _ = try await engine.sendBlocking(pop("queue", "0.1")) }
            #expect(error?.code == .timedOut)
            #expect(error?.mayHaveRun == true)
        }
    }

    @Test("Without a server a call fails in the time of a call, however long it would wait")
    func unreachable() async throws {
        let port = try Loopback.freePort()
        try await withEngine(settings("redis://127.0.0.1:\(port)", timeout: .milliseconds(100))) { engine in
            let error = await failure { _ = try await engine.sendBlocking(pop("queue")) }
            #expect(error?.code == .unreachable)
            #expect(error?.mayHaveRun == false)
        }
    }

    @Test("What would break other calls is refused, each in its own way")
    func refusals() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { engine in
            for command in [pop("queue"), RedisCommand("subscribe", ["c"]), RedisCommand("CLIENT", ["REPLY", "OFF"])] {
                let error = await failure { _ = try await engine.send(command) }
                #expect(error?.code == .notAllowed)
                #expect((await failure { _ = try await engine.pipeline([command]) })?.code == .notAllowed)
            }
            #expect(
                (await failure { _ = try await engine.sendBlocking(RedisCommand("SUBSCRIBE", ["c"])) })?.code
                    == .notAllowed)
            #expect((await failure { _ = try await engine.transaction([RedisCommand("QUIT")]) })?.code == .notAllowed)
            // In a transaction nothing waits.
            let replies = try await engine.transaction([pop("queue")])
            #expect(replies == [.null])
        }
    }
}
