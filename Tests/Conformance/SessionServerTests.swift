import Perilune
import PeriluneCore
import PeriluneRedis
import PeriluneTestSupport
import Testing

/// Sessions on real servers that die, and on a cluster.
@Suite(
    .enabled(if: RedisServer.isInstalled && LongTests.areWanted, "long, or redis-server is not installed"),
    .timeLimit(.minutes(20)))
struct SessionServerTests {
    private typealias Store = SessionStore<[String: Int]>

    private static func engine(_ url: String, timeout: Duration) throws -> RedisEngine {
        var configuration = try RedisConfiguration(url: url)
        configuration.commandTimeout = timeout
        return RedisEngine(configuration)
    }

    private static func store(
        _ engine: any ScriptEngine, _ configure: (inout SessionConfiguration) -> Void
    ) throws -> Store {
        var configuration = SessionConfiguration()
        configuration.shards = 4
        configure(&configuration)
        return try SessionStore(
            engine: engine, secrets: SessionSecrets(tokenKey: Array(repeating: 5, count: 32)),
            configuration: configuration)
    }

    /// The server is killed in the middle of calls, again and again, and comes back with what its file holds.
    @Test func aKilledServerLeavesNoKeyWithoutExpiryAndNoOrphan() async throws {
        let server = try RedisServer.start(arguments: ["--appendonly", "yes", "--appendfsync", "always"])
        let engine = try Self.engine(server.url, timeout: .seconds(5))
        let store = try Self.store(engine) { configuration in
            configuration.limit = .init(5)
            configuration.rotationGrace = .milliseconds(50)
        }
        for round in 0..<4 {
            let isKilled = Locked(false)
            let (calls, progress) = AsyncStream.makeStream(of: Void.self)
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<16 {
                    group.addTask {
                        var generator = SeededGenerator(seed: UInt64(round * 100 + task))
                        var ids: [SessionID] = []
                        while !isKilled.withLock({ $0 }) {
                            await Self.step(store, &ids, &generator)
                            progress.yield()
                        }
                    }
                }
                group.addTask {
                    var left = 300 + 137 * round
                    for await _ in calls {
                        left -= 1
                        if left == 0 { break }
                    }
                    server.kill()
                    isKilled.withLock { $0 = true }
                }
                await group.waitForAll()
            }
            try server.resume()
            // Until the client has noticed.
            try await until { (try? await engine.send(RedisCommand("PING"))) != nil }
        }
        // What is short-lived ends within a second; then two sweeps have seen all.
        var orphans = ["not looked yet"]
        let end = ContinuousClock.now + .seconds(60)
        while !orphans.isEmpty, ContinuousClock.now < end {
            await shortPause()
            _ = try? await store.sweep()
            _ = try? await store.sweep()
            orphans = (try? await Self.orphans(engine)) ?? orphans
        }
        #expect(orphans.isEmpty)
        let statistics = try await store.statistics()
        #expect(statistics.created > 0 && statistics.rotated > 0 && statistics.revoked > 0)
        #expect(
            statistics.created
                == statistics.active + statistics.expired + statistics.revoked + statistics.evicted + statistics.rotated
        )
        await engine.shutdown()
    }

    /// A call, which may fail: sessions end, and the server is killed.
    private static func step(_ store: Store, _ ids: inout [SessionID], _ generator: inout SeededGenerator) async {
        let user = "user \(Int.random(in: 0..<8, using: &generator))"
        let id = ids.randomElement(using: &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0..<3:
            let idle = Duration.milliseconds([300, 3_600_000].randomElement(using: &generator) ?? 1)
            if let id = (try? await store.create(["n": 0], user: user, idleTimeout: idle))?.session.id {
                ids.append(id)
            }
        case 3: if let id { _ = try? await store.touch(id) }
        case 4: if let id, let new = try? await store.rotate(id) { ids.append(new.session.id) }
        case 5: if let id, let new = try? await store.logIn(id, user: user) { ids.append(new.session.id) }
        case 6: if let id { _ = try? await store.revoke(id) }
        default: if let id { _ = try? await store.replace(id, with: ["n": 1]) }
        }
    }

    /// Keys without expiry that should have one, and members of indexes and wheels whose session is gone.
    private static func orphans(_ engine: RedisEngine) async throws -> [String] {
        var orphans: [String] = []
        let keys = (try await engine.send(RedisCommand("KEYS", ["*"])).array ?? []).compactMap(\.string)
        for key in keys {
            let name = String(key.split(separator: ":")[2])
            if !["w", "c", "e"].contains(name),
                try await engine.send(RedisCommand("PTTL", [.string(key)])).integer == -1
            {
                orphans.append("without expiry: \(key)")
            }
            guard name == "w" || name == "u" else { continue }
            let prefix = key.split(separator: ":").prefix(2).joined(separator: ":") + ":s:"
            let members = try await engine.send(RedisCommand("ZRANGE", [.string(key), 0, -1])).array ?? []
            for member in members.compactMap(\.string) {
                let session = prefix + member.prefix(22)
                if try await engine.send(RedisCommand("EXISTS", [.string(session)])).integer == 0 {
                    orphans.append("\(key) has \(member)")
                }
            }
        }
        return orphans
    }

    /// All keys of a call lie in one slot, whatever the call.
    @Test func aClusterTakesEveryCall() async throws {
        let cluster = try await RedisCluster.start()
        // The machine may be busy with other tests.
        let engine = try Self.engine(cluster.url, timeout: .seconds(60))
        let store = try Self.store(engine) { configuration in
            configuration.shards = 16
            configuration.limit = .init(2)
            configuration.rotationGrace = .seconds(60)
        }
        for number in 0..<32 {
            let user = "user \(number)"
            let anonymous = try await store.create(["n": number])
            let mine = try await store.logIn(anonymous.session.id, user: user)
            _ = try await store.create([:], user: user)
            let newest = try await store.create([:], user: user)
            // One of the first two made room.
            #expect(try await store.sessions(of: user).count == 2)
            _ = try await store.session(for: mine.token)
            let rotated = try await store.rotate(newest.session.id)
            #expect(try await store.session(for: newest.token)?.id == rotated.session.id)
            #expect(
                try await store.update(rotated.session.id) { changes in
                    changes.increment("n")
                } == 2)
            #expect(try await store.peek(rotated.session.id)?.value == ["n": 1])
            #expect(try await store.sessions(of: user).count == 2)
            #expect(try await store.revoke(rotated.session.id))
            #expect(try await store.revokeAll(of: user) == 1)
        }
        #expect(try await store.sweep() == 0)
        #expect(
            try await store.statistics()
                == SessionStatistics(active: 0, created: 160, revoked: 64, evicted: 32, rotated: 64))
        #expect(try await store.events(limit: 1_000).events.count == 96)
        await engine.shutdown()
    }
}
