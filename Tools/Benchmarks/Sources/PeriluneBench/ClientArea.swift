import CAllocations
import Foundation
import PeriluneCore
import PeriluneRedis

/// `Tools/bench client`: what a call through the Redis client costs, and how many of them a connection carries.
///
/// Client and server share the machine, and its other load moves all rates; so the rounds are interleaved, and what is
/// to be met are medians of ratios within a round.
struct ClientArea {
    let scripts: URL
    let quick: Bool

    private var rounds: Int { quick ? 2 : 7 }
    private var seconds: Double { quick ? 0.3 : 1 }

    func run(_ emit: (Figure) -> Void) async throws {
        let server = try BenchmarkServer()
        defer { server.stop() }
        let source = try String(
            contentsOf: scripts.appendingPathComponent("ratelimit/token_bucket.lua"), encoding: .utf8)
        let script = LuaScript(name: "token_bucket", source: source)
        let engine = RedisEngine(try RedisConfiguration(url: "redis://127.0.0.1:\(server.port)"))
        let load = CallLoad(engine: engine, script: script)
        try await load.call(0)
        for figure in try await throughput(load, server) { emit(figure) }
        for figure in try await processor(load) { emit(figure) }
        for figure in try await latency(load) { emit(figure) }
        for figure in try await allocations(load) { emit(figure) }
        emit(try await idle())
        await engine.shutdown()
        emit(try await refusal(script))
    }

    // MARK: Throughput

    private func throughput(_ load: CallLoad, _ server: BenchmarkServer) async throws -> [Figure] {
        let command = ["evalsha", load.script.sha, "1", "p:{user:__rand_int__}:tb:a"] + CallLoad.arguments
        var figures: [Figure] = []
        for (tasks, connections, pipeline, target) in [(256, 64, 16, 0.95), (64, 64, 1, 1.3), (1, 1, 1, 0.9)] {
            var ratios: [Double] = []
            var ours: [Double] = []
            var theirs: [Double] = []
            for _ in 0..<rounds {
                let calls = Int(seconds * (tasks == 1 ? 8_000 : pipeline == 1 ? 60_000 : 110_000))
                theirs.append(
                    try RedisBenchmark.rate(
                        port: server.port, calls: calls, connections: connections, pipeline: pipeline, command))
                ours.append(try await load.run(tasks: tasks, seconds: seconds).perSecond)
                ratios.append(ours.last.map { $0 / (theirs.last ?? .nan) } ?? .nan)
            }
            figures += [
                Figure("redis-benchmark -c \(connections) -P \(pipeline)", median(theirs), "calls/s"),
                Figure("\(tasks) tasks, one connection", median(ours), "calls/s"),
                Figure("\(tasks) tasks against redis-benchmark", median(ratios), "x", .atLeast, target),
            ]
        }
        return figures
    }

    // MARK: Processor time

    private func processor(_ load: CallLoad) async throws -> [Figure] {
        var standard: [Double] = []
        var onLoop: [Double] = []
        let executor = try load.engine.executor
        for _ in 0..<rounds {
            standard.append(try await load.run(tasks: 64, seconds: seconds).processorMicroseconds)
            onLoop.append(
                try await withTaskExecutorPreference(executor) {
                    try await load.run(tasks: 64, seconds: seconds).processorMicroseconds
                })
        }
        return [
            Figure("64 tasks: client CPU a call", median(standard), "us", .atMost, 4),
            Figure("64 tasks on the loop: client CPU a call", median(onLoop), "us", .atMost, 2.2),
        ]
    }

    // MARK: Latency

    private func latency(_ load: CallLoad) async throws -> [Figure] {
        var halves: [Double] = []
        var tails: [Double] = []
        var rates: [Double] = []
        for _ in 0..<rounds {
            let result = try await load.run(rate: 20_000, seconds: seconds * 2)
            rates.append(result.perSecond)
            halves.append(result.percentile(0.5))
            tails.append(result.percentile(0.99))
        }
        return [
            Figure("fixed rate, a task for each call", median(rates), "calls/s"),
            Figure("fixed rate: p50", median(halves), "ms"),
            Figure("fixed rate: p99", median(tails), "ms", .atMost, 0.5),
        ]
    }

    // MARK: Allocations, idleness

    private func allocations(_ load: CallLoad) async throws -> [Figure] {
        func count() async throws -> Double {
            // Once to let all buffers grow.
            _ = try await load.run(tasks: 64, seconds: seconds)
            let before = allocations_count()
            let result = try await load.run(tasks: 64, seconds: seconds)
            return Double(allocations_count() - before) / Double(result.calls)
        }
        return [
            // The default executor's own queue allocates now and then. The hundredth is for the tasks themselves.
            Figure("allocations a typed call", try await count(), "mallocs"),
            Figure(
                "allocations a typed call on the loop",
                try await withTaskExecutorPreference(load.engine.executor) { try await count() }, "mallocs", .atMost,
                2.01),
        ]
    }

    private func idle() async throws -> Figure {
        let start = Self.processorSeconds()
        try await Task.sleep(for: .seconds(2))
        return Figure("CPU of two idle seconds", (Self.processorSeconds() - start) * 1000, "ms", .atMost, 1)
    }

    // MARK: Refusals

    /// What a call costs while the circuit breaker is open.
    private func refusal(_ script: LuaScript) async throws -> Figure {
        // Nobody listens there.
        var configuration = try RedisConfiguration(url: "redis://127.0.0.1:1")
        configuration.circuitBreaker.failures = 1
        configuration.commandTimeout = .milliseconds(10)
        let engine = RedisEngine(configuration)
        let load = CallLoad(engine: engine, script: script)
        while engine.breakers.first?.state != .open { _ = try? await load.call(0) }
        var samples: [Double] = []
        let calls = 10_000
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            for call in 0..<calls {
                do {
                    try await load.call(call)
                } catch let error as EngineError {
                    guard error.code == .circuitOpen else { throw error }
                }
            }
            samples.append((ContinuousClock.now - start) / .nanoseconds(1) / Double(calls))
        }
        await engine.shutdown()
        return Figure("a call while the breaker is open", median(samples), "ns", .atMost, 1000)
    }

    static func processorSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
