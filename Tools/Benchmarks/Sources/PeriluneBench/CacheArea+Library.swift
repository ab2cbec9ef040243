import Foundation
import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneRedis

extension CacheArea {
    /// Calls of the library by 64 tasks, and of what Python offers by 64 coroutines, on one server.
    func library(_ server: BenchmarkServer) async throws -> [Figure] {
        let client = try RawClient(port: server.port)
        try client.send("FLUSHALL")
        let redis = try Self.engine(server)
        let embedded = EmbeddedEngine()
        var figures = [try await roundTrips(redis, client)]
        var rates: [String: [Double]] = [:]
        let rounds = quick ? 1 : 5
        for _ in 0..<rounds {
            for (name, engine) in [("redis-server", redis), ("embedded", embedded)] as [(String, any ScriptEngine)] {
                for (call, rate) in try await load(engine) { rates["\(call), \(name)", default: []].append(rate) }
            }
        }
        for (name, samples) in rates.sorted(by: { $0.key < $1.key }) {
            figures.append(Figure("\(name), 64 tasks", median(samples), "calls/s"))
        }
        let own = PeerFigures(
            hit: median(rates["hit, redis-server"] ?? []), set: median(rates["set, redis-server"] ?? []),
            invalidate: try await invalidations(redis, client))
        for (entries, time) in own.sorted { figures.append(Figure("invalidate \(entries) entries", time, "ms")) }
        await redis.shutdown()
        for peer in ["cashews", "aiocache"] { figures += try compare(own, with: peer, server) }
        return figures
    }

    static func engine(_ server: BenchmarkServer) throws -> RedisEngine {
        var configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(server.port)")
        // Whatever else the machine does: this counts, and waits.
        configuration.commandTimeout = .seconds(60)
        return RedisEngine(configuration)
    }

    static let text = String(decoding: value(200), as: UTF8.self)
    private static let keys = (0..<5_000).map { CacheKey("user:\($0)") }

    private static func region(_ engine: any ScriptEngine) throws -> CacheRegion<String> {
        var type = CacheType.outbreakData
        // So that no hit is one that refreshes.
        type.ttl = .seconds(3_600)
        return try CacheRegion(type, engine: engine)
    }

    /// How often the server reads from its connections for a hit.
    private func roundTrips(_ engine: RedisEngine, _ client: RawClient) async throws -> Figure {
        let region = try Self.region(engine)
        try await region.set(Self.text, for: "one", tags: ["a", "b", "c"])
        try await region.invalidate(tags: ["another"])
        _ = try await region.get("one", tags: ["a", "b", "c"])
        let before = try client.information("stats", "total_reads_processed")
        let count = 1_000
        for _ in 0..<count { _ = try await Self.hit(region, "one", tags: ["a", "b", "c"]) }
        let reads = try client.information("stats", "total_reads_processed") - before - 1
        return Figure("a hit with 3 tags, one invalidated since", reads / Double(count), "round trips", .atMost, 1)
    }

    static func hit(
        _ region: CacheRegion<String>, _ key: CacheKey, tags: [CacheTag]
    ) async throws -> String {
        try await region.value(for: key, tags: tags) { throw BenchmarkError("a hit was a miss") }
    }

    /// Calls a second, by kind.
    private func load(_ engine: any ScriptEngine) async throws -> [(String, Double)] {
        let region = try Self.region(engine)
        let calls = quick ? 12_800 : 64_000
        // At least one of each key.
        let set = try await Self.rate(calls: calls / 2) { number in
            try await region.set(
                Self.text, for: Self.keys[number % Self.keys.count], tags: [CacheTag("tag:\(number % 1_000)")])
        }
        let hit = try await Self.rate(calls: calls) { number in
            _ = try await Self.hit(
                region, Self.keys[number % Self.keys.count], tags: [CacheTag("tag:\(number % 1_000)")])
        }
        return [("hit", hit), ("set", set)]
    }

    /// So many calls by 64 tasks.
    static func rate(calls: Int, _ call: @escaping @Sendable (Int) async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<64 {
                group.addTask {
                    for number in stride(from: task, to: calls, by: 64) { try await call(number) }
                }
            }
            try await group.waitForAll()
        }
        return Double(calls) / ((ContinuousClock.now - start) / .seconds(1))
    }

    /// How long it takes to invalidate a tag, in milliseconds, by how many entries have it.
    private func invalidations(_ engine: RedisEngine, _ client: RawClient) async throws -> [String: Double] {
        var times: [String: Double] = [:]
        for count in invalidated {
            try client.send("FLUSHALL")
            let region = try Self.region(engine)
            let values = (0..<count).map { (CacheKey("user:\($0)"), Self.text) }
            var samples: [Double] = []
            for _ in 0..<(count <= 1_000 ? 5 : 1) {
                try await region.set(Dictionary(uniqueKeysWithValues: values), tags: ["all"])
                let start = ContinuousClock.now
                try await region.invalidate(tags: ["all"])
                samples.append((ContinuousClock.now - start) / .milliseconds(1))
                guard try await region.get("user:1", tags: ["all"]) == nil else {
                    throw BenchmarkError("an invalidated value is there")
                }
            }
            times["\(count)"] = median(samples)
        }
        return times
    }

    private var invalidated: [Int] { quick ? [10, 1_000] : [10, 1_000, 100_000] }
}

extension CacheArea {
    /// What a cache does: calls a second, and how long an invalidation takes in milliseconds, by the number of entries.
    struct PeerFigures: Decodable {
        let hit: Double
        let set: Double
        let invalidate: [String: Double]

        var sorted: [(entries: String, time: Double)] {
            invalidate.sorted { $0.key.count < $1.key.count }.map { ($0.key, $0.value) }
        }
    }

    private func compare(_ own: PeerFigures, with peer: String, _ server: BenchmarkServer) throws -> [Figure] {
        guard let python else { return [] }
        try RawClient(port: server.port).send("FLUSHALL")
        let process = Process()
        let output = Pipe()
        process.executableURL = python
        process.arguments =
            ["Tools/Benchmarks/Python/cache_bench.py", peer, "\(server.port)", "\(quick ? 640 : 12_800)"]
            + invalidated.map(String.init)
        process.standardOutput = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchmarkError("\(peer) has failed") }
        let theirs = try JSONDecoder().decode(PeerFigures.self, from: text)
        var figures = [
            Figure("hit, \(peer), 64 coroutines", theirs.hit, "calls/s"),
            Figure("hit against \(peer)", own.hit / theirs.hit, "x"),
            Figure("set, \(peer), 64 coroutines", theirs.set, "calls/s"),
            Figure("set against \(peer)", own.set / theirs.set, "x"),
        ]
        for (entries, time) in theirs.sorted {
            guard let ours = own.invalidate[entries] else { continue }
            figures.append(Figure("invalidate \(entries) entries, \(peer)", time, "ms"))
            figures.append(Figure("invalidate \(entries) entries, against \(peer)", time / ours, "x"))
        }
        return figures
    }
}
