import Foundation
import PeriluneCore
import PeriluneRedis
import PeriluneTestSupport
import Testing

@Suite("The engine's executor", .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct EngineExecutorTests {
    /// What tells the calling thread from the others.
    private static func thread() -> ObjectIdentifier { ObjectIdentifier(Thread.current) }

    @Test("Tasks that prefer it run on one thread, calls included, and get their own answers")
    func oneThread() async throws {
        try await withEngine(settings(RedisServer.shared().url)) { engine in
            let executor = try engine.executor
            let threads = Locked<Set<ObjectIdentifier>>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<200 {
                    group.addTask(executorPreference: executor) {
                        for number in 0..<20 {
                            threads.withLock { _ = $0.insert(Self.thread()) }
                            let unique = task * 1000 + number
                            let reply = try await engine.call(Scripts.echo, keys: [], arguments: [.integer(unique)])
                            threads.withLock { _ = $0.insert(Self.thread()) }
                            #expect(reply == .bulk(String(unique)))
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(threads.withLock { $0.count } == 1)
        }
    }

    @Test("Callers on and off the thread share the connection")
    func mixed() async throws {
        try await withEngine(settings(RedisServer.shared().url)) { engine in
            let executor = try engine.executor
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<64 {
                    group.addTask(executorPreference: task % 2 == 0 ? executor : nil) {
                        for number in 0..<50 {
                            let unique = task * 1000 + number
                            let reply = try await engine.send(RedisCommand("ECHO", [.integer(unique)]))
                            #expect(reply == .bulk(String(unique)))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("It runs tasks after the engine was shut down and forgotten, as long as somebody holds it")
    func outlives() async throws {
        var engine: RedisEngine? = makeEngine(try settings(RedisServer.shared().url))
        _ = try await engine?.ping()
        let executor = try #require(try engine?.executor)
        await engine?.shutdown()
        engine = nil
        let sum = await withTaskExecutorPreference(executor) {
            var sum = 0
            for number in 0..<100 {
                await Task.yield()
                sum += number
            }
            return sum
        }
        #expect(sum == 4950)
    }

    @Test("An engine that is forgotten by a task on its own thread ends all the same")
    func forgottenOnItself() async throws {
        let url = try RedisServer.shared().url
        for _ in 0..<20 {
            let engine = makeEngine(try settings(url))
            let executor = try engine.executor
            let task = Task(executorPreference: executor) { try await engine.send(RedisCommand("ECHO", ["last"])) }
            #expect(try await task.value == .bulk("last"))
        }
    }

    @Test("Calls on the thread that time out, are cancelled or refused end there")
    func failures() async throws {
        let server = try FakeServer { peer in
            peer.shakeHands()
            peer.ignoreTheRest()
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)", timeout: .seconds(2))) { engine in
            let executor = try engine.executor
            let late = Task(executorPreference: executor) { try await engine.send(RedisCommand("PING")) }
            let cancelled = Task(executorPreference: executor) { try await engine.send(RedisCommand("PING")) }
            cancelled.cancel()
            #expect((await failure { _ = try await late.value })?.code == .timedOut)
            #expect((await failure { _ = try await cancelled.value })?.code == .cancelled)
        }
    }
}
