import PeriluneCore
import PeriluneEmbedded
import Testing

@Suite struct TransactionTests {
    /// A clock that moves on whenever it is looked at.
    final class RestlessClock: RedisClock {
        private let time = Locked<Int64>(1_700_000_000_000_000)

        var microseconds: Int64 {
            time.withLock { time in
                time += 1_000_000
                return time
            }
        }
    }

    @Test func noKeyExpiresWithinATransaction() async throws {
        let engine = EmbeddedEngine(clock: RestlessClock())
        let commands = [
            RedisCommand("SET", ["a", "x", "PX", 500]), RedisCommand("SET", ["b", "x", "PX", 500]),
            RedisCommand("GET", ["a"]), RedisCommand("PEXPIRETIME", ["a"]), RedisCommand("PEXPIRETIME", ["b"]),
        ]
        let frozen = try await engine.transaction(commands)
        #expect(frozen[2] == .bulk("x"))
        #expect(frozen[3] == frozen[4])
        let moving = try await engine.pipeline(commands)
        #expect(moving[2] == .null)
    }

    @Test func nobodySeesHalfOfATransaction() async throws {
        let engine = EmbeddedEngine()
        try await engine.mset(["a": 0, "b": 0])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<200 { _ = try await engine.transaction(.incr("a"), .incr("b")) }
                }
                group.addTask {
                    for _ in 0..<200 {
                        let values = try await engine.mget(["a", "b"], as: Int.self)
                        #expect(values[0] == values[1])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await engine.get("b", as: Int.self) == 1_600)
    }

    @Test func whoWaitsIsServedWhenATransactionEnds() async throws {
        let engine = EmbeddedEngine()
        async let popped = engine.send(RedisCommand("BLPOP", ["l", 0]))
        // Whether the other waits already or comes later, it gets the element that the whole transaction has left.
        let replies = try await engine.transaction([
            RedisCommand("RPUSH", ["l", "a"]), RedisCommand("LPOP", ["l"]), RedisCommand("RPUSH", ["l", "b"]),
        ])
        #expect(replies == [.integer(1), .bulk("a"), .integer(1)])
        #expect(try await popped == .array([.bulk("l"), .bulk("b")]))
    }
}
