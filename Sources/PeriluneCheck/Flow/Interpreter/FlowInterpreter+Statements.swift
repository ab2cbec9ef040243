import PeriluneLua

extension FlowInterpreter {
    mutating func run(_ block: LuaBlock, _ state: inout FlowState) {
        for statement in block.statements {
            guard state.isReachable, !isExhausted else { return }
            run(statement, &state)
        }
    }

    private mutating func run(_ statement: LuaStatement, _ state: inout FlowState) {
        defer { leaveNode() }
        guard enterNode() else { return }
        switch statement.kind {
        case .local(let locals, let expressions):
            let values = evaluate(expressions, &state)
            if let last = expressions.last, locals.count > expressions.count, last.isCall {
                let names = locals.map { script.chunk.locals[$0].name }
                emit(.received(values, locals: names, call: last.range), state)
            }
            for (place, local) in locals.enumerated() { declare(local, values[place], &state) }
        case .assignment(let targets, let values):
            // Before anything is assigned.
            let places = targets.map { place(of: $0, &state) }
            var list = evaluate(values, &state)
            if values.count == 1, targets.count == 1, isGrown(targets[0], values[0], list.first, state) {
                list.values[0].disorder = list.first.disorder ?? Disorder(range: targets[0].range, isEncoding: false)
            }
            for (index, place) in places.enumerated() {
                assign(list[index], to: place, targets[index].range, &state)
            }
        case .call(let call):
            guard case .path(let base, let suffixes) = call.kind else { return }
            let (values, callee) = evaluatePath(base, suffixes, call.range, &state)
            if let callee { emit(.ignored(callee, values.first, range: call.range), state) }
        case .do(let block):
            let before = state
            run(block, &state)
            leaveScope(since: before, &state)
        case .while(let condition, let block):
            loop(condition, block, isTestedFirst: true, &state)
        case .repeat(let block, let condition):
            loop(condition, block, isTestedFirst: false, &state)
        case .if(let branches, let otherwise): choose(branches, otherwise, &state)
        case .numericFor(let loop): run(loop, &state)
        case .genericFor(let loop): run(loop, &state)
        case .function(let name, let function):
            let value = closure(function, state)
            guard !name.fields.isEmpty else {
                if let index = name.binding.localIndex { state.locals[index] = value }
                return
            }
            var table = read(name.base, name.binding, state)
            for field in name.fields.dropLast() { table = state.read(table, at: .literal(Array(field.text.utf8))) }
            guard let last = name.fields.last else { return }
            write(value, to: table, at: .literal(Array(last.text.utf8)), isAppended: false, range: name.range, &state)
        case .localFunction(let index, let function): declare(index, closure(function, state), &state)
        case .return(let values):
            let list = evaluate(values, &state)
            guard state.isReachable, let frame = frames.last else { return }
            if frame.isMain {
                emit(.reply(list.first, range: values.first?.range ?? statement.range), state)
                emit(.end, state)
            }
            if let exit = frame.exit {
                frames[frames.count - 1].exit = Self.joined(exit, (list, state))
            } else {
                frames[frames.count - 1].exit = (list, state)
            }
            state.isReachable = false
        case .break:
            if let frame = frames.last, let left = frame.breaks.last {
                frames[frames.count - 1].breaks[frame.breaks.count - 1] = left.joined(state)
            }
            state.isReachable = false
        }
    }

    // MARK: Assignments

    /// Where a value is assigned.
    private enum Place {
        case local(Int)
        case field(of: AbstractValue, at: AbstractValue, isAppended: Bool)
        case elsewhere
    }

    private mutating func place(of target: LuaExpression, _ state: inout FlowState) -> Place {
        switch target.kind {
        case .name(_, let binding): return binding.localIndex.map { .local($0) } ?? .elsewhere
        case .path(let base, let suffixes):
            guard let last = suffixes.last else { return .elsewhere }
            let table = evaluatePath(base, suffixes.dropLast(), target.range, &state).values.first
            switch last.kind {
            case .field(let name):
                return .field(of: table, at: .literal(Array(name.text.utf8)), isAppended: false)
            case .index(let expression):
                let key = evaluate(expression, &state)
                return .field(of: table, at: key, isAppended: Self.isBehindLast(expression))
            case .call, .method: return .elsewhere
            }
        default: return .elsewhere
        }
    }

    private mutating func assign(
        _ value: AbstractValue, to place: Place, _ range: SourceRange, _ state: inout FlowState
    ) {
        switch place {
        case .local(let index): state.locals[index] = value
        case .field(let table, let key, let isAppended):
            write(value, to: table, at: key, isAppended: isAppended, range: range, &state)
        case .elsewhere: state.escape(value)
        }
    }

    /// Whether it is `s = s .. name` in a loop over names, and `s` has some of them already.
    private func isGrown(
        _ target: LuaExpression, _ expression: LuaExpression, _ value: AbstractValue, _ state: FlowState
    ) -> Bool {
        guard value.sources.contains(.iteration), case .name(_, let binding) = target.kind,
            let index = binding.localIndex, state.locals[index]?.sources.contains(.iteration) == true,
            case .operation(let first, let rest) = expression.leveled.kind, rest.first?.operator == .concat,
            case .name(_, let operand) = first.unparenthesized.kind
        else { return false }
        return operand.localIndex == index
    }

    /// Whether a key is `#t + 1`.
    private static func isBehindLast(_ key: LuaExpression) -> Bool {
        guard case .operation(let first, let rest) = key.unparenthesized.kind, rest.count == 1,
            rest[0].operator == .add, case .number(1) = rest[0].operand.kind,
            case .unary(.length, _, _) = first.unparenthesized.kind
        else { return false }
        return true
    }

    mutating func write(
        _ value: AbstractValue, to table: AbstractValue, at key: AbstractValue, isAppended: Bool, range: SourceRange,
        _ state: inout FlowState
    ) {
        guard case .sites = table.table else { return state.escape(value) }
        state.update(table) { facts in
            // In the order of a loop over names, at a place that counts.
            if value.sources.contains(.iteration), isAppended || key.isNumber && key.number.integer == nil {
                facts.disorder = facts.disorder ?? Disorder(range: range, isEncoding: false)
            }
            if isAppended {
                facts.append(value)
            } else if key.isNumber, let index = key.number.integer {
                facts.set(value, at: .index(index))
            } else if let name = key.literal {
                facts.set(value, at: .name(name))
            } else {
                // At nil nothing can be written.
                facts.setElement(value, at: key.types.subtracting(.nil))
            }
        }
    }

    // MARK: Branches

    private mutating func choose(_ branches: [LuaBranch], _ otherwise: LuaBlock?, _ state: inout FlowState) {
        let start = state
        var rest = state
        var end = FlowState.unreachable
        var sources: ValueSources = []
        var isLeft = false
        for branch in branches {
            guard rest.isReachable, !isExhausted else { break }
            let judged = judge(branch.condition, rest)
            note(judged.value, branch.condition, rest)
            var inside = judged.yes
            sources.formUnion(judged.value.sources)
            run(branch.block, under: sources, &inside)
            if judged.yes.isReachable, inside.leaves(since: judged.yes) { isLeft = true }
            inside.sweep(since: judged.yes)
            end = end.joined(inside)
            rest = judged.no
        }
        if let otherwise, rest.isReachable {
            let before = rest
            run(otherwise, under: sources, &rest)
            if rest.leaves(since: before) { isLeft = true }
            rest.sweep(since: before)
        }
        state = end.joined(rest)
        leaveScope(since: start, &state)
        state.leaveCondition(isLeft ? sources : [], depth: conditions.count)
    }

    /// Runs what runs under a condition.
    ///
    /// - Parameter sources: What the condition depends on.
    mutating func run(_ block: LuaBlock, under sources: ValueSources, _ state: inout FlowState) {
        conditions.append(sources)
        run(block, &state)
        conditions.removeLast()
    }
}
