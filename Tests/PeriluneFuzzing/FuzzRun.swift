/// Goes through random steps on both engines until they disagree, and finds out what little it takes.
///
/// A run consists of episodes, each of which begins without data, so that what reproduces a disagreement is within one.
package struct FuzzRun {
    /// What was found.
    package struct Finding {
        /// As few steps as reproduce it, from no data on.
        package let steps: [FuzzStep]
        package let disagreement: Lockstep.Disagreement
    }

    private let lockstep: Lockstep
    private var fuzz: CommandFuzz
    /// Steps that have been gone through.
    package private(set) var stepsDone = 0

    private static let episode = 1500

    package init(seed: UInt64) throws {
        lockstep = try Lockstep()
        fuzz = CommandFuzz(seed: seed)
    }

    /// Goes through one episode, of so many steps at most.
    package mutating func episode(atMost limit: Int) throws -> Finding? {
        let steps = makeSteps(min(Self.episode, limit))
        stepsDone += steps.count
        guard let found = try disagreement(in: steps) else { return nil }
        return try shrink(Array(steps.prefix(found.step + 1)), found)
    }

    private mutating func makeSteps(_ number: Int) -> [FuzzStep] {
        let scripts = fuzz.chance(2)
        var streams = StreamLines()
        return (0..<number).map { _ in
            if scripts, fuzz.chance(4) {
                var script = ScriptFuzz(fuzz)
                defer { fuzz = script.fuzz }
                return script.step()
            }
            let kind = fuzz.below(14)
            var line =
                switch kind {
                case 0, 1: fuzz.largeSortedSetLine()
                case 2, 3: fuzz.largeCollectionLine()
                case 4: apart(fuzz.geoLine(span: 1), ["g": "geo", "d": "places"])
                case 5: apart(fuzz.hyperLogLogLine(), ["a": "sketch", "b": "sketch:b", "c": "sketch:c"])
                case 6: apart(streams.line(&fuzz), ["s": "S1", "t": "S2", "u": "S3", "x": "u"])
                case 7: fuzz.blockingLine()
                default: fuzz.mixedLine()
                }
            if fuzz.chance(15) { fuzz.distort(&line) }
            let advance = fuzz.chance(60) ? Int64(fuzz.below(1_500_000)) : 0
            return FuzzStep(line, advance: advance, isTransaction: kind == 7)
        }
    }

    /// Gives keys other names, so that commands of one kind mostly meet values of their own.
    private func apart(_ line: CommandFuzz.Line, _ names: [String: String]) -> CommandFuzz.Line {
        var line = line
        line.words = line.words.map { names[$0] ?? $0 }
        return line
    }

    /// What the engines do not agree on when they go through steps, or have gone through them.
    private func disagreement(in steps: [FuzzStep]) throws -> Lockstep.Disagreement? {
        try lockstep.reset()
        do {
            if let found = try lockstep.run(steps[...]) { return found }
            guard let found = try lockstep.compareData() else { return nil }
            return .init(step: steps.count, description: "data, after all steps: \(found.description)")
        } catch let error as ServerGone {
            return .init(step: steps.count, description: "\(error)")
        }
    }
}

// MARK: - Shrinking

extension FuzzRun {
    /// Leaves out steps and statements for as long as there is a disagreement (A. Zeller, R. Hildebrandt, "Simplifying
    /// and Isolating Failure-Inducing Input", 2002, without its complements).
    private func shrink(_ steps: [FuzzStep], _ found: Lockstep.Disagreement) throws -> Finding {
        var finding = Finding(steps: steps, disagreement: found)
        var length = max(steps.count / 2, 1)
        while true {
            var begin = 0
            var hasShrunk = false
            while begin < finding.steps.count {
                var fewer = finding.steps
                fewer.removeSubrange(begin..<min(begin + length, fewer.count))
                if let found = try disagreement(in: fewer) {
                    finding = Finding(steps: Array(fewer.prefix(found.step + 1)), disagreement: found)
                    hasShrunk = true
                } else {
                    begin += length
                }
            }
            if length > 1 { length /= 2 } else if !hasShrunk { break }
        }
        return try shrinkScripts(finding)
    }

    private func shrinkScripts(_ finding: Finding) throws -> Finding {
        var finding = finding
        for index in finding.steps.indices {
            var statement = 0
            while index < finding.steps.count, let script = finding.steps[index].script,
                statement < script.statements.count
            {
                var shorter = script
                shorter.statements.remove(at: statement)
                var steps = finding.steps
                steps[index] = steps[index].with(shorter)
                if let found = try disagreement(in: steps) {
                    finding = Finding(steps: Array(steps.prefix(found.step + 1)), disagreement: found)
                } else {
                    statement += 1
                }
            }
        }
        return finding
    }
}
