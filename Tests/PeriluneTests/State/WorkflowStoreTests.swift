import Perilune
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// What a service notices of workflows.
@Suite struct WorkflowStoreTests {
    struct Report: Codable, Hashable {
        var region: String
        var samples: Int?
    }

    let clock = ManualClock()
    let engine: EmbeddedEngine
    let workflows: WorkflowStore

    init() throws {
        engine = EmbeddedEngine(clock: clock)
        workflows = try WorkflowStore(engine: engine)
    }

    @Test func aWorkflowGoesFromStepToStepWithItsData() async throws {
        #expect(try await workflows.workflow(Report.self, for: "w") == nil)
        try await workflows.store(Report(region: "north"), for: "w", at: "collect")
        let update = try await workflows.advance("w", from: "collect", to: "analyse") { changes in
            changes.set("samples", to: 12)
            changes.increment("samples")
        }
        #expect(update.sums == [13])
        let stored = try #require(try await workflows.workflow(Report.self, for: "w"))
        #expect(stored.data == Report(region: "north", samples: 13))
        #expect(stored.step == "analyse")
        #expect(stored.version == update.version)
        #expect(try await workflows.delete("w"))
        #expect(try await workflows.delete("w") == false)
        #expect(try await workflows.workflow(Report.self, for: "w") == nil)
    }

    @Test func aWorkflowAtAnotherStepStaysAsItIs() async throws {
        let version = try await workflows.store(Report(region: "north"), for: "w", at: "collect")
        let key = try workflows.key(of: "w")
        let expiry = try await engine.send(RedisCommand("PEXPIRETIME", [key.argument]))
        clock.advance(by: .seconds(1))
        for step in ["analyse", "Collect", nil] {
            await #expect(throws: StateError.stepConflict(found: "collect")) {
                try await workflows.advance("w", from: step, to: "report") { $0.set("region", to: "south") }
            }
        }
        await #expect(throws: StateError.versionConflict(found: version)) {
            try await workflows.advance("w", from: "collect", to: "report", if: .version(version - 1)) { changes in
                changes.set("region", to: "south")
            }
        }
        await #expect(throws: StateError.notFound) { try await workflows.advance("none", from: "collect", to: "b") }
        await #expect(throws: StateError.notFound) {
            try await workflows.advance("none", from: "collect", to: "b", if: .always)
        }
        for step in ["", String(repeating: "s", count: 257)] {
            await #expect(throws: StateError.invalidIdentifier(step)) {
                try await workflows.advance("w", from: "collect", to: step)
            }
            await #expect(throws: StateError.invalidIdentifier(step)) {
                try await workflows.advance("w", from: step, to: "b")
            }
            await #expect(throws: StateError.invalidIdentifier(step)) {
                try await workflows.store(["a": 1], for: "w", at: step)
            }
        }
        let stored = try await workflows.workflow(Report.self, for: "w")
        #expect(stored?.data == Report(region: "north"))
        #expect(stored?.step == "collect")
        #expect(stored?.version == version)
        #expect(try await engine.send(RedisCommand("PEXPIRETIME", [key.argument])) == expiry)
    }

    @Test func stepsAndDataDoNotTouchOneAnother() async throws {
        try await workflows.store(["step": "data", "\\0s": "data"], for: "w")
        #expect(try await workflows.workflow([String: String].self, for: "w")?.step == nil)
        await #expect(throws: StateError.stepConflict(found: nil)) {
            try await workflows.advance("w", from: "data", to: "b")
        }
        try await workflows.advance("w", from: nil, to: "first \"}{é")
        try await workflows.merge(["step": "other"], into: "w")
        try await workflows.modify([String: String].self, of: "w") { $0["new"] = "x" }
        let stored = try await workflows.workflow([String: String].self, for: "w")
        #expect(stored?.step == "first \"}{é")
        #expect(stored?.data == ["step": "other", "\\0s": "data", "new": "x"])
        // Storing anew leaves nothing, the step neither.
        try await workflows.store(["a": "b"], for: "w")
        #expect(try await workflows.workflow([String: String].self, for: "w")?.step == nil)
    }

    @Test func ofManyWorkersOneTakesAStep() async throws {
        try await workflows.store(["taken": 0], for: "w", at: "0")
        for step in 0..<20 {
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for worker in 0..<64 {
                    group.addTask { [workflows] in
                        do {
                            try await workflows.advance("w", from: "\(step)", to: "\(step + 1)") { changes in
                                changes.increment("taken")
                                changes.set("by", to: worker)
                            }
                            return true
                        } catch StateError.stepConflict {
                            return false
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
        }
        let stored = try await workflows.workflow([String: Int].self, for: "w")
        #expect(stored?.data["taken"] == 20)
        #expect(stored?.step == "20")
    }

    @Test func aWorkflowIsMadeByStoringAlone() async throws {
        await #expect(throws: StateError.notFound) { try await workflows.merge(["a": 1], into: "w") }
        await #expect(throws: StateError.notFound) { try await workflows.update("w") { _ in } }
        await #expect(throws: StateError.notFound) { try await workflows.modify([String: Int].self, of: "w") { _ in } }
        #expect(try await workflows.touch("w") == false)
        #expect(try await engine.send(RedisCommand("DBSIZE")) == .integer(0))
        try await workflows.merge(["a": 1], into: "w", if: .always)
        #expect(try await workflows.workflow([String: Int].self, for: "w")?.data == ["a": 1])
    }

    @Test func aWorkflowLivesFromItsLastChange() async throws {
        let workflows = try WorkflowStore(engine: engine, timeToLive: .milliseconds(1_500))
        try await workflows.store(["a": 1], for: "w", at: "x")
        clock.advance(by: .milliseconds(1_499))
        _ = try await workflows.workflow([String: Int].self, for: "w")
        try await workflows.advance("w", from: "x", to: "y")
        clock.advance(by: .milliseconds(1_499))
        #expect(try await workflows.touch("w"))
        clock.advance(by: .milliseconds(1_499))
        #expect(try await workflows.workflow([String: Int].self, for: "w") != nil)
        clock.advance(by: .milliseconds(2))
        #expect(try await workflows.workflow([String: Int].self, for: "w") == nil)
        await #expect(throws: StateError.notFound) { try await workflows.advance("w", from: "y", to: "z") }
    }

    @Test func identifiersAreAnyTextOfBoundedLength() async throws {
        let names = ["a", "{", "}", "{a}", "a\0", "%7B", "é", "e\u{301}", String(repeating: "x", count: 256)]
        for (number, name) in names.enumerated() { try await workflows.store(["n": number], for: name) }
        for (number, name) in names.enumerated() {
            #expect(try await workflows.workflow([String: Int].self, for: name)?.data == ["n": number])
        }
        for name in ["", String(repeating: "x", count: 257)] {
            await #expect(throws: StateError.invalidIdentifier(name)) { try await workflows.store(["a": 1], for: name) }
            await #expect(throws: StateError.invalidIdentifier(name)) { try await workflows.delete(name) }
        }
    }
}
