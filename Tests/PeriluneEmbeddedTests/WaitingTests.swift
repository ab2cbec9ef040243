import PeriluneCore
import PeriluneEmbedded
import Testing

/// Commands of the library that wait.
@Suite struct WaitingTests {
    private let clock = ManualClock()

    private func untilOneWaits() async {
        while clock.sleeperCount == 0 { await Task.yield() }
    }

    @Test func aTaskWaitsForAnElement() async throws {
        let engine = EmbeddedEngine(clock: clock)
        async let popped = engine.send(RedisCommand("BLPOP", ["queue", "5"]))
        await untilOneWaits()
        _ = try await engine.send(RedisCommand("RPUSH", ["queue", "a", "b"]))
        #expect(try await popped == .array([.bulk("queue"), .bulk("a")]))
        #expect(try await engine.send(RedisCommand("LLEN", ["queue"])) == .integer(1))
    }

    /// What `$` stands for is what was last in the stream when the wait began.
    @Test func tasksWaitForEntriesOfAStream() async throws {
        let engine = EmbeddedEngine(clock: clock)
        _ = try await engine.send(RedisCommand("XADD", ["events", "1", "old", "x"]))
        _ = try await engine.send(RedisCommand("XGROUP", ["CREATE", "events", "group", "$"]))
        async let read = engine.send(RedisCommand("XREAD", ["BLOCK", "5000", "STREAMS", "events", "$"]))
        async let consumed = engine.send(
            RedisCommand(
                "XREADGROUP", ["GROUP", "group", "consumer", "BLOCK", "5000", "STREAMS", "events", ">"]))
        while clock.sleeperCount < 2 { await Task.yield() }
        _ = try await engine.send(RedisCommand("XADD", ["events", "2", "new", "y"]))
        let expected = RedisReply.array([
            .array([
                .bulk("events"), .array([.array([.bulk("2-0"), .array([.bulk("new"), .bulk("y")])])]),
            ])
        ])
        #expect(try await read == expected)
        #expect(try await consumed == expected)
        #expect(try await engine.send(RedisCommand("XACK", ["events", "group", "2"])) == .integer(1))
    }

    @Test func theEnginesClockEndsTheWait() async throws {
        let engine = EmbeddedEngine(clock: clock)
        async let popped = engine.send(RedisCommand("BLPOP", ["queue", "86400"]))
        await untilOneWaits()
        clock.advance(by: .seconds(86_400))
        #expect(try await popped == .null)
        // What comes later is for others.
        _ = try await engine.send(RedisCommand("RPUSH", ["queue", "a"]))
        #expect(try await engine.send(RedisCommand("LPOP", ["queue"])) == .bulk("a"))
    }

    @Test func aTaskThatIsCancelledWaitsNoLonger() async throws {
        let engine = EmbeddedEngine(clock: clock)
        let popped = Task { try await engine.send(RedisCommand("BLPOP", ["queue", "5"])) }
        await untilOneWaits()
        popped.cancel()
        let error = await #expect(throws: EngineError.self) { try await popped.value }
        #expect(error?.code == .cancelled)
        _ = try await engine.send(RedisCommand("RPUSH", ["queue", "a"]))
        #expect(try await engine.send(RedisCommand("LLEN", ["queue"])) == .integer(1))
    }

    @Test func manyTasksShareWhatComes() async throws {
        let engine = EmbeddedEngine(clock: clock)
        let total = try await withThrowingTaskGroup(of: Int.self) { tasks in
            for _ in 0..<64 {
                tasks.addTask {
                    let reply = try await engine.send(RedisCommand("BLPOP", ["queue", "1000"]))
                    return Int(reply.array?.last?.string ?? "") ?? 0
                }
            }
            for number in 1...64 { _ = try await engine.send(RedisCommand("RPUSH", ["queue", .integer(number)])) }
            return try await tasks.reduce(0, +)
        }
        #expect(total == 64 * 65 / 2)
    }
}
