import DequeModule
import PeriluneCore
import PeriluneIO

/// Which of some connections gets a call that needs one for itself, and who waits for its turn.
///
/// A pure value: it opens and closes nothing, and times are monotonic nanoseconds that are passed in. Connections to
/// several servers share one limit; one that is not in use makes room for another server's.
struct ConnectionPool<Connection, Waiter> {
    /// What a caller that asks for a connection gets.
    enum Grant {
        /// A connection that somebody else has used, the last one first, so that the others grow old.
        case reuse(Connection)
        /// Leave to make one.
        case make
    }

    /// One that is not in use.
    private struct Idle {
        let connection: Connection
        let endpoint: SocketEndpoint
        let since: UInt64
    }

    /// How many connections there may be.
    let limit: Int
    /// How long one is kept that nobody uses.
    let idleTime: UInt64
    /// Those not in use, the one used last at the end.
    private var idle = Deque<Idle>()
    private var waiters = Deque<(number: UInt64, waiter: Waiter)>()
    /// How many callers have leave to use one.
    private(set) var usedCount = 0

    init(limit: Int, idleTime: UInt64) {
        self.limit = max(1, limit)
        self.idleTime = idleTime
    }

    var idleCount: Int { idle.count }
    var waitingCount: Int { waiters.count }

    // MARK: Turns

    /// Gives a caller its turn.
    ///
    /// - Returns: Whether it is its turn; if not, it is to wait.
    mutating func enter() -> Bool {
        // Nobody overtakes those who wait.
        guard usedCount < limit, waiters.isEmpty else { return false }
        usedCount += 1
        return true
    }

    /// Lets a caller wait for its turn.
    mutating func wait(_ waiter: Waiter, number: UInt64) {
        waiters.append((number, waiter))
    }

    /// Ends a wait.
    ///
    /// - Returns: Who waited; `nil` when it was its turn already.
    /// - Complexity: O(those who wait).
    mutating func leave(number: UInt64) -> Waiter? {
        guard let index = waiters.firstIndex(where: { $0.number == number }) else { return nil }
        return waiters.remove(at: index).waiter
    }

    /// Ends a turn.
    ///
    /// - Returns: Whose turn it is now.
    mutating func exit() -> Waiter? {
        if let next = waiters.popFirst() { return next.waiter }
        usedCount -= 1
        return nil
    }

    // MARK: Connections

    /// Finds a connection to a server for somebody whose turn it is.
    ///
    /// - Returns: What it gets, and another one that is to be closed to make room.
    /// - Complexity: O(connections).
    mutating func connection(to endpoint: SocketEndpoint) -> (grant: Grant, surplus: Connection?) {
        if let index = idle.lastIndex(where: { $0.endpoint == endpoint }) {
            return (.reuse(idle.remove(at: index).connection), nil)
        }
        // Those who have their turn have a connection each, or are about to.
        return (.make, usedCount + idle.count > limit ? idle.popFirst()?.connection : nil)
    }

    /// Keeps a connection that is of use for another caller. Its own call must not have ended its turn yet.
    mutating func keep(_ connection: Connection, to endpoint: SocketEndpoint, now: UInt64) {
        idle.append(Idle(connection: connection, endpoint: endpoint, since: now))
    }

    /// Takes out the connections that nobody has used for too long.
    mutating func takeExpired(now: UInt64) -> [Connection] {
        var expired: [Connection] = []
        while let first = idle.first, MonotonicTime.adding(idleTime, to: first.since) <= now {
            expired.append(idle.removeFirst().connection)
        }
        return expired
    }

    /// When the next connection has been idle for too long.
    var nextExpiry: UInt64? { idle.first.map { MonotonicTime.adding(idleTime, to: $0.since) } }

    /// Takes out all that are not in use and all who wait.
    mutating func takeAll() -> (connections: [Connection], waiters: [Waiter]) {
        defer {
            idle = []
            waiters = []
        }
        return (idle.map(\.connection), waiters.map(\.waiter))
    }
}
