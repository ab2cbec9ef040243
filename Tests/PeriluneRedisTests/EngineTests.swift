import PeriluneCore
import PeriluneRedis
import PeriluneTestSupport
import Testing

@Suite("Engine on a real server", .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct EngineTests {
    @Test("A script is loaded on its first call, and every type of reply comes back", arguments: [true, false])
    func replies(overUnixSocket: Bool) async throws {
        let server = try RedisServer.shared()
        let script = LuaScript(
            name: "types",
            source: """
                return {1, 'two', redis.status_reply('OK'), false, {ARGV[1], KEYS[1], {}}, redis.error_reply('ERR five')}
                """)
        try await withEngine(settings(overUnixSocket ? "unix://\(server.unixSocket)" : server.url)) { engine in
            for _ in 0..<2 {
                let reply = try await engine.call(script, keys: ["k"], arguments: [.bytes([0, 13, 10, 255])])
                #expect(
                    reply
                        == .array([
                            .integer(1), .bulk("two"), .status("OK"), .null,
                            .array([.bulk([0, 13, 10, 255]), .bulk("k"), .array([])]), .error(RedisError("ERR five")),
                        ]))
            }
        }
    }

    @Test("Commands run, and an error reply is thrown as the server's")
    func commands() async throws {
        try await withEngine(settings(RedisServer.shared().url)) { engine in
            let reply = try await engine.send(RedisCommand("ECHO", ["hi"]))
            #expect(reply == .bulk("hi"))
            let error = await failure { _ = try await engine.send(RedisCommand("NOSUCHCOMMAND")) }
            #expect(error?.code == .server)
            #expect(error?.serverError?.code == "ERR")
        }
    }

    @Test("Replies reach their callers under load")
    func manyTasks() async throws {
        try await withEngine(settings(RedisServer.shared().url)) { engine in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<64 {
                    group.addTask {
                        for number in 0..<50 {
                            let unique = task * 1000 + number
                            let reply = try await engine.call(Scripts.echo, keys: [], arguments: [.integer(unique)])
                            #expect(reply == .bulk(String(unique)))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("Large arguments and replies pass, partial writes included")
    func large() async throws {
        try await withEngine(settings(RedisServer.shared().url)) { engine in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<4 {
                    group.addTask {
                        let bytes = [UInt8](repeating: UInt8(task), count: 3 << 20)
                        let reply = try await engine.call(Scripts.echo, keys: [], arguments: [.bytes(bytes)])
                        #expect(reply == .bulk(bytes))
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("A script that answers with an error is not run again, whatever the error says")
    func scriptErrors() async throws {
        try await withEngine(settings(RedisServer.shared().url)) { engine in
            for line in ["NOSCRIPT I made this up", "ERR NOSCRIPT No matching script"] {
                let script = LuaScript(
                    name: "liar",
                    source: "redis.call('INCR', KEYS[1]) return redis.error_reply(ARGV[1])")
                let key = RedisKey("{liar}:\(line.utf8.count):\(UInt64.random(in: 0 ... .max))")
                let error = await failure {
                    _ = try await engine.call(script, keys: [key], arguments: [.string(line)])
                }
                #expect(error?.serverError?.line == line)
                let runs = try await engine.send(RedisCommand("GETDEL", [key.argument]))
                #expect(runs == .bulk("1"))
            }
        }
    }

    @Test("A script that the server cannot compile is told as such")
    func compileError() async throws {
        try await withEngine(settings(RedisServer.shared().url)) { engine in
            let error = await failure {
                _ = try await engine.call(LuaScript(name: "bad", source: "return ("), keys: [], arguments: [])
            }
            #expect(error?.code == .server)
            #expect(error?.message.contains("compiling") == true, "\(String(describing: error))")
        }
    }

    @Test("SCRIPT FLUSH in the middle of traffic fails no call")
    func scriptFlush() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { engine in
            try await withEngine(settings(server.url)) { other in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<64 {
                        group.addTask {
                            for number in 0..<30 {
                                let unique = task * 1000 + number
                                let reply = try await engine.call(
                                    Scripts.echo, keys: [], arguments: [.integer(unique)])
                                #expect(reply == .bulk(String(unique)))
                            }
                        }
                    }
                    group.addTask {
                        for _ in 0..<30 { _ = try await other.send(RedisCommand("SCRIPT", ["FLUSH", "SYNC"])) }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test("The database and the name of the connection are the configured ones")
    func databaseAndName() async throws {
        try await withEngine(settings("\(RedisServer.shared().url)/5", name: "perilune-test")) { engine in
            let info = try await engine.send(RedisCommand("CLIENT", ["INFO"])).string ?? ""
            #expect(info.contains(" db=5 "))
            #expect(info.contains(" name=perilune-test "))
        }
    }

    @Test("A cancelled call ends at once and disturbs none of its neighbours")
    func cancellation() async throws {
        try await withEngine(settings(RedisServer.shared().url)) { engine in
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<200 {
                    let isVictim = task % 3 == 0
                    group.addTask {
                        let call = Task {
                            try await engine.call(Scripts.echo, keys: [], arguments: [.integer(task)])
                        }
                        if isVictim { call.cancel() }
                        switch await call.result {
                        case .success(let reply): #expect(reply == .bulk(String(task)))
                        case .failure(let error):
                            #expect(isVictim)
                            #expect((error as? EngineError)?.code == .cancelled)
                        }
                    }
                }
            }
        }
    }

    @Test("The health check measures a round trip, and tells the error when there is none")
    func health() async throws {
        try await withEngine(settings(RedisServer.shared().url)) { engine in
            let time = try await engine.ping()
            #expect(time > .zero)
        }
        let port = try Loopback.freePort()
        try await withEngine(settings("redis://127.0.0.1:\(port)", timeout: .milliseconds(50))) { engine in
            let error = await failure { _ = try await engine.ping() }
            #expect(error?.code == .unreachable)
        }
    }

    @Test("Shutting down answers what is under way and refuses what comes later, as often as it is done")
    func shutdown() async throws {
        let engine = RedisEngine(try settings(RedisServer.shared().url))
        let slow = LuaScript(name: "slow", source: "for i = 1, 300000 do end return ARGV[1]")
        _ = try await engine.call(slow, keys: [], arguments: [0])
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    do throws(EngineError) {
                        let reply = try await engine.call(slow, keys: [], arguments: [.integer(task)])
                        #expect(reply == .bulk(String(task)))
                    } catch {
                        // Came too late to be accepted.
                        #expect(error.code == .shutDown)
                        #expect(!error.mayHaveRun)
                    }
                }
            }
            for _ in 0..<3 { group.addTask { await engine.shutdown() } }
        }
        let error = await failure { _ = try await engine.ping() }
        #expect(error?.code == .shutDown)
        await engine.shutdown()
        // One that was never used has nothing to wait for.
        await RedisEngine(try settings("redis://127.0.0.1:1")).shutdown()
    }

    @Test("An engine that is forgotten closes its connection")
    func forgotten() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { observer in
            func clients() async throws -> Int {
                try await observer.send(RedisCommand("CLIENT", ["LIST"])).string?.split(separator: "\n").count ?? 0
            }
            do {
                let engine = RedisEngine(try settings(server.url))
                _ = try await engine.ping()
                let count = try await clients()
                #expect(count == 2)
            }
            // The loop's thread closes it some time; every look gives it that.
            var count = 2
            for _ in 0..<100_000 where count > 1 { count = try await clients() }
            #expect(count == 1)
        }
    }
}
