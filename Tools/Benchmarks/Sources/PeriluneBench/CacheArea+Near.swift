import Foundation
import Perilune

extension CacheArea {
    /// What a hit in this process costs: by one task, and by one on each of two threads.
    func near(_ server: BenchmarkServer) async throws -> [Figure] {
        let client = try RawClient(port: server.port)
        try client.send("FLUSHALL")
        let engine = try Self.engine(server)
        var type = CacheType.outbreakData
        type.ttl = .seconds(3_600)
        type.near = NearCacheLimit()
        let region = try CacheRegion(type, of: String.self, engine: engine)
        let running = Task { await region.run() }
        let keys = (0..<1_000).map { CacheKey("user:\($0)") }
        let tags: [CacheTag] = ["all"]
        for key in keys { try await region.set(Self.text, for: key, tags: tags) }

        /// How many hits so many tasks have in a second, on the same keys or each on its own.
        @Sendable func rate(tasks: Int, apart: Bool = false) async throws -> Double {
            let start = ContinuousClock.now
            let hits = try await withThrowingTaskGroup(of: Int.self) { group in
                for task in 0..<tasks {
                    group.addTask {
                        // Tasks are not at the same key at the same time.
                        let first = task * keys.count / tasks
                        let keys =
                            apart
                            ? Array(keys.dropFirst(first).prefix(keys.count / tasks))
                            : Array(keys.dropFirst(first) + keys.prefix(first))
                        var hits = 0
                        while ContinuousClock.now - start < .milliseconds(200) {
                            for key in keys { _ = try await Self.hit(region, key, tags: tags) }
                            hits += keys.count
                        }
                        return hits
                    }
                }
                return try await group.reduce(0, +)
            }
            return Double(hits) / ((ContinuousClock.now - start) / .seconds(1))
        }
        // The listener takes a moment to come up, and nothing is kept before.
        for _ in 0..<100 {
            let before = try client.information("stats", "total_commands_processed")
            for key in keys { _ = try await Self.hit(region, key, tags: tags) }
            if try client.information("stats", "total_commands_processed") - before < Double(keys.count) { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        var (one, same, apart) = ([Double](), [Double](), [Double]())
        for _ in 0..<(quick ? 1 : 9) {
            one.append(try await rate(tasks: 1))
            same.append(try await rate(tasks: 2))
            apart.append(try await rate(tasks: 2, apart: true))
        }
        running.cancel()
        await running.value
        await engine.shutdown()
        return [
            Figure("near hit, one task", 1e9 / (one.max() ?? .nan), "ns", .atMost, 200),
            Figure("near hits, two tasks, the same keys", (same.max() ?? .nan) / 1e6, "million/s", .atLeast, 10),
            Figure("near hits, two tasks, keys apart", (apart.max() ?? .nan) / 1e6, "million/s", .atLeast, 10),
        ]
    }
}
