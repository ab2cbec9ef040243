import Logging
import PeriluneCore
import PeriluneIO

/// One multiplexed connection to a server: the machine's decisions carried out.
///
/// Callers encode their commands into a common buffer and suspend; the loop's thread sends all that has gathered in one
/// system call, reads the replies and resumes the callers.
///
/// `@unchecked Sendable` because `shared` is locked and everything below "loop's thread" is touched there alone.
final class RedisConnection: EventHandler, @unchecked Sendable {
    typealias Reply = Result<RedisReply, EngineError>
    typealias Caller = UnsafeContinuation<Reply, Never>

    /// What callers and the loop's thread share.
    struct Shared {
        var machine: ConnectionStateMachine<Caller>
        /// What callers have encoded.
        var pending = ByteBuffer()
        /// What was handed to the socket and is not taken yet. While it is not empty it belongs to the loop's thread.
        var sending = ByteBuffer()
        /// The socket of an active connection.
        var socket: Socket?
        /// The thread, which starts with the first call.
        var loop: EventLoop?
        /// Whether the loop will look here anyway.
        var isNotified = false
        /// The time for which the loop's timer is set.
        var timerDeadline = UInt64.max
        /// The slots of the last SCRIPT LOAD of each script on this connection.
        var loads: [String: UInt64] = [:]
        var shutdownWaiters: [UnsafeContinuation<Void, Never>] = []
    }

    let configuration: RedisConfiguration
    let logger: Logger
    let shared: Locked<Shared>

    // The loop's thread.
    var decoder = RESPDecoder()
    var handshake: Handshake?
    var connector: Connector?
    /// The socket from the handshake on.
    var socket: Socket?
    var timer: EventLoop.Timer?
    var waitsToWrite = false
    var replies: [RedisReply] = []
    var resumable: [(caller: Caller, reply: RedisReply)] = []

    init(_ configuration: RedisConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        let limits = ConnectionStateMachine<Caller>.Limits(
            pendingCommands: max(1, configuration.maximumPendingCommands),
            pendingBytes: max(1, configuration.maximumPendingBytes),
            grace: configuration.commandTimeout.wholeNanoseconds,
            backoff: configuration.backoff)
        self.shared = Locked(Shared(machine: ConnectionStateMachine(limits: limits)))
    }

    /// A command on its way. Its fields belong to the connection's lock, hence `@unchecked Sendable`.
    final class Ticket: @unchecked Sendable {
        /// The command's slot; 0 when it has none yet.
        var id: UInt64 = 0
        /// Whether the task was cancelled before the command got a slot.
        var isCancelled = false
    }
}
