import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// What a server tells of itself, and what a region makes of it.
@Suite(.timeLimit(.minutes(20))) struct CacheServerRunTests {
    /// A server that tells of its run and of its replication.
    private struct Server {
        let cache: ScriptedCache
        let run = Locked("one")
        let replication = Locked("")

        init(_ change: (inout CacheType) -> Void = { _ in }) throws {
            cache = try ScriptedCache(change)
            cache.engine.answer("INFO") { [run, replication] request in
                request.arguments == ["replication"]
                    ? .bulk(replication.withLock { $0 })
                    : .bulk("# Server\r\nredis_version:7.0.15\r\nrun_id:\(run.withLock { $0 })\r\ntcp_port:1\r\n")
            }
        }

        func restart() { run.withLock { $0 = "two" } }

        func tell(_ lines: String...) {
            replication.withLock { $0 = (["# Replication"] + lines).joined(separator: "\r\n") }
        }
    }

    private static let started = "notice The server of a cache shard was started anew; all of its values are invalid."

    @Test func aServerThatWasStartedAnewHasNoValidValues() async throws {
        let server = try Server { $0.shards = 4 }
        let (cache, region) = (server.cache, server.cache.region)
        let keys = (0..<20).map { CacheKey("k\($0)") }
        for key in keys { try await region.set("old", for: key) }
        #expect(try await cache.otherProcess().get(keys).count == keys.count)
        #expect(cache.log.lines == [])
        let token = try await cache.token("token")
        server.restart()
        // Whoever comes new sees it at once, and those who run each second.
        let upkeep = Task { await region.run() }
        try await cache.clock.pass(.milliseconds(100)) { cache.log.lines.count == 4 }
        upkeep.cancel()
        await upkeep.value
        #expect(Set(cache.log.lines) == Set((0..<4).map { "\(Self.started) cache=test shard=\($0)" }))
        let other = try cache.otherProcess()
        for region in [region, other] { #expect(try await region.get(keys).isEmpty) }
        // What was looked up before is too old.
        let refusals: [CacheStoreOutcome] = [.refused(.flushed), .refused(.invalidated), .refused(.leaseLost)]
        #expect(refusals.contains(try await region.store("old", with: token)))
        #expect(try await region.get("token") == nil)
        // It is done once, by whoever comes first.
        try await region.set("new", for: "k0")
        #expect(try await cache.otherProcess().get("k0") == "new")
        #expect(cache.log.lines.count == 4)
    }

    @Test func aProcessThatComesAfterARestartGetsNothingOld() async throws {
        let server = try Server()
        try await server.cache.region.set("old", for: "k")
        server.restart()
        #expect(try await server.cache.otherProcess().get("k") == nil)
        #expect(server.cache.log.lines == ["\(Self.started) cache=test shard=0"])
    }

    @Test(arguments: ["", "run_id:\r\n", "run_id:" + String(repeating: "x", count: 65) + "\r\n"])
    func aServerThatTellsNoRunIsTheSameOne(text: String) async throws {
        let cache = try ScriptedCache()
        cache.engine.answer("INFO") { _ in .bulk(text) }
        try await cache.region.set("v", for: "k")
        #expect(try await cache.otherProcess().get("k") == "v")
        #expect(cache.log.lines == [])
    }

    @Test func whatMayNotBeAskedForIsToldOnce() async throws {
        let cache = try ScriptedCache { $0.shards = 8 }
        let (asked, allHaveAsked) = (Locked(0), Gate())
        cache.engine.answer("INFO") { _ throws(EngineError) in
            // All shards ask before one is answered.
            let isLast = asked.withLock { asked in
                asked += 1
                return asked == 8
            }
            if isLast { allHaveAsked.open() }
            await allHaveAsked.wait()
            throw EngineError(RedisError("NOPERM this user has no permissions to run the 'info' command"))
        }
        try await cache.region.clear()
        #expect(
            cache.log.lines == [
                "warning The server does not tell in which run it is, as INFO is not permitted; after a failover or a restart what was invalidated may be served. cache=test"
            ])
        #expect(try await cache.region.value(for: "k", tags: ["t"]) { "v" } == "v")
        #expect(try await cache.region.get("k") == "v")
        try await cache.region.invalidate(tags: ["t"])
        #expect(try await cache.region.get("k") == nil)
        #expect(cache.log.lines.count == 1 && asked.withLock { $0 } == 8)
    }

    @Test func aServerThatFailsToTellIsAskedAgain() async throws {
        let cache = try ScriptedCache()
        let failure = EngineError(.timedOut, "late")
        cache.engine.answer("INFO") { _ throws(EngineError) in throw failure }
        await #expect(throws: CacheError.engine(failure)) { try await cache.region.get("k") }
        #expect(try await cache.region.value(for: "k") { "v" } == "v")
        cache.engine.answer("INFO") { _ in .bulk("run_id:one\r\n") }
        #expect(try await cache.region.value(for: "k") { "w" } == "w")
        #expect(try await cache.region.get("k") == "w")
    }

    // MARK: Replicas

    @Test func anotherPrimaryThatHasNotGotAnInvalidationIsToldOfItAgain() async throws {
        let server = try Server()
        let (cache, region) = (server.cache, server.cache.region)
        try await region.set("old", for: "k", tags: ["t"])
        _ = try await cache.engine.send(RedisCommand("COPY", [ScriptedCache.control, "backup"]))
        server.tell("role:master", "master_repl_offset:100", "slave0:ip=a,port=1,state=online,offset=50,lag=0")
        let invalidation = Task {
            try await region.invalidate(tags: ["t"], replication: CacheReplication(within: .seconds(3_600)))
        }
        try await until { cache.clock.sleeperCount == 1 }
        // The replica takes over, with what it has got by then.
        _ = try await cache.engine.send(RedisCommand("COPY", ["backup", ScriptedCache.control, "REPLACE"]))
        server.tell("role:master", "master_repl_offset:60", "slave0:ip=b,port=1,state=online,offset=60,lag=0")
        try await cache.clock.pass(until: invalidation)
        try await invalidation.value
        #expect(cache.engine.count(of: "cache.invalidate") == 2)
        #expect(try await cache.otherProcess().get("k") == nil)
        #expect(try await region.get("k") == nil)
    }

    @Test func whoIsNoPrimaryOrHasNoReplicasIsWaitedForUntilTheTimeIsUp() async throws {
        let server = try Server { $0.shards = 2 }
        for lines in [
            ["role:slave", "master_repl_offset:1", "slave0:ip=a,state=online,offset=1,lag=0"],
            ["role:master", "slave0:ip=a,state=online,offset=1,lag=0"],
            ["role:master", "master_repl_offset:1", "slave0:ip=a,state=wait_bgsave,offset=1,lag=0"],
            ["role:master", "master_repl_offset:1", "slave0:ip=a,state=online,lag=0"],
            ["role:master", "master_repl_offset:2", "slave0:ip=a,state=online,offset=1,lag=0"], ["nonsense"],
        ] {
            server.tell(lines.joined(separator: "\r\n"))
            let invalidation = Task { [region = server.cache.region] in
                try await region.clear(replication: CacheReplication(within: .milliseconds(50)))
            }
            await #expect(throws: CacheError.notReplicated(shards: [0, 1]), "\(lines)") {
                try await server.cache.clock.pass(until: invalidation)
                try await invalidation.value
            }
        }
    }

    @Test func aServerThatDoesNotTellOfItsReplicasIsNotWaitedFor() async throws {
        let cache = try ScriptedCache()
        for line in ["NOPERM this user has no permissions to run the 'info' command", "ERR unknown command 'INFO'"] {
            let failure = RedisError(line)
            cache.engine.answer("INFO") { _ throws(EngineError) in throw EngineError(failure) }
            await #expect(throws: CacheError.engine(EngineError(failure))) {
                try await cache.region.clear(replication: CacheReplication(within: .seconds(3_600)))
            }
        }
    }
}
