import PeriluneLua

extension FlowInterpreter {
    /// An expression as a condition: its value, and the states where it holds and where it does not.
    mutating func judge(
        _ expression: LuaExpression, _ before: FlowState
    ) -> (value: AbstractValue, yes: FlowState, no: FlowState) {
        guard before.isReachable, !isExhausted else { return (.any, before, before) }
        let expression = expression.leveled
        switch expression.kind {
        case .parenthesized(let inner): return judge(inner, before)
        case .unary(.not, _, let operand):
            defer { leaveNode() }
            guard enterNode() else { return (.any, before, before) }
            let judged = judge(operand, before)
            note(judged.value, operand, before)
            var types: ValueTypes = []
            if judged.yes.isReachable { types.insert(.false) }
            if judged.no.isReachable { types.insert(.true) }
            return (AbstractValue(types: types, sources: judged.value.sources), judged.no, judged.yes)
        case .operation(let first, let rest):
            defer { leaveNode() }
            guard enterNode() else { return (.any, before, before) }
            switch rest.last?.operator {
            case .and, .or: return judgeChain(first, rest, before)
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
                if rest.count == 1 { return judgeComparison(first, rest[0], before) }
            default: break
            }
            return judgeValue(expression, before)
        default: return judgeValue(expression, before)
        }
    }

    private mutating func judgeValue(
        _ expression: LuaExpression, _ before: FlowState
    ) -> (value: AbstractValue, yes: FlowState, no: FlowState) {
        var state = before
        let value: AbstractValue
        // A chain of comparisons is evaluated here, as nothing else knows how to.
        if case .operation(let first, let rest) = expression.kind, rest.count > 1, Self.isComparison(rest[0].operator) {
            var sources = evaluate(first, &state).sources
            for step in rest { sources.formUnion(evaluate(step.operand, &state).sources) }
            value = .boolean(sources)
        } else {
            value = evaluate(expression, &state)
        }
        state.passCondition()
        var (yes, no) = (state, state)
        refine(expression, to: .truthy, value, &yes)
        refine(expression, to: .falsy, value, &no)
        return (value, yes, no)
    }

    /// Notes that a value is a condition; a number that stands there is one on purpose, as in `while 1 do`.
    mutating func note(_ value: AbstractValue, _ condition: LuaExpression, _ state: FlowState) {
        switch condition.unparenthesized.kind {
        case .path, .name, .unary(.length, _, _): emit(.condition(value, range: condition.range), state)
        default: break
        }
    }

    private static func isComparison(_ operation: LuaBinaryOperator) -> Bool {
        switch operation {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }

    /// A chain of `and` or of `or`.
    private mutating func judgeChain(
        _ first: LuaExpression, _ rest: [LuaOperation], _ before: FlowState
    ) -> (value: AbstractValue, yes: FlowState, no: FlowState) {
        var left = judge(first, before)
        // Of a name it is asked whether it is nil, which it may be on other ways.
        if rest.first?.operator == .and, local(first) == nil { note(left.value, first, before) }
        for step in rest {
            let isAnd = step.operator == .and
            let next = judge(step.operand, isAnd ? left.yes : left.no)
            let goesOn = isAnd ? left.yes.isReachable : left.no.isReachable
            guard goesOn else { continue }
            var value = next.value
            let kept = left.value.narrowed(to: isAnd ? .falsy : .truthy)
            if let kept { value = value.joined(kept) }
            value.sources.formUnion(left.value.sources)
            if isAnd {
                left = (value: value, yes: next.yes, no: left.no.joined(next.no))
            } else {
                left = (value: value, yes: left.yes.joined(next.yes), no: next.no)
            }
            if let kept {
                left.yes.escapeLost(next.value, kept, in: value)
                left.no.escapeLost(next.value, kept, in: value)
            }
        }
        return left
    }

    // MARK: Comparisons

    private mutating func judgeComparison(
        _ left: LuaExpression, _ step: LuaOperation, _ before: FlowState
    ) -> (value: AbstractValue, yes: FlowState, no: FlowState) {
        var state = before
        let first = evaluate(left, &state)
        let second = evaluate(step.operand, &state)
        // What the other side has changed meanwhile was not compared.
        let isUnchanged = local(left).map { state.locals[$0] == first } ?? true
        let value = AbstractValue.boolean(first.sources.union(second.sources))
        let right = step.operand
        let range = SourceRange(start: left.range.start, end: right.range.end)
        if step.operator == .equal || step.operator == .notEqual {
            emit(.equality(first, second, range: range), state)
            if case .nil = right.unparenthesized.kind {
                emit(.nilComparison(first, nilRange: right.unparenthesized.range, range: range), state)
            } else if case .nil = left.unparenthesized.kind {
                emit(.nilComparison(second, nilRange: left.unparenthesized.range, range: range), state)
            }
        }
        if step.operator == .equal || step.operator == .notEqual {
            if second.number.wholeness == .yes, isCall(right, of: left) { isWholeAsked(left, &state) }
            if first.number.wholeness == .yes, isCall(left, of: right) { isWholeAsked(right, &state) }
        }
        state.passCondition()
        var (yes, no) = (state, state)
        switch step.operator {
        case .equal, .notEqual:
            if isUnchanged { equate(left, second, first, &yes, &no) }
            equate(right, first, second, &yes, &no)
            equateType(left, second, &yes, &no)
            equateType(right, first, &yes, &no)
            return step.operator == .equal ? (value, yes, no) : (value, no, yes)
        case .less, .lessOrEqual:
            emit(.order(first, second, range: range), state)
            bound(left, first, below: right, second, &yes)
            bound(right, second, below: left, first, &no)
        default:
            emit(.order(first, second, range: range), state)
            bound(right, second, below: left, first, &yes)
            bound(left, first, below: right, second, &no)
        }
        return (value, yes, no)
    }

    /// Whether an expression is a call with a local alone, such as `math.floor(x)` with `x`.
    private func isCall(_ expression: LuaExpression, of name: LuaExpression) -> Bool {
        guard let index = local(name), case .path(_, let suffixes) = expression.unparenthesized.kind,
            case .call(let arguments)? = suffixes.last?.kind, arguments.expressions.count == 1
        else { return false }
        return local(arguments.expressions[0]) == index
    }

    /// Where a value equals another it has its type; where it does not, it is not the only value of that type.
    private func equate(
        _ expression: LuaExpression, _ other: AbstractValue, _ value: AbstractValue, _ yes: inout FlowState,
        _ no: inout FlowState
    ) {
        if other.types == .nil, !value.types.contains(.nil), value.types.contains(.false) {
            // It is false where the script takes it for nil; what the script does then is looked at all the same.
            if let index = local(expression), yes.isReachable {
                yes.locals[index] = AbstractValue(types: .falsy, sources: value.sources)
            }
        } else if value.types != .nil || other.types.contains(.nil) || !other.types.contains(.false) {
            refine(expression, to: other.types, value, &yes)
        }
        if let literal = other.literal, let index = local(expression) {
            if let text = yes.locals[index]?.text.narrowed(to: literal, isEqual: true) {
                yes.locals[index]?.text = text
            }
            if let text = no.locals[index]?.text.narrowed(to: literal, isEqual: false) { no.locals[index]?.text = text }
        }
        switch other.types {
        case .nil, .true, .false: refine(expression, to: ValueTypes.all.subtracting(other.types), value, &no)
        default: break
        }
    }

    /// `type(x) == 'table'`
    private func equateType(
        _ expression: LuaExpression, _ other: AbstractValue, _ yes: inout FlowState, _ no: inout FlowState
    ) {
        guard let name = other.literal, let types = ValueTypes(luaName: name),
            case .path(let base, let suffixes) = expression.unparenthesized.kind, suffixes.count == 1,
            case .name(let function, .global) = base.kind, function.text == "type",
            case .call(let arguments) = suffixes[0].kind, arguments.expressions.count == 1
        else { return }
        let asked = arguments.expressions[0]
        let value: AbstractValue
        if case .name(let local, let binding) = asked.unparenthesized.kind {
            value = read(local, binding, yes)
        } else if let field = field(asked), let owner = yes.locals[field.owner] {
            value = yes.read(owner, at: field.key)
        } else {
            return
        }
        refine(asked, to: types, value, &yes)
        refine(asked, to: ValueTypes.all.subtracting(types), value, &no)
    }

    /// The bounds that `lower <= upper` gives to locals.
    private func bound(
        _ lower: LuaExpression, _ lowerValue: AbstractValue, below upper: LuaExpression, _ upperValue: AbstractValue,
        _ state: inout FlowState
    ) {
        if let index = local(lower), lowerValue.isNumber, upperValue.isNumber {
            state.locals[index]?.number = lowerValue.number.atMost(upperValue.number.upper)
        }
        if let index = local(upper), lowerValue.isNumber, upperValue.isNumber {
            state.locals[index]?.number = upperValue.number.atLeast(lowerValue.number.lower)
        }
    }

    // MARK: Refinement

    /// Notes the types that an expression has here; where it has none of them, nothing runs.
    private func refine(
        _ expression: LuaExpression, to types: ValueTypes, _ value: AbstractValue, _ state: inout FlowState
    ) {
        guard state.isReachable else { return }
        guard let narrowed = value.narrowed(to: types) else {
            state.isReachable = false
            return
        }
        if let field = field(expression) { refine(field.owner, whose: field.key, is: types, &state) }
        guard let index = local(expression), let current = state.locals[index] else { return }
        // The value may have been narrowed in between.
        state.locals[index] = current.narrowed(to: types) ?? narrowed
    }

    private func local(_ expression: LuaExpression) -> Int? {
        guard case .name(_, let binding) = expression.unparenthesized.kind else { return nil }
        return binding.localIndex
    }

    /// A field of a local by a name or a number that stands there, such as `result.err` or `result[1]`.
    private func field(_ expression: LuaExpression) -> (owner: Int, key: AbstractValue)? {
        guard case .path(let base, let suffixes) = expression.unparenthesized.kind, suffixes.count == 1,
            let owner = local(base)
        else { return nil }
        switch suffixes[0].kind {
        case .field(let name): return (owner, .literal(Array(name.text.utf8)))
        case .index(let key):
            switch key.unparenthesized.kind {
            case .number(let number): return (owner, .number(.constant(number)))
            case .string(let bytes): return (owner, .literal(bytes))
            default: return nil
            }
        case .call, .method: return nil
        }
    }

    /// Of the tables that a local can be, those are left out whose field has none of these types.
    private func refine(_ owner: Int, whose key: AbstractValue, is types: ValueTypes, _ state: inout FlowState) {
        guard let value = state.locals[owner], value.types == .table, case .sites(let sites) = value.table else {
            return
        }
        let kept = sites.filter { site in
            state.tables[site].map { $0.read(at: key).narrowed(to: types) != nil } ?? true
        }
        if kept.count < sites.count, !kept.isEmpty { state.locals[owner]?.table = .sites(kept) }
    }
}
