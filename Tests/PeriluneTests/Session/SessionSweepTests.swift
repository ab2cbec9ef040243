import Foundation
import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// What is noticed of sessions that end by themselves.
@Suite struct SessionSweepTests {
    @Test func tellsOfEachEndOnceAndClearsTheIndex() async throws {
        let harness = try SessionHarness()
        let used = try await harness.store.create(Visit(), user: "u")
        let unused = try await harness.store.create(Visit(), user: "u")
        let anonymous = try await harness.store.create(Visit())
        harness.clock.advance(by: .seconds(40))
        _ = try await harness.store.session(for: used.token)
        harness.clock.advance(by: .milliseconds(20_001))
        #expect(try await harness.store.sweep() == 2)
        #expect(try await harness.store.sweep() == 0)
        var (events, position) = try await harness.store.events()
        #expect(Set(events.map(\.id)) == [unused.session.id, anonymous.session.id])
        #expect(Set(events.map(\.user)) == ["u", nil])
        #expect(events.allSatisfy { $0.kind == .expired })
        #expect(
            try await harness.store.statistics() == SessionStatistics(active: 1, created: 3, expired: 2))
        harness.clock.advance(by: .seconds(40))
        #expect(try await harness.store.sweep() == 1)
        (events, position) = try await harness.store.events(after: position)
        #expect(events.map(\.id) == [used.session.id])
        let late = try #require(events.first?.time).timeIntervalSince(used.session.summary.created)
        #expect((100.0005..<100.0015).contains(late))
        #expect(try await harness.store.events(after: position).events.isEmpty)
        // Of a user without sessions nothing is left.
        harness.clock.advance(by: .seconds(6))
        #expect(try await harness.keys().allSatisfy { $0.hasSuffix(":c") || $0.hasSuffix(":e") })
    }

    @Test func anEndByTheDeadlineIsNoticedToo() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit(), user: "u")
        for _ in 0..<20 {
            harness.clock.advance(by: .seconds(30))
            _ = try await harness.store.session(for: new.token)
        }
        #expect(try await harness.store.sweep() == 1)
        #expect(try await harness.sessionKeys().isEmpty)
    }

    @Test func revokedAndEvictedOnesAreToldOf() async throws {
        let harness = try SessionHarness { $0.limit = .init(1) }
        let first = try await harness.store.create(Visit(), user: "u")
        let second = try await harness.store.create(Visit(), user: "u")
        try await harness.store.revoke(second.session.id)
        let third = try await harness.store.create(Visit(), user: "u")
        try await harness.store.revokeAll(of: "u")
        let events = try await harness.store.events().events
        #expect(events.map(\.kind) == [.evicted, .revoked, .revoked])
        #expect(events.map(\.id) == [first.session.id, second.session.id, third.session.id])
    }

    @Test func oneOfSeveralProcessesDoesTheWork() async throws {
        let harness = try SessionHarness()
        let other = try harness.store(of: Visit.self)
        _ = try await harness.store.create(Visit())
        #expect(try await harness.store.sweep(leasing: .seconds(100)) == 0)
        harness.clock.advance(by: .milliseconds(60_001))
        #expect(try await other.sweep() == 0)
        #expect(try await harness.store.sweep(leasing: .seconds(100)) == 1)
        // And another one when that one is gone.
        _ = try await harness.store.create(Visit())
        harness.clock.advance(by: .milliseconds(100_001))
        #expect(try await other.sweep() == 1)
    }

    @Test func manyEndTogether() async throws {
        let harness = try SessionHarness()
        for number in 0..<1_500 { _ = try await harness.store.create(Visit(), user: "u\(number % 100)") }
        harness.clock.advance(by: .milliseconds(60_001))
        #expect(try await harness.store.sweep() == 1_500)
        #expect(
            try await harness.store.statistics() == SessionStatistics(active: 0, created: 1_500, expired: 1_500))
    }

    @Test func fullMemoryIsNoHindrance() async throws {
        let clock = ManualClock()
        let engine = EmbeddedEngine(clock: clock, limits: EmbeddedLimits(dataMemory: 400_000))
        var configuration = SessionConfiguration(idleTimeout: .seconds(60))
        configuration.shards = 1
        let store = try SessionStore(
            of: Visit.self, engine: engine, secrets: SessionSecrets(tokenKey: SessionHarness.tokenKey),
            configuration: configuration)
        var used: [SessionToken] = []
        for _ in 0..<10 { used.append(try await store.create(Visit()).token) }
        var count = 0
        while (try? await store.create(Visit())) != nil { count += 1 }
        clock.advance(by: .seconds(30))
        for token in used { #expect(try await store.session(for: token) != nil) }
        clock.advance(by: .milliseconds(30_001))
        // Those that were used are entered again.
        #expect(try await store.sweep() == count)
        for token in used { #expect(try await store.session(for: token) != nil) }
        _ = try await store.create(Visit())
    }

    @Test func eventsAreKeptUpToANumber() async throws {
        let harness = try SessionHarness { configuration in
            configuration.shards = 1
            configuration.keptEvents = 100
        }
        for _ in 0..<1_000 {
            let new = try await harness.store.create(Visit())
            try await harness.store.revoke(new.session.id)
        }
        let count = try await harness.store.events(limit: 10_000).events.count
        #expect((100...200).contains(count))
    }

    @Test func theSweeperEndsWithItsTask() async throws {
        let harness = try SessionHarness()
        let store = harness.store
        let sweeper = Task { await store.runSweeper(every: .seconds(3_600)) }
        sweeper.cancel()
        await sweeper.value
    }
}
