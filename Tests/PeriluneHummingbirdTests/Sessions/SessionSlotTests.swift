import Perilune
import PeriluneCore
import PeriluneEmbedded
import Testing

@testable import PeriluneHummingbird

/// What a request knows of its session, in whatever order its calls end.
@Suite struct SessionSlotTests {
    private let store: SessionStore<Visit>

    init() throws {
        store = try SessionService().store
    }

    private func news(_ slot: inout SessionSlot<Visit>) -> String {
        switch slot.close() {
        case nil: "nothing"
        case .end: "end"
        case .token(let token, _): token.text
        }
    }

    private func isUnknown(_ slot: SessionSlot<Visit>) -> Bool {
        if case .unknown = slot.knowledge { true } else { false }
    }

    private func session(_ slot: SessionSlot<Visit>) -> SessionID? {
        if case .session(let session) = slot.knowledge { session.id } else { nil }
    }

    @Test func whatWasReadBeforeAChangeIsNotKept() async throws {
        let (old, new) = (try await store.create(Visit()), try await store.create(Visit()))
        var slot = SessionSlot<Visit>(SessionCredential(token: old.token, isPresent: true))
        #expect(isUnknown(slot))
        let before = slot.changes
        let wasTaken = slot.take(new, replacing: old.token)
        #expect(wasTaken)
        slot.note(old.session, since: before)
        #expect(session(slot) == new.session.id)
        slot.noteChange()
        #expect(isUnknown(slot))
        slot.note(nil, since: slot.changes)
        #expect(session(slot) == nil && !isUnknown(slot))
        #expect(news(&slot) == new.token.text)
    }

    @Test func ofTwoChangesAtOnceNeitherIsWhatThereIs() async throws {
        let new = try await store.create(Visit())
        var slot = SessionSlot<Visit>(SessionCredential(token: new.token, isPresent: true))
        let before = slot.changes
        slot.noteChange(to: new.session, since: before)
        #expect(session(slot) == new.session.id)
        slot.noteChange(to: new.session, since: before)
        #expect(isUnknown(slot))
        let last = slot.changes
        _ = slot.end(ofToken: slot.token)
        slot.noteChange(to: new.session, since: last)
        #expect(session(slot) == nil && !isUnknown(slot))
    }

    @Test func aTokenThatReplacesAnotherOneThanTheRequestsIsRefused() async throws {
        let (one, two) = (try await store.create(Visit()), try await store.create(Visit()))
        var slot = SessionSlot<Visit>()
        let first = slot.take(one, replacing: nil)
        let second = slot.take(two, replacing: nil)
        #expect(first && !second)
        #expect(slot.token?.text == one.token.text)
        #expect(news(&slot) == one.token.text)
        let late = slot.take(two, replacing: one.token)
        #expect(!late)
    }

    @Test func theEndIsToldToWhoHadAToken() async throws {
        let new = try await store.create(Visit())
        var guest = SessionSlot<Visit>()
        #expect(guest.end(ofToken: nil) == nil)
        #expect(news(&guest) == "nothing")
        var passing = SessionSlot<Visit>()
        _ = passing.take(new, replacing: nil)
        // Somebody logs out by the token from before, which does not lead to the session any more.
        #expect(passing.end(ofToken: nil)?.text == new.token.text)
        #expect(passing.token?.text == new.token.text)
        #expect(passing.end(ofToken: new.token) == nil)
        #expect(news(&passing) == "nothing")
        var broken = SessionSlot<Visit>(SessionCredential(token: nil, isPresent: true))
        #expect(broken.end(ofToken: nil) == nil)
        #expect(news(&broken) == "end")
        var known = SessionSlot<Visit>(SessionCredential(token: new.token, isPresent: true))
        #expect(known.end(ofToken: new.token) == nil)
        known.noteChange()
        #expect(session(known) == nil && !isUnknown(known))
        #expect(news(&known) == "end")
    }

    @Test func noCookieEndsBeforeItsSession() async throws {
        let service = try SessionService { $0.lifetime = .milliseconds(90_500) }
        let new = try await service.store.create(Visit())
        #expect(SessionSlot<Visit>.secondsLeft(new.session.summary) == 91)
        service.clock.advance(by: .seconds(60))
        let rotated = try await service.store.rotate(new.session.id)
        #expect(SessionSlot<Visit>.secondsLeft(rotated.session.summary) == 31)
        let seen = try #require(try await service.store.summary(rotated.session.id))
        #expect(SessionSlot<Visit>.secondsLeft(seen) == 31)
        let used = try #require(try await service.store.session(for: rotated.token))
        #expect((31...91).contains(SessionSlot<Visit>.secondsLeft(used.summary)))
        let user = try await service.store.logIn(rotated.session.id, user: "anna")
        #expect(SessionSlot<Visit>.secondsLeft(user.session.summary) == 91)
    }
}
