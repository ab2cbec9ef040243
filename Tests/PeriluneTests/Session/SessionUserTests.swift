import Foundation
import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// The sessions of a user: listed, limited, ended together.
@Suite struct SessionUserTests {
    @Test func areListedWithWhenTheyWereUsedLast() async throws {
        let harness = try SessionHarness()
        let phone = try await harness.store.create(Visit(), user: "u", device: SessionDevice(name: "phone"))
        harness.clock.advance(by: .seconds(5))
        let laptop = try await harness.store.create(Visit(), user: "u", device: SessionDevice(name: "laptop"))
        _ = try await harness.store.create(Visit(), user: "other")
        harness.clock.advance(by: .seconds(5))
        _ = try await harness.store.session(for: phone.token)
        let list = try await harness.store.sessions(of: "u")
        #expect(list.map(\.id) == [phone.session.id, laptop.session.id])
        #expect(list.map(\.device?.name) == ["phone", "laptop"])
        #expect(list.map { $0.lastSeen?.timeIntervalSince(phone.session.summary.created) } == [10, 5])
    }

    @Test func endTogetherExceptTheOneThatAsks() async throws {
        let harness = try SessionHarness()
        var mine: [NewSession<Visit>] = []
        for _ in 0..<5 { mine.append(try await harness.store.create(Visit(), user: "u")) }
        let other = try await harness.store.create(Visit(), user: "v")
        #expect(try await harness.store.revokeAll(of: "u", except: mine[2].session.id) == 4)
        for (index, new) in mine.enumerated() {
            #expect(try await (harness.store.session(for: new.token) != nil) == (index == 2))
        }
        #expect(try await harness.store.session(for: other.token) != nil)
        #expect(try await harness.store.revokeAll(of: "u") == 1)
        #expect(try await harness.store.revokeAll(of: "u") == 0)
        #expect(try await harness.store.statistics() == SessionStatistics(active: 1, created: 6, revoked: 5))
    }

    @Test func endTogetherHoweverManyThereAre() async throws {
        let harness = try SessionHarness()
        for _ in 0..<1_234 { _ = try await harness.store.create(Visit(), user: "u") }
        let kept = try await harness.store.create(Visit(), user: "u")
        #expect(try await harness.store.revokeAll(of: "u", except: kept.session.id) == 1_234)
        #expect(try await harness.sessionKeys().count == 1)
    }

    @Test func theOldestMakesRoom() async throws {
        let harness = try SessionHarness { $0.limit = .init(2, policy: .oldest) }
        var all: [NewSession<Visit>] = []
        for _ in 0..<4 {
            all.append(try await harness.store.create(Visit(), user: "u"))
            harness.clock.advance(by: .seconds(1))
            _ = try await harness.store.session(for: all[0].token)
        }
        var live: [Bool] = []
        for new in all { live.append(try await harness.store.session(for: new.token) != nil) }
        #expect(live == [false, false, true, true])
        #expect(try await harness.store.statistics() == SessionStatistics(active: 2, created: 4, evicted: 2))
    }

    @Test func theLongestUnusedMakesRoom() async throws {
        let harness = try SessionHarness { $0.limit = .init(2, policy: .idle) }
        let first = try await harness.store.create(Visit(), user: "u")
        harness.clock.advance(by: .seconds(1))
        let second = try await harness.store.create(Visit(), user: "u")
        harness.clock.advance(by: .seconds(1))
        _ = try await harness.store.session(for: first.token)
        _ = try await harness.store.create(Visit(), user: "u")
        #expect(try await harness.store.session(for: first.token) != nil)
        #expect(try await harness.store.session(for: second.token) == nil)
    }

    @Test func aRefusedSessionWritesNothing() async throws {
        let harness = try SessionHarness { $0.limit = .init(1, policy: .reject) }
        let first = try await harness.store.create(Visit(), user: "u")
        let before = try await harness.contents()
        await #expect(throws: SessionError.limitReached(1)) { try await harness.store.create(Visit(), user: "u") }
        #expect(try await harness.contents() == before)
        // A session that has ended takes no place, even before anybody has noticed.
        harness.clock.advance(by: .milliseconds(60_001))
        _ = try await harness.store.create(Visit(), user: "u")
        #expect(try await harness.store.session(for: first.token) == nil)
        #expect(try await harness.store.sessions(of: "u").count == 1)
    }

    @Test func aRefusedLogInLeavesTheSessionAsItWas() async throws {
        let harness = try SessionHarness { $0.limit = .init(1, policy: .reject) }
        _ = try await harness.store.create(Visit(), user: "u")
        let anonymous = try await harness.store.create(Visit(cart: ["a"]), device: SessionDevice(name: "d"))
        await #expect(throws: SessionError.limitReached(1)) {
            try await harness.store.logIn(anonymous.session.id, user: "u")
        }
        let session = try #require(try await harness.store.session(for: anonymous.token))
        #expect(session.value.cart == ["a"])
        #expect(session.user == nil)
        #expect(session.summary.deadline == anonymous.session.summary.deadline)
        #expect(session.summary.device == SessionDevice(name: "d"))
        let statistics = try await harness.store.statistics()
        #expect(statistics.active == 2)
    }

    @Test func aUserWhoLogsInAgainNeedsNoOtherPlace() async throws {
        for policy in SessionConfiguration.LimitPolicy.allCases {
            let harness = try SessionHarness { $0.limit = .init(2, policy: policy) }
            let first = try await harness.store.create(Visit(), user: "u")
            let second = try await harness.store.create(Visit(), user: "u")
            let again = try await harness.store.logIn(first.session.id, user: "u")
            let ids = Set(try await harness.store.sessions(of: "u").map(\.id))
            #expect(ids == [second.session.id, again.session.id])
        }
    }

    @Test func anIndexThatWasLostComesBackWithExpiry() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit(), user: "u")
        let index = try #require(try await harness.keys().first { $0.contains("}:u:") })
        _ = try await harness.engine.send(RedisCommand("DEL", [.string(index)]))
        _ = try await harness.store.rotate(new.session.id)
        #expect(try await harness.immortalKeys().isEmpty)
        #expect(try await harness.store.sessions(of: "u").count == 1)
    }

    @Test func aThousandSessionsAtOnceKeepTheLimit() async throws {
        let harness = try SessionHarness { $0.limit = .init(3, policy: .oldest) }
        let store = harness.store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    for _ in 0..<16 { _ = try await store.create(Visit(), user: "u") }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.sessions(of: "u").count == 3)
        #expect(try await harness.sessionKeys().count == 3)
        #expect(try await store.statistics() == SessionStatistics(active: 3, created: 1_024, evicted: 1_021))
    }
}
