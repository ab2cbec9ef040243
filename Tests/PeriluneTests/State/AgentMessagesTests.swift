import Perilune
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// The messages of conversations.
@Suite struct AgentMessagesTests {
    struct Turn: Codable, Hashable {
        var role: String
        var text: String
    }

    let clock = ManualClock()
    let engine: EmbeddedEngine
    let talk: ConversationID

    init() throws {
        engine = EmbeddedEngine(clock: clock)
        talk = try ConversationID(agent: "triage", conversation: "c-17")
    }

    private func store(count: Int = 1_000, bytes: Int = 1 << 20) throws -> AgentStateStore {
        try AgentStateStore(engine: engine, messageLimits: MessageLimits(count: count, bytes: bytes))
    }

    @Test func messagesAreNumberedAndReadInOrder() async throws {
        let agents = try store()
        #expect(try await agents.messages(Turn.self, of: talk).isEmpty)
        #expect(try await agents.messages(Turn.self, of: talk, after: 0).isEmpty)
        let turns = (1...5).map { Turn(role: "user", text: "turn {\($0)}\n") }
        #expect(try await agents.append([turns[0]], to: talk) == 1)
        #expect(try await agents.append(Array(turns[1...]), to: talk) == 5)
        let all = try await agents.messages(Turn.self, of: talk)
        #expect(all.map(\.content) == turns)
        #expect(all.map(\.sequence) == [1, 2, 3, 4, 5])
        #expect(try await agents.messages(Turn.self, of: talk, last: 2).map(\.sequence) == [4, 5])
        #expect(try await agents.messages(Turn.self, of: talk, after: 3).map(\.sequence) == [4, 5])
        #expect(try await agents.messages(Turn.self, of: talk, after: 1, limit: 2).map(\.sequence) == [2, 3])
        #expect(try await agents.messages(Turn.self, of: talk, after: 5).isEmpty)
        // Counts that cannot be are the nearest that can.
        #expect(try await agents.messages(Turn.self, of: talk, last: 0).map(\.sequence) == [5])
        #expect(try await agents.messages(Turn.self, of: talk, last: .max).count == 5)
        #expect(try await agents.messages(Turn.self, of: talk, after: .min, limit: .min).map(\.sequence) == [1])
        // Without a state there is none for having messages.
        #expect(try await agents.state([String: Int].self, of: talk) == nil)
        try await agents.store(["a": 1], for: talk, if: .ifMissing)
        #expect(try await agents.append(["x"], to: talk) == 6)
        #expect(try await agents.state([String: Int].self, of: talk)?.value == ["a": 1])
        #expect(try await agents.store(["b": 1], for: talk) > 0)
        #expect(try await agents.append(["y"], to: talk) == 7)
    }

    @Test func theOldestGoFirst() async throws {
        let agents = try store(count: 3)
        #expect(try await agents.append([1, 2], to: talk) == 2)
        #expect(try await agents.append([3, 4], to: talk) == 4)
        let kept = try await agents.messages(Int.self, of: talk)
        #expect(kept.map(\.content) == [2, 3, 4])
        #expect(kept.map(\.sequence) == [2, 3, 4])
        // More than are kept, in one call.
        #expect(try await agents.append(Array(5...14), to: talk) == 14)
        #expect(try await agents.messages(Int.self, of: talk).map(\.content) == [12, 13, 14])
        // Who has read up to 4 sees from the numbers that there is a gap.
        #expect(try await agents.messages(Int.self, of: talk, after: 4).map(\.sequence) == [12, 13, 14])
        // A lower limit holds from the next message on.
        #expect(try await store(count: 1).append([15], to: talk) == 15)
        #expect(try await agents.messages(Int.self, of: talk).map(\.content) == [15])
    }

    @Test func bytesAreBounded() async throws {
        let agents = try store(bytes: 10)
        #expect(try await agents.append(["a", "b", "c"], to: talk) == 3)
        // 9 bytes; 3 more do not fit.
        #expect(try await agents.append(["d"], to: talk) == 4)
        #expect(try await agents.messages(String.self, of: talk).map(\.content) == ["b", "c", "d"])
        #expect(try await agents.append([""], to: talk) == 5)
        #expect(try await agents.messages(String.self, of: talk).map(\.content) == ["c", "d", ""])
        // One that takes all the room.
        #expect(try await agents.append(["12345678"], to: talk) == 6)
        #expect(try await agents.messages(String.self, of: talk).map(\.content) == ["12345678"])
        await #expect(throws: StateError.messageTooLong(bytes: 11)) {
            try await agents.append(["x", "123456789"], to: talk)
        }
        #expect(try await agents.messages(String.self, of: talk).map(\.content) == ["12345678"])
        #expect(try await store(bytes: 4).append(["z"], to: talk) == 7)
        #expect(try await agents.messages(String.self, of: talk).map(\.content) == ["z"])
    }

    @Test func oneCallTakesFromOneToAThousand() async throws {
        let agents = try store(count: 10_000)
        for count in [0, 1_001] {
            await #expect(throws: StateError.messageCountOutOfRange(count)) {
                try await agents.append(Array(repeating: 1, count: count), to: talk)
            }
        }
        #expect(try await engine.send(RedisCommand("DBSIZE")) == .integer(0))
        for thousand in 1...11 {
            let last = try await agents.append(Array(repeating: thousand, count: 1_000), to: talk)
            #expect(last == thousand * 1_000)
        }
        let kept = try await agents.messages(Int.self, of: talk, last: 10_000)
        #expect(kept.count == 10_000)
        #expect(kept.first?.sequence == 1_001)
        #expect(kept.first?.content == 2)
        // All at once, by one message that needs the room.
        #expect(
            try await store(count: 10_000, bytes: 22).append([String(repeating: "x", count: 20)], to: talk) == 11_001)
        #expect(try await agents.messages(String.self, of: talk).map(\.sequence) == [11_001])
    }

    @Test func appendsByManyAreAllNumberedOnceAndKeptWithinTheLimits() async throws {
        let agents = try store(count: 100, bytes: 1_000)
        let sequences = try await withThrowingTaskGroup(of: [Int].self) { group in
            for writer in 0..<64 {
                group.addTask { [talk] in
                    var sequences: [Int] = []
                    for turn in 0..<10 {
                        sequences.append(try await agents.append(["\(writer)", "\(writer).\(turn)"], to: talk))
                    }
                    return sequences
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(sequences) == Set((1...640).map { 2 * $0 }))
        #expect(sequences.count == 640)
        let kept = try await agents.messages(String.self, of: talk, last: 10_000)
        #expect(kept.map(\.sequence) == Array(1_280 - kept.count + 1...1_280))
        let bytes = kept.reduce(0) { $0 + $1.content.utf8.count + 2 }
        #expect(kept.count <= 100 && bytes <= 1_000)
        // No more was dropped than had to be: one more, of 3 to 6 bytes, would not fit.
        #expect(kept.count == 100 || bytes > 1_000 - 6)
        // Those of one call stay together.
        let writers = Set(kept.suffix(2).map { $0.content.prefix { $0 != "." } })
        #expect(writers.count == 1)
    }

    @Test func aConversationThatBeginsAnewCountsFromOneAndIsReadFromItsBeginning() async throws {
        let agents = try store()
        #expect(try await agents.append([1, 2, 3], to: talk) == 3)
        clock.advance(by: AgentStateStore.defaultTimeToLive + .milliseconds(1))
        #expect(try await agents.append([4], to: talk) == 1)
        #expect(try await agents.messages(Int.self, of: talk, after: 3).map(\.content) == [4])
        try await agents.delete(talk)
        #expect(try await agents.append([5], to: talk) == 1)
    }

    /// One of the two keys is gone: somebody deleted it, or memory was short.
    @Test func whatIsLeftOfAConversationIsNeverTakenForANewOne() async throws {
        let agents = try store(bytes: 20)
        let keys = try agents.keys(of: talk)
        try await agents.append(["old", "old"], to: talk)
        try await engine.del([keys.state])
        #expect(try await agents.messages(String.self, of: talk).isEmpty)
        #expect(try await agents.append(["new"], to: talk) == 1)
        #expect(try await agents.messages(String.self, of: talk).map(\.content) == ["new"])
        try await engine.del([keys.messages])
        #expect(try await agents.messages(String.self, of: talk).isEmpty)
        #expect(try await agents.append(["newer", "1234567"], to: talk) == 3)
        #expect(try await agents.messages(String.self, of: talk).map(\.sequence) == [2, 3])
    }

    @Test func aMessageOfAnotherTypeIsAnError() async throws {
        let agents = try store()
        try await agents.append(["text"], to: talk)
        await #expect {
            try await agents.messages(Int.self, of: talk)
        } throws: { error in
            if case StateError.notDecodable = error { true } else { false }
        }
        await #expect {
            try await agents.append([Double.nan], to: talk)
        } throws: { error in
            if case StateError.notEncodable = error { true } else { false }
        }
    }
}
