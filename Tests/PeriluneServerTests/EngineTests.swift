import Perilune
import PeriluneEmbedded
import Testing

@testable import PeriluneServer

@Suite struct EngineTests {
    @Test(arguments: [nil, "", "embedded:", "embedded"])
    func withoutAServerItIsEmbedded(url: String?) async throws {
        let engine = try Engine(url: url, logger: silent)
        #expect(engine.kind == .embedded)
        let limiter = RateLimiter(engine: engine.scriptEngine, policy: .standard)
        #expect(try await limiter.check("a").remaining == 9)
        await engine.shutdown()
    }

    @Test(arguments: [
        ("redis://user:hunter2@127.0.0.1:1/3", "redis://127.0.0.1:1/3"),
        ("unix://:hunter2@/run/redis.sock", "unix:///run/redis.sock?db=0"),
    ])
    func aURLNamesARedisServer(url: String, description: String) async throws {
        // Nothing is connected to before the first call.
        let engine = try Engine(url: url, logger: silent)
        #expect(engine.kind == .redis)
        #expect(engine.description == description)
        await engine.shutdown()
    }

    #if TLS
        @Test func aURLNamesARedisServerThatSpeaksTLS() async throws {
            let engine = try Engine(url: "rediss://user:hunter2@127.0.0.1:1/3", logger: silent)
            #expect(engine.description == "rediss://127.0.0.1:1/3")
            await engine.shutdown()
        }
    #endif

    @Test(arguments: [
        "http://x:hunter2@y", "redis", "rediss://:hunter2@h:x", "redis+sentinel://:hunter2@h", "hunter2", "embedded:x",
        "redis://:hunter2@host:port", "unix://x:hunter2@relative", "redis://:hunter2", "unix://:hunter2/path",
    ])
    func otherURLsAreRefusedWithoutTheirSecret(url: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try Engine(url: url, logger: silent, setting: "--redis")
        }
        let line = try #require(error?.description)
        #expect(line.hasPrefix("--redis: "))
        #expect(line.hasSuffix(", or embedded: for an engine in this process"))
        #expect(!line.contains("hunter2"), "\(line)")
        #expect(!line.contains("\n"))
    }
}
