import PeriluneCore
import PeriluneIO
import PeriluneRedis
import PeriluneTestSupport
import Testing

/// Constant load from many tasks, of calls that must not run twice, each of which proves what became of it.
///
/// Every call counts on a key of its own and says who it is: a count above 1 has run twice, another name is somebody
/// else's answer, and a count where a call is said not to have run has run.
///
/// The tasks run on threads of their own: what is measured is not how busy the other tests keep Swift's.
final class Load: Sendable {
    private struct State {
        var isOver = false
        var answered = 0
        var failures: [EngineError] = []
        /// The keys of the calls that are said to have had no effect.
        var untouched: [RedisKey] = []
        var slowest = Duration.zero
        /// The tasks that have had an answer since the last look.
        var answeredTasks: Set<Int> = []
        /// When the last of all tasks had one.
        var allAnswered: ContinuousClock.Instant?
    }

    static let taskCount = 64
    /// In what time every task has an answer when the servers are at work again, on a machine that is busy with others.
    static let recovery = Duration.seconds(10)
    /// By how much a call may end too late there.
    private static let grace = Duration.seconds(10)
    private static let script = LuaScript(
        name: "count", source: "return {redis.call('INCR', KEYS[1]), ARGV[1]}")

    private let state = Locked(State())
    private let key: @Sendable (Int, Int) -> RedisKey
    private let threads: [EventLoopExecutor]

    /// - Parameter key: The key of a task's call, different for each.
    init(key: @escaping @Sendable (_ task: Int, _ number: Int) -> RedisKey = { "load:\($0):\($1)" }) throws {
        self.key = key
        threads = try (0..<2).map { _ in try SharedEventLoop().executor() }
    }

    /// How many calls were answered.
    var answered: Int { state.withLock { $0.answered } }
    /// The errors in which the others ended.
    var failures: [EngineError] { state.withLock { $0.failures } }

    /// Calls from all tasks until the body is over.
    func run(on engine: RedisEngine, while body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<Self.taskCount {
                group.addTask(executorPreference: threads[task % threads.count]) { try await self.call(engine, task) }
            }
            defer { state.withLock { $0.isOver = true } }
            try await waitUntilAllAreAnswered()
            try await body()
            state.withLock { $0.isOver = true }
            try await group.waitForAll()
        }
    }

    private func call(_ engine: RedisEngine, _ task: Int) async throws {
        var number = 0
        let clock = ContinuousClock()
        while !state.withLock({ $0.isOver }) {
            number += 1
            let key = self.key(task, number)
            let start = clock.now
            do throws(EngineError) {
                let reply = try await engine.call(Self.script, keys: [key], arguments: [.string(key.name)])
                #expect(reply == .array([.integer(1), .bulk(key.name)]))
                state.withLock { state in
                    state.answered += 1
                    let isNew = state.answeredTasks.insert(task).inserted
                    if isNew, state.answeredTasks.count == Self.taskCount { state.allAnswered = clock.now }
                }
            } catch {
                state.withLock { state in
                    state.failures.append(error)
                    if !error.mayHaveRun { state.untouched.append(key) }
                }
                // What a caller does who cannot have an answer: a little later is soon enough.
                try await Task.sleep(for: .milliseconds(5))
            }
            let time = clock.now - start
            state.withLock { $0.slowest = max($0.slowest, time) }
        }
    }

    /// Waits until every task has had an answer since now.
    ///
    /// - Returns: How long it took the tasks.
    @discardableResult
    func waitUntilAllAreAnswered() async throws -> Duration {
        let start = ContinuousClock.now
        state.withLock { state in
            state.answeredTasks = []
            state.allAnswered = nil
        }
        while true {
            if let end = state.withLock({ $0.allAnswered }) { return end - start }
            try #require(ContinuousClock.now - start < .seconds(60), "no answers: \(failures.suffix(3))")
            await shortPause()
        }
    }

    /// Expects that no call took longer than its deadline, and that none has run that is said not to have run.
    func check(on engine: RedisEngine, deadline: Duration) async throws {
        let (slowest, untouched) = state.withLock { ($0.slowest, $0.untouched) }
        #expect(slowest < deadline + Self.grace)
        for key in untouched {
            let exists = try await engine.send(
                // Sentinels may yet close connections, when a server has become a replica.
                RedisCommand("EXISTS", [key.argument], isRepeatable: true))
            #expect(exists == .integer(0), "\(key) has run")
        }
    }
}
