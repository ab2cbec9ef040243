import Foundation
import PeriluneCore
import PeriluneRedis
import Synchronization

/// Calls of one script, by tasks that wait for their answers or at a fixed rate.
struct CallLoad: Sendable {
    /// What came of a run.
    struct Result {
        var calls: Int
        var seconds: Double
        var processorSeconds: Double
        /// Milliseconds, ascending; of runs at a fixed rate.
        var latencies: [Double] = []

        var perSecond: Double { Double(calls) / seconds }
        var processorMicroseconds: Double { processorSeconds / Double(calls) * 1e6 }

        func percentile(_ part: Double) -> Double {
            latencies.isEmpty ? .nan : latencies[min(Int(Double(latencies.count) * part), latencies.count - 1)]
        }
    }

    private final class Record: Sendable {
        let latencies: Mutex<[Double]>
        let failures = Atomic<Int>(0)

        init(capacity: Int) {
            var latencies: [Double] = []
            latencies.reserveCapacity(capacity)
            self.latencies = Mutex(latencies)
        }
    }

    /// As text, for redis-benchmark.
    static let arguments = ["1000000", "3600", "1"]

    let engine: RedisEngine
    let script: LuaScript
    private let keys: [RedisKey]
    // Values that the compiler does not know: it would make the array of arguments beforehand.
    private let capacity: Int
    private let interval: Int

    init(engine: RedisEngine, script: LuaScript) {
        self.engine = engine
        self.script = script
        capacity = Int(Self.arguments[0]) ?? 0
        interval = Int(Self.arguments[1]) ?? 0
        keys = (0..<1000).map { RedisKey("p:{user:\($0)}:tb:a") }
    }

    /// One call, as a generated binding makes it.
    @discardableResult
    func call(_ number: Int) async throws -> Int {
        try await engine.callInteger(
            script, keys: [keys[number % keys.count]], arguments: [.integer(capacity), .integer(interval), .integer(1)])
    }

    /// So many tasks, each with one call at a time.
    func run(tasks: Int, seconds: Double) async throws -> Result {
        let start = ContinuousClock.now
        let processor = ClientArea.processorSeconds()
        let end = start + .seconds(seconds)
        let calls = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    var count = 0
                    while count % 16 != 0 || ContinuousClock.now < end {
                        try await call(task &* 31 &+ count)
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Result(
            calls: calls, seconds: (ContinuousClock.now - start) / .seconds(1),
            processorSeconds: ClientArea.processorSeconds() - processor)
    }

    /// A new task for each call, begun at a fixed rate whatever becomes of the earlier ones. Latency counts from the
    /// task's creation.
    func run(rate: Int, seconds: Double) async throws -> Result {
        let total = Int(Double(rate) * seconds)
        let record = Record(capacity: total)
        let start = ContinuousClock.now
        let processor = ClientArea.processorSeconds()
        await withTaskGroup(of: Void.self) { group in
            var begun = 0
            while begun < total {
                let due = min(total, Int((ContinuousClock.now - start) / .seconds(1) * Double(rate)))
                while begun < due {
                    let number = begun
                    let creation = ContinuousClock.now
                    group.addTask {
                        do {
                            try await call(number)
                            let latency = (ContinuousClock.now - creation) / .milliseconds(1)
                            record.latencies.withLock { $0.append(latency) }
                        } catch {
                            record.failures.wrappingAdd(1, ordering: .relaxed)
                        }
                    }
                    begun += 1
                }
                usleep(50)
            }
        }
        guard record.failures.load(ordering: .relaxed) == 0 else { throw BenchmarkError("calls failed") }
        return Result(
            calls: total, seconds: (ContinuousClock.now - start) / .seconds(1),
            processorSeconds: ClientArea.processorSeconds() - processor,
            latencies: record.latencies.withLock { $0.sorted() })
    }
}
