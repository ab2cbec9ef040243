import Logging
import PeriluneCore
import PeriluneIO

/// One multiplexed connection to one server: the machine's decisions carried out.
///
/// Callers encode their commands into a common buffer and suspend; the loop's thread sends all that has gathered in one
/// system call, reads the replies and resumes the callers.
///
/// `@unchecked Sendable` because `shared` is locked and everything below "loop's thread" is touched there alone.
final class RedisConnection: ServerConnection, @unchecked Sendable {
    typealias Reply = Result<RedisReply, EngineError>
    typealias Caller = UnsafeContinuation<Reply, Never>
    typealias Machine = ConnectionStateMachine<Caller>

    /// What callers and the loop's thread share.
    struct Shared {
        var machine: Machine
        /// What callers have encoded.
        var pending = ByteBuffer()
        /// What was handed to the socket and is not taken yet. While it is not empty it belongs to the loop's thread.
        var sending = ByteBuffer()
        /// The socket of an active connection on which callers may send.
        var socket: Socket?
        /// The thread, from the first call on.
        var loop: EventLoop?
        /// Whether the loop will look here anyway.
        var isNotified = false
        /// The time for which the loop's timer is set.
        var timerDeadline = UInt64.max
        /// The slots of the last SCRIPT LOAD of each script on this connection.
        var loads: [String: UInt64] = [:]
        var shutdownWaiters: [UnsafeContinuation<Void, Never>] = []
    }

    /// What the connection is for.
    enum Purpose {
        /// The only server there is: calls wait until it is back.
        case onlyServer
        /// A server that must be a primary, and beside which there may be another one.
        case primary
        /// One of several servers.
        case oneOfMany
    }

    /// Makes the connections of one engine.
    typealias Factory = @Sendable (SocketEndpoint, Purpose) -> RedisConnection

    /// Where the server is.
    let endpoint: SocketEndpoint
    let purpose: Purpose
    let configuration: RedisConfiguration
    let tls: Result<TLSContext?, SystemError>
    let logger: Logger
    let shared: Locked<Shared>
    private let owner: SharedEventLoop

    // The loop's thread.
    var decoder = RESPDecoder()
    var handshake: Handshake?
    var connector: Connector?
    var transport: Transport?
    var timer: EventLoop.Timer?
    let metrics: ServerMetrics?
    var waitsToWrite = false
    var replies: [RedisReply] = []
    var resumable: [(caller: Caller, reply: RedisReply)] = []

    /// Prepares a connection. It is made with the first call.
    init(
        to endpoint: SocketEndpoint, for purpose: Purpose = .onlyServer, _ configuration: RedisConfiguration,
        loop: SharedEventLoop, logger: Logger, metrics: ClientMetrics? = nil
    ) {
        self.endpoint = endpoint
        self.purpose = purpose
        self.configuration = configuration
        tls = configuration.tlsContext
        self.logger = logger
        owner = loop
        self.metrics = metrics?.server(endpoint.description)
        let limits = Machine.Limits(
            pendingCommands: max(1, configuration.maximumPendingCommands),
            pendingBytes: max(1, configuration.maximumPendingBytes),
            grace: configuration.commandTimeout.wholeNanoseconds,
            backoff: configuration.backoff,
            breaker: configuration.circuitBreaker,
            failsWithAttempt: purpose != .onlyServer)
        self.shared = Locked(Shared(machine: Machine(limits: limits)))
    }

    /// The thread, started when this is the first who needs it.
    func startLoop() -> Result<EventLoop, EngineError> {
        do throws(SystemError) {
            return .success(try owner.start())
        } catch {
            return .failure(EngineError(.unreachable, "no thread for the connection: \(error)"))
        }
    }

    var loop: EventLoop? { shared.withLock { $0.loop } }

    /// Whether commands flow.
    var isActive: Bool { shared.withLock { $0.machine.state == .active } }

    /// Whether it was shut down, or retired, and nobody waits any more.
    var isOver: Bool { shared.withLock { $0.machine.state == .shutDown } }

    /// The state of the circuit breaker.
    var breaker: CircuitBreaker { shared.withLock { $0.machine.breaker } }

    /// What has happened so far.
    var statistics: ConnectionStatistics { shared.withLock { $0.machine.statistics } }
}
