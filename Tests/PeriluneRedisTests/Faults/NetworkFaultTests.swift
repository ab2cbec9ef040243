import PeriluneCore
import PeriluneFaultProxy
import PeriluneRedis
import PeriluneTestSupport
import Testing

/// 64 tasks call all the time. Whatever is wrong with the network, a call ends in time with its own answer or a typed
/// error, nothing runs twice that must not, and soon after the fault all is well.
@Suite(
    "Networks that fail, under load", .serialized,
    .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct NetworkFaultTests {
    @Test("200 ms more for each answer fail no call")
    func latency() async throws {
        try await FaultScene.run("latency", failures: [], timeout: .seconds(10)) { scene, load in
            await scene.proxy.change { $0.toClient.latency = .milliseconds(200) }
            let before = load.soFar.successes
            #expect(try await load.reaches { $0.successes >= before + 256 })
            await scene.proxy.change(to: .none)
            try await scene.expectRecovery(load)
        }
    }

    @Test("Jitter fails no call")
    func jitter() async throws {
        try await FaultScene.run("jitter", failures: [], timeout: .seconds(10)) { scene, load in
            await scene.proxy.change { faults in
                faults.toClient.jitter = .milliseconds(30)
                faults.toServer.jitter = .milliseconds(30)
            }
            let before = load.soFar.successes
            #expect(try await load.reaches { $0.successes >= before + 1000 })
            await scene.proxy.change(to: .none)
            try await scene.expectRecovery(load)
        }
    }

    @Test("Bytes that come one at a time fail no call")
    func trickle() async throws {
        try await FaultScene.run("one byte at a time", failures: [], timeout: .seconds(10)) { scene, load in
            await scene.proxy.change(to: .trickling)
            let before = load.soFar.successes
            #expect(try await load.reaches { $0.successes >= before + 500 })
            await scene.proxy.change(to: .none)
            try await scene.expectRecovery(load)
        }
    }

    @Test("A connection that swallows bytes is given up, in either direction", arguments: ["both", "server", "client"])
    func halfOpen(direction: String) async throws {
        let failures: Set<String> = ["timedOut", "connectionLost", "circuitOpen", "unreachable"]
        try await FaultScene.run("half-open, \(direction)", failures: failures, timeout: .milliseconds(300)) {
            scene, load in
            await scene.proxy.change { faults in
                faults.toServer.swallows = direction != "client"
                faults.toClient.swallows = direction != "server"
            }
            // Long enough for attempts to connect that fail, too.
            #expect(try await load.reaches { $0.failures["circuitOpen", default: 0] > 0 })
            let accepted = scene.proxy.counts.accepted
            #expect(try await load.reaches { _ in scene.proxy.counts.accepted > accepted })
            await scene.proxy.change(to: .none)
            try await scene.expectRecovery(load)
        }
    }

    @Test("Resets in the middle of replies")
    func reset() async throws {
        let failures: Set<String> = ["timedOut", "connectionLost", "circuitOpen", "unreachable"]
        try await FaultScene.run("resets", failures: failures) { scene, load in
            await scene.proxy.change(to: .resetting(after: 1...3000))
            #expect(try await load.reaches { _ in scene.proxy.counts.accepted >= 30 })
            await scene.proxy.change(to: .none)
            try await scene.expectRecovery(load)
        }
    }

    @Test("Connections that end in good order, and new ones that are refused for a while")
    func refused() async throws {
        let failures: Set<String> = ["timedOut", "connectionLost", "circuitOpen", "unreachable"]
        try await FaultScene.run("refused", failures: failures) { scene, load in
            await scene.proxy.change(to: .refusing)
            await scene.proxy.disconnect(byReset: false)
            #expect(try await load.reaches { _ in scene.proxy.counts.refused >= 8 })
            await scene.proxy.change(to: .none)
            try await scene.expectRecovery(load)
        }
    }
}
