import PeriluneIO
import Testing

@testable import PeriluneRedis

@Suite("Connection pool")
struct ConnectionPoolTests {
    private typealias Pool = ConnectionPool<Int, String>

    private let here = SocketEndpoint.tcp(host: "a", port: 1)
    private let there = SocketEndpoint.tcp(host: "b", port: 1)

    /// The connection that a grant is about; `nil` for a new one.
    private func reused(_ result: (grant: Pool.Grant, surplus: Int?)) -> Int? {
        if case .reuse(let connection) = result.grant { connection } else { nil }
    }

    @Test("So many have their turn; the others wait, and go in the order in which they came")
    func turns() {
        var pool = Pool(limit: 2, idleTime: 10)
        #expect([pool.enter(), pool.enter(), pool.enter()] == [true, true, false])
        pool.wait("third", number: 3)
        pool.wait("fourth", number: 4)
        pool.wait("fifth", number: 5)
        #expect(pool.leave(number: 4) == "fourth")
        #expect(pool.leave(number: 4) == nil)
        #expect(pool.exit() == "third")
        #expect(pool.leave(number: 3) == nil)
        #expect(pool.enter() == false)
        #expect(pool.exit() == "fifth")
        #expect(pool.exit() == nil)
        #expect(pool.usedCount == 1)
        #expect(pool.enter() == true)
    }

    @Test("The connection used last is used again, and only for its own server")
    func reuse() {
        var pool = Pool(limit: 3, idleTime: 10)
        _ = (pool.enter(), pool.enter())
        #expect(reused(pool.connection(to: here)) == nil)
        pool.keep(1, to: here, now: 0)
        pool.keep(2, to: here, now: 1)
        pool.keep(3, to: there, now: 2)
        _ = (pool.exit(), pool.exit())
        _ = pool.enter()
        #expect(reused(pool.connection(to: here)) == 2)
        #expect(reused(pool.connection(to: there)) == 3)
        #expect(pool.idleCount == 1)
    }

    @Test("An idle connection to one server makes room for one to another")
    func surplus() {
        var pool = Pool(limit: 2, idleTime: 10)
        _ = (pool.enter(), pool.enter())
        pool.keep(1, to: here, now: 0)
        _ = pool.exit()
        pool.keep(2, to: here, now: 0)
        _ = pool.exit()
        _ = pool.enter()
        let first = pool.connection(to: there)
        #expect(reused(first) == nil)
        #expect(first.surplus == 1)
        _ = pool.enter()
        #expect(pool.connection(to: there).surplus == 2)
        #expect(pool.idleCount == 0)
    }

    @Test("What nobody uses for a while is closed, the oldest first")
    func expiry() {
        var pool = Pool(limit: 4, idleTime: 10)
        #expect(pool.nextExpiry == nil)
        pool.keep(1, to: here, now: 5)
        pool.keep(2, to: here, now: 8)
        #expect(pool.nextExpiry == 15)
        #expect(pool.takeExpired(now: 14) == [])
        #expect(pool.takeExpired(now: 15) == [1])
        #expect(pool.nextExpiry == 18)
        #expect(pool.takeExpired(now: .max) == [2])
    }

    @Test("A limit below 1 counts as 1, and the end takes all")
    func edges() {
        var pool = Pool(limit: -5, idleTime: .max)
        #expect(pool.enter() == true)
        pool.wait("a", number: 1)
        pool.keep(1, to: here, now: 5)
        #expect(pool.takeExpired(now: 1_000_000) == [])
        let (connections, waiters) = pool.takeAll()
        #expect(connections == [1])
        #expect(waiters == ["a"])
        #expect(pool.exit() == nil)
    }
}
