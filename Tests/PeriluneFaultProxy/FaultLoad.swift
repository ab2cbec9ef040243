package import PeriluneCore
import PeriluneIO
import Synchronization

/// Tasks that call an engine all the time, and check every answer.
///
/// They run on threads of their own, and so does what a test does meanwhile: what they measure is not how busy the other
/// tests keep Swift's.
package final class FaultLoad: Sendable {
    private struct Recovery {
        /// When calls should succeed again.
        var begin: UInt64 = .max
        /// The calls begun since then that have succeeded, and when the last one needed did.
        var successes = 0
        var end: UInt64?
    }

    private let engine: any ScriptEngine
    private let timeout: Duration
    private let taskCount: Int
    private let threads: [EventLoopExecutor]
    private let bodyThread: EventLoopExecutor
    private let key: RedisKey
    private let start = MonotonicTime.now
    private let isOver = Atomic<Bool>(false)
    private let recovery = Locked(Recovery())
    private let live = Locked(FaultLoadReport())

    /// Prepares a load.
    ///
    /// - Parameters:
    ///   - engine: What is called.
    ///   - timeout: How long a call on it may take.
    ///   - key: The key of a hash that counts the runs of each call that must not run twice. It must not exist.
    package init(
        on engine: any ScriptEngine, timeout: Duration, tasks: Int = 64, key: RedisKey = "p:{faults}:runs"
    ) throws {
        self.engine = engine
        self.timeout = timeout
        self.key = key
        taskCount = tasks
        threads = try (0..<2).map { _ in try SharedEventLoop().executor() }
        bodyThread = try SharedEventLoop().executor()
    }

    /// Calls until the body ends, which may block its thread.
    package func run(during body: (FaultLoad) async throws -> Void) async throws -> FaultLoadReport {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<taskCount {
                group.addTask(executorPreference: threads[task % threads.count]) { await self.callAlways(task) }
            }
            try await withTaskExecutorPreference(bodyThread) {
                defer { isOver.store(true, ordering: .relaxed) }
                try await body(self)
            }
        }
        return soFar
    }

    /// What has come of the calls so far, those under way not included.
    package var soFar: FaultLoadReport { live.withLock { $0 } }

    /// Waits until as many calls as there are tasks, begun from now on, have succeeded.
    ///
    /// - Returns: How long that took; `nil` when it took longer than half a minute.
    package func recoveryTime() async throws -> Duration? {
        let begin = MonotonicTime.now
        recovery.withLock { $0 = Recovery(begin: begin) }
        guard try await reaches({ _ in recovery.withLock { $0.end != nil } }) else { return nil }
        return recovery.withLock { $0.end }.map { .nanoseconds(Int64(clamping: $0 - begin)) }
    }

    /// Waits until something has come of the calls.
    ///
    /// Looks again and again: a condition may be about a proxy's counters, which nobody announces. Only the bound depends
    /// on the pauses.
    ///
    /// - Returns: Whether it has within half a minute.
    package func reaches(_ condition: (FaultLoadReport) -> Bool) async throws -> Bool {
        for _ in 0..<6000 {
            if condition(soFar) { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    // MARK: The tasks

    private func callAlways(_ task: Int) async {
        var number = 0
        while !isOver.load(ordering: .relaxed) {
            number += 1
            let call = FaultCall(id: task * 100_000_000 + number)
            let begin = MonotonicTime.now
            let outcome = await call.make(on: engine, key: key)
            let end = MonotonicTime.now
            note(call, outcome, begin: begin, end: end)
            // A caller that is refused at once takes a breath, as a service does that tells its clients.
            if case .failure = outcome { try? await Task.sleep(for: .milliseconds(5)) }
        }
    }

    private func note(_ call: FaultCall, _ outcome: Result<RedisReply, EngineError>, begin: UInt64, end: UInt64) {
        let elapsed = Duration.nanoseconds(Int64(clamping: end - begin))
        let slot = Int(clamping: (end - start) / 100_000_000)
        let succeeded = live.withLock { $0.note(call, outcome, overrun: elapsed - timeout, slot: slot) }
        guard succeeded else { return }
        recovery.withLock { recovery in
            guard begin >= recovery.begin, recovery.end == nil else { return }
            recovery.successes += 1
            if recovery.successes >= taskCount { recovery.end = end }
        }
    }
}
