import PeriluneCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Something whose descriptor an ``EventLoop`` watches. Its methods run on the loop's thread.
package protocol EventHandler: AnyObject, Sendable {
    /// The descriptor is ready.
    func handle(_ readiness: Readiness)
    /// Somebody called ``EventLoop/notify(_:)``.
    func attend()
}

/// One thread that waits for descriptors, deadlines and other threads' requests.
///
/// Idle it sleeps in the kernel without a timeout. It runs, and so stays alive, until ``stop()``.
///
/// `@unchecked Sendable` because `inbox` is locked, `poller.wake()` is safe from any thread, and everything else is
/// touched by the loop's own thread alone.
package final class EventLoop: @unchecked Sendable {
    private enum Job {
        case run(@Sendable () -> Void)
        case attend(any EventHandler)
        case resume(UnownedJob, UnownedTaskExecutor)
    }

    private struct Inbox {
        var jobs: [Job] = []
        var isAsleep = false
        var isStopping = false
    }

    /// A deadline that can be cancelled.
    package typealias Timer = TimerQueue<@Sendable () -> Void>.Token

    private let poller: Poller
    private let inbox = Locked(Inbox())
    private var handlers: [Int32: any EventHandler] = [:]
    private var timers = TimerQueue<@Sendable () -> Void>()
    private var jobs: [Job] = []
    /// How often ready descriptors were looked for.
    private var looks = 0
    /// Set before anybody but the thread itself has the loop.
    private var thread: Thread.Identity?

    /// Starts a loop.
    package init(_ kind: Poller.Kind = .standard) throws(SystemError) {
        poller = try Poller(kind)
        thread = try Thread.detach { self.run() }
    }

    // MARK: From any thread

    /// Whether the calling thread is the loop's.
    package var isCurrent: Bool { thread?.isCurrent ?? false }

    /// Runs a closure on the loop's thread; after ``stop()`` it is dropped.
    package func execute(_ body: @escaping @Sendable () -> Void) {
        submit(.run(body))
    }

    /// Calls the handler's ``EventHandler/attend()`` on the loop's thread. Allocates nothing.
    package func notify(_ handler: any EventHandler) {
        submit(.attend(handler))
    }

    /// Goes on with a task on the loop's thread. Allocates nothing.
    package func resume(_ job: UnownedJob, on executor: UnownedTaskExecutor) {
        submit(.resume(job, executor))
    }

    /// Ends the thread after the jobs submitted so far. Does not wait for it.
    package func stop() {
        wakeIfAsleep { $0.isStopping = true }
    }

    private func submit(_ job: Job) {
        wakeIfAsleep { inbox in
            if !inbox.isStopping { inbox.jobs.append(job) }
        }
    }

    /// A loop that is awake looks into its inbox before it sleeps, and one that is woken need not be woken twice: so
    /// a system call is made only once for each time the loop sleeps.
    @inline(__always)
    private func wakeIfAsleep(_ change: (inout Inbox) -> Void) {
        let mustWake = inbox.withLock { inbox in
            change(&inbox)
            let wasAsleep = inbox.isAsleep
            inbox.isAsleep = false
            return wasAsleep
        }
        if mustWake { poller.wake() }
    }

    // MARK: On the loop's thread

    /// Watches a descriptor, or changes what it is watched for.
    package func watch(
        _ descriptor: Int32, for interest: Readiness, handler: any EventHandler
    ) throws(SystemError) {
        try poller.watch(descriptor, for: interest)
        handlers[descriptor] = handler
    }

    /// Forgets a descriptor. Must come before it is closed.
    package func unwatch(_ descriptor: Int32) {
        poller.unwatch(descriptor)
        handlers[descriptor] = nil
    }

    /// Runs a closure at a monotonic time.
    package func schedule(at deadline: UInt64, _ body: @escaping @Sendable () -> Void) -> Timer {
        timers.add(at: deadline, body)
    }

    /// Cancels a timer. One that has fired or was cancelled before is ignored.
    package func cancel(_ timer: Timer) {
        timers.cancel(timer)
    }

    /// Handles what is ready now, from within a handler that takes long. Jobs and timers wait for its end.
    package func handleReady() {
        look(milliseconds: 0)
    }

    // MARK: The thread

    private func run() {
        // Jobs that submit jobs cannot keep the loop from its descriptors for longer than this many rounds.
        let longestRun = 16
        while true {
            var round = 0
            while runJobs(), round < longestRun { round += 1 }
            let isStopping = inbox.withLock { $0.isStopping && $0.jobs.isEmpty }
            if isStopping { break }
            look(milliseconds: round == longestRun ? 0 : timeout)
            guard !timers.isEmpty else { continue }
            let now = MonotonicTime.now
            while let body = timers.popDue(at: now) { body() }
        }
        handlers.removeAll()
        timers = TimerQueue()
    }

    private func look(milliseconds: Int32) {
        poller.wait(milliseconds: milliseconds)
        inbox.withLock { $0.isAsleep = false }
        looks += 1
        let look = looks
        for event in poller.events {
            // An earlier handler of this turn may have let go of the descriptor.
            handlers[event.descriptor]?.handle(event.readiness)
            // One that has looked itself has handled what was ready; what still is will be found again.
            if looks != look { return }
        }
    }

    /// Runs what is in the inbox. When there is nothing, marks the loop as asleep under the same lock, so that no
    /// request falls between the look and the sleep.
    private func runJobs() -> Bool {
        inbox.withLock { inbox in
            swap(&jobs, &inbox.jobs)
            inbox.isAsleep = jobs.isEmpty && !inbox.isStopping
        }
        guard !jobs.isEmpty else { return false }
        for job in jobs {
            switch job {
            case .run(let body): body()
            case .attend(let handler): handler.attend()
            case .resume(let job, let executor): job.runSynchronously(on: executor)
            }
        }
        jobs.removeAll(keepingCapacity: true)
        return true
    }

    private var timeout: Int32 {
        guard let deadline = timers.nextDeadline else { return -1 }
        let now = MonotonicTime.now
        guard deadline > now else { return 0 }
        // Rounded up: a timer that fires early would only go round once more.
        return Int32(clamping: (deadline - now + 999_999) / 1_000_000)
    }
}
