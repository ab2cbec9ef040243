import PeriluneCore
import PeriluneRedis
import PeriluneTestSupport
import Testing

@Suite("Engine on servers that fail", .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct ServerFaultTests {
    @Test("A wrong or missing password, or database, is a wrong configuration; the right one works")
    func passwords() async throws {
        let server = try RedisServer.start(arguments: ["--requirepass", "right"])
        for url in ["redis://:wrong@", "redis://nobody:right@", "redis://"] {
            try await withEngine(settings("\(url)127.0.0.1:\(server.port)")) { engine in
                for _ in 0..<2 {
                    let error = await failure { _ = try await engine.ping() }
                    #expect(error?.code == .misconfigured)
                    #expect(error?.mayHaveRun == false)
                    #expect(error?.message.contains("wrong") == false)
                }
            }
        }
        try await withEngine(settings("redis://:right@127.0.0.1:\(server.port)/99")) { engine in
            #expect((await failure { _ = try await engine.ping() })?.code == .misconfigured)
        }
        try await withEngine(settings("redis://:right@127.0.0.1:\(server.port)")) { engine in
            _ = try await engine.ping()
        }
    }

    @Test("A server that is killed and started again: typed errors in time, no reply to the wrong caller, then success")
    func killAndRestart() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { engine in
            _ = try await engine.call(Scripts.echo, keys: [], arguments: [0])
            let isOver = Locked(false)
            let failures = Locked(0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<32 {
                    group.addTask {
                        var number = task * 1_000_000
                        while !isOver.withLock({ $0 }) {
                            number += 1
                            do throws(EngineError) {
                                let reply = try await engine.call(
                                    Scripts.echo, keys: [], arguments: [.integer(number)])
                                #expect(reply == .bulk(String(number)))
                            } catch {
                                failures.withLock { $0 += 1 }
                                #expect(error.code == .connectionLost, "\(error)")
                                #expect(error.mayHaveRun)
                            }
                        }
                    }
                }
                for _ in 0..<3 {
                    _ = try await engine.ping()
                    server.kill()
                    try server.resume()
                    // On the old connection, if its end is not known yet; then it waits for the new one.
                    var succeeded = false
                    for _ in 0..<3 where !succeeded { succeeded = (try? await engine.ping()) != nil }
                    #expect(succeeded)
                }
                isOver.withLock { $0 = true }
                try await group.waitForAll()
            }
            // At most what was in flight each time.
            #expect(failures.withLock { $0 } <= 3 * 33)
        }
    }
}
