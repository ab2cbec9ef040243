import PeriluneLua

extension FlowInterpreter {
    /// Runs a `while` or `repeat` loop.
    mutating func loop(
        _ condition: LuaExpression, _ block: LuaBlock, isTestedFirst: Bool, _ state: inout FlowState
    ) {
        loopDepth += 1
        defer { loopDepth -= 1 }
        repeatRounds(&state) { interpreter, head in
            guard isTestedFirst else {
                var inside = head
                interpreter.run(block, &inside)
                guard inside.isReachable else { return (again: inside, end: .unreachable) }
                let judged = interpreter.judge(condition, inside)
                interpreter.note(judged.value, condition, inside)
                return (again: judged.no, end: judged.yes)
            }
            let judged = interpreter.judge(condition, head)
            interpreter.note(judged.value, condition, head)
            var inside = judged.yes
            interpreter.run(block, under: judged.value.sources, &inside)
            var end = judged.no
            end.leaveCondition(
                inside.leaves(since: judged.yes) ? judged.value.sources : [], depth: interpreter.conditions.count)
            return (again: inside, end: end)
        }
    }

    mutating func run(_ loop: LuaNumericFor, _ state: inout FlowState) {
        let start = evaluate(loop.start, &state)
        let limit = evaluate(loop.limit, &state)
        let step = loop.step.map { evaluate($0, &state) }
        let by: Double? = step.map { number(of: $0).constant } ?? 1
        let (first, last) = (number(of: start), number(of: limit))
        var variable = NumberValue.any
        if let by, by != 0 {
            variable =
                by > 0
                ? NumberValue(lower: first.lower, upper: max(first.lower, last.upper), wholeness: .maybe)
                : NumberValue(lower: min(first.upper, last.lower), upper: first.upper, wholeness: .maybe)
            if by.rounded() == by { variable.wholeness = first.wholeness }
        }
        let value = AbstractValue.number(variable, start.sources)
        let sources = start.sources.union(limit.sources).union(step?.sources ?? [])
        let before = state
        let runsOnce = by.map { $0 > 0 ? first.upper <= last.lower : first.lower >= last.upper } == true
        repeatRounds(&state, runsOnce: runsOnce) { interpreter, head in
            var inside = head
            interpreter.declare(loop.variable, value, &inside)
            interpreter.run(loop.block, under: sources, &inside)
            return (again: inside, end: .unreachable)
        }
        let isLeft = state.leaves(since: before)
        state.leaveCondition(isLeft ? sources : [], depth: conditions.count)
    }

    mutating func run(_ loop: LuaGenericFor, _ state: inout FlowState) {
        let values = evaluate(loop.values, &state)
        let first = iteration(values, state)
        let sources = values.values.reduce(into: first.key.sources.union(first.element.sources)) {
            $0.formUnion($1.sources)
        }
        var isFollowed = false
        if case .builtin = values.first.function { isFollowed = true }
        let before = state
        repeatRounds(&state, runsOnce: false) { interpreter, head in
            var inside = head
            // What the loop has put into the table comes, too.
            let (key, element) = interpreter.iteration(values, head)
            for (place, variable) in loop.variables.enumerated() {
                interpreter.declare(variable, place == 0 ? key : place == 1 ? element : .any, &inside)
            }
            if !isFollowed { interpreter.callIterator(values, &inside) }
            interpreter.run(loop.block, under: sources, &inside)
            return (again: inside, end: .unreachable)
        }
        // Once more than there are rounds.
        if !isFollowed { callIterator(values, &state) }
        let isLeft = state.leaves(since: before)
        state.leaveCondition(isLeft ? sources : [], depth: conditions.count)
    }

    /// A loop calls a function of the script, or one that nobody knows, which may change what it can reach.
    private func callIterator(_ values: ValueList, _ state: inout FlowState) {
        for value in values.values { state.escape(value) }
        forgetCaptured(&state)
    }

    /// What the variables of a loop over `pairs`, `ipairs` or `next` are.
    private func iteration(_ values: ValueList, _ state: FlowState) -> (
        key: AbstractValue, element: AbstractValue
    ) {
        let table = values[1]
        switch values.first.function {
        case .builtin("ipairs iterator"):
            return (.number(.whole(1, .infinity), table.sources), state.elements(of: table))
        case .builtin("next"):
            var (key, element) = (AbstractValue.any, state.elements(of: table))
            guard let facts = state.facts(of: table) else { return (key, element) }
            if facts.allSatisfy(\.isUnordered) {
                if facts.allSatisfy(\.hasOnlyNames) { key = .text(.unknown) }
                key.sources.insert(.iteration)
                element.sources.insert(.iteration)
            }
            return (key, element)
        default: return (.any, .any)
        }
    }

    /// Runs the rounds of a loop until nothing new comes of them.
    ///
    /// - Parameters:
    ///   - runsOnce: Whether there is a first round in any case; `nil` when the rounds say where the loop ends.
    ///   - round: Runs one from a state, and gives where the next one begins and where the loop ends.
    private mutating func repeatRounds(
        _ state: inout FlowState, runsOnce: Bool? = nil,
        _ round: (inout FlowInterpreter, FlowState) -> (again: FlowState, end: FlowState)
    ) {
        guard !frames.isEmpty else { return }
        let frame = frames.count - 1
        frames[frame].breaks.append(.unreachable)
        var head = state
        var end = FlowState.unreachable
        var left = runsOnce == true ? FlowState.unreachable : head
        for count in 0..<Limit.rounds {
            guard !isExhausted else { break }
            let (again, out) = round(&self, head)
            end = end.joined(out)
            left = left.joined(again)
            if !again.isReachable { break }
            var next = count < Limit.exactRounds ? head.joined(again) : head.widened(to: again)
            next.sweep(since: state)
            if next == head { break }
            head = next
            // What does not settle is not followed.
            if count == Limit.rounds - 2 { forgetAll(&head) }
        }
        let breaks = frames[frame].breaks.popLast() ?? .unreachable
        let before = state
        state = (runsOnce == nil ? end : left).joined(breaks)
        leaveScope(since: before, &state)
        state.passLoop(from: before)
        state.sweep(since: before)
    }

    private func forgetAll(_ state: inout FlowState) {
        for (index, value) in state.locals {
            state.escape(value)
            if traits.reassigned.contains(index) { state.locals[index] = .any }
        }
    }
}
