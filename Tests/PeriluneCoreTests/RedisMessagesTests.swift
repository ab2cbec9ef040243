import PeriluneCore
import Testing

@Suite("Messages of a subscription")
struct RedisMessagesTests {
    private func message(_ text: String) -> RedisMessage { RedisMessage(channel: "c", payload: Array(text.utf8)) }

    @Test("What is yielded before and while somebody waits comes in order; then the end")
    func order() async throws {
        let (messages, source) = RedisMessages.make()
        source.yield(message("1"))
        async let rest = {
            var events: [RedisMessages.Event] = []
            for try await event in messages { events.append(event) }
            return events
        }()
        source.yield(message("2"))
        source.interrupt()
        source.resubscribe()
        source.finish()
        source.yield(message("3"))
        #expect(
            try await rest == [.message(message("1")), .message(message("2")), .interrupted, .resubscribed])
    }

    @Test("An error is thrown behind what has come, once")
    func error() async throws {
        let (messages, source) = RedisMessages.make()
        source.yield(message("1"))
        source.finish(throwing: EngineError(RedisError("NOPERM no")))
        var iterator = messages.makeAsyncIterator()
        #expect(try await iterator.next() == .message(message("1")))
        await #expect(throws: EngineError(RedisError("NOPERM no"))) { try await iterator.next() }
        #expect(try await iterator.next() == nil)
    }

    @Test("The sequence ends when the engine lets go of its end")
    func sourceGone() async throws {
        var messages: RedisMessages?
        do {
            let (made, source) = RedisMessages.make()
            source.yield(message("1"))
            messages = made
        }
        var iterator = messages?.makeAsyncIterator()
        #expect(try await iterator?.next() == .message(message("1")))
        #expect(try await iterator?.next() == .some(nil))
    }

    @Test("The engine learns when the sequence and its iterators are gone, and not before")
    func interestGone() async throws {
        let isOver = Locked(false)
        let (messages, source) = RedisMessages.make()
        source.onTermination { isOver.withLock { $0 = true } }
        source.yield(message("1"))
        try await {
            var iterator = messages.makeAsyncIterator()
            _ = try await iterator.next()
        }()
        #expect(!isOver.withLock { $0 })
        await drop(messages)
        let (others, otherSource) = RedisMessages.make()
        otherSource.onTermination { isOver.withLock { $0 = true } }
        _ = consume others
        #expect(isOver.withLock { $0 })
    }

    private func drop(_ messages: consuming RedisMessages) async {}

    @Test("A cancelled task gets the end, and the engine learns of it")
    func cancelled() async throws {
        let isOver = Locked(false)
        let (messages, source) = RedisMessages.make()
        source.onTermination { isOver.withLock { $0 = true } }
        let task = Task {
            var count = 0
            for try await _ in messages { count += 1 }
            return count
        }
        source.yield(message("1"))
        task.cancel()
        #expect(try await task.value <= 1)
        #expect(isOver.withLock { $0 })
        // One that is set later is called at once.
        let isCalled = Locked(false)
        source.onTermination { isCalled.withLock { $0 = true } }
        #expect(isCalled.withLock { $0 })
    }

    @Test("Several iterators share what comes, and end together")
    func shared() async throws {
        let (messages, source) = RedisMessages.make()
        let total = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var sum = 0
                    for try await event in messages {
                        if case .message(let message) = event { sum += message.text.flatMap { Int($0) } ?? 0 }
                    }
                    return sum
                }
            }
            for number in 1...1000 { source.yield(message(String(number))) }
            source.finish()
            return try await group.reduce(0, +)
        }
        #expect(total == 500_500)
    }
}
