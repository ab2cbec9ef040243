import PeriluneCore
import PeriluneEmbedded

/// What a step of a test led to.
struct StepOutcome: Sendable {
    /// The reply, be it an error.
    let reply: RedisReply
    /// All keys afterwards.
    let data: EngineData
    /// What it took; `nil` for a plain command.
    let measure: MeasuredCall?

    /// The commands that the step ran, in lower case.
    func commandNames(of step: ScriptTest.Step) -> [String] {
        switch step.action {
        case .call: measure?.commandNames ?? []
        case .command(let words): words.prefix(1).map { String(decoding: $0, as: UTF8.self).lowercased() }
        }
    }
}

/// A test on an embedded engine of its own, whose clock stands still between steps.
struct EmbeddedRun {
    let script: LuaScript
    /// How many lines the script has; `nil` when nobody asks which it comes to.
    let lineCount: Int?
    let setting: ScriptSetting

    private let clock: ManualClock
    private let engine: EmbeddedEngine

    /// An engine with the data that the test begins with.
    ///
    /// - Throws: ``/PeriluneCore/EngineError`` when the data cannot be made, for example of a score that is no number.
    init(_ test: ScriptTest, script: LuaScript, lineCount: Int? = nil) async throws(EngineError) {
        self.script = script
        self.lineCount = lineCount
        setting = test.setting
        clock = ManualClock(microseconds: test.start)
        engine = EmbeddedEngine(clock: clock)
        for command in test.given.flatMap(\.commands) { _ = try await engine.send(command) }
    }

    /// All keys at a time.
    func data(at time: Int64) async throws(EngineError) -> EngineData {
        clock.set(microseconds: time)
        return try await EngineData.read(engine)
    }

    /// Takes a step.
    ///
    /// - Parameter shownTime: What `TIME` answers the script in place of the time.
    func take(
        _ step: ScriptTest.Step, at time: Int64, showing shownTime: Int64? = nil
    ) async throws(EngineError) -> StepOutcome {
        clock.set(microseconds: time)
        var setting = self.setting
        setting.time = shownTime
        switch step.action {
        case .call(let keys, let arguments):
            let measure = engine.measuredCall(
                setting.applied(to: script), keys: keys.map { RedisKey($0) },
                arguments: setting.applied(to: arguments).map { .bytes($0) },
                lineCount: lineCount)
            return StepOutcome(reply: measure.reply, data: try await EngineData.read(engine), measure: measure)
        case .command(let words):
            let reply = try await engine.answer(to: RedisCommand(words: words))
            return StepOutcome(reply: reply, data: try await EngineData.read(engine), measure: nil)
        }
    }
}

extension RedisCommand {
    /// A command by its words, the name first.
    init(words: [[UInt8]]) {
        self.init(String(decoding: words.first ?? [], as: UTF8.self), words.dropFirst().map { .bytes($0) })
    }
}

extension ScriptEngine {
    /// The reply to a command, be it an error.
    func answer(to command: RedisCommand) async throws(EngineError) -> RedisReply {
        do throws(EngineError) {
            return try await send(command)
        } catch {
            guard let serverError = error.serverError else { throw error }
            return .error(serverError)
        }
    }
}
