import Perilune
import PeriluneCore
import PeriluneRedis
import PeriluneTestSupport
import Testing

/// Invalidations that replicas must have, too.
@Suite(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"), .timeLimit(.minutes(20)))
struct CacheReplicationTests {
    private static func engine(_ server: RedisServer) throws -> RedisEngine {
        var configuration = try RedisConfiguration(url: server.url)
        configuration.commandTimeout = .seconds(30)
        return RedisEngine(configuration)
    }

    @Test func anInvalidationIsReplicatedOrSaysThatItIsNot() async throws {
        let primary = try RedisServer.start()
        let replica = try RedisServer.start(arguments: ["--replicaof", "127.0.0.1 \(primary.port)"])
        let (engine, reader) = (try Self.engine(primary), try Self.engine(replica))
        let region = try CacheRegion(CacheType("test", ttl: .seconds(60)), of: String.self, engine: engine)
        try await region.set("v", for: "k", tags: ["t"])
        // A replica that has just been started takes its time to be one.
        try await until {
            try await engine.send(RedisCommand("INFO", ["replication"])).string?.contains("state=online") == true
        }
        try await region.invalidate(tags: ["t"], replication: CacheReplication(within: .seconds(30)))
        let head = try await engine.send(RedisCommand("HGET", ["p:{test.0}:c", "h"]))
        #expect(try await reader.send(RedisCommand("HGET", ["p:{test.0}:c", "h"])) == head)
        await #expect(throws: CacheError.notReplicated(shards: [0])) {
            try await region.clear(replication: CacheReplication(replicas: 2, within: .milliseconds(100)))
        }
        #expect(try await region.get("k") == nil)
        await reader.shutdown()
        await engine.shutdown()
    }
}
