import PeriluneCore
import PeriluneRedis
import PeriluneTestSupport
import Testing

@Suite("Pipelines and transactions", .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct EnginePipelineTests {
    private func key(_ name: String) -> RedisArgument {
        .string("{pipeline}:\(name):\(UInt64.random(in: 0 ... .max))")
    }

    @Test("Replies come in the order of the commands, an error among them")
    func pipeline() async throws {
        try await withEngine(settings(RedisServer.shared().url)) { engine in
            let key = key("order")
            let replies = try await engine.pipeline([
                RedisCommand("SET", [key, "text"]), RedisCommand("INCR", [key]), RedisCommand("GETDEL", [key]),
            ])
            #expect(replies.count == 3)
            #expect(replies.first == .status("OK"))
            guard case .error(let error) = replies[1] else {
                Issue.record("\(replies)")
                return
            }
            #expect(error.code == "ERR")
            #expect(replies.last == .bulk("text"))
            let none = try await engine.pipeline([])
            #expect(none == [])
            let one = try await engine.pipeline([RedisCommand("ECHO", ["a"])])
            #expect(one == [.bulk("a")])
            let nested = try await engine.pipeline([RedisCommand("MGET", [key])])
            #expect(nested == [.array([.null])])
        }
    }

    @Test("Pipelines of many tasks do not get into each other")
    func concurrent() async throws {
        try await withEngine(settings(RedisServer.shared().url)) { engine in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<32 {
                    group.addTask {
                        for round in 0..<20 {
                            let numbers = (0...task).map { task * 10_000 + round * 100 + $0 }
                            let replies = try await engine.pipeline(
                                numbers.map { RedisCommand("ECHO", [.integer($0)]) })
                            #expect(replies == numbers.map { .bulk(String($0)) })
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("A transaction answers with the results; an error in the middle undoes nothing")
    func transaction() async throws {
        try await withEngine(settings(RedisServer.shared().url)) { engine in
            let key = key("transaction")
            let results = try await engine.transaction([
                RedisCommand("SET", [key, "text"]), RedisCommand("INCR", [key]), RedisCommand("STRLEN", [key]),
            ])
            #expect(results.count == 3)
            #expect(results.first == .status("OK"))
            guard case .error(let error) = results[1] else {
                Issue.record("\(results)")
                return
            }
            #expect(error.code == "ERR")
            #expect(results.last == .integer(4))
            _ = try await engine.send(RedisCommand("DEL", [key]))
            let none = try await engine.transaction([])
            #expect(none == [])
        }
    }

    @Test("A transaction of which one command is refused at queueing runs nothing, and tells that refusal")
    func refused() async throws {
        try await withEngine(settings(RedisServer.shared().url)) { engine in
            let key = key("refused")
            for bad in [RedisCommand("NOSUCHCOMMAND"), RedisCommand("GET")] {
                let error = await failure {
                    _ = try await engine.transaction([RedisCommand("SET", [key, 1]), bad, RedisCommand("INCR", [key])])
                }
                #expect(error?.code == .server)
                #expect(error?.serverError?.code == "ERR")
                #expect(error?.mayHaveRun == false)
            }
            let value = try await engine.send(RedisCommand("GET", [key]))
            #expect(value == .null)
            // The connection is not left within a transaction.
            let after = try await engine.send(RedisCommand("ECHO", ["after"]))
            #expect(after == .bulk("after"))
        }
    }

    @Test("A transaction that a connection loses in the middle may have run, and so its error says")
    func lost() async throws {
        let server = try FakeServer { peer in
            peer.shakeHands()
            for _ in 0..<3 { _ = peer.readCommand() }
            peer.write("+OK\r\n+QUEUED\r\n")
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            let error = await failure { _ = try await engine.transaction([RedisCommand("INCR", ["k"])]) }
            #expect(error?.code == .connectionLost)
            #expect(error?.mayHaveRun == true)
        }
    }

    @Test("A MULTI that was not taken lets its commands run one by one: they may have run")
    func multiRefused() async throws {
        let server = try FakeServer { peer in
            peer.shakeHands()
            for _ in 0..<3 { _ = peer.readCommand() }
            peer.write("-NOPERM this user has no permissions to run the 'multi' command\r\n:1\r\n")
            peer.write("-ERR EXEC without MULTI\r\n")
            peer.ignoreTheRest()
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            let error = await failure { _ = try await engine.transaction([RedisCommand("INCR", ["k"])]) }
            #expect(error?.serverError?.kind == .noPermission)
            #expect(error?.mayHaveRun == true)
        }
    }

    @Test("An empty transaction result that is no array is not taken for one")
    func noArray() async throws {
        let server = try FakeServer { peer in
            peer.shakeHands()
            for _ in 0..<3 { _ = peer.readCommand() }
            peer.write("+OK\r\n+QUEUED\r\n*-1\r\n")
            peer.ignoreTheRest()
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            let error = await failure { _ = try await engine.transaction([RedisCommand("INCR", ["k"])]) }
            #expect(error?.code == .unexpectedReply)
            #expect(error?.mayHaveRun == true)
        }
    }
}
