public import Logging
public import PeriluneCore
import PeriluneIO

/// Runs scripts and commands on a Redis server, over one connection that all callers share.
///
/// ```swift
/// let engine = RedisEngine(try RedisConfiguration(url: "redis://localhost:6379"))
/// let reply = try await engine.call(script, keys: ["p:{user:7}:tb:api"], arguments: [100])
/// await engine.shutdown()
/// ```
///
/// The connection is made with the first call, and made anew when it breaks. Calls made meanwhile wait for it until
/// their deadline. Commands of concurrent callers are sent together, so that one round trip serves many of them.
///
/// A call that fails with ``EngineError/mayHaveRun`` `false` certainly had no effect; none is ever sent twice when it
/// may have run. Cancelling a task ends its call at once and disturbs no other.
public final class RedisEngine: ScriptEngine {
    let connection: RedisConnection
    let commandTimeout: UInt64

    /// Creates an engine. Does not connect.
    ///
    /// - Parameters:
    ///   - configuration: The server and the limits. Limits below 1 count as 1.
    ///   - logger: Told about connections made and lost; never about arguments or passwords.
    public init(_ configuration: RedisConfiguration, logger: Logger = Logger(label: "perilune.redis")) {
        self.connection = RedisConnection(configuration, logger: logger)
        self.commandTimeout = configuration.commandTimeout.wholeNanoseconds
    }

    deinit {
        // Nobody waits any more: a call in flight would keep the engine alive.
        connection.shutDown(deadline: 0, waiter: nil)
    }

    /// Runs a plain command.
    ///
    /// Commands that block or that change what the connection is (`BLPOP`, `SUBSCRIBE`, `MULTI`, `SELECT`, `MONITOR`,
    /// `CLIENT REPLY`, ...) must not be sent: all callers share the connection.
    ///
    /// - Returns: The reply, never ``RedisReply/error(_:)``.
    /// - Throws: ``EngineError``; an error reply as ``EngineError/Code/server``.
    /// - Complexity: One round trip, plus what the command itself costs.
    public func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        try Self.checkCount(command.arguments.count + 1)
        let result = await connection.perform(RedisConnection.Ticket(), deadline: deadline) { buffer in
            RESPEncoder.append(command, to: buffer)
        }
        return try Self.reply(of: result)
    }

    /// Asks the server for a sign of life.
    ///
    /// - Returns: The time from here to the server and back, waiting for a connection included.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip.
    public func health() async throws(EngineError) -> Duration {
        let start = MonotonicTime.now
        _ = try await send(RedisCommand("PING"))
        return .nanoseconds(Int64(clamping: MonotonicTime.now - start))
    }

    /// Accepts no more calls, waits for those under way, and closes the connection.
    ///
    /// Calls that are not answered by the deadline, and calls that come later, fail with
    /// ``EngineError/Code/shutDown``. Shutting down again waits for the same end.
    ///
    /// - Parameter deadline: How long calls under way may still take.
    public func shutdown(deadline: Duration = .seconds(5)) async {
        let time = MonotonicTime.adding(deadline.wholeNanoseconds, to: MonotonicTime.now)
        await withUnsafeContinuation { connection.shutDown(deadline: time, waiter: $0) }
    }

    var deadline: UInt64 { MonotonicTime.adding(commandTimeout, to: MonotonicTime.now) }

    static func checkCount(_ count: Int) throws(EngineError) {
        guard count <= RESPEncoder.largestCommand else {
            throw EngineError(.tooLarge, "a command of \(count) parts, more than \(RESPEncoder.largestCommand)")
        }
    }

    static func reply(of result: RedisConnection.Reply) throws(EngineError) -> RedisReply {
        let reply = try result.get()
        if case .error(let error) = reply { throw EngineError(error) }
        return reply
    }
}
