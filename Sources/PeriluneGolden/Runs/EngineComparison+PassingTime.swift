import PeriluneCore
import PeriluneEmbedded

// A server whose clock runs: ``ComparedEngine/Clock/running``.

extension EngineComparison {
    /// The longest time in milliseconds that may pass between setting the times to live and the call: what would agree
    /// at any time says little.
    private static let longestDelay = 50
    /// How often the engines must disagree.
    static let mostAttempts = 5
    /// A key that lives so long, in milliseconds, is there when a test comes to it.
    private static let longMilliseconds = 60_000

    /// Commands about points in time. A test is compared up to the first call of one: what comes after it depends on
    /// when it was. `TIME` is none of them, as it is answered with the time of the test.
    private static let timeCommands: Set<String> = [
        "expiretime", "pexpiretime", "expireat", "pexpireat", "lastsave", "xadd",
    ]
    /// Commands that may be about one: that depends on their options.
    private static let setCommands: Set<String> = ["set", "getex"]

    /// Whether a step is about points in time.
    private func isAboutTime(_ step: ScriptTest.Step, _ outcome: StepOutcome) -> Bool {
        let names = outcome.commandNames(of: step)
        if !Self.timeCommands.isDisjoint(with: names) { return true }
        guard !Self.setCommands.isDisjoint(with: names) else { return false }
        let words: [[UInt8]]
        switch step.action {
        case .call(_, let arguments): words = [Array(script.source.utf8)] + arguments
        case .command(let command): words = command
        }
        return words.contains { word in
            let text = String(decoding: word, as: UTF8.self).uppercased()
            return text.contains("EXAT") || text.contains("PXAT")
        }
    }

    func stepsInPassingTime() async throws(EngineError) -> Outcome {
        var moments: [Moment] = []
        // Whether `TIME` is to be answered is known before most steps, as few scripts make up the names of commands.
        let asksTime = script.source.lowercased().contains("time")
        var run = try await embedded()
        for (index, time) in test.times.enumerated() {
            let step = test.steps[index]
            guard let beginning = try await beginning(at: time, after: moments, run) else {
                return Outcome(comparedSteps: index, disagreement: nil)
            }
            run = beginning.run
            var shownTime = asksTime ? time : nil
            var expected = try await run.take(step, at: beginning.time, showing: shownTime)
            guard !isAboutTime(step, expected) else { return Outcome(comparedSteps: index, disagreement: nil) }
            if shownTime == nil, expected.commandNames(of: step).contains("time") {
                shownTime = time
                run = try await replayed(moments)
                expected = try await run.take(step, at: beginning.time, showing: time)
            }
            let call = try await runAligned(step, to: beginning.data, showing: shownTime)
            let reading = try await timedData()
            var moment = Moment(time: beginning.time, shownTime: shownTime)
            let first = compare(index, expected, after: 0, call, reading)
            var found = first
            // A server's clock may be set back meanwhile.
            let longest = min(max(Int((call.end - call.begin) / 1_000), 0) + 1, Self.longestDelay)
            var delay = 0
            while found != nil, delay < longest {
                delay += 1
                moment = Moment(time: beginning.time + Int64(delay) * 1_000, shownTime: shownTime)
                run = try await replayed(moments)
                expected = try await run.take(step, at: moment.time, showing: shownTime)
                found = compare(index, expected, after: delay, call, reading)
            }
            if found != nil { return Outcome(comparedSteps: index + 1, disagreement: first) }
            moments.append(moment)
        }
        return Outcome(comparedSteps: test.steps.count, disagreement: nil)
    }

    /// The time at which a step may come first, an embedded engine that has taken the steps before, and what it holds
    /// then; `nil` when a server cannot be brought there.
    ///
    /// At the very end of its life a key is still there, with no time to live left, and no command makes such a key. So
    /// the step begins a millisecond earlier then.
    ///
    /// - Parameter run: An embedded engine that has taken the steps before.
    private func beginning(
        at time: Int64, after moments: [Moment], _ run: EmbeddedRun
    ) async throws(EngineError) -> (time: Int64, run: EmbeddedRun, data: EngineData)? {
        // The step before may have come later than by the test's clock.
        let earliest = moments.last?.time ?? test.start
        let latest = max(time, earliest)
        var run = run
        for begin in [latest, latest - 1_000] where begin >= earliest {
            // What has expired does not come back when the clock is set back.
            if begin != latest { run = try await replayed(moments) }
            let data = try await run.data(at: begin)
            if !data.keys.values.contains(where: { $0.timeToLive == 0 }) { return (begin, run, data) }
        }
        return nil
    }

    /// When a step came.
    private struct Moment {
        /// By the test's clock, in microseconds; some later than the test says.
        let time: Int64
        /// What `TIME` answered; `nil` when the script did not ask.
        let shownTime: Int64?
    }

    /// An embedded engine that has taken the first steps.
    private func replayed(_ moments: [Moment]) async throws(EngineError) -> EmbeddedRun {
        let run = try await embedded()
        for (step, moment) in zip(test.steps, moments) {
            _ = try await run.take(step, at: moment.time, showing: moment.shownTime)
        }
        return run
    }

    /// A call on the second engine, and when it was, in microseconds of the second engine's clock.
    private struct TimedCall {
        let reply: RedisReply
        /// Before its keys were made to live as long as the embedded engine's.
        let begin: Int64
        /// After the call.
        let end: Int64
    }

    private struct TimedData {
        let data: EngineData
        let begin: Int64
        let end: Int64
    }

    private func runAligned(
        _ step: ScriptTest.Step, to data: EngineData, showing time: Int64?
    ) async throws(EngineError) -> TimedCall {
        var setting = test.setting
        setting.time = time
        let present = try await other.engine.send(RedisCommand("KEYS", ["*"])).array?.compactMap(\.bytes) ?? []
        var commands = [RedisCommand("TIME")]
        for name in present where data.keys[name] == nil { commands.append(RedisCommand("DEL", [.bytes(name)])) }
        for (name, state) in data.keys {
            guard let left = state.timeToLive else { continue }
            // A stream's groups are no part of its content.
            if left > Self.longMilliseconds || state.type == "stream", present.contains(name) {
                commands.append(RedisCommand("PEXPIRE", [.bytes(name), .integer(left)]))
            } else {
                // It may have expired, or be about to.
                commands.append(RedisCommand("DEL", [.bytes(name)]))
                commands += state.commands(making: .bytes(name))
            }
        }
        switch step.action {
        case .command(let words): commands.append(RedisCommand(words: words))
        case .call(let keys, let arguments):
            commands.append(
                RedisCommand(
                    "EVAL",
                    [.string(setting.applied(to: script).source), .integer(keys.count)] + keys.map { .string($0) }
                        + setting.applied(to: arguments).map { .bytes($0) }))
        }
        commands.append(RedisCommand("TIME"))
        let replies = try await other.engine.pipeline(commands)
        guard replies.count == commands.count else { throw Self.noTime }
        return TimedCall(
            reply: replies[replies.count - 2], begin: try Self.time(replies[0]),
            end: try Self.time(replies[replies.count - 1]))
    }

    private func timedData() async throws(EngineError) -> TimedData {
        let begin = try Self.time(try await other.engine.send(RedisCommand("TIME")))
        let data = try await EngineData.read(other.engine)
        return TimedData(
            data: data, begin: begin, end: try Self.time(try await other.engine.send(RedisCommand("TIME"))))
    }

    private static let noTime = EngineError(.unexpectedReply, "TIME did not answer with a time")

    private static func time(_ reply: RedisReply) throws(EngineError) -> Int64 {
        let numbers = reply.array?.compactMap { $0.string.flatMap { Int64($0) } } ?? []
        guard numbers.count == 2, (0...9_000_000_000_000).contains(numbers[0]), (0..<1_000_000).contains(numbers[1])
        else { throw noTime }
        return numbers[0] * 1_000_000 + numbers[1]
    }

    private func compare(
        _ index: Int, _ expected: StepOutcome, after delay: Int, _ call: TimedCall, _ reading: TimedData
    ) -> Disagreement? {
        guard isSame(call.reply, expected, of: test.steps[index]) else {
            return disagreement(
                index, "reply", embedded: ReplyExpectation.shown(expected.reply),
                other: ReplyExpectation.shown(call.reply))
        }
        // How long after the keys were made to live as long as the embedded engine's their data was read.
        let least = Int((reading.begin - call.end) / 1_000) - 1
        let most = Int((reading.end - call.begin) / 1_000) + 1
        // What had expired by then need not be looked for.
        var still = expected.data
        for (name, state) in expected.data.keys where reading.data.keys[name] == nil {
            if let left = state.timeToLive, left + delay <= most { still.keys[name] = nil }
        }
        return difference(index, still, reading.data) { mine, its in
            guard let mine, let its else { return mine == its }
            return (its + least...its + max(least, most)).contains(mine + delay)
        }
    }
}
