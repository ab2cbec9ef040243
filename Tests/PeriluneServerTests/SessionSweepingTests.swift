import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import PeriluneServer

/// That a server notices which sessions have ended by themselves.
@Suite struct SessionSweepingTests {
    private func sweeping(every milliseconds: Int) -> (inout ManagementConfiguration) -> Void {
        { $0.sessions.sweepInterval = .milliseconds(milliseconds) }
    }

    private func waitUntilExpired(_ count: Int, _ server: Harness) async throws {
        try await until { try await server.send("GET", "sessions/stats").body.contains(#""expired":\#(count),"#) }
    }

    @Test(.timeLimit(.minutes(20))) func onTheEmbeddedEngine() async throws {
        try await withServer(configure: sweeping(every: 5)) { server async throws in
            let new = try await server.store().create(Visit(), user: "42", idleTimeout: .seconds(10))
            server.clock.advance(by: .milliseconds(10_001))
            try await waitUntilExpired(1, server)
            let events = try await server.send("GET", "sessions/events").body
            #expect(events.contains(#""kind":"expired","id":"\#(new.session.id)","user":"42""#), "\(events)")
        }
    }

    @Test(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"), .timeLimit(.minutes(20)))
    func onARedisServer() async throws {
        let redis = try RedisServer.start()
        let engine = try Engine(url: redis.url, logger: silent, timeout: .seconds(60))
        let onShutdown: @Sendable () async -> Void = { await engine.shutdown() }
        try await withServer(
            scriptEngine: engine.scriptEngine, onShutdown: onShutdown,
            configure: sweeping(every: 5)
        ) { server async throws in
            let store = try server.store()
            let stays = try await store.create(Visit(), user: "42")
            _ = try await store.create(Visit(), user: "42", idleTimeout: .milliseconds(1))
            try await waitUntilExpired(1, server)
            #expect(try await server.list("42").body.contains("\(stays.session.id)"))
            #expect(try await server.send("DELETE", "users/42/sessions").body == #"{"revoked":1}"#)
        }
    }

    /// Whose shards lie on three servers.
    @Test(
        .enabled(if: RedisServer.isInstalled && LongTests.areWanted, "long, or redis-server is not installed"),
        .timeLimit(.minutes(20)))
    func onACluster() async throws {
        let cluster = try await RedisCluster.start()
        let engine = try Engine(url: cluster.url, logger: silent, timeout: .seconds(60))
        let onShutdown: @Sendable () async -> Void = { await engine.shutdown() }
        try await withServer(
            scriptEngine: engine.scriptEngine, onShutdown: onShutdown, configure: sweeping(every: 5)
        ) { server async throws in
            let store = try server.store()
            for number in 0..<50 {
                let stays = try await store.create(Visit(), user: "\(number)").session.id
                _ = try await store.create(Visit(), user: "\(number)", idleTimeout: .milliseconds(1))
                #expect(try await server.look(stays).status == 200)
            }
            try await waitUntilExpired(50, server)
            for number in 0..<50 {
                let list = try await server.list("\(number)").body
                #expect(list.split(separator: #""id":"#).count == 2, "\(list)")
                #expect(try await server.send("DELETE", "users/\(number)/sessions").body == #"{"revoked":1}"#)
            }
            #expect(
                try await server.send("GET", "sessions/stats").body
                    == #"{"active":0,"created":100,"expired":50,"revoked":50,"evicted":0,"rotated":0}"#)
        }
    }

    @Test(.timeLimit(.minutes(20))) func anEngineWithoutSessionsStaysEmpty() async throws {
        let engine = SweptEngine()
        try await withServer(scriptEngine: engine, configure: sweeping(every: 1)) { server async throws in
            // Each shard was swept, at least once.
            try await until { engine.swept.count >= SessionConfiguration.standard.shards }
            #expect(try await server.engine.send(RedisCommand("KEYS", ["*{s.*"])).array == [])
        }
    }

    @Test(.timeLimit(.minutes(20))) func anEngineThatIsDownIsOneLine() async throws {
        let log = RecordedLog()
        let start = ContinuousClock.now
        try await withServer(
            scriptEngine: FailingEngine(), logger: log.logger,
            configure: sweeping(every: 1)
        ) { server async throws in
            try await until { log.lines.contains { $0.contains("are not looked at") } }
            for _ in 0..<20 { _ = try await server.send("GET", "health") }
        }
        // A line in five seconds, however long the requests have taken.
        let most = 1 + Int((ContinuousClock.now - start) / .seconds(5))
        #expect((1...most).contains(log.lines.count { $0.contains("looked at") }))
    }
}

/// Notes which shards were swept.
private final class SweptEngine: ForwardingEngine {
    let inner = EmbeddedEngine(clock: ManualClock())
    private let shards = Locked<Set<RedisKey>>([])

    /// The first key of each sweep that has ended.
    var swept: Set<RedisKey> { shards.withLock { $0 } }

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        let reply = try await inner.call(script, keys: keys, arguments: arguments)
        if script.name == "session.sweep", let key = keys.first { shards.withLock { _ = $0.insert(key) } }
        return reply
    }
}
