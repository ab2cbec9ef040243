public import PeriluneCore
import PeriluneIO
import Synchronization

extension RedisEngine {
    /// Runs a command that waits, such as `BLPOP` or `XREADGROUP ... BLOCK`, on a connection that it has for itself.
    ///
    /// There are at most ``RedisConfiguration/maximumBlockingConnections`` of them; further calls wait for their turn,
    /// who came first goes first. A call that has not got one fails as ``EngineError/Code/overloaded`` when the
    /// command's own timeout and ``RedisConfiguration/commandTimeout`` have passed. From when it is sent it may take as
    /// long again. One that waits for ever, with the timeout `0`, is ended by a silent connection only when TCP finds out,
    /// within about a minute.
    ///
    /// Cancelling the task closes the connection at once. What the server had just taken out for the command is lost
    /// then, as it is when the connection breaks: ``EngineError/mayHaveRun`` tells. Where that matters, use `BLMOVE`,
    /// which keeps what it takes in a second list, or a stream's consumer group.
    ///
    /// `WAIT` concerns the writes of its own connection, so that here it only counts replicas.
    ///
    /// - Returns: The reply, ``RedisReply/null`` when the time was up; never ``RedisReply/error(_:)``.
    /// - Throws: ``EngineError``; an error reply as ``EngineError/Code/server``; ``EngineError/Code/notAllowed`` for a
    ///   command that changes the connection, such as `SUBSCRIBE`.
    /// - Complexity: One round trip, and three more for a new connection, plus what the command costs and waits.
    public func sendBlocking(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        let use = ConnectionUse(of: command)
        if use == .changes, let refusal = use.refusal(of: command) { throw refusal }
        let request = Request(command)
        if let refusal = request.refusal { throw refusal }
        let time = BlockingTime(of: command)
        let deadline = time.deadline(after: MonotonicTime.now, allowance: commandTimeout)
        if let error = await blocking.enter(deadline: deadline) { throw error }
        defer { blocking.exit() }
        let span = observer?.tracing?.begin(request)
        let reply = await performBlocking(request, waiting: time)
        if let span { observer?.tracing?.end(span, reply) }
        return try Self.reply(of: reply)
    }

    /// Makes a call whose turn it is: one attempt, and others when ``NextAttempt`` says so and there is time.
    private func performBlocking(_ request: Request, waiting time: BlockingTime) async -> RedisConnection.Reply {
        let deadline = time.deadline(after: MonotonicTime.now, allowance: commandTimeout)
        var waits = 0
        while true {
            let reply: RedisConnection.Reply
            switch await topology.endpoint() {
            case .success(let endpoint): reply = await blocking.perform(request, waiting: time, at: endpoint)
            case .failure(let error): return .failure(error)
            }
            switch NextAttempt(after: reply, to: request) {
            case .none, .elsewhere, .loadingScript: return reply
            case .atOnce:
                guard MonotonicTime.now < deadline else { return reply }
            case .later:
                waits += 1
                let wait = configuration.backoff.nanoseconds(afterFailures: waits)
                guard MonotonicTime.adding(wait, to: MonotonicTime.now) < deadline else { return reply }
                do {
                    try await Task.sleep(nanoseconds: wait)
                } catch {
                    return .failure(.cancelled(mayHaveRun: false))
                }
            }
            retries.wrappingAdd(1, ordering: .relaxed)
            observer?.metrics?.retried()
        }
    }
}
