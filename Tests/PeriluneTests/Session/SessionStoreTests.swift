import Foundation
import Perilune
import PeriluneCore
import PeriluneTestSupport
import Testing

/// What a service notices of its sessions.
@Suite struct SessionStoreTests {
    @Test func aSessionIsReadByItsTokenWithItsData() async throws {
        let harness = try SessionHarness()
        let device = SessionDevice(name: "phone", address: "192.0.2.1", userAgent: "Browser/1")
        let new = try await harness.store.create(
            Visit(theme: "dark", visits: 1, cart: ["a"]), user: "42", device: device)
        let token = try SessionToken(new.token.text)
        let session = try #require(try await harness.store.session(for: token))
        #expect(session.value == Visit(theme: "dark", visits: 1, cart: ["a"]))
        #expect(session.id == new.session.id)
        #expect(session.user == "42")
        #expect(session.version == 1)
        #expect(session.summary.device == device)
        #expect(session.summary.created == new.session.summary.created)
        #expect(session.summary.deadline.timeIntervalSince(session.summary.created) == 600)
        #expect(session.summary.idleTimeout == .seconds(60))
    }

    @Test func readingStartsTheIdleTimeoutAnewAndLookingDoesNot() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit())
        for _ in 0..<3 {
            harness.clock.advance(by: .seconds(59))
            #expect(try await harness.store.session(for: new.token) != nil)
        }
        harness.clock.advance(by: .seconds(59))
        let seen = try #require(try await harness.store.peek(new.session.id))
        #expect(seen.summary.lastSeen?.timeIntervalSince(seen.summary.created) == 177)
        #expect(seen.summary.expires?.timeIntervalSince(seen.summary.created) == 237)
        // Redis counts a key as expired after its time and not at it.
        harness.clock.advance(by: .milliseconds(1_001))
        #expect(try await harness.store.session(for: new.token) == nil)
        #expect(try await harness.store.peek(new.session.id) == nil)
    }

    @Test func theDeadlineEndsASessionHoweverMuchItIsUsed() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit(), user: "u")
        for _ in 0..<11 {
            harness.clock.advance(by: .seconds(54))
            #expect(try await harness.store.session(for: new.token) != nil)
        }
        harness.clock.advance(by: .milliseconds(5_999))
        #expect(try await harness.store.session(for: new.token) != nil)
        harness.clock.advance(by: .milliseconds(1))
        #expect(try await harness.store.session(for: new.token) == nil)
        #expect(try await harness.store.peek(new.session.id) == nil)
        #expect(try await harness.store.sessions(of: "u").isEmpty)
        await #expect(throws: SessionError.notFound) {
            try await harness.store.update(new.session.id) { changes in
                changes.set("theme", to: "late")
            }
        }
        await #expect(throws: SessionError.notFound) { try await harness.store.rotate(new.session.id) }
        #expect(try await !harness.store.revoke(new.session.id))
    }

    @Test func aSessionCanHaveTimeoutsOfItsOwn() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit(), idleTimeout: .seconds(5), lifetime: .seconds(8))
        harness.clock.advance(by: .seconds(4))
        #expect(try await harness.store.session(for: new.token) != nil)
        harness.clock.advance(by: .seconds(4))
        #expect(try await harness.store.session(for: new.token) == nil)
        await #expect(throws: SessionError.invalidTimeout(.zero)) {
            try await harness.store.create(Visit(), idleTimeout: .zero)
        }
    }

    @Test func fieldsChangeOneByOneAndTheVersionCounts() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit(theme: "dark", cart: ["a"]))
        let version = try await harness.store.update(new.session.id) { changes in
            changes.set("theme", to: "light")
            changes.increment("visits", by: 3)
            changes.increment("visits", by: -1)
        }
        #expect(version == 2)
        #expect(
            try await harness.store.peek(new.session.id)?.value == Visit(theme: "light", visits: 2, cart: ["a"]))
        #expect(
            try await harness.store.update(new.session.id) { changes in
                changes.remove("theme")
                changes.remove("nothing")
            } == 3)
        #expect(try await harness.store.peek(new.session.id)?.value == Visit(visits: 2, cart: ["a"]))
        #expect(try await harness.store.replace(new.session.id, with: Visit(cart: ["b"])) == 4)
        let session = try #require(try await harness.store.peek(new.session.id))
        #expect(session.value == Visit(cart: ["b"]))
        #expect(session.version == 4)
    }

    @Test func aChangeThatExpectsAnotherVersionChangesNothing() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit(theme: "dark"))
        #expect(try await harness.store.replace(new.session.id, with: Visit(theme: "a"), expecting: 1) == 2)
        await #expect(throws: SessionError.versionConflict(expected: 1, found: 2)) {
            try await harness.store.replace(new.session.id, with: Visit(theme: "b"), expecting: 1)
        }
        #expect(try await harness.store.peek(new.session.id)?.value.theme == "a")
    }

    @Test func modifyingReadsAgainWhatOthersHaveChanged() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit())
        let store = harness.store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<16 {
                group.addTask {
                    try await store.modify(new.session.id, attempts: 1_000) { visit throws(SessionError) in
                        visit.cart.append("\(number)")
                    }
                }
            }
            try await group.waitForAll()
        }
        let session = try #require(try await store.peek(new.session.id))
        #expect(Set(session.value.cart).count == 16)
        #expect(session.version == 17)
    }

    @Test func modifyingKeepsWhatTheTypeDoesNotKnow() async throws {
        struct Newer: Codable, Sendable {
            var theme: String?
            var cart: [String]
            var beta: Bool?
        }
        let harness = try SessionHarness()
        let newer = try harness.store(of: Newer.self)
        let new = try await newer.create(Newer(theme: "dark", cart: [], beta: true))
        try await harness.store.modify(new.session.id) { visit in
            visit.theme = nil
            visit.cart = ["a"]
        }
        let session = try #require(try await newer.session(for: new.token))
        #expect(session.value.beta == true)
        #expect(session.value.theme == nil)
        #expect(session.value.cart == ["a"])
    }

    @Test func aRotatedSessionHasAnotherTokenAndAllElse() async throws {
        let harness = try SessionHarness()
        let old = try await harness.store.create(Visit(theme: "dark"), user: "u", device: SessionDevice(name: "d"))
        try await harness.store.replace(old.session.id, with: Visit(theme: "light"))
        harness.clock.advance(by: .seconds(10))
        let new = try await harness.store.rotate(old.session.id)
        #expect(new.session.value == Visit(theme: "light"))
        #expect(new.session.version == 2)
        #expect(new.session.summary.deadline == old.session.summary.deadline)
        #expect(new.session.summary.created == old.session.summary.created)
        #expect(try await harness.store.session(for: old.token) == nil)
        let session = try #require(try await harness.store.session(for: new.token))
        #expect(session.summary.device == SessionDevice(name: "d"))
        #expect(try await harness.store.sessions(of: "u").map(\.id) == [new.session.id])
    }

    @Test func loggingInMakesTheSessionTheUsersAndEndsTheOldToken() async throws {
        let harness = try SessionHarness()
        let anonymous = try await harness.store.create(Visit(cart: ["a"]))
        harness.clock.advance(by: .seconds(50))
        let new = try await harness.store.logIn(
            anonymous.session.id, user: "42", device: SessionDevice(name: "phone"))
        #expect(new.session.user == "42")
        #expect(new.session.value.cart == ["a"])
        #expect(new.session.summary.deadline.timeIntervalSince(anonymous.session.summary.deadline) == 50)
        #expect(try await harness.store.session(for: anonymous.token) == nil)
        #expect(try await harness.store.sessions(of: "42").map(\.device?.name) == ["phone"])
        let statistics = try await harness.store.statistics()
        #expect(statistics == SessionStatistics(active: 1, created: 2, rotated: 1))
    }

    @Test func duringTheGraceTheOldTokenLeadsToTheSession() async throws {
        let harness = try SessionHarness { $0.rotationGrace = .seconds(20) }
        let old = try await harness.store.create(Visit(theme: "dark"))
        let new = try await harness.store.logIn(old.session.id, user: "u", grace: .seconds(20))
        let newest = try await harness.store.rotate(new.session.id)
        for token in [old.token, new.token, newest.token] {
            #expect(try await harness.store.session(for: token)?.id == newest.session.id)
        }
        // What still has the old id reaches the session.
        try await harness.store.update(old.session.id) { changes in
            changes.set("theme", to: "light")
        }
        #expect(try await harness.store.peek(newest.session.id)?.value.theme == "light")
        #expect(try await harness.store.sessions(of: "u").count == 1)
        harness.clock.advance(by: .milliseconds(20_001))
        #expect(try await harness.store.session(for: old.token) == nil)
        #expect(try await harness.store.session(for: newest.token) != nil)
    }

    @Test func loggingOutWithATokenOfTheGraceEndsTheSession() async throws {
        let harness = try SessionHarness { $0.rotationGrace = .seconds(20) }
        let old = try await harness.store.create(Visit())
        let new = try await harness.store.logIn(old.session.id, user: "u", grace: .seconds(20))
        #expect(try await harness.store.revoke(old.session.id))
        #expect(try await harness.store.session(for: new.token) == nil)
        #expect(try await harness.store.session(for: old.token) == nil)
    }

    @Test func aTokenFromBeforeTheLogInIsNobodysWhateverTheGrace() async throws {
        let harness = try SessionHarness { $0.rotationGrace = .seconds(20) }
        let planted = try await harness.store.create(Visit())
        _ = try await harness.store.logIn(planted.session.id, user: "victim")
        #expect(try await harness.store.session(for: planted.token) == nil)
        await #expect(throws: SessionError.notFound) { try await harness.store.rotate(planted.session.id) }
    }

    /// Somebody logs out while another request of the same client rotates or logs in, and comes second.
    @Test func noLogOutIsLost() async throws {
        let harness = try SessionHarness()
        let one = try await harness.store.create(Visit())
        let rotated = try await harness.store.rotate(one.session.id)
        #expect(try await harness.store.revoke(one.session.id))
        #expect(try await harness.store.session(for: rotated.token) == nil)
        let two = try await harness.store.create(Visit())
        let user = try await harness.store.logIn(two.session.id, user: "u")
        #expect(try await harness.store.session(for: two.token) == nil)
        #expect(try await harness.store.revoke(two.session.id))
        #expect(try await harness.store.session(for: user.token) == nil)
        #expect(try await harness.store.sessions(of: "u").isEmpty)
    }

    @Test func aLogInOfWhatCannotBeReadEndsNothing() async throws {
        let harness = try SessionHarness()
        let other = try harness.store(of: [String: Int].self)
        let new = try await other.create(["cart": 5])
        await #expect(throws: SessionError.self) { try await harness.store.logIn(new.session.id, user: "u") }
        #expect(try await other.session(for: new.token)?.value == ["cart": 5])
        #expect(try await harness.store.sessions(of: "u").isEmpty)
    }

    @Test func aLogInCanHaveTimeoutsOfItsOwn() async throws {
        let harness = try SessionHarness()
        let guest = try await harness.store.create(Visit())
        let user = try await harness.store.logIn(
            guest.session.id, user: "u", idleTimeout: .seconds(5), lifetime: .seconds(8))
        let session = try #require(try await harness.store.session(for: user.token))
        #expect(session.summary.idleTimeout == .seconds(5))
        #expect(session.summary.deadline.timeIntervalSince(session.summary.created) == 8)
    }

    @Test func ofManyThatRotateAtOnceOneDoes() async throws {
        let harness = try SessionHarness { $0.rotationGrace = .seconds(20) }
        let store = harness.store
        let old = try await store.create(Visit(), user: "u")
        let tokens = await withTaskGroup(of: SessionToken?.self) { group in
            for _ in 0..<32 { group.addTask { try? await store.rotate(old.session.id).token } }
            return await group.reduce(into: [SessionToken]()) { if let token = $1 { $0.append(token) } }
        }
        #expect(tokens.count == 1)
        let token = try #require(tokens.first)
        #expect(try await store.session(for: token)?.id == store.session(for: old.token)?.id)
        #expect(try await store.sessions(of: "u").count == 1)
    }

    /// Somebody may change a session while it gets another token, and somebody may end all of the user's.
    @Test func noChangeAndNoEndIsLostInARotation() async throws {
        let harness = try SessionHarness { $0.rotationGrace = .seconds(20) }
        let store = harness.store
        for _ in 0..<100 {
            let old = try await store.create(Visit(visits: 0), user: "u")
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await store.rotate(old.session.id) }
                for _ in 0..<4 {
                    group.addTask {
                        _ = try? await store.update(old.session.id) { changes in
                            changes.increment("visits")
                        }
                    }
                }
            }
            let session = try #require(try await store.session(for: old.token))
            #expect(session.value.visits == 4)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await store.rotate(session.id) }
                group.addTask { _ = try? await store.revokeAll(of: "u") }
            }
            #expect(try await store.sessions(of: "u").isEmpty)
            #expect(try await store.session(for: old.token) == nil)
        }
    }

    @Test func requestTokensAreForOneSession() async throws {
        let harness = try SessionHarness()
        let (one, two) = (try await harness.store.create(Visit()), try await harness.store.create(Visit()))
        let text = harness.store.requestToken(for: one.session.id)
        #expect(harness.store.isRequestToken(text, for: one.session.id))
        #expect(!harness.store.isRequestToken(text, for: two.session.id))
        for wrong in ["", "x", text + "A", String(text.dropLast()), String(repeating: "A", count: 1_000_000)] {
            #expect(!harness.store.isRequestToken(wrong, for: one.session.id))
        }
    }
}
