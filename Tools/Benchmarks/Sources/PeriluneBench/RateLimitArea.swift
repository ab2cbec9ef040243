import Foundation
import Logging
import Perilune
import PeriluneRedis

/// `Tools/bench ratelimit`: what a decision costs, how exact it is, how many a connection carries.
struct RateLimitArea {
    let scripts: URL
    let quick: Bool

    func run(_ emit: (Figure) -> Void) async throws {
        let server = try BenchmarkServer()
        defer { server.stop() }
        for figure in try serverCost(server) { emit(figure) }
        for figure in try memory(server) { emit(figure) }
        for figure in try await hammer(server) { emit(figure) }
        for figure in try await throughput(server) { emit(figure) }
    }

    private func source(_ name: String) throws -> String {
        try String(contentsOf: scripts.appendingPathComponent("ratelimit/\(name).lua"), encoding: .utf8)
    }

    // MARK: Cost

    private func serverCost(_ server: BenchmarkServer) throws -> [Figure] {
        let hour = "3600000"
        let tokenBucket = try source("token_bucket")
        let fixed = try source("fixed_window")
        let sliding = try source("sliding_window")
        let limits = try source("limits")
        let three = ["1", "1000000", "3600", "1000000", "86400", "1000000", "1000"]
        let threeUsed = ["1", "1", "3600000000", "1000", "3600000", "100", "100000"]
        return try ServerCost(server: server, rounds: quick ? 3 : 15, callsARound: 10_000).measure([
            .init(name: "return 1", source: "return 1", arguments: ["10", "20", "30"], target: nil),
            .init(
                name: "token bucket, allowed", source: tokenBucket, arguments: ["1000000", "3600", "1"], target: 2.8),
            .init(
                name: "token bucket, denied", source: tokenBucket, arguments: ["1", "3600000001", "1"],
                preparation: ["1", "3600000001", "1"], target: 2.4),
            // As 60/min and 10/s are: what is owed needs no second read.
            .init(
                name: "token bucket, whole ms, allowed", source: tokenBucket, arguments: ["1000000", "4000", "1"],
                target: nil),
            .init(name: "fixed window, allowed", source: fixed, arguments: ["1000000", hour, "1"], target: 2.0),
            .init(
                name: "fixed window, denied", source: fixed, arguments: ["1", hour, "1"],
                preparation: ["1", hour, "1"], target: 2.2),
            .init(name: "sliding window, allowed", source: sliding, arguments: ["1000000", hour, "1"], target: 2.6),
            .init(
                name: "sliding window, denied", source: sliding, arguments: ["1", hour, "1"],
                preparation: ["1", hour, "1"], target: 2.3),
            .init(name: "three limits, allowed", source: limits, arguments: three, target: 4.3),
            .init(
                name: "three limits, denied", source: limits, arguments: threeUsed, preparation: threeUsed,
                target: 3.0),
        ])
    }

    // MARK: Memory

    private func memory(_ server: BenchmarkServer) throws -> [Figure] {
        // Per hour, so that nothing expires while the others are made.
        try [
            ("token bucket", "token_bucket", ["100", "36000000", "1"], 125.0),
            ("fixed window", "fixed_window", ["100", "3600000", "1"], 125),
            ("sliding window", "sliding_window", ["100", "3600000", "1"], 125),
            ("three limits", "limits", ["1", "60", "60000000", "1000", "3600000", "10", "36000000"], 175),
        ].map { name, file, arguments, target in
            let client = try RawClient(port: server.port)
            let digest = try client.send("SCRIPT", "LOAD", source(file))
            try client.send("FLUSHALL")
            let before = try client.usedMemory()
            let count = 10_000
            let calls = (0..<count).flatMap { index in
                let number = String(index)
                let key = "p:{u" + String(repeating: "0", count: 6 - number.count) + number + "}:tb:a"
                return RawClient.encode(["EVALSHA", digest, "1", key] + arguments)
            }
            // A connection of its own, whose buffers are gone when memory is read.
            try RawClient(port: server.port).pipeline(calls, replies: count)
            let bytes = (try client.usedMemory() - before) / Double(count)
            return Figure("\(name): memory an identifier", bytes, "bytes", .atMost, target)
        }
    }

    // MARK: Exactness

    private func hammer(_ server: BenchmarkServer) async throws -> [Figure] {
        let engine = RedisEngine(try RedisConfiguration(url: "redis://127.0.0.1:\(server.port)"))
        let limit = try RateLimit(name: "hammer", quota: 30, per: .milliseconds(100))
        let limiter = RateLimiter(engine: engine, policy: try RateLimitPolicy(name: "hammer", limits: [limit]))
        _ = try await limiter.peek("warm")
        var errors: [Double] = []
        var excess: [Double] = []
        for round in 0..<(quick ? 1 : 5) {
            var allowed = 0
            let start = ContinuousClock.now
            while ContinuousClock.now - start < .seconds(2) {
                if try await limiter.check("round \(round)").allowed { allowed += 1 }
            }
            let elapsed = (ContinuousClock.now - start) / .seconds(1)
            errors.append((Double(allowed) - (30 + 300 * elapsed)) / (30 + 300 * elapsed) * 100)
            excess.append(Double(allowed) - (30 + 300 * elapsed + 1))
        }
        await engine.shutdown()
        return [
            Figure("300/s burst 30 for 2 s: off by", errors.map(abs).max() ?? .nan, "%", .atMost, 0.5),
            Figure("300/s burst 30 for 2 s: above the bound by", max(excess.max() ?? .nan, 0), "calls", .atMost, 0),
        ]
    }

    // MARK: Throughput

    private func throughput(_ server: BenchmarkServer) async throws -> [Figure] {
        let client = try RawClient(port: server.port)
        let digest = try client.send("SCRIPT", "LOAD", source("token_bucket"))
        let limit = try RateLimit(quota: 1_000_000, per: .seconds(3600))
        let engine = RedisEngine(try RedisConfiguration(url: "redis://127.0.0.1:\(server.port)"))
        let limiter = RateLimiter(engine: engine, policy: try RateLimitPolicy(name: "a", limits: [limit]))
        let calls = quick ? 50_000 : 200_000
        var ours: [Double] = []
        var theirs: [Double] = []
        for _ in 0..<(quick ? 1 : 5) {
            theirs.append(
                try RedisBenchmark.rate(
                    port: server.port, calls: calls,
                    ["evalsha", digest, "1", "p:{user:__rand_int__}:tb:a", "1000000", "3600", "1"]))
            ours.append(try await decisionsPerSecond(limiter, tasks: 256, calls: calls))
        }
        await engine.shutdown()
        return [
            Figure("redis-benchmark -c 64 -P 16, token bucket", median(theirs), "calls/s"),
            Figure("library, 256 tasks, one connection", median(ours), "decisions/s"),
            Figure("library against redis-benchmark", median(ours) / median(theirs), "x", .atLeast, 0.85),
        ]
    }

    private func decisionsPerSecond(_ limiter: RateLimiter, tasks: Int, calls: Int) async throws -> Double {
        let each = calls / tasks
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    for call in 0..<each { _ = try await limiter.check("user:\((task &* 31 &+ call) % 1000)") }
                }
            }
            try await group.waitForAll()
        }
        return Double(each * tasks) / ((ContinuousClock.now - start) / .seconds(1))
    }
}
