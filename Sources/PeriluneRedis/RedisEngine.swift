public import CoreMetrics
public import Logging
public import PeriluneCore
import PeriluneIO
import Synchronization
public import Tracing

/// Runs scripts and commands on a Redis server, or on several, over one connection to each that all callers share.
/// Subscriptions and commands that wait have connections of their own.
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
/// A call that fails with ``EngineError/mayHaveRun`` `false` certainly had no effect. One that may have run is sent
/// again only when its script or command says that repeating it is harmless. Cancelling a task ends its call at once
/// and disturbs no other.
///
/// Behind sentinels calls go to the primary. In a Redis Cluster they go to the node that serves the hash slot of their
/// keys, which must all be in one, otherwise they are refused as ``EngineError/Code/crossSlot``; a call without keys goes
/// to any node, and a few commands about all data or all scripts go to every one. When another server takes over, calls
/// that have certainly not run go there, until their deadline; those that may have run fail, unless they may be repeated.
/// Redis replicates asynchronously: writes that were answered shortly before may be lost.
public final class RedisEngine: ScriptEngine {
    let configuration: RedisConfiguration
    let topology: Topology
    let commandTimeout: UInt64
    let subscriptions: SubscriptionConnections
    let blocking: BlockingConnections
    /// Attempts after the first ones of calls.
    let retries = Atomic<Int>(0)
    let observer: CallObserver?
    private let loop = SharedEventLoop()

    /// Creates an engine. Reads the files that TLS needs, and does not connect.
    ///
    /// - Parameters:
    ///   - configuration: The server and the limits. Limits below 1 count as 1.
    ///   - logger: Told about connections made and lost; never about arguments or passwords.
    ///   - metrics: Where calls are counted and timed; `nil` is the process' metrics system, if it was set up before.
    ///   - tracer: Who makes spans of calls; `nil` is the process' tracer, if it was set up before.
    public init(
        _ configuration: RedisConfiguration, logger: Logger = Logger(label: "perilune.redis"),
        metrics: (any MetricsFactory)? = nil, tracer: (any Tracer)? = nil
    ) {
        let configuration = configuration.loadingTLS()
        self.configuration = configuration
        observer = CallObserver(metrics: metrics, tracer: tracer, configuration: configuration)
        let topology = Topology(configuration, loop: loop, logger: logger, metrics: observer?.metrics)
        self.topology = topology
        subscriptions = SubscriptionConnections(topology, configuration, loop: loop, logger: logger)
        blocking = BlockingConnections(for: topology.purpose, configuration, loop: loop, logger: logger)
        commandTimeout = configuration.commandTimeout.wholeNanoseconds
    }

    deinit {
        // Nobody waits any more: a call in flight would keep the engine alive.
        for connection in topology.shutDown() + blocking.shutDown() {
            connection.shutDown(deadline: 0, waiter: nil)
        }
        for connection in subscriptions.shutDown() { connection.shutDown(waiter: nil) }
    }

    /// Runs tasks on the thread that sends and receives, which saves each call two changes of threads.
    ///
    /// ```swift
    /// let executor = try engine.executor
    /// await withTaskExecutorPreference(executor) {
    ///     _ = try await engine.send(RedisCommand("PING"))
    /// }
    /// ```
    ///
    /// Your code then runs on the I/O thread: while it computes or blocks, no reply of anybody is read.
    ///
    /// - Throws: ``EngineError/Code/unreachable`` when there is no thread.
    public var executor: any TaskExecutor {
        get throws(EngineError) {
            do throws(SystemError) {
                return try loop.executor()
            } catch {
                throw EngineError(.unreachable, "no thread for the connection: \(error)")
            }
        }
    }

    /// Runs a script by its digest.
    ///
    /// When the server does not know the script, it is loaded and called again in one more round trip: the first time,
    /// after a restart, after `SCRIPT FLUSH`.
    ///
    /// - Parameters:
    ///   - script: The script.
    ///   - keys: What the script sees as `KEYS`.
    ///   - arguments: What the script sees as `ARGV`.
    /// - Returns: The reply, never ``RedisReply/error(_:)``.
    /// - Throws: ``EngineError``; an error reply as ``EngineError/Code/server``.
    /// - Complexity: One round trip, and one more when the server does not know the script.
    public func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        try Self.reply(of: await perform(Request(script, keys: keys, arguments: arguments)))
    }

    /// Runs a plain command.
    ///
    /// Commands that wait or that change what the connection is (`BLPOP`, `SUBSCRIBE`, `MULTI`, `SELECT`, `MONITOR`,
    /// `CLIENT REPLY`, ...) are refused, because all callers share the connection; see ``sendBlocking(_:)``,
    /// ``subscribe(to:patterns:shardChannels:buffer:)`` and ``transaction(_:)``.
    ///
    /// - Returns: The reply, never ``RedisReply/error(_:)``.
    /// - Throws: ``EngineError``; an error reply as ``EngineError/Code/server``; ``EngineError/Code/notAllowed`` for a
    ///   command that is refused here.
    /// - Complexity: One round trip, plus what the command itself costs.
    public func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        if let refusal = ConnectionUse.refusal(of: command) { throw refusal }
        return try Self.reply(of: await perform(Request(command)))
    }

    /// Runs a plain command on the node of a cluster that a key belongs to.
    ///
    /// For commands whose keys are not where most commands have them and that this client does not know: those of
    /// modules. On one server it is ``send(_:)``.
    ///
    /// - Parameter key: Any key of the hash slot that the command is about.
    /// - Returns: The reply, never ``RedisReply/error(_:)``.
    /// - Throws: ``EngineError``; an error reply as ``EngineError/Code/server``.
    /// - Complexity: One round trip, plus what the command itself costs.
    public func send(_ command: RedisCommand, routedBy key: RedisKey) async throws(EngineError) -> RedisReply {
        if let refusal = ConnectionUse.refusal(of: command) { throw refusal }
        return try Self.reply(of: await perform(Request(command), inSlot: key.slot))
    }

    /// Accepts no more calls, waits for those under way, and closes the connections.
    ///
    /// Calls that are not answered by the deadline, and calls that come later, fail with
    /// ``EngineError/Code/shutDown``; so do commands that wait, at once. Subscriptions end. Shutting down again waits for
    /// the same end.
    ///
    /// - Parameter deadline: How long calls under way may still take.
    public func shutdown(deadline: Duration = .seconds(5)) async {
        let time = MonotonicTime.adding(deadline.wholeNanoseconds, to: MonotonicTime.now)
        let connections = topology.shutDown()
        let waiting = blocking.shutDown()
        await withTaskGroup(of: Void.self) { group in
            for connection in connections {
                group.addTask { await withUnsafeContinuation { connection.shutDown(deadline: time, waiter: $0) } }
            }
            for connection in waiting {
                group.addTask { await withUnsafeContinuation { connection.shutDown(deadline: 0, waiter: $0) } }
            }
            for connection in subscriptions.shutDown() {
                group.addTask { await withUnsafeContinuation { connection.shutDown(waiter: $0) } }
            }
        }
    }

    static func reply(of result: RedisConnection.Reply) throws(EngineError) -> RedisReply {
        let reply = try result.get()
        if case .error(let error) = reply { throw EngineError(error) }
        return reply
    }
}
