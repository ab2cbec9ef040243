import PeriluneCore
import PeriluneEmbedded
import PeriluneRedis
import PeriluneTestSupport
import Testing

/// Messages and commands that wait: what users see of them is the same on every engine.
@Suite(
    .enabled(if: RedisServer.isInstalled, "redis-server is not installed"), .timeLimit(.minutes(20)))
struct MessageTests {
    enum Kind: CaseIterable {
        case embedded, redis
    }

    /// Runs a body with an engine of its own.
    private func withEngine(_ kind: Kind, _ body: (any MessageEngine) async throws -> Void) async throws {
        switch kind {
        case .embedded: try await body(EmbeddedEngine())
        case .redis:
            let server = try RedisServer.start()
            var configuration = try RedisConfiguration(url: server.url)
            configuration.connectTimeout = .seconds(60)
            configuration.commandTimeout = .seconds(60)
            let engine = RedisEngine(configuration)
            do {
                try await body(engine)
            } catch {
                await engine.shutdown(deadline: .zero)
                throw error
            }
            await engine.shutdown()
        }
    }

    private func message(
        _ payload: String, on channel: RedisChannel, by pattern: RedisChannel? = nil
    ) -> RedisMessages.Event {
        .message(RedisMessage(channel: channel, pattern: pattern, payload: Array(payload.utf8)))
    }

    @Test(arguments: Kind.allCases)
    func messagesComeInOrder(kind: Kind) async throws {
        try await withEngine(kind) { engine in
            #expect(try await engine.publish("nobody", to: "a") == 0)
            var messages = try await engine.subscribe(to: ["a", "b", "a"]).makeAsyncIterator()
            for number in 0..<1000 {
                #expect(try await engine.publish(.integer(number), to: number.isMultiple(of: 3) ? "a" : "b") == 1)
            }
            for number in 0..<1000 {
                #expect(try await messages.next() == message("\(number)", on: number.isMultiple(of: 3) ? "a" : "b"))
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func patternsAndShardChannels(kind: Kind) async throws {
        try await withEngine(kind) { engine in
            var patterns = try await engine.subscribe(toPatterns: ["n?ws.*", "[st]*"]).makeAsyncIterator()
            var shards = try await engine.subscribe(toShardChannels: ["news.a"]).makeAsyncIterator()
            var both = try await engine.subscribe(
                to: ["news.a"], patterns: ["news.a"], shardChannels: ["other"], buffer: .init()
            ).makeAsyncIterator()
            try await engine.publish("1", to: "news.a")
            try await engine.publish("2", to: "sport")
            try await engine.publish("3", to: "nothing")
            try await engine.publish("4", toShardChannel: "news.a")
            try await engine.publish("5", toShardChannel: "other")
            #expect(try await patterns.next() == message("1", on: "news.a", by: "n?ws.*"))
            #expect(try await patterns.next() == message("2", on: "sport", by: "[st]*"))
            #expect(try await shards.next() == message("4", on: "news.a"))
            let twice = [try await both.next(), try await both.next()]
            #expect(twice.contains(message("1", on: "news.a")))
            #expect(twice.contains(message("1", on: "news.a", by: "news.a")))
            #expect(try await both.next() == message("5", on: "other"))
        }
    }

    @Test(arguments: Kind.allCases)
    func anyBytes(kind: Kind) async throws {
        try await withEngine(kind) { engine in
            let channel = RedisChannel(bytes: [0, 255, 13, 10, 42])
            let payload = (0...255).map { UInt8($0) }
            var messages = try await engine.subscribe(to: [channel, ""]).makeAsyncIterator()
            try await engine.publish(.bytes(payload), to: channel)
            try await engine.publish("", to: "")
            try await engine.publish(.bytes([UInt8](repeating: 7, count: 1 << 20)), to: channel)
            #expect(try await messages.next() == .message(RedisMessage(channel: channel, payload: payload)))
            #expect(try await messages.next() == message("", on: ""))
            guard case .message(let large) = try await messages.next() else {
                Issue.record("no large message")
                return
            }
            #expect(large.payload.count == 1 << 20)
        }
    }

    @Test(arguments: Kind.allCases)
    func slowSubscribersKeepTheNewest(kind: Kind) async throws {
        try await withEngine(kind) { engine in
            var slow = try await engine.subscribe(to: ["a"], buffer: .init(messages: 10)).makeAsyncIterator()
            var small = try await engine.subscribe(to: ["a"], buffer: .init(bytes: 9)).makeAsyncIterator()
            var fast = try await engine.subscribe(to: ["a", "b"]).makeAsyncIterator()
            for number in 100..<200 { try await engine.publish(.integer(number), to: "a") }
            try await engine.publish("over", to: "b")
            for number in 100..<200 { #expect(try await fast.next() == message("\(number)", on: "a")) }
            // Who has taken what came later knows that all others have got it.
            #expect(try await fast.next() == message("over", on: "b"))
            #expect(try await slow.next() == .dropped(90))
            for number in 190..<200 { #expect(try await slow.next() == message("\(number)", on: "a")) }
            #expect(try await small.next() == .dropped(98))
            for number in 198..<200 { #expect(try await small.next() == message("\(number)", on: "a")) }
            try await engine.publish("more", to: "a")
            #expect(try await slow.next() == message("more", on: "a"))
            #expect(try await small.next() == message("more", on: "a"))
        }
    }

    @Test(arguments: Kind.allCases)
    func manySubscribers(kind: Kind) async throws {
        try await withEngine(kind) { engine in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (ready, subscriber) = AsyncStream<Void>.makeStream()
                for _ in 0..<200 {
                    group.addTask {
                        var messages = try await engine.subscribe(to: ["a"]).makeAsyncIterator()
                        subscriber.yield()
                        for number in 0..<20 { #expect(try await messages.next() == message("\(number)", on: "a")) }
                    }
                }
                var count = 0
                for await _ in ready {
                    count += 1
                    if count == 200 { break }
                }
                for number in 0..<20 { try await engine.publish(.integer(number), to: "a") }
                try await group.waitForAll()
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func whoLetsGoIsUnsubscribed(kind: Kind) async throws {
        try await withEngine(kind) { engine in
            var dropped: RedisMessages? = try await engine.subscribe(to: ["dropped"])
            let cancelled = Task { [messages = try await engine.subscribe(to: ["cancelled"])] in
                for try await _ in messages {}
            }
            #expect(try await engine.publish("1", to: "dropped") == 1)
            #expect(try await engine.publish("1", to: "cancelled") == 1)
            var iterator = dropped?.makeAsyncIterator()
            dropped = nil
            #expect(try await iterator?.next() == message("1", on: "dropped"))
            iterator = nil
            cancelled.cancel()
            try await cancelled.value
            let messages = try await engine.subscribe(to: ["broken off"])
            try await engine.publish("1", to: "broken off")
            for try await _ in consume messages { break }
            for channel in ["dropped", "cancelled", "broken off"] as [RedisChannel] {
                try await until { try await engine.publish("2", to: channel) == 0 }
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func scriptsPublish(kind: Kind) async throws {
        try await withEngine(kind) { engine in
            let script = LuaScript(
                name: "publish",
                source: """
                    redis.call('SPUBLISH', KEYS[1], 'shard')
                    return redis.call('PUBLISH', KEYS[1], ARGV[1])
                    """)
            var messages = try await engine.subscribe(
                to: ["{a}"], patterns: [], shardChannels: ["{a}"], buffer: .init()
            ).makeAsyncIterator()
            #expect(try await engine.callInteger(script, keys: ["{a}"], arguments: ["from a script"]) == 1)
            #expect(try await messages.next() == message("shard", on: "{a}"))
            #expect(try await messages.next() == message("from a script", on: "{a}"))
        }
    }

    @Test(arguments: Kind.allCases)
    func nothingToSubscribeTo(kind: Kind) async throws {
        try await withEngine(kind) { engine in
            for try await event in try await engine.subscribe(to: []) { Issue.record("\(event)") }
        }
    }

    @Test(arguments: Kind.allCases)
    func commandsThatWait(kind: Kind) async throws {
        try await withEngine(kind) { engine in
            #expect(try await engine.sendBlocking(RedisCommand("BLPOP", ["queue", "0.01"])) == .null)
            #expect(
                try await engine.sendBlocking(RedisCommand("XREAD", ["BLOCK", 1, "STREAMS", "s", "0"])) == .null)
            let tasks = (0..<20).map { _ in Task { try await engine.sendBlocking(RedisCommand("BLPOP", ["queue", 0])) }
            }
            for number in 0..<20 { _ = try await engine.send(RedisCommand("RPUSH", ["queue", .integer(number)])) }
            var popped: Set<String> = []
            for task in tasks { popped.insert(try await task.value.array?.last?.string ?? "") }
            #expect(popped == Set((0..<20).map { String($0) }))
            let cancelled = Task { try await engine.sendBlocking(RedisCommand("BLPOP", ["queue", 0])) }
            cancelled.cancel()
            let error = await #expect(throws: EngineError.self) { try await cancelled.value }
            #expect(error?.code == .cancelled)
            await #expect(throws: EngineError(RedisError("ERR timeout is negative"))) {
                try await engine.sendBlocking(RedisCommand("BLPOP", ["queue", -1]))
            }
        }
    }
}
