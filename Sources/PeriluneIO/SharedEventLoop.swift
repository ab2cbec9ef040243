import PeriluneCore

/// The event loop that several connections share: its thread starts when it is needed first and ends when the last one
/// who holds this object lets go of it.
package final class SharedEventLoop: Sendable {
    private struct State {
        var loop: EventLoop?
        /// Holds the loop, so the loop must not hold it.
        weak var executor: EventLoopExecutor?
    }

    private let state = Locked(State())

    package init() {}

    deinit {
        state.withLock { $0.loop }?.stop()
    }

    /// The loop, running.
    package func start() throws(SystemError) -> EventLoop {
        try state.withLock { state throws(SystemError) in
            if let loop = state.loop { return loop }
            let started = try EventLoop()
            state.loop = started
            return started
        }
    }

    /// Who runs tasks on the loop's thread: one object as long as anybody holds it.
    package func executor() throws(SystemError) -> EventLoopExecutor {
        let loop = try start()
        return state.withLock { state in
            if let executor = state.executor { return executor }
            let executor = EventLoopExecutor(self, loop)
            state.executor = executor
            return executor
        }
    }
}

/// Runs tasks on the thread of an event loop, between its look for replies and its next sleep.
///
/// Holds the loop, so that no task that prefers the executor can outlive its thread.
package final class EventLoopExecutor: TaskExecutor {
    private let owner: SharedEventLoop
    private let loop: EventLoop

    fileprivate init(_ owner: SharedEventLoop, _ loop: EventLoop) {
        self.owner = owner
        self.loop = loop
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        loop.resume(UnownedJob(job), on: asUnownedTaskExecutor())
    }
}
