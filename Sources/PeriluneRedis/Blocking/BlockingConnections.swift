import Logging
import PeriluneCore
import PeriluneIO

/// The connections for commands that wait: each has one for itself as long as it waits, and hands it on to the next.
final class BlockingConnections: Sendable {
    typealias Turn = UnsafeContinuation<Result<Void, EngineError>, Never>

    private struct State {
        var pool: ConnectionPool<RedisConnection, Turn>
        /// The connections in use.
        var used: [ObjectIdentifier: RedisConnection] = [:]
        var lastNumber: UInt64 = 0
        /// Whether somebody looks for connections that nobody uses.
        var isWatched = false
        var isShutDown = false
    }

    private let purpose: RedisConnection.Purpose
    private let configuration: RedisConfiguration
    private let loop: SharedEventLoop
    private let logger: Logger
    private let state: Locked<State>

    init(
        for purpose: RedisConnection.Purpose, _ configuration: RedisConfiguration, loop: SharedEventLoop, logger: Logger
    ) {
        self.purpose = purpose
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        state = Locked(
            State(
                pool: ConnectionPool(
                    limit: configuration.maximumBlockingConnections,
                    idleTime: configuration.blockingIdleTime.wholeNanoseconds)))
    }

    // MARK: Turns

    /// Waits for the caller's turn, which ``exit()`` ends.
    ///
    /// - Parameter deadline: The monotonic time by which this returns in any case.
    /// - Returns: Why there is none.
    func enter(deadline: UInt64) async -> EngineError? {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        let timer = Locked<Task<Void, Never>?>(nil)
        defer { timer.withLock { $0 }?.cancel() }
        let result: Result<Void, EngineError> = await withTaskCancellationHandler {
            await withUnsafeContinuation { turn in
                let result = state.withLock { state -> Result<Void, EngineError>? in
                    if state.isShutDown { return .failure(.hasShutDown) }
                    // A task that is cancelled before this has no place among those who wait, but it knows.
                    if Task.isCancelled { return .failure(.cancelled(mayHaveRun: false)) }
                    if state.pool.enter() { return .success(()) }
                    state.pool.wait(turn, number: number)
                    if deadline < .max { timer.withLock { $0 = leave(number, at: deadline) } }
                    return nil
                }
                if let result { turn.resume(returning: result) }
            }
        } onCancel: {
            leave(number, .cancelled(mayHaveRun: false))
        }
        if case .failure(let error) = result { return error }
        return nil
    }

    /// Ends a caller's turn.
    func exit() {
        state.withLock { $0.pool.exit() }?.resume(returning: .success(()))
    }

    private func leave(_ number: UInt64, at deadline: UInt64) -> Task<Void, Never> {
        Task { [self] in
            let now = MonotonicTime.now
            do {
                try await Task.sleep(nanoseconds: deadline > now ? deadline - now : 0)
            } catch {
                return
            }
            leave(number, EngineError(.overloaded, "all connections for waiting commands were in use all the time"))
        }
    }

    private func leave(_ number: UInt64, _ error: EngineError) {
        state.withLock { $0.pool.leave(number: number) }?.resume(returning: .failure(error))
    }

    // MARK: Calls

    /// Sends a command on a connection of its own, in the caller's turn.
    ///
    /// The connection is closed when the call fails, since the server may still be waiting on it.
    func perform(_ request: Request, waiting time: BlockingTime, at endpoint: SocketEndpoint) async
        -> RedisConnection.Reply
    {
        let connection: RedisConnection
        switch await connect(to: endpoint) {
        case .success(let found): connection = found
        case .failure(let error): return .failure(error)
        }
        let begin = MonotonicTime.now
        let deadline = time.deadline(after: begin, allowance: configuration.commandTimeout.wholeNanoseconds)
        let (reply, _) = await connection.perform(request, begin: begin, deadline: deadline)
        if case .success = reply { keep(connection) } else { discard(connection) }
        return reply
    }

    /// Finds a connection that stands, or makes one within the time that a command may take: nobody knows how long a
    /// command that waits would be waited for without.
    private func connect(to endpoint: SocketEndpoint) async -> Result<RedisConnection, EngineError> {
        while true {
            let (connection, isNew, surplus) = state.withLock { state in
                let (grant, surplus) = state.pool.connection(to: endpoint)
                let isNew: Bool
                let connection: RedisConnection
                switch grant {
                case .reuse(let idle): (connection, isNew) = (idle, false)
                case .make:
                    connection = RedisConnection(
                        to: endpoint, for: purpose, configuration, loop: loop, logger: logger)
                    isNew = true
                }
                state.used[ObjectIdentifier(connection)] = connection
                return (connection, isNew, surplus)
            }
            surplus?.shutDown(deadline: 0, waiter: nil)
            if state.withLock({ $0.isShutDown }) {
                discard(connection)
                return .failure(.hasShutDown)
            }
            guard isNew else {
                if connection.isActive { return .success(connection) }
                discard(connection)
                continue
            }
            let begin = MonotonicTime.now
            let deadline = MonotonicTime.adding(configuration.commandTimeout.wholeNanoseconds, to: begin)
            let (reply, _) = await connection.perform(
                Request(RedisCommand("PING")), begin: begin, deadline: deadline)
            guard case .failure(let error) = reply else { return .success(connection) }
            discard(connection)
            return .failure(EngineError(error.code, error.message))
        }
    }

    private func keep(_ connection: RedisConnection) {
        let mustWatch = state.withLock { state -> Bool in
            // Whoever shuts down has it already.
            guard state.used.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return false }
            state.pool.keep(connection, to: connection.endpoint, now: MonotonicTime.now)
            defer { state.isWatched = true }
            return !state.isWatched
        }
        if mustWatch { closeIdle() }
    }

    private func discard(_ connection: RedisConnection) {
        _ = state.withLock { $0.used.removeValue(forKey: ObjectIdentifier(connection)) }
        connection.shutDown(deadline: 0, waiter: nil)
    }

    /// Closes connections when nobody has used them for a while, until there are none.
    private func closeIdle() {
        Task { [weak self] in
            while let expiry = self?.closeExpired() {
                let now = MonotonicTime.now
                try? await Task.sleep(nanoseconds: expiry > now ? expiry - now : 0)
            }
        }
    }

    /// - Returns: When the next one is to be closed.
    private func closeExpired() -> UInt64? {
        let (expired, next) = state.withLock { state in
            let expired = state.pool.takeExpired(now: MonotonicTime.now)
            let next = state.pool.nextExpiry
            state.isWatched = next != nil
            return (expired, next)
        }
        for connection in expired { connection.shutDown(deadline: 0, waiter: nil) }
        return next
    }

    // MARK: The end

    /// Accepts no more calls.
    ///
    /// - Returns: All connections there are, for whoever closes them. That ends the calls under way.
    func shutDown() -> [RedisConnection] {
        let (connections, turns) = state.withLock { state in
            state.isShutDown = true
            let (idle, turns) = state.pool.takeAll()
            let used = Array(state.used.values)
            state.used = [:]
            return (idle + used, turns)
        }
        for turn in turns { turn.resume(returning: .failure(.hasShutDown)) }
        return connections
    }
}
