import PeriluneCore

/// The event loop that several connections share: its thread starts when it is needed first and ends when the last one
/// who holds this object lets go of it.
package final class SharedEventLoop: Sendable {
    private let loop = Locked<EventLoop?>(nil)

    package init() {}

    deinit {
        loop.withLock { $0 }?.stop()
    }

    /// The loop, running.
    package func start() throws(SystemError) -> EventLoop {
        try loop.withLock { loop throws(SystemError) in
            if let loop { return loop }
            let started = try EventLoop()
            loop = started
            return started
        }
    }
}

/// Runs tasks on the thread of an event loop, between its look for replies and its next sleep.
///
/// Holds the loop, so that no task that prefers the executor can outlive its thread.
package final class EventLoopExecutor: TaskExecutor {
    private let owner: SharedEventLoop
    private let loop: EventLoop

    package init(_ owner: SharedEventLoop) throws(SystemError) {
        self.owner = owner
        loop = try owner.start()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        loop.resume(UnownedJob(job), on: asUnownedTaskExecutor())
    }
}
