import PeriluneCore
import PeriluneFaultProxy
import PeriluneRedis
import PeriluneTestSupport
import Testing

/// Faults of the network and of the server in any order and mixture, for a minute.
@Suite(
    "Any faults, under load", .serialized,
    .enabled(if: RedisServer.isInstalled, "redis-server is not installed"),
    .enabled(if: LongTests.areWanted, "takes a minute; Tools/test --all runs it"))
struct LongFaultTests {
    private static let failures: Set<String> = ["timedOut", "connectionLost", "circuitOpen", "unreachable", "OOM"]

    @Test("Whatever fails, and however often, nothing runs twice, and the client comes back", arguments: 0..<4)
    func any(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await FaultScene.run(
            "any faults, seed \(seed)", failures: Self.failures, arguments: FaultScene.durable,
            timeout: .milliseconds(500)
        ) { scene, load in
            for _ in 0..<15 {
                await scene.proxy.change(to: Self.network(&random))
                if Int.random(in: 0..<3, using: &random) == 0 {
                    await scene.proxy.disconnect(byReset: Bool.random(using: &random))
                }
                switch Int.random(in: 0..<6, using: &random) {
                case 0:
                    scene.server.kill()
                    try scene.server.resume()
                case 1:
                    scene.server.pause()
                    // How long the server stands still is a part of the fault; nothing has to have happened by its end.
                    try await Task.sleep(for: .milliseconds(Int.random(in: 50...1500, using: &random)))
                    scene.server.proceed()
                case 2: _ = try await scene.control.send(RedisCommand("SCRIPT", ["FLUSH"], isRepeatable: true))
                case 3:
                    _ = try await scene.control.send(
                        RedisCommand("CONFIG", ["SET", "maxmemory", "1"], isRepeatable: true))
                default: break
                }
                // How long the fault lasts, drawn from the seed. What is waited for is the recovery.
                try await Task.sleep(for: .milliseconds(Int.random(in: 100...1500, using: &random)))
                _ = try await scene.control.send(RedisCommand("CONFIG", ["SET", "maxmemory", "0"], isRepeatable: true))
                await scene.proxy.change(to: .none)
                try await scene.expectRecovery(load)
            }
        }
    }

    private static func network(_ random: inout SeededGenerator) -> NetworkFaults {
        var faults = NetworkFaults.none
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: faults.toClient.latency = .milliseconds(Int.random(in: 1...300, using: &random))
            case 1: faults.toServer.jitter = .milliseconds(Int.random(in: 1...100, using: &random))
            case 2: faults.toClient.pieces = 1...Int.random(in: 1...100, using: &random)
            case 3: faults.toServer.swallows = true
            case 4: faults.resetAfter = 1...Int.random(in: 10...5000, using: &random)
            default: faults.refusesConnections = true
            }
        }
        return faults
    }
}
