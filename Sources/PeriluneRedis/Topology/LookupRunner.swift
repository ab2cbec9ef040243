import PeriluneCore
import PeriluneIO

/// Runs lookups of where the servers are, when ``LookupSchedule`` says, and lets calls wait for their end.
final class LookupRunner: Sendable {
    /// Looks up, and remembers what it finds. Returns why it found nothing; `nil` when it did.
    typealias Lookup = @Sendable () async -> EngineError?

    private struct State {
        var schedule: LookupSchedule
        /// How many lookups have ended.
        var endings = 0
        var failure: EngineError?
        var waiters: [Int: UnsafeContinuation<Void, Never>] = [:]
        var lastWaiter = 0
        /// The lookup under way or to come, and how many there were until then.
        var task: (number: Int, Task<Void, Never>)?
        var begun = 0
        var isShutDown = false

        mutating func takeWaiters() -> [UnsafeContinuation<Void, Never>] {
            defer { waiters = [:] }
            return Array(waiters.values)
        }
    }

    private let state: Locked<State>

    /// - Parameter minimalDistance: From the begin of one lookup to that of the next one, in nanoseconds.
    init(minimalDistance: UInt64 = 100_000_000) {
        state = Locked(State(schedule: LookupSchedule(minimalDistance: minimalDistance)))
    }

    /// Why the last lookup found nothing; `nil` when it did, or when there was none.
    var failure: EngineError? { state.withLock { $0.failure } }

    /// What is known is wrong: sees to it that a lookup comes. Returns at once.
    func request(_ lookup: @escaping Lookup) {
        let time = state.withLock { $0.isShutDown ? nil : $0.schedule.request(now: MonotonicTime.now) }
        if let time { begin(lookup, at: time) }
    }

    /// Asks for a lookup and waits until one ends, or until the deadline.
    func requestAndWait(_ lookup: @escaping Lookup, until deadline: UInt64) async {
        let endings = state.withLock { $0.endings }
        request(lookup)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.waitForEnd(after: endings) }
            group.addTask {
                let now = MonotonicTime.now
                if deadline > now { try? await Task.sleep(nanoseconds: deadline - now) }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Ends the lookup under way, begins no more of them, and lets nobody wait.
    func shutDown() {
        let (task, waiters) = state.withLock { state in
            state.isShutDown = true
            return (state.task, state.takeWaiters())
        }
        task?.1.cancel()
        for waiter in waiters { waiter.resume() }
    }

    private func begin(_ lookup: @escaping Lookup, at time: UInt64) {
        let number = state.withLock { state in
            state.begun += 1
            return state.begun
        }
        let task = Task {
            let now = MonotonicTime.now
            if time > now { try? await Task.sleep(nanoseconds: time - now) }
            // The clock of sleeping tasks may be a little ahead of ours.
            let begins = state.withLock { state in
                !state.isShutDown && state.schedule.begin(now: max(time, MonotonicTime.now))
            }
            guard begins else { return }
            let failure = await lookup()
            let (next, waiters) = state.withLock { state in
                state.failure = failure
                state.endings += 1
                return (state.schedule.end(now: MonotonicTime.now), state.takeWaiters())
            }
            for waiter in waiters { waiter.resume() }
            if let next { begin(lookup, at: next) }
        }
        let isTooLate = state.withLock { state in
            // Its successor may have begun meanwhile.
            if number > state.task?.number ?? 0 { state.task = (number, task) }
            return state.isShutDown
        }
        if isTooLate { task.cancel() }
    }

    private func waitForEnd(after endings: Int) async {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
                let waits = state.withLock { state in
                    // A task that is cancelled before this is not in the table, but it knows.
                    guard state.endings == endings, !state.isShutDown, !Task.isCancelled else { return false }
                    state.waiters[id] = waiter
                    return true
                }
                if !waits { waiter.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.resume()
        }
    }
}
