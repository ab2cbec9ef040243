public import PeriluneCore
import PeriluneEmbedded
public import PeriluneLua

/// Runs tests of a script: each on an embedded engine of its own, and, if there is one, on a second engine.
public struct ScriptTestRunner: Sendable {
    public let script: LuaScript
    /// What its annotations say; `nil` without any.
    public let header: ScriptHeader?
    /// The engine to compare with.
    public let compared: ComparedEngine?
    /// How many lines the script has.
    public let lineCount: Int

    /// - Parameters:
    ///   - source: The script's text.
    ///   - name: What messages of engines call it.
    ///   - compared: An engine to compare with.
    /// - Throws: ``/PeriluneLua/ScriptHeaderError`` when an annotation is wrong.
    public init(
        source: String, name: String, comparedWith compared: ComparedEngine? = nil
    ) throws(ScriptHeaderError) {
        script = LuaScript(name: name, source: source)
        header = try ScriptHeader.parse(source)
        lineCount = source.utf8.count { $0 == UInt8(ascii: "\n") } + 1
        self.compared = compared
    }

    /// The lines on which something can run.
    ///
    /// - Throws: ``/PeriluneCore/EngineError`` when the script does not compile.
    public func activeLines() throws(EngineError) -> Set<Int> {
        try EmbeddedEngine(clock: ManualClock()).activeLines(of: script)
    }

    /// Runs a test.
    ///
    /// - Throws: ``/PeriluneCore/EngineError`` when the test's data cannot be made, or the second engine not be used.
    /// - Complexity: What the steps cost, and reading all data after each.
    public func run(_ test: ScriptTest) async throws(EngineError) -> ScriptTestResult {
        try await run(test, allowing: { _, _ in false })
    }

    /// Runs a test.
    ///
    /// - Parameter isAllowed: Whether a step that expects no reply in particular may answer with this error.
    func run(
        _ test: ScriptTest, allowing isAllowed: (StepOutcome, ScriptTest.Step) -> Bool
    ) async throws(EngineError) -> ScriptTestResult {
        let run = try await EmbeddedRun(test, script: script, lineCount: lineCount)
        var failures: [ScriptTestResult.Failure] = []
        var lines = Array(repeating: 0, count: lineCount)
        var hindrance: ScriptTestResult.Failure?
        for (index, time) in test.times.enumerated() {
            let step = test.steps[index]
            let outcome = try await run.take(step, at: time)
            for (line, count) in (outcome.measure?.lines ?? []).enumerated() where line < lines.count {
                lines[line] += count
            }
            if hindrance == nil, let message = outcome.measure.flatMap(Self.hindrance) {
                hindrance = ScriptTestResult.Failure(
                    kind: .expectation, line: step.line, step: index + 1,
                    message: "\(message); say in 'embedded' why the test runs without a server")
            }
            failures += objections(to: outcome, of: step, in: test, allowing: isAllowed).map { kind, message in
                ScriptTestResult.Failure(kind: kind, line: step.line, step: index + 1, message: message)
            }
        }
        var comparedSteps = 0
        if compared != nil, test.onlyEmbedded == nil, let hindrance {
            failures.append(hindrance)
        } else if let compared, test.onlyEmbedded == nil {
            let outcome = try await EngineComparison(test: test, script: script, other: compared).run()
            comparedSteps = outcome.comparedSteps
            if let found = outcome.disagreement {
                failures.append(
                    ScriptTestResult.Failure(
                        kind: .disagreement, line: test.steps[found.step].line, step: found.step + 1,
                        message: found.message))
            }
        }
        return ScriptTestResult(
            name: test.name, failures: failures, steps: test.steps.count, comparedSteps: comparedSteps, lines: lines)
    }

    /// Why a server cannot be asked for the same; `nil` when it can.
    private static func hindrance(_ measure: MeasuredCall) -> String? {
        // A server may hold other data than the test's.
        if let name = measure.commandNames.first(where: StepCommand.isFarReaching) {
            return "\(name.uppercased()) reaches beyond the database that is compared"
        }
        // A server stops no script by itself, and answers nobody meanwhile.
        return measure.ranTooLong ? "the script takes too long, and a server would not stop it" : nil
    }

    /// What is not as a step and the script's budget say.
    private func objections(
        to outcome: StepOutcome, of step: ScriptTest.Step, in test: ScriptTest,
        allowing isAllowed: (StepOutcome, ScriptTest.Step) -> Bool
    ) -> [(ScriptTestResult.Failure.Kind, String)] {
        var objections: [(ScriptTestResult.Failure.Kind, String)] = []
        var isAllowedError = false
        if case .error = outcome.reply { isAllowedError = step.reply == nil && isAllowed(outcome, step) }
        if !isAllowedError, let objection = (step.reply ?? .any).objection(to: outcome.reply) {
            objections.append((.expectation, objection))
        }
        for key in step.keys {
            for objection in key.objections(to: outcome.data[key.name]) { objections.append((.expectation, objection)) }
        }
        guard let measure = outcome.measure else { return objections }
        if let writes = step.writes, measure.writes != writes {
            objections.append((.expectation, "\(measure.writes) commands wrote, expected \(writes)"))
        }
        for name in test.version?.missingCommands.intersection(measure.commandNames).sorted() ?? [] {
            objections.append(
                (
                    .expectation,
                    "\(name.uppercased()) was called, which Redis \(test.version?.rawValue ?? "") does not have"
                ))
        }
        if let calls = header?.budget?.calls, measure.commands > calls {
            objections.append((.budget, "\(measure.commands) commands were called, the budget has \(calls)"))
        }
        // What makes the setting are instructions, too.
        if let instructions = header?.budget?.instructions, measure.instructions > instructions,
            test.setting.isPlain
        {
            objections.append((.budget, "\(measure.instructions) instructions ran, the budget has \(instructions)"))
        }
        return objections
    }
}
