import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// What went wrong in the session manager that this grew from, and in other libraries: none of it can here.
@Suite struct SessionDefectTests {
    /// The seed's defect 1: nothing worked without RedisJSON. Also 2: with it, updates failed, touches were swallowed.
    @Test func plainRedisIsEnough() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit(theme: "a"))
        try await harness.store.update(new.session.id) { changes in
            changes.set("theme", to: "b")
        }
        #expect(try await harness.store.session(for: new.token)?.value.theme == "b")
    }

    /// The seed's defect 3: ending all sessions of a user ended one and failed. Also 7: a short session took the index,
    /// and with it all longer ones, along; ending all then ended none.
    @Test func aShortSessionDoesNotTakeTheIndexAlong() async throws {
        let harness = try SessionHarness()
        let long = try await harness.store.create(Visit(), user: "u", idleTimeout: .seconds(500))
        _ = try await harness.store.create(Visit(), user: "u", idleTimeout: .seconds(1), lifetime: .seconds(2))
        harness.clock.advance(by: .seconds(100))
        #expect(try await harness.store.sessions(of: "u").map(\.id) == [long.session.id])
        #expect(try await harness.store.revokeAll(of: "u") == 1)
        #expect(try await harness.store.session(for: long.token) == nil)
    }

    /// The seed's defect 4: of 1600 concurrent updates 1399 were lost. As in express-session, Django and others, which
    /// save a session as a whole.
    @Test func concurrentUpdatesAreAllThere() async throws {
        let harness = try SessionHarness()
        let store = try harness.store(of: [String: Int].self)
        let new = try await store.create([:])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<64 {
                group.addTask {
                    for _ in 0..<100 {
                        try await store.update(new.session.id) { changes in
                            changes.increment("all")
                            changes.increment("of-\(task)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let session = try #require(try await store.peek(new.session.id))
        #expect(session.value["all"] == 6_400)
        #expect((0..<64).allSatisfy { session.value["of-\($0)"] == 100 })
        #expect(session.version == 6_401)
    }

    /// The seed's defect 5: of 500 sessions that were ended while they were read, 469 came back. As in connect-redis
    /// (#328), redistore (#2), Django (#21608), hummingbird-auth: a save is an upsert.
    @Test func noRequestBringsASessionBack() async throws {
        let harness = try SessionHarness()
        let store = harness.store
        for round in 0..<500 {
            let new = try await store.create(Visit(), user: "u")
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await store.session(for: new.token) }
                group.addTask {
                    _ = try? await store.update(new.session.id) { changes in
                        changes.set("theme", to: "x")
                    }
                }
                group.addTask { _ = try? await store.replace(new.session.id, with: Visit(theme: "y")) }
                if round % 2 == 0 {
                    group.addTask { _ = try? await store.revoke(new.session.id) }
                } else {
                    group.addTask { _ = try? await store.revokeAll(of: "u") }
                }
            }
            #expect(try await store.session(for: new.token) == nil)
        }
        #expect(try await harness.sessionKeys().isEmpty)
        #expect(try await store.statistics() == SessionStatistics(active: 0, created: 500, revoked: 500))
    }

    /// The seed's defect 6: a value and its expiry were two commands. As in vapor/redis, whose sessions have no expiry,
    /// and hummingbird-auth, which writes an ended one back without.
    @Test func noKeyIsWithoutExpiry() async throws {
        let harness = try SessionHarness { $0.rotationGrace = .seconds(5) }
        let new = try await harness.store.create(Visit(), user: "u")
        #expect(try await harness.immortalKeys().isEmpty)
        try await harness.store.update(new.session.id) { changes in
            changes.set("theme", to: "x")
        }
        let rotated = try await harness.store.rotate(new.session.id)
        _ = try await harness.store.logIn(rotated.session.id, user: "v")
        try await harness.store.sweep()
        #expect(try await harness.immortalKeys().isEmpty)
    }

    /// The seed's defect 8: ended sessions stayed in the index for ever. As in Spring Session (#2230, #1017, #3334).
    @Test func endedSessionsLeaveTheIndex() async throws {
        let harness = try SessionHarness()
        for _ in 0..<100 { _ = try await harness.store.create(Visit(), user: "u") }
        harness.clock.advance(by: .milliseconds(60_001))
        #expect(try await harness.store.sessions(of: "u").isEmpty)
        #expect(try await !harness.keys().contains { $0.contains("}:u:") })
    }

    /// The seed's defect 9: a session ended an hour after it began, however much it was used. As umami (#4553).
    @Test func useKeepsASessionAlive() async throws {
        let harness = try SessionHarness { $0.lifetime = .seconds(10_000) }
        let new = try await harness.store.create(Visit())
        for _ in 0..<100 {
            harness.clock.advance(by: .seconds(59))
            #expect(try await harness.store.session(for: new.token) != nil)
        }
    }

    /// The seed's defect 10: four round trips a read, 122 bits, and the id itself in keys and logs.
    @Test func aReadIsOneCallAndATokenHas256Bits() async throws {
        let harness = try SessionHarness()
        let counter = CountingEngine(inner: harness.engine)
        let store = try SessionStore(
            of: Visit.self, engine: counter, secrets: SessionSecrets(tokenKey: SessionHarness.tokenKey),
            configuration: harness.store.configuration)
        let new = try await store.create(Visit(), user: "u")
        #expect(counter.calls == 1)
        _ = try await store.session(for: new.token)
        #expect(counter.calls == 2)
        #expect(new.token.text.split(separator: ".").last?.utf8.count == 43)
        var seen: Set<String> = []
        for _ in 0..<1_000 { seen.insert(try await store.create(Visit()).token.text) }
        #expect(seen.count == 1_000)
    }

    /// The seed's defect 11: an administrator's look wrote the session and kept it alive.
    @Test func aLookChangesNothing() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit(), user: "u")
        harness.clock.advance(by: .seconds(30))
        let before = try await harness.contents()
        _ = try await harness.store.peek(new.session.id)
        _ = try await harness.store.summary(new.session.id)
        _ = try await harness.store.sessions(of: "u")
        #expect(try await harness.contents() == before)
    }

    /// Session fixation, as in hummingbird-auth and redisstore, which take over an id that a client chose.
    @Test func aTokenThatAClientMadeUpIsNeverTakenOver() async throws {
        let harness = try SessionHarness()
        let madeUp = try SessionToken("v1.1." + String(repeating: "A", count: 43))
        #expect(try await harness.store.session(for: madeUp) == nil)
        await #expect(throws: SessionError.notFound) {
            try await harness.store.replace(harness.store.id(of: madeUp), with: Visit())
        }
        await #expect(throws: SessionError.notFound) {
            try await harness.store.logIn(harness.store.id(of: madeUp), user: "u")
        }
        #expect(try await harness.keys().isEmpty)
    }

    /// Whoever rotates and then fails has ended the session; there are never two.
    @Test func aCrashInTheMiddleOfALogInMeansLoggedOut() async throws {
        let harness = try SessionHarness { $0.rotationGrace = .seconds(5) }
        let failing = CountingEngine(inner: harness.engine)
        let store = try SessionStore(
            of: Visit.self, engine: failing, secrets: SessionSecrets(tokenKey: SessionHarness.tokenKey),
            configuration: harness.store.configuration)
        // Looked at, created, taken, used: whichever fails, and whether it runs or not, nobody is logged in; and the old
        // session is there as long as it was not taken.
        for (call, runs) in [(1, false), (2, false), (2, true), (3, false), (3, true), (4, false), (4, true)] {
            let new = try await store.create(Visit(theme: "x"))
            failing.fails(at: failing.calls + call, runs: runs)
            await #expect(throws: SessionError.self) { try await store.logIn(new.session.id, user: "u") }
            let isTaken = call == 4 || call == 3 && runs
            #expect(try await store.session(for: new.token)?.value.theme == (isTaken ? nil : "x"))
            harness.clock.advance(by: .milliseconds(10_001))
            #expect(try await store.sessions(of: "u").isEmpty, "call \(call), \(runs)")
        }
    }
}

/// Counts calls of scripts, and fails one.
private final class CountingEngine: ForwardingEngine {
    private struct State {
        var calls = 0
        var failure: (call: Int, runs: Bool)?
    }

    let inner: EmbeddedEngine
    private let state = Locked(State())

    init(inner: EmbeddedEngine) {
        self.inner = inner
    }

    var calls: Int { state.withLock { $0.calls } }

    func fails(at call: Int, runs: Bool) {
        state.withLock { $0.failure = (call, runs) }
    }

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        let failure = state.withLock { state in
            state.calls += 1
            return state.failure.flatMap { $0.call == state.calls ? $0 : nil }
        }
        if failure?.runs == false { throw EngineError(.connectionLost, "lost", mayHaveRun: false) }
        let reply = try await inner.call(script, keys: keys, arguments: arguments)
        if failure != nil { throw EngineError(.connectionLost, "lost", mayHaveRun: true) }
        return reply
    }
}
