import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneRedis

extension TopologyTests {
    @Suite("Failovers and resharding under load")
    struct Faults {
        /// The limits of a service: a call has a second.
        private func configuration(_ url: String) throws -> RedisConfiguration {
            try settings(url, timeout: .seconds(1))
        }

        @Test("A primary that sentinels replace: typed errors in time, nothing runs twice, and soon all is as before")
        func sentinelFailover() async throws {
            let group = try await SentinelGroup.start(downAfter: 500)
            let load = try Load()
            try await withEngine(configuration(group.url)) { engine in
                try await load.run(on: engine) {
                    group.servers[0].kill()
                    try await group.waitForFailover(from: 0)
                    #expect(try await load.waitUntilAllAreAnswered() < Load.recovery)
                }
                let expected: [EngineError.Code] = [.connectionLost, .unreachable, .circuitOpen, .timedOut, .server]
                #expect(load.failures.allSatisfy { expected.contains($0.code) }, "\(Set(load.failures))")
            }
            try await withEngine(settings(group.url)) { try await load.check(on: $0, deadline: .seconds(1)) }
        }

        @Test(
            "A node of a cluster that is killed, and comes back as a replica: typed errors in time, nothing runs twice",
            arguments: [false, true])
        func clusterFailover(requiresFullCoverage: Bool) async throws {
            let cluster = try await RedisCluster.start(
                nodeTimeout: 500, requiresFullCoverage: requiresFullCoverage)
            // All load on the node that fails; there is another test for the others.
            let slot = RedisKey("foo").slot
            let load = try Load { "{foo}:\($0):\($1)" }
            try await withEngine(configuration(cluster.url)) { engine in
                try await load.run(on: engine) {
                    cluster.nodes[2].kill()
                    try await cluster.waitForFailover(of: slot, from: 2)
                    #expect(try await load.waitUntilAllAreAnswered() < Load.recovery)
                    try await Blocking.run { try cluster.nodes[2].resume() }
                    try await load.waitUntilAllAreAnswered()
                    cluster.nodes[5].kill()
                    try await cluster.waitForFailover(of: slot, from: 5)
                    #expect(try await load.waitUntilAllAreAnswered() < Load.recovery)
                }
                let expected: [EngineError.Code] = [.connectionLost, .unreachable, .circuitOpen, .timedOut, .server]
                #expect(load.failures.allSatisfy { expected.contains($0.code) }, "\(Set(load.failures))")
            }
            try await withEngine(settings(cluster.url)) { try await load.check(on: $0, deadline: .seconds(1)) }
        }

        @Test("Slots that move from node to node, to and fro, with all their keys: no call fails")
        func resharding() async throws {
            let cluster = try await RedisCluster.shared()
            // All load in ten slots of one node.
            let tags = (0..<10_000).filter { RedisKey("{\($0)}").slot < 5461 }.prefix(10)
            let load = try Load { "{\(tags[$1 % tags.count])}:\($0):\($1)" }
            try await withEngine(settings(cluster.url)) { engine in
                _ = try await engine.send(RedisCommand("FLUSHALL"))
                try await load.run(on: engine) {
                    for (source, target) in [(0, 1), (1, 2), (2, 1), (1, 2), (2, 0)] {
                        for tag in tags {
                            try await cluster.move(slot: RedisKey("{\(tag)}").slot, from: source, to: target)
                        }
                        try await load.waitUntilAllAreAnswered()
                    }
                }
                #expect(load.failures == [])
                let counts = try await engine.send(RedisCommand("DBSIZE"))
                #expect(counts == .integer(load.answered))
            }
        }
    }
}
