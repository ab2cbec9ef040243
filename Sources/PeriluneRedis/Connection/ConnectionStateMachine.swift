import DequeModule
import HeapModule
import PeriluneCore
import PeriluneIO

/// What a multiplexed connection knows and decides, without sockets, threads or clocks.
///
/// It keeps one slot for each command in the order of sending, which is the order of the replies. The commands' bytes
/// form one endless stream; the machine knows by stream offsets which of them are still here, which were handed to the
/// socket, and so what can have run when a connection breaks.
///
/// A call that is cancelled or late leaves its slot behind as a tombstone: the reply that comes later belongs to it and
/// is dropped. Times are monotonic nanoseconds and always passed in.
struct ConnectionStateMachine<Context> {
    /// The limits from the configuration.
    struct Limits {
        var pendingCommands = 8192
        var pendingBytes = 16 << 20
        /// How long, after its deadline has passed, an abandoned call may keep its place at the head of the queue
        /// before the connection counts as dead.
        var grace: UInt64 = 1_000_000_000
        var backoff = Backoff()
        var breaker = CircuitBreaker.Settings()
        /// Whether a failed attempt to connect fails those who wait for the connection: they may find another server.
        /// Otherwise they wait for the next attempt.
        var failsWithAttempt = false
    }

    enum State: Equatable {
        /// Not connected, and nobody wants it to be.
        case idle
        /// An attempt to connect is under way: name lookup, connect.
        case connecting(deadline: UInt64)
        /// Connected; the server is being told who we are.
        case handshaking(deadline: UInt64)
        /// Commands flow.
        case active
        /// The last connection or attempt failed; the next one comes when the time has passed.
        case backingOff(until: UInt64)
        /// Over for good.
        case shutDown
    }

    /// Who waits for a slot's reply.
    enum Occupant {
        case waiting(Context)
        /// Somebody whose command is not encoded yet, because too many others are under way.
        indirect case queued(Context, Request)
        /// Nobody, by design: the command must be sent, its reply does not matter.
        case nobody
        /// Nobody any more. Dropped when it has not been handed to the socket, otherwise a tombstone.
        case abandoned
    }

    struct Slot {
        let id: UInt64
        /// When the call began.
        let begin: UInt64
        let deadline: UInt64
        /// Where in the stream the command begins; the end of all time as long as it is not encoded.
        var start: UInt64
        /// The replies that are still to come.
        var repliesDue: Int
        var occupant: Occupant

        var isEncoded: Bool { start != .max }

        /// Whether a caller waits, so that the deadline means something.
        var isWaiting: Bool {
            switch occupant {
            case .waiting, .queued: true
            case .nobody, .abandoned: false
            }
        }
    }

    /// A deadline earlier than that of the slot before it.
    struct EarlyDeadline: Comparable {
        let deadline: UInt64
        let id: UInt64

        static func < (left: EarlyDeadline, right: EarlyDeadline) -> Bool {
            (left.deadline, left.id) < (right.deadline, right.id)
        }
    }

    let limits: Limits
    var state = State.idle
    /// The encoded commands, and behind them those that wait to be encoded.
    var slots = Deque<Slot>()
    /// The slots that are waiting, tombstones not counted.
    var waitingCount = 0
    /// The slots at the end that are not encoded.
    var queuedCount = 0
    /// The replies that the encoded commands will bring.
    var repliesDue = 0
    /// The replies to the first slot that have come, when it brings more than one.
    var headReplies: [RedisReply] = []
    var breaker: CircuitBreaker
    var statistics = ConnectionStatistics()
    /// The end of the stream so far.
    var encodedEnd: UInt64 = 0
    /// The end of what was handed to the socket; what comes after it has certainly not been sent.
    var handedEnd: UInt64 = 0
    var lastID: UInt64 = 0
    /// Abandoned slots behind `handedEnd`.
    var abandonedUnsent = 0
    var lastDeadline: UInt64 = 0
    /// Deadlines that are out of order; stale ones are dropped when they come to the top.
    var earlyDeadlines = Heap<EarlyDeadline>()
    /// The slot up to which no slot waits for an in-order deadline.
    var expiryCursor: UInt64 = 0
    /// Failed attempts and lost connections since the last reply.
    var failures = 0
    /// When the last connection was made.
    var activeSince: UInt64 = 0
    /// When the last attempt to connect began.
    var attemptBegin: UInt64 = 0
    /// Why the last attempt to connect failed, for the calls that wait for the next one.
    var lastFailure: EngineError?
    /// When draining, by when it ends.
    var drainDeadline: UInt64?
    /// Whether another server is in charge, so that no new connection is made to this one.
    var isRetired = false

    init(limits: Limits = Limits()) {
        self.limits = limits
        breaker = CircuitBreaker(limits.breaker)
    }

    /// Bytes that wait to be handed to the socket.
    var pendingBytes: Int { Int(encodedEnd - handedEnd) }

    /// Whether everything accepted has been answered after ``beginDrain(deadline:)``.
    var isDrained: Bool { drainDeadline != nil && waitingCount == 0 }

    /// The position of the first slot whose id is not lower.
    ///
    /// - Complexity: O(log n).
    func position(of id: UInt64) -> Int {
        var low = 0
        var high = slots.count
        while low < high {
            let middle = (low + high) / 2
            if slots[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
