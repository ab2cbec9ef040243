package import PeriluneCore

/// What has come of the calls of a load.
package struct FaultLoadReport: Sendable {
    /// Calls that were answered rightly.
    package private(set) var successes = 0
    /// Calls that failed, by the code of the error or the first word of the server's.
    package private(set) var failures: [String: Int] = [:]
    /// What must not be: answers that belong to another call or tell of a second run. The first few.
    package private(set) var wrongAnswers: [String] = []
    /// By how much a call ended too late at most; negative when none did.
    package private(set) var longestOverrun = Duration.seconds(-86_400)
    /// The right answers in each tenth of a second since the start.
    package private(set) var throughput: [Int] = []
    /// What the callers know of the runs of the counted calls.
    private var counted: [Int: Knowledge] = [:]

    private enum Knowledge {
        case hasRun, hasNotRun, mayHaveRun
    }

    /// Adds a call.
    ///
    /// - Returns: Whether it succeeded.
    mutating func note(
        _ call: FaultCall, _ outcome: Result<RedisReply, EngineError>, overrun: Duration, slot: Int
    ) -> Bool {
        longestOverrun = max(longestOverrun, overrun)
        switch outcome {
        case .success(let reply):
            guard call.isRight(reply) else {
                if wrongAnswers.count < 10 { wrongAnswers.append("\(call.id) was answered \(reply)") }
                return false
            }
            if call.isCounted { counted[call.id] = .hasRun }
            successes += 1
            while throughput.count <= slot { throughput.append(0) }
            throughput[slot] += 1
            return true
        case .failure(let error):
            if call.isCounted { counted[call.id] = error.mayHaveRun ? .mayHaveRun : .hasNotRun }
            failures[error.serverError.map { String($0.code) } ?? "\(error.code)", default: 0] += 1
            return false
        }
    }

    /// Where the server's count of the runs and what the callers were told contradict each other. The first few.
    ///
    /// - Parameter tally: The reply of `HGETALL` for the load's key.
    package func contradictions(to tally: RedisReply) -> [String] {
        var runs: [Int: Int] = [:]
        let words = (tally.array ?? []).map { $0.string.flatMap { Int($0) } ?? -1 }
        for index in stride(from: 0, to: words.count - 1, by: 2) { runs[words[index]] = words[index + 1] }
        var found: [String] = []
        for (id, knowledge) in counted {
            let count = runs.removeValue(forKey: id) ?? 0
            let isRight =
                switch knowledge {
                case .hasRun: count == 1
                case .hasNotRun: count == 0
                case .mayHaveRun: count <= 1
                }
            if !isRight { found.append("\(id) \(knowledge) and ran \(count) times") }
        }
        found += runs.map { "\($0.key) ran \($0.value) times and nobody knows of it" }
        return Array(found.prefix(10))
    }
}

extension FaultLoadReport: CustomStringConvertible {
    /// The figures, on one line.
    package var description: String {
        let errors = failures.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return "\(successes) right answers, failures: \(errors.isEmpty ? "none" : errors.joined(separator: ", ")); "
            + "longest overrun of a deadline: \(longestOverrun); "
            + "answers in each 100 ms: \(throughput.map(String.init).joined(separator: " "))"
    }
}
