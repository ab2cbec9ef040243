import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// Data at rest that only those with a key can read or write.
@Suite struct SessionEncryptionTests {
    static func key(_ byte: UInt8) -> [UInt8] { Array(repeating: byte, count: 32) }

    @Test func dataAndDeviceAreNotThereInClear() async throws {
        let harness = try SessionHarness(keys: SessionKeyRing(Self.key(1)))
        let new = try await harness.store.create(
            Visit(theme: "very-secret-theme"), user: "u", device: SessionDevice(name: "very-secret-device"))
        try await harness.store.update(new.session.id) { changes throws(SessionError) in
            try changes.set("cart", to: ["very-secret-thing"])
        }
        let bytes = try await harness.contents()
        #expect(!bytes.contains("very-secret"))
        let session = try #require(try await harness.store.session(for: new.token))
        #expect(session.value == Visit(theme: "very-secret-theme", cart: ["very-secret-thing"]))
        #expect(session.summary.device?.name == "very-secret-device")
        #expect(try await harness.store.sessions(of: "u").first?.device?.name == "very-secret-device")
        let rotated = try await harness.store.rotate(new.session.id)
        #expect(try await harness.store.session(for: rotated.token)?.value == session.value)
    }

    @Test func keysChangeWhileSessionsLive() async throws {
        let ring = try SessionKeyRing(Self.key(1), as: 1)
        let harness = try SessionHarness(keys: ring)
        let old = try await harness.store.create(Visit(theme: "old"))
        try ring.use(Self.key(2), as: 2)
        let new = try await harness.store.create(Visit(theme: "new"))
        // Written partly with one, partly with the other.
        try await harness.store.update(old.session.id) { changes throws(SessionError) in
            try changes.set("cart", to: ["b"])
        }
        #expect(try await harness.store.session(for: old.token)?.value == Visit(theme: "old", cart: ["b"]))
        #expect(try await harness.store.session(for: new.token)?.value.theme == "new")
        #expect(!ring.remove(2))
        #expect(ring.remove(1))
        await #expect(throws: SessionError.unknownKey(1)) { try await harness.store.session(for: old.token) }
        #expect(try await harness.store.session(for: new.token)?.value.theme == "new")
        #expect(harness.log.lines.contains { $0.hasPrefix("error") && $0.contains(old.session.id.description) })
    }

    @Test func aWrongKeyIsAnErrorAndToldToTheLog() async throws {
        let harness = try SessionHarness(keys: SessionKeyRing(Self.key(1)))
        let new = try await harness.store.create(Visit(theme: "x"))
        let other = try harness.store(of: Visit.self, keys: SessionKeyRing(Self.key(2)))
        await #expect(throws: SessionError.tampered) { try await other.session(for: new.token) }
        let without = try harness.store(of: Visit.self)
        await #expect(throws: SessionError.unknownKey(0)) { try await without.session(for: new.token) }
        #expect(harness.log.lines.filter { $0.hasPrefix("error") }.count == 2)
    }

    @Test func everyChangedByteIsNoticed() async throws {
        let harness = try SessionHarness(keys: SessionKeyRing(Self.key(1)))
        let new = try await harness.store.create(Visit(theme: "x"), user: "u", device: SessionDevice(name: "d"))
        let key = try #require(try await harness.sessionKeys().first)
        let reply = try await harness.engine.send(RedisCommand("GET", [.string(key)]))
        let bytes = try #require(reply.bytes)
        // The user, and all from the size of the device on. What is before says when the session ends.
        for index in [26] + Array(27..<bytes.count) {
            var changed = bytes
            changed[index] ^= 1
            _ = try await harness.engine.send(RedisCommand("SET", [.string(key), .bytes(changed), "KEEPTTL"]))
            await #expect(throws: SessionError.self, "byte \(index)") {
                try await harness.store.session(for: new.token)
            }
        }
    }

    @Test func dataOfAnotherSessionOrFieldDoesNotOpen() async throws {
        let harness = try SessionHarness(keys: SessionKeyRing(Self.key(1))) { $0.shards = 1 }
        let mine = try await harness.store.create(Visit(theme: "mine"))
        let other = try await harness.store.create(Visit(theme: "other"))
        let keys = try await harness.sessionKeys()
        let key = { (id: SessionID) in
            try #require(keys.first { $0.hasSuffix(id.description.split(separator: ".")[1]) })
        }
        _ = try await harness.engine.send(
            RedisCommand("COPY", [.string(key(other.session.id)), .string(key(mine.session.id)), "REPLACE"]))
        await #expect(throws: SessionError.tampered) { try await harness.store.session(for: mine.token) }
        #expect(try await harness.store.session(for: other.token)?.value.theme == "other")
    }

    @Test func clearDataIsReadOnlyWhereThatIsAllowed() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit(theme: "clear"))
        let strict = try harness.store(of: Visit.self, keys: SessionKeyRing(Self.key(1)))
        await #expect(throws: SessionError.notSealed) { try await strict.session(for: new.token) }
        let lenient = try harness.store(
            of: Visit.self, keys: SessionKeyRing(Self.key(1), acceptsUnsealed: true))
        #expect(try await lenient.session(for: new.token)?.value.theme == "clear")
        let rotated = try await lenient.rotate(new.session.id)
        #expect(try await strict.session(for: rotated.token)?.value.theme == "clear")
    }

    @Test func sealedFieldsAreNotAddedToInPlace() async throws {
        let harness = try SessionHarness(keys: SessionKeyRing(Self.key(1)))
        let new = try await harness.store.create(Visit(visits: 1))
        await #expect(throws: SessionError.sealedField("visits")) {
            try await harness.store.update(new.session.id) { changes throws(SessionError) in
                try changes.increment("visits")
            }
        }
        try await harness.store.modify(new.session.id) { visit throws(SessionError) in visit.visits = 2 }
        #expect(try await harness.store.peek(new.session.id)?.value.visits == 2)
    }

    @Test func keysOfOtherLengthsAreRefused() throws {
        for count in [0, 16, 31, 33] {
            #expect(throws: SessionConfigurationError.invalidKeyLength(count)) {
                try SessionKeyRing(Array(repeating: 0, count: count))
            }
        }
    }
}
