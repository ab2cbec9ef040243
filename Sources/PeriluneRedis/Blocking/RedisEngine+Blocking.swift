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
        let reply: RedisConnection.Reply
        do throws(EngineError) {
            reply = await performBlocking(request, to: try target(ofBlocking: commands), waiting: time)
        } catch {
            reply = .failure(error)
        }
        if let span { observer?.tracing?.end(span, reply) }
        return reply
    }

    /// Makes a call whose turn it is: one attempt, and others when ``NextAttempt`` says so and there is time.
    private func performBlocking(
        _ request: Request, to target: Topology.Target, waiting time: BlockingTime
    ) async -> RedisConnection.Reply {
        let deadline = time.deadline(after: MonotonicTime.now, allowance: commandTimeout)
        // Nobody knows how long a command that waits for ever would be waiting for a server.
        var searchDeadline = MonotonicTime.adding(commandTimeout, to: MonotonicTime.now)
        var search = Search(request, target: target)
        var waits = 0
        while true {
            let begin = MonotonicTime.now
            let attempt = await attemptBlocking(search, waiting: time, deadline: searchDeadline)
            topology.learn(from: attempt.reply)
            var mustPause = false
            // A server that has ended a long wait was the right one all the time.
            if case .success = attempt.reply, MonotonicTime.now - begin > commandTimeout {
                searchDeadline = MonotonicTime.adding(commandTimeout, to: MonotonicTime.now)
            }
            switch NextAttempt(after: attempt.reply, to: request) {
            case .none, .loadingScript: return attempt.reply
            case .later: mustPause = true
            case .atOnce:
                searchDeadline = MonotonicTime.adding(commandTimeout, to: MonotonicTime.now)
                mustPause = true
            case .elsewhere:
                switch await search.next(after: attempt, in: topology, deadline: searchDeadline) {
                case .found: break
                case .nowhere: return attempt.reply
                case .notYet: mustPause = true
                }
            }
            let end = min(deadline, searchDeadline)
            if mustPause {
                waits += 1
                if let end = await pause(waits, before: end) { return end ?? attempt.reply }
            }
            guard MonotonicTime.now < end else { return attempt.reply }
            retries.wrappingAdd(1, ordering: .relaxed)
            observer?.metrics?.retried()
        }
    }

    private func attemptBlocking(_ search: Search, waiting time: BlockingTime, deadline: UInt64) async -> Attempt {
        switch await topology.connection(to: search.target, deadline: deadline) {
        case .success(let connection):
            let reply = await blocking.perform(search.request, waiting: time, at: connection.endpoint)
            return Attempt(reply: reply, call: 0, connection: connection)
        case .failure(let error):
            return Attempt(reply: .failure(error), call: 0, connection: nil)
        }
    }

    /// The server that commands belong to.
    private func target(ofBlocking commands: [RedisCommand]) throws(EngineError) -> Topology.Target {
        guard case .cluster = topology else { return .primary }
        if case .slot(let slot) = try ClusterRoute(of: commands) { return .slot(slot) }
        return .anyPrimary
    }
}
