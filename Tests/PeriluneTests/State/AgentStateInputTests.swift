import Perilune
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// Input that is wrong, too much, or damaged where it is kept.
@Suite struct AgentStateInputTests {
    struct Nested: Codable {
        var inner: [Nested]
    }

    let engine = EmbeddedEngine(clock: ManualClock())
    let talk: ConversationID

    init() throws {
        talk = try ConversationID(agent: "a", conversation: "c")
    }

    private func nested(_ depth: Int) -> Nested {
        (1..<depth).reduce(Nested(inner: [])) { value, _ in Nested(inner: [value]) }
    }

    @Test func valuesThatAreNoObjectsAreRefused() async throws {
        let agents = try AgentStateStore(engine: engine)
        await #expect(throws: StateError.notAnObject) { try await agents.store([1, 2], for: talk) }
        await #expect(throws: StateError.notAnObject) { try await agents.merge("text", into: talk) }
        await #expect(throws: StateError.notAnObject) { try await agents.merge(Int?.none, into: talk) }
        for value in [Double.nan, .infinity] {
            await #expect {
                try await agents.merge(["x": value], into: talk)
            } throws: { error in
                if case StateError.notEncodable = error { true } else { false }
            }
        }
        #expect(try await engine.send(RedisCommand("DBSIZE")) == .integer(0))
    }

    @Test func nestingIsBoundedBeforeAnythingIsWritten() async throws {
        let agents = try AgentStateStore(engine: engine)
        // An object and an array at each level.
        try await agents.store(nested(32), for: talk)
        #expect(try await agents.state(Nested.self, of: talk) != nil)
        try await agents.delete(talk)
        await #expect(throws: StateError.tooDeep) { try await agents.store(nested(33), for: talk) }
        await #expect(throws: StateError.tooDeep) { try await agents.merge(nested(33), into: talk) }
        await #expect(throws: StateError.tooDeep) { try await agents.append([nested(33)], to: talk) }
        await #expect(throws: StateError.tooDeep) {
            try await agents.update(talk) { changes in
                changes.set("ok", to: 1)
                changes.set("deep", to: nested(33))
            }
        }
        #expect(try await engine.send(RedisCommand("DBSIZE")) == .integer(0))
    }

    @Test func namesOfMembersAreBounded() async throws {
        let agents = try AgentStateStore(engine: engine)
        let longest = String(repeating: "n", count: 256)
        try await agents.store(["": 1, longest: 2, "a b\n{}\"\\é": 3], for: talk)
        #expect(
            try await agents.state([String: Int].self, of: talk)?.value == ["": 1, longest: 2, "a b\n{}\"\\é": 3])
        let before = try await engine.send(RedisCommand("HGETALL", [agents.keys(of: talk).state.argument]))
        for name in ["\0", "\0m", "\0s", "a\0b", longest + "n"] {
            await #expect(throws: StateError.invalidField(name)) { try await agents.store([name: 1], for: talk) }
            await #expect(throws: StateError.invalidField(name)) { try await agents.merge([name: 1], into: talk) }
            await #expect(throws: StateError.invalidField(name)) { try await agents.increment(name, of: talk) }
            await #expect(throws: StateError.invalidField(name)) {
                try await agents.update(talk) { $0.remove(name) }
            }
        }
        #expect(try await engine.send(RedisCommand("HGETALL", [agents.keys(of: talk).state.argument])) == before)
    }

    @Test func aStateDoesNotGrowBeyondItsLimits() async throws {
        let agents = try AgentStateStore(engine: engine, limits: StateLimits(members: 3, bytes: 40))
        try await agents.store(["a": 1, "b": 2, "c": 3], for: talk)
        await #expect(throws: StateError.tooLarge) { try await agents.merge(["d": 4], into: talk) }
        await #expect(throws: StateError.tooLarge) {
            try await agents.store(["a": 1, "b": 2, "c": 3, "d": 4], for: talk)
        }
        await #expect(throws: StateError.tooLarge) { try await agents.increment("d", of: talk) }
        // A member goes and another comes in one step.
        try await agents.update(talk) { changes in
            changes.remove("c")
            changes.set("d", to: 4)
        }
        #expect(try await agents.state([String: Int].self, of: talk)?.value == ["a": 1, "b": 2, "d": 4])
        // 6 bytes are there; "a" and 35 bytes of text take the place of 2.
        try await agents.merge(["a": String(repeating: "x", count: 33)], into: talk)
        await #expect(throws: StateError.tooLarge) {
            try await agents.merge(["a": String(repeating: "x", count: 34)], into: talk)
        }
        try await agents.merge(["a": ""], into: talk)
        try await agents.merge(["b": String(repeating: "x", count: 32)], into: talk)
        // Limits that were wider once leave what is there, to be read and made smaller.
        let narrow = try AgentStateStore(engine: engine, limits: StateLimits(members: 1, bytes: 10))
        #expect(try await narrow.state([String: JSONText].self, of: talk)?.value.count == 3)
        await #expect(throws: StateError.tooLarge) { try await narrow.merge(["a": "longer"], into: talk) }
        try await narrow.merge(["b": ""], into: talk)
        try await narrow.store(["z": 1], for: talk)
        #expect(try await narrow.state([String: Int].self, of: talk)?.value == ["z": 1])
    }

    /// A string or a number.
    struct JSONText: Decodable {
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if (try? container.decode(String.self)) == nil { _ = try container.decode(Int.self) }
        }
    }

    @Test func moreChangesThanOneCallTakesAreRefused() async throws {
        let agents = try AgentStateStore(engine: engine, limits: StateLimits(members: 1_000))
        let most = Dictionary(uniqueKeysWithValues: (0..<1_000).map { ("m\($0)", $0) })
        try await agents.store(most, for: talk)
        #expect(try await agents.state([String: Int].self, of: talk)?.value == most)
        try await agents.modify([String: Int].self, of: talk) { state in
            state = Dictionary(uniqueKeysWithValues: state.map { ("n\($0.value)", $0.value) })
        }
        #expect(try await agents.state([String: Int].self, of: talk)?.value["n999"] == 999)
        await #expect(throws: StateError.tooLarge) {
            try await agents.update(talk) { changes in
                for _ in 0..<3_000 { changes.increment("n0") }
            }
        }
        #expect(try await agents.state([String: Int].self, of: talk)?.value["n0"] == 0)
    }

    @Test(arguments: ["", "1,\"admin\":true", "{", "nul", "\"", "\u{7F}"])
    func aDamagedMemberIsAnErrorAndNeverAnotherValue(_ text: String) async throws {
        let agents = try AgentStateStore(engine: engine)
        try await agents.store(["a": 1, "admin": 0], for: talk)
        try await engine.hset(agents.keys(of: talk).state, "a", text)
        await #expect {
            _ = try await agents.state([String: Int].self, of: talk)
        } throws: { error in
            if case StateError.notDecodable = error { true } else { false }
        }
    }

    @Test func aStateOfAnotherTypeOrShapeIsAnError() async throws {
        let agents = try AgentStateStore(engine: engine)
        let key = try agents.keys(of: talk).state
        func isNotDecodable(_ error: any Error) -> Bool {
            if case StateError.notDecodable = error { true } else { false }
        }
        try await agents.store(["a": "text"], for: talk)
        await #expect { try await agents.state([String: Int].self, of: talk) } throws: { isNotDecodable($0) }
        await #expect {
            try await agents.modify([String: Int].self, of: talk) { $0["b"] = 1 }
        } throws: {
            isNotDecodable($0)
        }
        // Of names that are one text for Swift a reader gets one of the values.
        try await agents.store(["\u{E9}": 1], for: talk)
        try await engine.hset(key, "e\u{301}", 2)
        #expect(try await agents.state([String: Int].self, of: talk)?.value.count == 1)
        try await agents.store(["a": 1], for: talk)
        _ = try await engine.send(RedisCommand("HSET", [key.argument, .bytes([0xFF]), "1"]))
        await #expect { try await agents.state([String: Int].self, of: talk) } throws: { isNotDecodable($0) }
        try await engine.hset(key, "\0", "x")
        await #expect { try await agents.state([String: Int].self, of: talk) } throws: { isNotDecodable($0) }
        await #expect(throws: StateError.self) { try await agents.merge(["a": 2], into: talk) }
        _ = try await engine.send(RedisCommand("SET", [key.argument, "text"]))
        for call in [
            { _ = try await agents.state([String: Int].self, of: talk) },
            { _ = try await agents.merge(["a": 2], into: talk) }, { _ = try await agents.append([1], to: talk) },
        ] as [() async throws -> Void] {
            await #expect {
                try await call()
            } throws: { error in
                guard case StateError.engine(let error) = error else { return false }
                return error.serverError?.code == "WRONGTYPE"
            }
        }
        #expect(try await engine.get(key) == "text")
    }

    @Test func anEngineThatIsDownIsAnErrorOfItsOwn() async throws {
        let agents = try AgentStateStore(engine: FailingEngine())
        func isUnreachable(_ error: any Error) -> Bool {
            if case StateError.engine(let error) = error { error.code == .unreachable } else { false }
        }
        for call in [
            { _ = try await agents.state([String: Int].self, of: talk) },
            { _ = try await agents.merge(["a": 2], into: talk) }, { _ = try await agents.append([1], to: talk) },
            { _ = try await agents.messages(Int.self, of: talk) }, { _ = try await agents.touch(talk) },
            { _ = try await agents.delete(talk) },
            { _ = try await agents.modify([String: Int].self, of: talk, creating: [:]) { $0["a"] = 1 } },
        ] as [() async throws -> Void] {
            await #expect { try await call() } throws: { isUnreachable($0) }
        }
    }

    /// A server that is none, or whose scripts somebody has changed.
    @Test(
        arguments: [
            .null, .integer(.min), .status("OK"), .bulk("text"), .array([]), .array([.null]), .array([.integer(.min)]),
            .array([.integer(.min), .null]), .array([.integer(0), .integer(0)]), .array([.error(RedisError("ERR no"))]),
            .array([.integer(1), .integer(.max), .array([.bulk("1"), .bulk("2")])]),
            .array([.integer(1), .integer(.min), .array([.bulk("1")])]),
            .array([.integer(1), .integer(1), .array([.null])]),
            .array([.bulk("\0"), .bulk("99999999999999999999 1 1")]),
            .array([.bulk("\0"), .bulk("-1 1 1"), .bulk("odd")]),
        ] as [RedisReply])
    func repliesThatCannotBeAreErrors(_ reply: RedisReply) async throws {
        let engine = ReplyingEngine(reply: reply)
        let agents = try AgentStateStore(engine: engine)
        let workflows = try WorkflowStore(engine: engine)
        await #expect(throws: StateError.self) { try await agents.merge(["a": 1], into: talk, if: .version(1)) }
        await #expect(throws: StateError.self) { try await agents.modify([String: Int].self, of: talk) { _ in } }
        await #expect(throws: StateError.self) { try await workflows.advance("w", from: "a", to: "b") }
        await #expect(throws: StateError.self) { try await agents.messages(Int.self, of: talk) }
    }

    @Test func everyErrorIsOneLine() {
        let errors: [StateError] = [
            .invalidIdentifier(""), .invalidIdentifier(String(repeating: "x", count: 300)), .invalidSetting("no"),
            .invalidField("a\0b"), .notEncodable("no"), .notAnObject, .tooDeep, .tooLarge, .messageTooLong(bytes: 9),
            .messageCountOutOfRange(0), .notDecodable("no"), .notAnInteger, .notFound, .versionConflict(found: 1),
            .stepConflict(found: nil), .stepConflict(found: "x"), .contention(attempts: 4),
            .engine(EngineError(.timedOut, "late")),
        ]
        for error in errors {
            let text = "\(error)"
            #expect(!text.isEmpty && text.count < 160 && !text.contains { $0.isNewline || $0 == "\0" }, "\(text)")
        }
    }
}
