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
    /// `WAIT` concerns the writes of its own connection: send it together with them, by the other method of this name.
    ///
    /// - Returns: The reply, ``RedisReply/null`` when the time was up; never ``RedisReply/error(_:)``.
    /// - Throws: ``EngineError``; an error reply as ``EngineError/Code/server``; ``EngineError/Code/notAllowed`` for a
    ///   command that changes the connection, such as `SUBSCRIBE`.
    /// - Complexity: One round trip, and three more for a new connection, plus what the command costs and waits.
    public func sendBlocking(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        try Self.reply(of: await performBlocking([command], Request(command)))
    }

    /// Runs commands on a connection that they have for themselves: in order, with no other caller's command on the
    /// connection between them. A write with `WAIT` behind it returns when replicas have it:
    ///
    /// ```swift
    /// let replies = try await engine.sendBlocking([
    ///     RedisCommand("SET", ["order:7", "paid"]), RedisCommand("WAIT", [1, 100]),
    /// ])
    /// ```
    ///
    /// What is said of the method for one command holds for the whole of them.
    ///
    /// - Returns: The replies in the order of the commands; that of a command that failed is ``RedisReply/error(_:)``.
    /// - Throws: ``EngineError``, for all of them.
    /// - Complexity: One round trip, and three more for a new connection, plus what the commands cost and wait.
    public func sendBlocking(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        guard !commands.isEmpty else { return [] }
        let request = Request(several: commands)
        return try Self.replies(of: try await performBlocking(commands, request).get())
    }

    /// Makes a call as soon as it is its turn.
    private func performBlocking(_ commands: [RedisCommand], _ request: Request) async -> RedisConnection.Reply {
        for command in commands {
            let use = ConnectionUse(of: command)
            if use == .changes, let refusal = use.refusal(of: command) { return .failure(refusal) }
        }
        if let refusal = request.refusal { return .failure(refusal) }
        let time = commands.reduce(BlockingTime.atMost(0)) { $0 + BlockingTime(of: $1) }
        let deadline = time.deadline(after: MonotonicTime.now, allowance: commandTimeout)
        if let error = await blocking.enter(deadline: deadline) { return .failure(error) }
        defer { blocking.exit() }
        let span = observer?.tracing?.begin(request)
        let reply = await performBlocking(request, waiting: time)
        if let span { observer?.tracing?.end(span, reply) }
        return reply
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
