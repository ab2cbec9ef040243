import PeriluneCore
import PeriluneEmbedded

/// A test on a second engine, step by step against the embedded one.
struct EngineComparison {
    let test: ScriptTest
    let script: LuaScript
    let other: ComparedEngine

    /// Where the engines disagree first.
    struct Disagreement {
        /// Index of the step.
        let step: Int
        let message: String
    }

    /// How a comparison went.
    struct Outcome {
        /// How many steps ran on the second engine, from the first on.
        let comparedSteps: Int
        /// `nil` when the engines agree.
        let disagreement: Disagreement?
    }

    /// Runs the test.
    ///
    /// - Throws: ``/PeriluneCore/EngineError`` when the second engine cannot be used.
    func run() async throws(EngineError) -> Outcome {
        guard case .running = other.clock else { return try await attempt() }
        // A millisecond may begin in the middle of a call, which then sees two times, as no call on the embedded engine
        // does. What differs every time is a disagreement.
        for _ in 1..<Self.mostAttempts {
            let outcome = try await attempt()
            if outcome.disagreement == nil { return outcome }
        }
        return try await attempt()
    }

    private func attempt() async throws(EngineError) -> Outcome {
        try await other.requireEmpty()
        let result: Result<Outcome, EngineError>
        do throws(EngineError) {
            result = .success(try await steps())
        } catch {
            result = .failure(error)
        }
        do throws(EngineError) {
            try await other.clear()
        } catch {
            // Why the steps could not be taken says more.
            if case .success = result { throw error }
        }
        return try result.get()
    }

    private func steps() async throws(EngineError) -> Outcome {
        if case .steered(let set) = other.clock { set(test.start) }
        for command in test.given.flatMap(\.commands) { _ = try await other.engine.send(command) }
        switch other.clock {
        case .steered(let set): return try await stepsBySteering(set)
        case .running: return try await stepsInPassingTime()
        }
    }

    func embedded() async throws(EngineError) -> EmbeddedRun {
        try await EmbeddedRun(test, script: script)
    }

    /// Whether the second engine's reply is that of the embedded one, as far as engines must agree: about the order of what
    /// is in no order a script's reply says nothing, unless its test does.
    func isSame(_ reply: RedisReply, _ expected: StepOutcome, of step: ScriptTest.Step) -> Bool {
        if let expectation = step.reply, expectation != .any { return expectation.isSame(reply, expected.reply) }
        if reply == expected.reply { return true }
        guard expected.commandNames(of: step).contains(where: StepCommand.isUnordered) else { return false }
        return UnorderedReply(reply) == UnorderedReply(expected.reply)
    }

    func disagreement(_ step: Int, _ what: String, embedded: String, other: String) -> Disagreement {
        Disagreement(step: step, message: "\(what) is \(embedded) embedded, and \(other) on \(self.other.name)")
    }
}

// MARK: - A clock that stands still

extension EngineComparison {
    private func stepsBySteering(_ set: @Sendable (Int64) -> Void) async throws(EngineError) -> Outcome {
        let embedded = try await embedded()
        for (index, time) in test.times.enumerated() {
            let step = test.steps[index]
            let expected = try await embedded.take(step, at: time)
            set(time)
            let reply = try await self.reply(to: step)
            guard isSame(reply, expected, of: step) else {
                let found = disagreement(
                    index, "reply", embedded: ReplyExpectation.shown(expected.reply),
                    other: ReplyExpectation.shown(reply))
                return Outcome(comparedSteps: index + 1, disagreement: found)
            }
            let data = try await EngineData.read(other.engine)
            if let found = difference(index, expected.data, data, agree: { $0 == $1 }) {
                return Outcome(comparedSteps: index + 1, disagreement: found)
            }
        }
        return Outcome(comparedSteps: test.steps.count, disagreement: nil)
    }

    private func reply(to step: ScriptTest.Step) async throws(EngineError) -> RedisReply {
        switch step.action {
        case .command(let words): return try await other.engine.answer(to: RedisCommand(words: words))
        case .call(let keys, let arguments):
            do throws(EngineError) {
                return try await other.engine.call(
                    test.setting.applied(to: script), keys: keys.map { RedisKey($0) },
                    arguments: arguments.map { .bytes($0) })
            } catch {
                guard let serverError = error.serverError else { throw error }
                return .error(serverError)
            }
        }
    }

    /// The first key that the engines have not alike.
    ///
    /// - Parameter agree: Whether two times to live do, `nil` for none.
    func difference(
        _ index: Int, _ embedded: EngineData, _ data: EngineData, agree: (Int?, Int?) -> Bool
    ) -> Disagreement? {
        let names = Set(embedded.keys.keys).union(data.keys.keys).sorted { $0.lexicographicallyPrecedes($1) }
        for name in names {
            let (mine, its) = (embedded.keys[name], data.keys[name])
            guard mine?.content == its?.content else {
                return disagreement(
                    index, "key \(quoted(name))", embedded: mine?.content.description ?? "absent",
                    other: its?.content.description ?? "absent")
            }
            guard agree(mine?.timeToLive, its?.timeToLive) else {
                return disagreement(
                    index, "time to live of \(quoted(name)) in ms",
                    embedded: mine?.timeToLive.map(String.init) ?? "none",
                    other: its?.timeToLive.map(String.init) ?? "none")
            }
        }
        return nil
    }
}
