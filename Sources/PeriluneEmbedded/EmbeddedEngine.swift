public import PeriluneCore

/// A script engine in this process: the scripts of a Redis server, without the server.
///
/// Scripts run in Lua 5.4, in the dialect of Redis' Lua 5.1, on data in memory. A call takes a lock, runs to its end
/// and returns: nothing is queued, and no other executor is involved. Calls from any number of tasks are atomic, one
/// after the other.
///
/// ```swift
/// let clock = ManualClock()
/// let engine = EmbeddedEngine(clock: clock)
/// _ = try await engine.send(RedisCommand("SET", ["greeting", "hello", "PX", 1000]))
/// clock.advance(by: .seconds(2))
/// let reply = try await engine.send(RedisCommand("GET", ["greeting"]))  // null: it has expired
/// ```
///
/// Whatever goes over a table goes in the order of its keys: `pairs`, `next`, `table.foreach`, `cjson.encode`,
/// `cmsgpack.pack` and results with `map` or `set`. Whole numbers from 1 up come first, then other numbers, then strings
/// by their bytes, `false`, `true`, and at last tables and functions as they are first met. So the same data gives the
/// same reply in every process. A server goes in the order of its hash table, which scripts must not rely on. `next`
/// takes constant time on an array, and O(n) to find the first key of another table; a loop over all keys is
/// O(n log n). What a script sets of `cjson`, such as `cjson.encode_max_depth`, holds until it ends; on a server, for all
/// scripts from then on.
///
/// The data lives as long as the object, or is kept in a file by ``writeSnapshot(to:)``: values of all of Redis' own
/// types, with expiry, in 16 databases. Calls of this class work on database 0; a script
/// may select another, for as long as it runs.
public final class EmbeddedEngine: ScriptEngine {
    let core: Locked<EngineCore>
    let clock: any RedisClock

    /// Creates an engine without data.
    ///
    /// - Parameters:
    ///   - clock: The time by which keys expire and that scripts see.
    ///   - limits: What a script may use up.
    public init(clock: any RedisClock = .system, limits: EmbeddedLimits = .standard) {
        self.clock = clock
        core = Locked(EngineCore(clock: clock, limits: limits))
    }

    public func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        let reply = core.withLock { core in core.call(script, keys: keys, arguments: arguments) }
        if case .error(let error) = reply { throw EngineError(error) }
        return reply
    }

    /// Runs a plain command, in database 0.
    ///
    /// A command that blocks, such as `BLPOP`, suspends the task until there is something for it or its time is up by
    /// the engine's clock; nobody else waits for it.
    public func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        let reply = try await reply(to: command)
        if case .error(let error) = reply { throw EngineError(error) }
        return reply
    }

    /// Runs plain commands one after the other, in database 0.
    ///
    /// A command that blocks holds up those behind it.
    public func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        var replies: [RedisReply] = []
        replies.reserveCapacity(commands.count)
        for command in commands { replies.append(try await reply(to: command)) }
        return replies
    }

    /// Runs plain commands as one step, in database 0.
    ///
    /// - Complexity: What the commands themselves cost; nobody else can use the engine meanwhile.
    public func transaction(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        switch core.withLock({ core in core.transaction(commands) }) {
        case .success(let replies): return replies.map(\.redisReply)
        case .failure(let refusal): throw EngineError(refusal, mayHaveRun: false)
        }
    }

    /// The reply to a command, be it an error.
    private func reply(to command: RedisCommand) async throws(EngineError) -> RedisReply {
        var answer = core.withLock { core in core.send(command) }
        if case .blocked(let command) = answer { answer = try await wait(command) }
        return answer.redisReply
    }

    /// Ends a wait when its time is up.
    func startTimer(of call: WaitingCall) {
        guard call.command.milliseconds > 0 else { return }
        let (microseconds, overflow) = call.command.milliseconds.multipliedReportingOverflow(by: 1_000)
        let (deadline, carry) = clock.microseconds.addingReportingOverflow(overflow ? .max : Int64(microseconds))
        call.timer = Task { [clock, weak self] in
            do { try await clock.sleep(until: carry ? .max : deadline) } catch { return }
            self?.end(call)
        }
    }

    /// Ends a wait as if its time were up; nothing happens if it is over.
    @discardableResult
    package func end(_ call: WaitingCall) -> Bool {
        core.withLock { core in core.waiting.end(call, with: .nullArray) }
    }

    private func wait(_ command: BlockedCommand) async throws(EngineError) -> CommandReply {
        let call = Locked<WaitingCall?>(nil)
        let wasCancelled = Locked(false)
        let cancel: @Sendable () -> Void = { [self] in
            guard let call = call.withLock({ $0 }), end(call) else { return }
            wasCancelled.withLock { $0 = true }
        }
        let reply = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                core.withLock { core in
                    // Tried once more: it may have come meanwhile.
                    let reply = core.tryAgain(command)
                    guard case .blocked(let command) = reply else { return continuation.resume(returning: reply) }
                    let waiting = core.wait(command, EngineSession()) { continuation.resume(returning: $0) }
                    startTimer(of: waiting)
                    call.withLock { $0 = waiting }
                }
                // The handler may have come before there was something to end.
                if Task.isCancelled { cancel() }
            }
        } onCancel: {
            cancel()
        }
        if wasCancelled.withLock({ $0 }) { throw EngineError(.cancelled, "cancelled while it waited") }
        return reply
    }
}
