import PeriluneCore
import PeriluneFaultProxy
import PeriluneRedis
import PeriluneTestSupport
import Testing

/// As ``NetworkFaultTests``, with the server at fault.
@Suite(
    "Servers that fail, under load", .serialized,
    .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct ServerUnderLoadTests {
    @Test("SCRIPT FLUSH fails no call")
    func scriptFlush() async throws {
        try await FaultScene.run("SCRIPT FLUSH", failures: [], timeout: .seconds(10)) { scene, load in
            for _ in 0..<30 {
                _ = try await scene.control.send(RedisCommand("SCRIPT", ["FLUSH", "SYNC"]))
                let before = load.soFar.successes
                #expect(try await load.reaches { $0.successes > before })
            }
            try await scene.expectRecovery(load)
        }
    }

    @Test("A server that is killed and comes back with its data has run no call twice")
    func kill() async throws {
        let failures: Set<String> = ["timedOut", "connectionLost", "circuitOpen", "unreachable"]
        try await FaultScene.run("kill -9", failures: failures, arguments: FaultScene.durable) { scene, load in
            for _ in 0..<3 {
                scene.server.kill()
                try scene.server.resume()
                try await scene.expectRecovery(load)
            }
        }
    }

    @Test("A server that is away for longer than calls may take")
    func away() async throws {
        let failures: Set<String> = ["timedOut", "connectionLost", "circuitOpen", "unreachable"]
        try await FaultScene.run(
            "away", failures: failures, arguments: FaultScene.durable, timeout: .milliseconds(200)
        ) { scene, load in
            scene.server.kill()
            #expect(try await load.reaches { $0.failures["circuitOpen", default: 0] > 0 })
            try scene.server.resume()
            try await scene.expectRecovery(load)
        }
    }

    @Test("A server that is stopped and goes on")
    func pause() async throws {
        let failures: Set<String> = ["timedOut", "connectionLost", "circuitOpen", "unreachable"]
        try await FaultScene.run("SIGSTOP", failures: failures, timeout: .milliseconds(300)) { scene, load in
            for _ in 0..<2 {
                scene.server.pause()
                let before = load.soFar.failures["circuitOpen", default: 0]
                #expect(try await load.reaches { $0.failures["circuitOpen", default: 0] > before })
                scene.server.proceed()
                try await scene.expectRecovery(load)
            }
        }
    }

    @Test("A server whose memory is full refuses writes as such, and answers everything else")
    func memory() async throws {
        try await FaultScene.run("full memory", failures: ["OOM"], timeout: .seconds(10)) { scene, load in
            _ = try await scene.control.send(RedisCommand("CONFIG", ["SET", "maxmemory", "1"]))
            #expect(try await load.reaches { $0.failures["OOM", default: 0] > 500 })
            let before = load.soFar.successes
            #expect(try await load.reaches { $0.successes > before + 500 })
            _ = try await scene.control.send(RedisCommand("CONFIG", ["SET", "maxmemory", "0"]))
            try await scene.expectRecovery(load)
        }
    }
}
