import PeriluneCore

extension LookupRound where Source: Sendable {
    /// Asks until a source gives an answer that is good enough.
    ///
    /// - Parameter ask: Asks a source; returns `nil` when it has nothing of use.
    /// - Returns: The answer; `nil` when nobody gave one.
    mutating func run<Answer: Sendable>(
        asking ask: @escaping @Sendable (Source) async -> Answer?
    ) async -> Answer? {
        return await withTaskGroup(of: LookupEvent<Answer>.self) { group in
            defer { group.cancelAll() }
            var alarm: UInt64?
            while true {
                switch step(now: MonotonicTime.now) {
                case .over: return nil
                case .ask(let source):
                    group.addTask { .answer(await ask(source)) }
                    continue
                case .wait(let time):
                    if alarm.map({ $0 > time }) ?? true {
                        alarm = time
                        group.addTask {
                            let now = MonotonicTime.now
                            if time > now { try? await Task.sleep(nanoseconds: time - now) }
                            return .time
                        }
                    }
                }
                switch await group.next() {
                case .answer(let answer?): return answer
                case .answer(nil): sourceFailed()
                case .time: alarm = nil
                case nil: return nil
                }
            }
        }
    }
}

private enum LookupEvent<Answer: Sendable>: Sendable {
    case answer(Answer?)
    case time
}
