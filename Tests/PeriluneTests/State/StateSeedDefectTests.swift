import Perilune
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// What the system that this grew from got wrong with the state of agents and workflows.
@Suite struct StateSeedDefectTests {
    let clock = ManualClock()
    let engine: EmbeddedEngine
    let talk: ConversationID

    init() throws {
        engine = EmbeddedEngine(clock: clock)
        talk = try ConversationID(agent: "a", conversation: "c")
    }

    /// An update read the document, changed it, and wrote it back: of 1,600 by eight writers 1,399 were lost.
    @Test func defect4NoUpdateIsLost() async throws {
        let agents = try AgentStateStore(engine: engine)
        let workflows = try WorkflowStore(engine: engine)
        try await workflows.store([String: Int](), for: "w")
        try await withThrowingTaskGroup { group in
            for writer in 0..<64 {
                group.addTask { [talk] in
                    for round in 1...25 {
                        try await agents.update(talk) { changes in
                            changes.set("writer \(writer)", to: round)
                            changes.increment("all")
                        }
                        try await agents.merge(["merged \(writer)": round], into: talk)
                        try await workflows.update("w") { changes in
                            changes.set("writer \(writer)", to: round)
                            changes.increment("all")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        var expected = Dictionary(uniqueKeysWithValues: (0..<64).map { ("writer \($0)", 25) })
        expected["all"] = 1_600
        #expect(try await workflows.workflow([String: Int].self, for: "w")?.data == expected)
        for writer in 0..<64 { expected["merged \(writer)"] = 25 }
        #expect(try await agents.state([String: Int].self, of: talk)?.value == expected)
    }

    /// A value was written first and its expiry by a second command: who crashed in between left it for ever.
    @Test func defect6EveryWriteSetsTheExpiryInTheSameStep() async throws {
        let observed = ObservedEngine(engine)
        let agents = try AgentStateStore(engine: observed, messageLimits: MessageLimits(count: 2))
        let workflows = try WorkflowStore(engine: observed)
        let calls: [() async throws -> Void] = [
            { try await agents.store(["a": 1], for: talk) }, { try await agents.merge(["a": 1], into: talk) },
            { try await agents.update(talk) { $0.increment("n") } }, { try await agents.append([1, 2, 3], to: talk) },
            { try await agents.touch(talk) }, { try await workflows.store(["a": 1], for: "w", at: "x") },
            { try await workflows.advance("w", from: "x", to: "y") { $0.increment("n") } },
            { try await workflows.merge(["b": 1], into: "w") }, { try await workflows.touch("w") },
        ]
        for call in calls {
            clock.advance(by: .seconds(1))
            let before = observed.roundTrips
            try await call()
            #expect(observed.roundTrips == before + 1)
            for key in try await engine.send(RedisCommand("KEYS", ["*"])).array ?? [] {
                let left = try await engine.send(RedisCommand("PTTL", [.bytes(key.bytes ?? [])])).integer ?? -1
                #expect(left > 0 && left <= 3_600_000)
            }
        }
        // The state that a late writer finds gone does not come back without all that it was.
        clock.advance(by: .seconds(3_601))
        await #expect(throws: StateError.notFound) { try await agents.merge(["a": 2], into: talk, if: .ifPresent) }
        #expect(try await engine.send(RedisCommand("DBSIZE")) == .integer(0))
    }

    /// A read took four round trips and wrote the whole document again, and messages grew without end.
    @Test func defect10AReadIsOneRoundTripThatWritesNothingAndMessagesAreBounded() async throws {
        let observed = ObservedEngine(engine)
        let agents = try AgentStateStore(engine: observed, messageLimits: MessageLimits(count: 5, bytes: 100))
        try await agents.store(["a": 1], for: talk)
        for number in 0..<50 { try await agents.append([number], to: talk) }
        let before = observed.roundTrips
        let contents = try await engine.contents()
        _ = try await agents.state([String: Int].self, of: talk)
        #expect(observed.roundTrips == before + 1)
        #expect(try await agents.messages(Int.self, of: talk).map(\.content) == [45, 46, 47, 48, 49])
        #expect(observed.roundTrips == before + 2)
        #expect(try await engine.contents() == contents)
    }
}
