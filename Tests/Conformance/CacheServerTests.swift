import PeriluneCore
import PeriluneRedis
import PeriluneTestSupport
import Testing

@testable import Perilune

/// Caches of many processes on real servers that are full, stop, die and move their slots.
@Suite(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"), .timeLimit(.minutes(20)))
struct CacheServerTests {
    private static func engine(_ url: String, timeout: Duration = .seconds(60)) throws -> RedisEngine {
        var configuration = try RedisConfiguration(url: url)
        configuration.connectTimeout = .seconds(60)
        configuration.commandTimeout = timeout
        return RedisEngine(configuration)
    }

    private static func type(shards: Int) -> CacheType {
        CacheSurroundings.type("t-\(UInt64.random(in: 0...UInt64.max))", shards: shards)
    }

    /// Runs a body with a process each for so many engines.
    private func with(
        _ count: Int, _ url: String, timeout: Duration = .seconds(60), _ type: CacheType,
        _ body: ([(engine: RedisEngine, region: CacheRegion<String>)]) async throws -> Void
    ) async throws {
        let processes = try (0..<count).map { _ in
            let engine = try Self.engine(url, timeout: timeout)
            return (engine, try CacheRegion(type, of: String.self, engine: engine))
        }
        do {
            try await body(processes)
        } catch {
            for process in processes { await process.0.shutdown(deadline: .zero) }
            throw error
        }
        for process in processes { await process.0.shutdown() }
    }

    @Test func sixteenProcessesWithConnectionsOfTheirOwnComputeAColdKeyOnce() async throws {
        try await with(16, RedisServer.shared().url, Self.type(shards: 1)) { processes in
            let origin = CacheOrigin()
            let values = try await CacheOrigin.ask(processes.map(\.region), callers: 100, origin)
            #expect(values == ["v1"])
            #expect(origin.calls == 1)
        }
    }

    @Test func aProcessThatLosesItsServerWhileItComputesDelaysOthersByTheLease() async throws {
        var type = Self.type(shards: 1)
        type.leaseTime = .milliseconds(400)...(.milliseconds(400))
        try await with(2, RedisServer.shared().url, type) { processes in
            let (isComputing, mayFinish) = (Gate(), Gate())
            let dead = Task {
                try await processes[0].region.value(for: "k") {
                    isComputing.open()
                    await mayFinish.wait()
                    return "never seen"
                }
            }
            await isComputing.wait()
            let start = ContinuousClock.now
            await processes[0].engine.shutdown(deadline: .zero)
            let value = try await processes[1].region.value(for: "k") { "computed" }
            #expect(value == "computed")
            // What a busy machine takes comes on top.
            #expect(ContinuousClock.now - start < .seconds(60))
            mayFinish.open()
            // Its own caller gets it all the same.
            #expect(try await dead.value == "never seen")
            #expect(try await processes[1].region.get("k") != "never seen")
        }
    }

    @Test func aFullServerServesNothingOutdated() async throws {
        let server = try RedisServer.start(arguments: ["--maxmemory", "4mb", "--maxmemory-policy", "allkeys-lru"])
        var type = Self.type(shards: 2)
        type.compressAbove = nil
        try await with(3, server.url, type) { processes in
            let tally = await CacheCrowd(processes.map(\.region), keys: 500, padding: 9_000)
                .run(callers: 12, steps: LongTests.areWanted ? 500 : 200)
            #expect(tally.complaints.isEmpty, "\(tally.complaints)")
            #expect(tally.changes > 100 && tally.shared > 10)
            let text = try await processes[0].engine.send(RedisCommand("INFO", ["stats"])).string ?? ""
            let evicted = text.split(separator: "evicted_keys:").dropFirst().first?.prefix { $0.isNumber }
            #expect(evicted.flatMap { Int($0) } ?? 0 > 100)
        }
    }

    @Test func aFullServerTakesInvalidationsOfProcessesThatAreNewToIt() async throws {
        let server = try RedisServer.start()
        try await with(3, server.url, Self.type(shards: 2)) { processes in
            let (old, new, newest) = (processes[0].region, processes[1].region, processes[2].region)
            let keys: [CacheKey] = ["any", "all", "one", "rest"]
            try await old.set("v", for: "any", tags: ["t"])
            try await old.set("v", for: "all", tags: ["a", "b"])
            for key: CacheKey in ["one", "rest"] { try await old.set("v", for: key) }
            let limit = { (bytes: Int) in
                RedisCommand("CONFIG", ["SET", "maxmemory", .integer(bytes)])
            }
            _ = try await processes[0].engine.send(limit(1))
            await #expect(throws: CacheError.self) { try await old.set("new", for: "rest") }
            try await new.invalidate(tags: ["t"])
            #expect(Set(try await old.get(keys).keys) == ["all", "one", "rest"])
            try await newest.invalidate(allOf: ["a", "b"])
            #expect(Set(try await old.get(keys).keys) == ["one", "rest"])
            #expect(try await new.delete("one"))
            #expect(try await old.get(keys) == ["rest": "v"])
            #expect(try await newest.statistics().minutes.count == 61)
            #expect(try await old.storage.prune() == 0)
            // What it knows it goes on to give, and to those that come new when there is room again.
            _ = try await processes[0].engine.send(limit(0))
            #expect(try await newest.get(keys) == ["rest": "v"])
            try await newest.clear()
            #expect(try await old.get(keys).isEmpty)
        }
    }
}

/// The same with a cluster, which takes long.
@Suite(
    .enabled(if: RedisServer.isInstalled && LongTests.areWanted, "long, or redis-server is not installed"),
    .timeLimit(.minutes(20)), .serialized)
struct CacheClusterTests {
    private static let shards = 8

    private struct Process {
        let engine: RedisEngine
        let region: CacheRegion<String>
    }

    private static func processes(_ cluster: RedisCluster, timeout: Duration) throws -> [Process] {
        let type = CacheSurroundings.type("t", shards: shards)
        return try (0..<2).map { _ in
            var configuration = try RedisConfiguration(url: cluster.url)
            configuration.connectTimeout = .seconds(5)
            configuration.commandTimeout = timeout
            let engine = RedisEngine(configuration)
            return Process(engine: engine, region: try CacheRegion(type, of: String.self, engine: engine))
        }
    }

    private static let keys = (0..<64).map { CacheKey("k\($0)") }

    /// Sets a value for every key, as often as it takes until all are served.
    private static func fill(_ process: Process, _ text: String) async throws {
        try await until {
            for key in keys {
                try await until { (try? await process.region.set(text, for: key, tags: ["t"])) != nil }
            }
            // Where a node was taken for dead, what its replica had not heard of is lost.
            return try await served(process).count == keys.count
        }
    }

    private static func slot(of shard: Int) -> Int { RedisKey("p:{t.\(shard)}:c").slot }

    /// The keys on some of the nodes.
    private static func keys(
        on isWanted: (Int) -> Bool, of cluster: RedisCluster, _ process: Process
    ) async throws -> [CacheKey] {
        var wanted: [CacheKey] = []
        for key in keys {
            let shard = process.region.storage.shard(of: key).index
            if let node = try await cluster.server(of: slot(of: shard)), isWanted(node) { wanted.append(key) }
        }
        return wanted
    }

    /// The values that a process still serves.
    private static func served(_ process: Process) async throws -> [CacheKey: String] {
        var values: [CacheKey: String]?
        try await until {
            values = try? await process.region.get(keys)
            return values != nil
        }
        return values ?? [:]
    }

    @Test func anInvalidationThatANodeDidNotHearIsDoneWhenItIsBack() async throws {
        let cluster = try await RedisCluster.start()
        let processes = try Self.processes(cluster, timeout: .milliseconds(300))
        try await Self.fill(processes[0], "v")
        let paused = try #require(try await cluster.server(of: Self.slot(of: 0)))
        cluster.nodes[paused].pause()
        do {
            try await processes[0].region.invalidate(tags: ["t"])
            Issue.record("acknowledged by a node that stands")
        } catch {
            guard case .unacknowledged(let shards, _) = error else { throw error }
            #expect(shards.contains(0))
            #expect(processes[0].region.administration.pendingShards == shards)
        }
        cluster.nodes[paused].proceed()
        try await until {
            try? await processes[0].region.storage.lookAfterInvalidations()
            return processes[0].region.administration.pendingShards.isEmpty
        }
        for process in processes { #expect(try await Self.served(process).isEmpty) }
        for process in processes { await process.engine.shutdown(deadline: .zero) }
    }

    /// A shard's keys are on two nodes meanwhile, and its head on the one or the other.
    @Test func slotsThatMoveServeNothingOutdated() async throws {
        let cluster = try await RedisCluster.start()
        let processes = try Self.processes(cluster, timeout: .seconds(60))
        let crowd = CacheCrowd(processes.map(\.region), keys: 32)
        let isOver = Locked(false)
        async let moves = Self.moveSlots(of: cluster) { isOver.withLock { $0 } }
        let tally = await crowd.run(callers: 12, steps: 400)
        isOver.withLock { $0 = true }
        #expect(try await moves > Self.shards)
        #expect(tally.complaints.isEmpty, "\(tally.complaints)")
        #expect(tally.failures == 0)
        #expect(tally.shared > 30 && tally.computed > 30 && tally.changes > 20, "\(tally)")
        for process in processes { await process.engine.shutdown(deadline: .zero) }
    }

    /// Moves one shard's slot after the other to the next node until it is over, a few keys at a time: how many.
    private static func moveSlots(of cluster: RedisCluster, until isOver: () -> Bool) async throws -> Int {
        var count = 0
        while !isOver() {
            let slot = slot(of: count % shards)
            let source = try #require(try await cluster.server(of: slot))
            let target = (source + 1) % 3
            try await Blocking.run {
                try cluster.beginMoving(slot, from: source, to: target)
                while try cluster.moveKeys(of: slot, from: source, to: target, atMost: 2) > 0 {}
                try cluster.endMoving(slot, from: source, to: target)
            }
            count += 1
        }
        return count
    }

    /// Each primary is killed right after it acknowledged an invalidation, which its replica may not have.
    @Test func aPrimaryThatDiesTakesNoInvalidationWithIt() async throws {
        let cluster = try await RedisCluster.start(nodeTimeout: 2_500)
        let processes = try Self.processes(cluster, timeout: .seconds(2))
        for shard in 0..<Self.shards {
            let primary = try #require(try await cluster.server(of: Self.slot(of: shard)))
            // A primary that was a replica has none any more.
            guard primary < 3 else { continue }
            try await Self.fill(processes[0], "v\(shard)")
            try await until { (try? await processes[0].region.invalidate(tags: ["t"])) != nil }
            cluster.nodes[primary].kill()
            try await cluster.waitForFailover(of: Self.slot(of: shard), from: primary)
            try await until { (try? await processes[0].region.storage.lookAfterInvalidations()) != nil }
            for process in processes { #expect(try await Self.served(process).isEmpty) }
        }
        for process in processes { await process.engine.shutdown(deadline: .zero) }
    }
}
