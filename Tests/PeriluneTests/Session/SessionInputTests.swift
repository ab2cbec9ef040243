import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// What comes from outside and is wrong: a typed error, and nothing is written.
@Suite struct SessionInputTests {
    @Test(arguments: [
        "", ".", "v1", "v1.", "v1..", "v1.1.", "v1.1.AAAA", "v1.01.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "v1.-1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "v1.1024.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "v1.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", "v1.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+",
        "v1.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "v1.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.",
        " v1.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "v1.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0",
        "v1.é.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x1.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        String(repeating: "v1.1.", count: 2_000_000),
    ])
    func malformedTokensAreRefused(_ text: String) throws {
        #expect(throws: SessionTokenError.malformed) { try SessionToken(text) }
        #expect(throws: SessionTokenError.malformed) { try SessionID(text) }
    }

    @Test func tokensOfAnotherVersionAreTold() throws {
        let secret = String(repeating: "A", count: 43)
        for text in ["v2.1.\(secret)", "v.1.\(secret)", "v11.1.\(secret)", "v2.1.x"] {
            #expect(throws: SessionTokenError.unknownVersion) { try SessionToken(text) }
        }
        #expect(try SessionToken("v1.1.\(secret)").text == "v1.1.\(secret)")
    }

    @Test func aTokenOfAForgedShardIsNobodys() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit(), user: "u")
        let parts = new.token.text.split(separator: ".")
        let shard = try #require(Int(parts[1]))
        for other in 0..<4 where other != shard {
            #expect(try await harness.store.session(for: SessionToken("v1.\(other).\(parts[2])")) == nil)
        }
        #expect(try await harness.store.session(for: SessionToken("v1.9.\(parts[2])")) == nil)
        await #expect(throws: SessionError.unknownShard(9)) {
            try await harness.store.peek(SessionID("9.AAAAAAAAAAAAAAAAAAAAAA"))
        }
        #expect(try await harness.store.session(for: new.token) != nil)
    }

    @Test func noPartOfATokenReachesTheEngineOrTheLog() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit(), user: "u")
        _ = try await harness.store.session(for: new.token)
        let rotated = try await harness.store.rotate(new.session.id)
        try await harness.store.revoke(rotated.session.id)
        let bytes = try await harness.contents()
        for token in [new.token, rotated.token] {
            let secret = try #require(token.text.split(separator: ".").last)
            #expect(!bytes.contains(secret))
            #expect(!harness.log.lines.contains { $0.contains(secret) })
            #expect(!"\(token) \(String(reflecting: token))".contains(secret))
            var dumped = ""
            dump(token, to: &dumped)
            #expect(!dumped.contains(secret))
        }
        #expect(harness.log.lines.count == 2)
        #expect(harness.log.lines.contains { $0.contains(rotated.session.id.description) })
    }

    @Test(arguments: ["", "a{b", "}", "a\0b", "\n", "\u{7f}", String(repeating: "u", count: 129)])
    func usersOfOtherFormsAreRefused(_ user: String) async throws {
        let harness = try SessionHarness()
        let anonymous = try await harness.store.create(Visit())
        let before = try await harness.contents()
        await #expect(throws: SessionError.invalidUser) { try await harness.store.create(Visit(), user: user) }
        await #expect(throws: SessionError.invalidUser) { try await harness.store.sessions(of: user) }
        await #expect(throws: SessionError.invalidUser) { try await harness.store.revokeAll(of: user) }
        await #expect(throws: SessionError.invalidUser) {
            try await harness.store.logIn(anonymous.session.id, user: user)
        }
        #expect(try await harness.contents() == before)
        #expect(try await harness.store.session(for: anonymous.token) != nil)
    }

    @Test(arguments: ["", "a\0b", String(repeating: "n", count: 256)])
    func fieldsOfOtherNamesAreRefused(_ name: String) async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit())
        await #expect(throws: SessionError.invalidField(name)) {
            try await harness.store.update(new.session.id) { changes in
                changes.set("theme", to: "x")
                changes.set(name, to: 1)
            }
        }
        let store = try harness.store(of: [String: Int].self)
        await #expect(throws: SessionError.invalidField(name)) { try await store.create([name: 1]) }
        #expect(try await harness.store.peek(new.session.id)?.value == Visit())
    }

    @Test func onlyIntegersAreAddedTo() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit(theme: "dark", visits: 9_007_199_254_740_991))
        for field in ["theme", "cart", "visits"] {
            await #expect(throws: SessionError.notAnInteger) {
                try await harness.store.update(new.session.id) { changes in
                    changes.set("theme", to: "light")
                    changes.increment(field)
                    changes.set("theme", to: "dark")
                }
            }
        }
        #expect(try await harness.store.peek(new.session.id)?.value.theme == "dark")
        #expect(try await harness.store.peek(new.session.id)?.version == 1)
    }

    @Test func aSessionThatWouldBeTooLargeStaysAsItIs() async throws {
        let harness = try SessionHarness { $0.maximumBytes = 2_000 }
        let new = try await harness.store.create(Visit())
        let large = Visit(theme: String(repeating: "x", count: 2_000))
        await #expect(throws: SessionError.tooLarge(limit: 2_000)) { try await harness.store.create(large) }
        await #expect(throws: SessionError.tooLarge(limit: 2_000)) {
            try await harness.store.replace(new.session.id, with: large)
        }
        #expect(try await harness.store.peek(new.session.id)?.version == 1)
    }

    @Test func dataThatIsNoObjectOrTooDeepIsRefused() async throws {
        let harness = try SessionHarness()
        await #expect(throws: SessionError.self) { try await harness.store(of: Int.self).create(5) }
        await #expect(throws: SessionError.self) { try await harness.store(of: [Int].self).create([5]) }
        await #expect(throws: SessionError.tooDeep) {
            try await harness.store(of: Nested.self).create(Nested(depth: 70))
        }
        #expect(try await harness.keys().isEmpty)
        #expect(try await harness.store(of: Nested.self).create(Nested(depth: 60)).session.version == 1)
    }

    /// Objects in one another.
    private final class Nested: Codable, Sendable {
        let inner: Nested?

        init(depth: Int) { inner = depth > 1 ? Nested(depth: depth - 1) : nil }
    }

    @Test func dataOfAnotherTypeIsAnErrorAndNoWrongValue() async throws {
        let harness = try SessionHarness()
        let store = try harness.store(of: [String: Int].self)
        let new = try await store.create(["cart": 5])
        await #expect(throws: SessionError.self) { try await harness.store.session(for: new.token) }
        #expect(try await store.session(for: new.token)?.value == ["cart": 5])
    }

    @Test func whatIsNoSessionIsAnErrorAndToldToTheLog() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit())
        let key = try #require(try await harness.sessionKeys().first)
        let times = [UInt8](repeating: 255, count: 18)
        for bytes: [UInt8] in [[3] + times, [0] + times, [2] + times, [2] + times + [65], [1] + times + [1, 2]] {
            _ = try await harness.engine.send(RedisCommand("SET", [.string(key), .bytes(bytes), "PX", 10_000]))
            await #expect(throws: SessionError.corrupt) { try await harness.store.session(for: new.token) }
            await #expect(throws: SessionError.corrupt) { try await harness.store.peek(new.session.id) }
        }
        #expect(harness.log.lines.filter { $0.hasPrefix("error") }.count == 10)
        // What is too short for the scripts to read it.
        for count in 0..<28 {
            let bytes = RedisArgument.bytes([1] + [UInt8](repeating: 255, count: count))
            _ = try await harness.engine.send(RedisCommand("SET", [.string(key), bytes, "PX", 10_000]))
            await #expect(throws: SessionError.corrupt) { try await harness.store.session(for: new.token) }
            await #expect(throws: SessionError.corrupt) { try await harness.store.peek(new.session.id) }
            await #expect(throws: SessionError.corrupt) {
                try await harness.store.replace(new.session.id, with: Visit())
            }
            await #expect(throws: SessionError.corrupt) { try await harness.store.rotate(new.session.id) }
            await #expect(throws: SessionError.corrupt) { try await harness.store.logIn(new.session.id, user: "u") }
            #expect(try await harness.store.revoke(new.session.id))
            #expect(try await harness.store.session(for: new.token) == nil)
        }
    }

    /// Somebody who can write to the engine, but has no keys.
    @Test func aForgedNoteLeadsNowhere() async throws {
        let harness = try SessionHarness()
        let mine = try await harness.store.create(Visit())
        let victim = try await harness.store.create(Visit(), user: "victim")
        let key = try #require(
            try await harness.sessionKeys().first {
                $0.hasSuffix(mine.session.id.description.split(separator: ".")[1])
            })
        for code in ["", ".", ".x", "." + String(repeating: "A", count: 43)] {
            let note = [2] + [UInt8](repeating: 255, count: 18) + Array("\(victim.session.id)\(code)".utf8)
            _ = try await harness.engine.send(RedisCommand("SET", [.string(key), .bytes(note), "PX", 10_000]))
            await #expect(throws: SessionError.self) { try await harness.store.session(for: mine.token) }
            await #expect(throws: SessionError.self) { try await harness.store.revoke(mine.session.id) }
        }
        #expect(try await harness.store.session(for: victim.token) != nil)
        #expect(harness.log.lines.contains { $0.hasPrefix("error") })
    }

    /// A note that is for whoever ends the session, with another deadline for readers.
    @Test func aNoteWithoutGraceLeadsNoReaderWhateverItsTimes() async throws {
        let harness = try SessionHarness()
        let planted = try await harness.store.create(Visit())
        let key = try #require(try await harness.sessionKeys().first)
        let victim = try await harness.store.logIn(planted.session.id, user: "victim")
        let reply = try await harness.engine.send(RedisCommand("GET", [.string(key)]))
        var note = try #require(reply.bytes)
        note.replaceSubrange(7..<13, with: repeatElement(255, count: 6))
        _ = try await harness.engine.send(RedisCommand("SET", [.string(key), .bytes(note), "KEEPTTL"]))
        await #expect(throws: SessionError.tampered) { try await harness.store.session(for: planted.token) }
        await #expect(throws: SessionError.tampered) { try await harness.store.peek(planted.session.id) }
        #expect(try await harness.store.revoke(planted.session.id))
        #expect(try await harness.store.session(for: victim.token) == nil)
    }

    @Test func anOldTokenDoesNotKeepItsNote() async throws {
        let harness = try SessionHarness()
        let old = try await harness.store.create(Visit())
        _ = try await harness.store.rotate(old.session.id)
        for _ in 0..<70 {
            harness.clock.advance(by: .seconds(1))
            #expect(try await harness.store.session(for: old.token) == nil)
        }
        #expect(
            try await !harness.keys().contains { $0.hasSuffix(old.session.id.description.split(separator: ".")[1]) })
    }

    @Test func aRecordThatIsCutOffIsToldAsSuch() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store.create(Visit(theme: String(repeating: "x", count: 300), cart: ["a"]))
        let key = try #require(try await harness.sessionKeys().first)
        let reply = try await harness.engine.send(RedisCommand("GET", [.string(key)]))
        let bytes = try #require(reply.bytes)
        for count in 29..<bytes.count {
            _ = try await harness.engine.send(
                RedisCommand("SET", [.string(key), .bytes(Array(bytes.prefix(count))), "KEEPTTL"]))
            do {
                try await harness.store.update(new.session.id) { $0.increment("visits") }
                // Cut off between two fields.
                _ = try await harness.store(of: [String: AnyMember].self).peek(new.session.id)
            } catch {
                #expect(error as? SessionError == .corrupt, "\(count)")
            }
        }
    }

    /// Any JSON.
    private struct AnyMember: Codable {
        init(from decoder: any Decoder) throws {}
        func encode(to encoder: any Encoder) throws {}
    }

    @Test func numbersThatAreNoneOfOursCrashNothing() async throws {
        let harness = try SessionHarness { $0.shards = 1 }
        let new = try await harness.store.create(Visit())
        for version in [0, -1, .min, 2, .max] {
            await #expect(throws: SessionError.versionConflict(expected: version, found: 1)) {
                try await harness.store.replace(new.session.id, with: Visit(), expecting: version)
            }
        }
        let key = try #require(try await harness.sessionKeys().first)
        for text in ["-9223372036854775808", "12345678901234567890123456789012345", "5"] {
            _ = try await harness.engine.send(RedisCommand("SET", [.string(key), .string(text), "PX", 10_000]))
            await #expect(throws: SessionError.corrupt) {
                try await harness.store.replace(new.session.id, with: Visit())
            }
        }
        for field: RedisArgument in ["created", "expired"] {
            _ = try await harness.engine.send(
                RedisCommand("HSET", [.string("p:{s.0}:c"), field, .integer(.max)]))
        }
        #expect(try await harness.store.statistics().created == .max)
    }

    @Test func whyDataCannotBeReadSaysWhereAndNotWhat() async throws {
        let harness = try SessionHarness()
        let new = try await harness.store(of: [String: String].self).create(["cart": "very-secret"])
        let error = await #expect(throws: SessionError.self) { try await harness.store.session(for: new.token) }
        let text = try #require(error).description
        #expect(text.contains(".cart"))
        #expect(!text.contains("secret"))
    }

    @Test func settingsOutOfRangeAreNamed() throws {
        func error(_ change: (inout SessionConfiguration) -> Void) -> SessionConfigurationError? {
            do throws(any Error) {
                _ = try SessionHarness(configure: change)
                return nil
            } catch {
                return error as? SessionConfigurationError
            }
        }
        #expect(error { $0.name = "a b" } == .invalidName("a b"))
        #expect(error { $0.shards = 0 } == .shardsOutOfRange(0))
        #expect(error { $0.idleTimeout = .zero } == .timeoutOutOfRange(.zero))
        #expect(error { $0.lifetime = .seconds(Int64.max) } == .timeoutOutOfRange(.seconds(Int64.max)))
        #expect(error { $0.limit = .init(0) } == .limitOutOfRange(0))
        #expect(error { $0.rotationGrace = .seconds(61) } == .graceOutOfRange(.seconds(61)))
        #expect(error { $0.maximumBytes = 1 } == .sizeOutOfRange(1))
        #expect(error { $0.keptEvents = 0 } == .eventsOutOfRange(0))
        #expect(throws: SessionConfigurationError.invalidKeyLength(31)) {
            try SessionSecrets(tokenKey: Array(repeating: 1, count: 31))
        }
    }

    @Test func devicesAreCutToSize() throws {
        let device = SessionDevice(
            name: "a\0b\u{1b}[31m", address: String(repeating: "é", count: 100),
            userAgent: String(repeating: "\"", count: 1_000_000))
        #expect(device.name == "ab[31m")
        #expect(device.address == String(repeating: "é", count: 32))
        #expect(device.userAgent?.utf8.count == 192)
    }
}
