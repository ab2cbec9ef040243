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
}
