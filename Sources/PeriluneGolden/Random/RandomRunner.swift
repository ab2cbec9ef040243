public import PeriluneCore
import PeriluneEmbedded

/// Runs random calls of a script until some fail, and makes those as few and small as it can.
public struct RandomRunner: Sendable {
    public let calls: RandomCalls
    public let runner: ScriptTestRunner

    public init(calls: RandomCalls, runner: ScriptTestRunner) {
        self.calls = calls
        self.runner = runner
    }

    /// A sequence that fails.
    public struct Counterexample: Sendable, Hashable {
        /// The smallest sequence that was found.
        public let test: ScriptTest
        /// What is wrong with it.
        public let result: ScriptTestResult
    }

    /// How random calls went.
    public struct Outcome: Sendable, Hashable {
        /// How many calls were made.
        public let steps: Int
        /// How many of them on a second engine, too.
        public let comparedSteps: Int
        /// `nil` when no sequence fails.
        public let counterexample: Counterexample?
    }

    /// Runs sequences until one fails, which is made smaller.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - seed: The seed of the first; each next one has the next number.
    /// - Throws: ``/PeriluneCore/EngineError`` when an engine cannot be used.
    public func run(count: Int, seed: UInt64) async throws(EngineError) -> Outcome {
        var steps = 0
        var comparedSteps = 0
        for number in 0..<max(count, 0) {
            let test = calls.test(seed: seed &+ UInt64(number))
            let result = try await self.result(of: test)
            steps += result.steps
            comparedSteps += result.comparedSteps
            if result.hasPassed { continue }
            let smallest: ScriptTest
            do {
                smallest = try await test.shrunk { try await !self.result(of: $0).hasPassed }
            } catch {
                throw error as? EngineError ?? EngineError(.unexpectedReply, "\(error)")
            }
            let counterexample = Counterexample(test: smallest, result: try await self.result(of: smallest))
            return Outcome(steps: steps, comparedSteps: comparedSteps, counterexample: counterexample)
        }
        return Outcome(steps: steps, comparedSteps: comparedSteps, counterexample: nil)
    }

    private func result(of test: ScriptTest) async throws(EngineError) -> ScriptTestResult {
        try await runner.run(test, allowing: isAllowed)
    }

    /// Whether a step may answer with an error: a script has the right to refuse any call, but none to run into an error
    /// of Lua's or of a command, unless the call is not as the annotations say and has written nothing.
    private func isAllowed(_ outcome: StepOutcome, _ step: ScriptTest.Step) -> Bool {
        guard case .error(let error) = outcome.reply, case .call(_, let arguments) = step.action else { return false }
        // What a script ran into, a server's error says where.
        if !error.line.contains("script: "), !error.line.contains("user_script:") { return true }
        return outcome.measure?.writes == 0 && !calls.allows(arguments)
    }
}

extension ScriptTest {
    /// The steps in the form of a file of tests, with what they answered left to be filled in.
    public var yaml: String {
        var text = "  - name: \(quoted(Array(name.utf8)))\n    steps:\n"
        for step in steps {
            switch step.action {
            case .call(let keys, let arguments):
                text += "      - call: [\(arguments.map(quoted).joined(separator: ", "))]\n"
                text += "        on: [\(keys.map { quoted(Array($0.utf8)) }.joined(separator: ", "))]\n"
            case .command(let words):
                text += "      - command: [\(words.map(quoted).joined(separator: ", "))]\n"
            }
            switch step.time {
            case .after(0): break
            case .after(let microseconds): text += "        after: \(microseconds)\n"
            case .at(let time): text += "        at: \(time / 1_000_000).\(Self.sixDigits(time % 1_000_000))\n"
            }
        }
        return text
    }

    private static func sixDigits(_ number: Int64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}
