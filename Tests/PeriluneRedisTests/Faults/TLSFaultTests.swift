#if TLS
    import PeriluneCore
    import PeriluneFaultProxy
    import PeriluneRedis
    import PeriluneTestSupport
    import Testing

    /// As ``NetworkFaultTests``, with records that are cut where no reply ends.
    @Suite(
        "Networks that fail, under load over TLS", .serialized,
        .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
    struct TLSFaultTests {
        private static let failures: Set<String> = ["timedOut", "connectionLost", "circuitOpen", "unreachable"]

        @Test("Bytes that come one at a time fail no call")
        func trickle() async throws {
            try await FaultScene.runOverTLS("one byte at a time", failures: [], timeout: .seconds(10)) { scene, load in
                await scene.proxy.change(to: .trickling)
                let before = load.soFar.successes
                #expect(try await load.reaches { $0.successes >= before + 300 })
                await scene.proxy.change(to: .none)
                try await scene.expectRecovery(load)
            }
        }

        @Test("A connection that swallows bytes is given up")
        func halfOpen() async throws {
            try await FaultScene.runOverTLS("half-open", failures: Self.failures, timeout: .milliseconds(300)) {
                scene, load in
                await scene.proxy.change(to: .swallowing)
                #expect(try await load.reaches { $0.failures["circuitOpen", default: 0] > 0 })
                let accepted = scene.proxy.counts.accepted
                #expect(try await load.reaches { _ in scene.proxy.counts.accepted > accepted })
                await scene.proxy.change(to: .none)
                try await scene.expectRecovery(load)
            }
        }

        @Test("Resets in the middle of the handshake and of replies")
        func reset() async throws {
            try await FaultScene.runOverTLS("resets", failures: Self.failures) { scene, load in
                await scene.proxy.change(to: .resetting(after: 1...20_000))
                #expect(try await load.reaches { _ in scene.proxy.counts.accepted >= 20 })
                await scene.proxy.change(to: .none)
                try await scene.expectRecovery(load)
            }
        }
    }
#endif
