import PeriluneCore
import PeriluneRedis
import PeriluneTestSupport
import Testing

@Suite("Engine with more callers than room")
struct EngineOverloadTests {
    private func suspending(_ url: String, timeout: Duration = .seconds(60)) throws -> RedisConfiguration {
        var configuration = try settings(url, timeout: timeout, commands: 4, bytes: 2000)
        configuration.overload = .suspend
        return configuration
    }

    @Test(
        "Hundreds of callers with room for four all get their own answers",
        .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
    func suspend() async throws {
        try await withEngine(suspending(RedisServer.shared().url)) { engine in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<300 {
                    group.addTask {
                        for number in 0..<10 {
                            let unique = task * 100 + number
                            // Some large, so that bytes are what there is no room for.
                            let text = String(repeating: "x", count: task % 7 == 0 ? 1500 : 1) + String(unique)
                            let reply =
                                task % 3 == 0
                                ? try await engine.pipeline([RedisCommand("ECHO", [.string(text)])])[0]
                                : try await engine.call(Scripts.echo, keys: [], arguments: [.string(text)])
                            #expect(reply == .bulk(text))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("Who waits for room longer than a call may take is told so; it has not run")
    func late() async throws {
        let server = try FakeServer { peer in
            while let command = peer.readCommand() { if command == ["PING"] { peer.write("+PONG\r\n") } }
        }
        try await withEngine(suspending("redis://127.0.0.1:\(server.port)", timeout: .seconds(2))) { engine in
            // What is measured begins with a connection that stands.
            _ = try await engine.ping()
            await withTaskGroup(of: EngineError?.self) { group in
                for _ in 0..<40 {
                    group.addTask { await failure { _ = try await engine.send(RedisCommand("INCR", ["k"])) } }
                }
                var counts: [EngineError.Code: Int] = [:]
                for await error in group {
                    guard let error else { continue }
                    counts[error.code, default: 0] += 1
                    #expect(error.mayHaveRun == (error.code == .timedOut))
                }
                #expect(counts == [.timedOut: 4, .overloaded: 36])
            }
        }
    }

    @Test("A call that is too large for any room does not wait for it")
    func tooLarge() async throws {
        let server = try FakeServer { $0.ignoreTheRest() }
        try await withEngine(suspending("redis://127.0.0.1:\(server.port)")) { engine in
            let large = [UInt8](repeating: 0, count: 3000)
            let error = await failure { _ = try await engine.send(RedisCommand("SET", ["k", .bytes(large)])) }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test("The end of the engine ends the wait for room")
    func shutdown() async throws {
        let server = try FakeServer { peer in
            peer.shakeHands()
            peer.ignoreTheRest()
        }
        let engine = makeEngine(try suspending("redis://127.0.0.1:\(server.port)"))
        await withTaskGroup(of: EngineError?.self) { group in
            for _ in 0..<40 {
                group.addTask { await failure { _ = try await engine.send(RedisCommand("INCR", ["k"])) } }
            }
            group.addTask {
                await engine.shutdown(deadline: .milliseconds(50))
                return nil
            }
            for await error in group {
                guard let error else { continue }
                #expect(error.code == .shutDown)
            }
        }
    }
}
