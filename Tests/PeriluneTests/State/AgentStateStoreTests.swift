import Perilune
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// What a service notices of the state that agents keep.
@Suite struct AgentStateStoreTests {
    struct Memory: Codable, Hashable {
        var topic: String
        var turns: Int
        var facts: [String]
        var draft: [String: Double]?
    }

    let clock = ManualClock()
    let engine: EmbeddedEngine
    let agents: AgentStateStore
    let talk: ConversationID
    let memory = Memory(topic: "cholera", turns: 1, facts: [], draft: ["risk": 0.25])

    init() throws {
        engine = EmbeddedEngine(clock: clock)
        agents = try AgentStateStore(engine: engine)
        talk = try ConversationID(agent: "triage", conversation: "c-17")
    }

    // MARK: State

    @Test func aStateIsStoredReadAndDeleted() async throws {
        #expect(try await agents.state(Memory.self, of: talk) == nil)
        let version = try await agents.store(memory, for: talk)
        let stored = try #require(try await agents.state(Memory.self, of: talk))
        #expect(stored.value == memory)
        #expect(stored.version == version)
        #expect(try await agents.delete(talk))
        #expect(try await agents.delete(talk) == false)
        #expect(try await agents.state(Memory.self, of: talk) == nil)
        #expect(try await engine.contents().isEmpty)
    }

    @Test func storingLeavesNothingOfWhatWasThere() async throws {
        try await agents.store(memory, for: talk)
        try await agents.store(["other": [1]], for: talk)
        #expect(try await agents.state([String: [Int]].self, of: talk)?.value == ["other": [1]])
        try await agents.store([String: Int](), for: talk)
        #expect(try await agents.state([String: Int].self, of: talk)?.value == [:])
    }

    @Test func mergingLeavesOtherMembersToTheByte() async throws {
        try await agents.store(memory, for: talk)
        // Members that another program has written in its own way, with digits that a double has not.
        let key = try agents.keys(of: talk).state
        try await engine.hset(key, "facts", "[ \"x\" , \"\\u00e9\" ]")
        try await engine.hset(key, "big", "12345678901234567890.10")
        try await agents.merge(["topic": "measles"], into: talk)
        var expected = memory
        expected.topic = "measles"
        expected.facts = ["x", "é"]
        #expect(try await agents.state(Memory.self, of: talk)?.value == expected)
        #expect(try await engine.hget(key, "facts") == "[ \"x\" , \"\\u00e9\" ]")
        #expect(try await engine.hget(key, "big") == "12345678901234567890.10")
    }

    @Test func changesAreMadeTogetherAndInOrder() async throws {
        try await agents.store(memory, for: talk)
        let update = try await agents.update(talk) { changes in
            changes.set("facts", to: ["x"])
            changes.increment("turns", by: 41)
            changes.increment("new", by: -2)
            changes.set("new2", to: 7)
            changes.increment("new2")
            changes.remove("draft")
            changes.remove("none")
        }
        #expect(update.sums == [42, -2, 8])
        let stored = try await agents.state(Memory.self, of: talk)
        #expect(stored?.value == Memory(topic: "cholera", turns: 42, facts: ["x"], draft: nil))
        #expect(stored?.version == update.version)
        #expect(try await agents.increment("turns", by: -42, of: talk) == 0)
    }

    @Test func integersAreExactToTheLastOneThatEveryReaderHas() async throws {
        let last = 1 << 53 - 1
        #expect(try await agents.increment("n", by: last, of: talk) == last)
        #expect(try await agents.state([String: Int].self, of: talk)?.value == ["n": last])
        #expect(try await agents.increment("n", by: -last, of: talk) == 0)
        #expect(try await agents.increment("n", by: -last, of: talk) == -last)
        let before = try await engine.contents()
        for amount in [-1, -last - 1, last + 1, .min, .max] {
            await #expect(throws: StateError.notAnInteger) { try await agents.increment("n", by: amount, of: talk) }
        }
        for value in ["1.0", "1e3", "\"7\"", "null", "[1]", "true"] {
            try await engine.hset(agents.keys(of: talk).state, "x", value)
            await #expect(throws: StateError.notAnInteger) { try await agents.increment("x", of: talk) }
        }
        try await engine.hdel(agents.keys(of: talk).state, ["x"])
        #expect(try await engine.contents() == before)
    }

    @Test func aVersionIsComparedAndSet() async throws {
        let first = try await agents.store(memory, for: talk, if: .ifMissing)
        await #expect(throws: StateError.versionConflict(found: first)) {
            try await agents.store(memory, for: talk, if: .ifMissing)
        }
        let second = try await agents.merge(["topic": "a"], into: talk, if: .version(first))
        #expect(second > first)
        let before = try await engine.contents()
        clock.advance(by: .seconds(1))
        for stale in [first, 0, -1, .min, .max] {
            await #expect(throws: StateError.versionConflict(found: second)) {
                try await agents.merge(["topic": "b"], into: talk, if: .version(stale))
            }
        }
        #expect(try await engine.contents() == before)
    }

    @Test func nothingIsMadeWhereThereHasToBeAState() async throws {
        for condition in [StateCondition.ifPresent, .version(1), .version(0), .version(.min)] {
            await #expect(throws: StateError.notFound) {
                try await agents.merge(["a": 1], into: talk, if: condition)
            }
            await #expect(throws: StateError.notFound) {
                try await agents.store(["a": 1], for: talk, if: condition)
            }
        }
        #expect(try await engine.contents().isEmpty)
    }

    @Test func aVersionOfADeletedStateIsNeverOneOfTheNext() async throws {
        let version = try await agents.store(["a": 1], for: talk)
        try await agents.delete(talk)
        clock.advance(by: .microseconds(1))
        let next = try await agents.store(["b": 2], for: talk)
        await #expect(throws: StateError.versionConflict(found: next)) {
            try await agents.merge(["a": 2], into: talk, if: .version(version))
        }
    }

    // MARK: Change by reading

    @Test func aChangeThatDependsOnTheStateLeavesWhatItsTypeDoesNotKnow() async throws {
        try await agents.store(memory, for: talk)
        try await agents.merge(["unknown": 1], into: talk)
        let stored = try await agents.modify(Memory.self, of: talk) { state in
            state.facts.append("turn \(state.turns)")
            state.draft = nil
        }
        #expect(stored.value == Memory(topic: "cholera", turns: 1, facts: ["turn 1"], draft: nil))
        #expect(try await agents.state(Memory.self, of: talk) == stored)
        #expect(try await engine.hget(agents.keys(of: talk).state, "unknown") == "1")
    }

    @Test func aChangeIsMadeAgainWhenAnotherComesBetween() async throws {
        try await agents.store(memory, for: talk)
        let interrupted = try AgentStateStore(
            engine: ObservedEngine(engine) { [agents, talk] trip in
                if trip == 1 { _ = try? await agents.increment("turns", of: talk) }
            })
        var seen: [Int] = []
        let stored = try await interrupted.modify(Memory.self, of: talk) { state in
            seen.append(state.turns)
            state.turns *= 10
        }
        #expect(seen == [1, 2])
        #expect(stored.value.turns == 20)
        #expect(try await agents.state(Memory.self, of: talk) == stored)
    }

    @Test func aChangeIsGivenUpWhenOthersAlwaysComeBetween() async throws {
        try await agents.store(memory, for: talk)
        let interrupted = try AgentStateStore(
            engine: ObservedEngine(engine) { [agents, talk] _ in _ = try? await agents.increment("turns", of: talk) })
        await #expect(throws: StateError.contention(attempts: 4)) {
            try await interrupted.modify(Memory.self, of: talk) { $0.topic = "lost" }
        }
        #expect(try await agents.state(Memory.self, of: talk)?.value.topic == "cholera")
        #expect(try await agents.state(Memory.self, of: talk)?.value.turns == 5)
    }

    @Test func aStateThatIsDeletedMeanwhileIsNotRevived() async throws {
        try await agents.store(memory, for: talk)
        let interrupted = try AgentStateStore(
            engine: ObservedEngine(engine) { [agents, talk] _ in _ = try? await agents.delete(talk) })
        await #expect(throws: StateError.notFound) {
            try await interrupted.modify(Memory.self, of: talk) { $0.topic = "revived" }
        }
        #expect(try await engine.contents().isEmpty)
    }

    @Test func changesByManyLoseNothingOrSayThatTheyWereNotMade() async throws {
        try await agents.store(memory, for: talk)
        let made = try await withThrowingTaskGroup(of: String?.self) { group in
            for writer in 0..<64 {
                group.addTask { [agents, talk] in
                    do {
                        let fact = "fact \(writer)"
                        try await agents.modify(Memory.self, of: talk) { $0.facts.append(fact) }
                        return fact
                    } catch StateError.contention(attempts: 4) {
                        return nil
                    }
                }
            }
            return try await group.reduce(into: Set<String>()) { if let fact = $1 { $0.insert(fact) } }
        }
        let facts = try await agents.state(Memory.self, of: talk)?.value.facts ?? []
        #expect(!made.isEmpty)
        #expect(Set(facts) == made)
        #expect(facts.count == made.count)
    }

    @Test func aChangeOfWhatIsNotThereBeginsWithWhatIsGivenOrFails() async throws {
        await #expect(throws: StateError.notFound) { try await agents.modify(Memory.self, of: talk) { _ in } }
        await #expect(throws: StateError.notEncodable("refused")) {
            try await agents.modify(Memory.self, of: talk, creating: memory) { _ throws(StateError) in
                throw .notEncodable("refused")
            }
        }
        #expect(try await engine.contents().isEmpty)
        let stored = try await agents.modify(Memory.self, of: talk, creating: memory) { $0.turns += 1 }
        #expect(stored.value.turns == 2)
        #expect(try await agents.state(Memory.self, of: talk) == stored)
    }

    // MARK: Life

    @Test func aConversationLivesFromItsLastChange() async throws {
        try await agents.store(memory, for: talk)
        try await agents.append(["hello"], to: talk)
        clock.advance(by: .seconds(3_599))
        // Messages live on with the state, and the state with the messages.
        try await agents.merge(["topic": "a"], into: talk)
        clock.advance(by: .seconds(3_599))
        #expect(try await agents.messages(String.self, of: talk).map(\.content) == ["hello"])
        try await agents.append(["again"], to: talk)
        clock.advance(by: .seconds(3_599))
        #expect(try await agents.state(Memory.self, of: talk) != nil)
        #expect(try await agents.touch(talk))
        clock.advance(by: .seconds(3_599))
        #expect(try await agents.messages(String.self, of: talk).count == 2)
        #expect(try await agents.state(Memory.self, of: talk) != nil)
        clock.advance(by: .seconds(2))
        #expect(try await agents.state(Memory.self, of: talk) == nil)
        #expect(try await agents.messages(String.self, of: talk).isEmpty)
        #expect(try await agents.touch(talk) == false)
        #expect(try await engine.contents().isEmpty)
    }

    @Test func readingDoesNotProlongALife() async throws {
        try await agents.store(memory, for: talk)
        try await agents.append(["hello"], to: talk)
        let before = try await engine.contents()
        clock.advance(by: .seconds(60))
        _ = try await agents.state(Memory.self, of: talk)
        _ = try await agents.messages(String.self, of: talk)
        _ = try await agents.messages(String.self, of: talk, after: 0)
        #expect(try await engine.contents() == before)
    }

    // MARK: Identifiers

    @Test func conversationsDoNotShareWhateverTheirNamesAre() async throws {
        let names = ["a", "aa", "a:", ":a", "1", "1:a", "{", "}", "a}b", "é", "e\u{301}", "\0", "%7B", " ", "🌍"]
        let long = String(repeating: "x", count: 256)
        var all: [ConversationID] = []
        for agent in names + [long] {
            for conversation in names + [long] {
                all.append(try ConversationID(agent: agent, conversation: conversation))
            }
        }
        #expect(Set(all).count == all.count)
        for (number, id) in all.enumerated() { try await agents.store(["n": number], for: id) }
        for (number, id) in all.enumerated() {
            #expect(try await agents.state([String: Int].self, of: id)?.value == ["n": number], "\(id)")
            let keys = try agents.keys(of: id)
            let tags = [keys.state, keys.messages].map { $0.name.drop { $0 != "{" }.prefix { $0 != "}" } }
            #expect(tags[0] == tags[1] && tags[0].count > 1, "\(id)")
        }
        let others = try AgentStateStore(engine: engine, name: "others")
        #expect(try await others.state([String: Int].self, of: all[0]) == nil)
    }

    @Test func identifiersAreBounded() async throws {
        let tooLong = String(repeating: "é", count: 129)
        for text in ["", tooLong] {
            #expect(throws: StateError.invalidIdentifier(text)) { try ConversationID(agent: text, conversation: "c") }
            #expect(throws: StateError.invalidIdentifier(text)) { try ConversationID(agent: "a", conversation: text) }
        }
    }

    @Test func settingsThatCannotBeAreRefused() {
        func refuses(_ make: () throws(StateError) -> AgentStateStore) -> Bool {
            do {
                _ = try make()
                return false
            } catch {
                if case .invalidSetting = error { return true } else { return false }
            }
        }
        #expect(refuses { () throws(StateError) in try AgentStateStore(engine: engine, name: "a b") })
        for time in [Duration.zero, .seconds(-1), .seconds(Int64.max), .seconds(400_000_000)] {
            #expect(refuses { () throws(StateError) in try AgentStateStore(engine: engine, timeToLive: time) })
        }
        for limits in [
            StateLimits(members: 0), StateLimits(members: 1_001), StateLimits(bytes: 0), StateLimits(bytes: .max),
        ] {
            #expect(refuses { () throws(StateError) in try AgentStateStore(engine: engine, limits: limits) })
        }
        for limits in [
            MessageLimits(count: 0), MessageLimits(count: 10_001), MessageLimits(bytes: 0), MessageLimits(bytes: .max),
        ] {
            #expect(refuses { () throws(StateError) in try AgentStateStore(engine: engine, messageLimits: limits) })
        }
    }
}
