import PeriluneCore

/// Decides whom to ask in one lookup, without sockets, threads or clocks.
///
/// The sources are asked in turn: the next one when one has failed, or is silent for longer than the patience. So a
/// source that swallows what it is asked costs the patience, not the time that it takes to give it up.
struct LookupRound<Source> {
    enum Step {
        case ask(Source)
        /// Until then an answer may come.
        case wait(until: UInt64)
        /// Nobody has answered, and nobody will in time.
        case over
    }

    /// How long to wait for an answer before the next source is asked as well, in nanoseconds.
    let patience: UInt64
    let deadline: UInt64
    private var untried: ArraySlice<Source>
    private var unanswered = 0
    private var nextTime: UInt64 = 0

    init(_ sources: [Source], patience: UInt64, deadline: UInt64) {
        self.patience = patience
        self.deadline = deadline
        untried = sources[...]
    }

    /// What is to be done now.
    mutating func step(now: UInt64) -> Step {
        guard now < deadline else { return .over }
        if unanswered == 0 || nextTime <= now, let source = untried.popFirst() {
            unanswered += 1
            nextTime = MonotonicTime.adding(patience, to: now)
            return .ask(source)
        }
        guard unanswered > 0 else { return .over }
        return .wait(until: untried.isEmpty ? deadline : min(nextTime, deadline))
    }

    /// A source has answered, and with nothing of use, or will not answer any more.
    mutating func sourceFailed() {
        unanswered = max(0, unanswered - 1)
        nextTime = 0
    }
}
