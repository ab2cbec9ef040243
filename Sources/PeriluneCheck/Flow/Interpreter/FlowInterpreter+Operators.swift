import PeriluneLua

extension FlowInterpreter {
    /// The value of a chain of operators of one precedence.
    mutating func fold(
        _ first: LuaExpression, _ rest: [LuaOperation], _ expression: LuaExpression, _ state: inout FlowState
    ) -> AbstractValue {
        guard let step = rest.first else { return evaluate(first, &state) }
        switch step.operator {
        case .and, .or, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            let judged = judge(expression, state)
            state = judged.yes.joined(judged.no)
            return judged.value
        case .concat: return concatenate(first, rest, &state)
        default: break
        }
        var value = evaluate(first, &state)
        var leftRange = first.range
        for step in rest {
            let operand = evaluate(step.operand, &state)
            let range = SourceRange(start: first.range.start, end: step.operand.range.end)
            value = arithmetic(
                step.operator, value, leftRange, operand, step.operand.range, at: range, &state)
            // A remainder by one is how a script asks whether a number is whole.
            if step.operator == .modulo, operand.number.constant == 1 { isWholeAsked(first, &state) }
            // What is taken away is the fraction.
            if step.operator == .subtract, Self.isRemainderByOne(step.operand) { value.number.fraction = nil }
            leftRange = range
        }
        return value
    }

    /// A script asks whether a number is whole: from here on it knows.
    func isWholeAsked(_ number: LuaExpression, _ state: inout FlowState) {
        guard case .name(_, let binding) = number.unparenthesized.kind, let index = binding.localIndex else { return }
        state.locals[index]?.number.fraction = nil
    }

    /// `x % 1`
    private static func isRemainderByOne(_ expression: LuaExpression) -> Bool {
        guard case .operation(_, let rest) = expression.unparenthesized.leveled.kind, let last = rest.last,
            last.operator == .modulo, case .number(1) = last.operand.unparenthesized.kind
        else { return false }
        return true
    }

    private mutating func arithmetic(
        _ operation: LuaBinaryOperator, _ left: AbstractValue, _ leftRange: SourceRange, _ right: AbstractValue,
        _ rightRange: SourceRange, at range: SourceRange, _ state: inout FlowState
    ) -> AbstractValue {
        emit(.used(left, range: leftRange), state)
        emit(.used(right, range: rightRange), state)
        // A sum does not depend on the order.
        let sources = left.sources.union(right.sources).subtracting(.iteration)
        let number = NumberValue.result(
            operation, self.number(of: left), self.number(of: right), at: range,
            isFollowed: !sources.contains(.unknown),
            isGuarded: { traits.divisors.contains($0) })
        let result = AbstractValue.number(number, sources)
        var (first, second) = (left, right)
        (first.number, second.number) = (self.number(of: left), self.number(of: right))
        emit(.arithmetic(left: first, right: second, result: result, range: range), state)
        return result
    }

    /// What a value is where a number is wanted: texts that arithmetic converts, too.
    func number(of value: AbstractValue) -> NumberValue {
        if value.isNumber { return value.number }
        // Where it is nil or false instead, the arithmetic fails.
        guard value.types.subtracting(.falsy) == .string, let only = value.text.only else { return .any }
        if let literal = only.literal {
            guard let number = Double(String(decoding: literal, as: UTF8.self)), number.isFinite else { return .any }
            return .constant(number)
        }
        guard only.pieces.count == 1, case .reply("TIME", let element) = only.pieces[0] else { return .any }
        // Seconds since 2014 and before 2286; microseconds of the second.
        return element == 1 ? .whole(1_400_000_000, 9_999_999_999) : .whole(0, 999_999)
    }

    // MARK: Concatenation

    /// The value of a chain of `..`, which is a nest to the right: it is gone through without one.
    private mutating func concatenate(
        _ first: LuaExpression, _ rest: [LuaOperation], _ state: inout FlowState
    ) -> AbstractValue {
        var operands = [first]
        var pending = rest[...]
        while let step = pending.popFirst() {
            if pending.isEmpty, case .operation(let next, let others) = step.operand.leveled.kind,
                others.first?.operator == .concat
            {
                operands.append(next)
                pending = others[...]
            } else {
                operands.append(step.operand)
            }
        }
        var values: [(value: AbstractValue, range: SourceRange)] = []
        for operand in operands { values.append((evaluate(operand, &state), operand.range)) }
        for (value, range) in values {
            emit(.used(value, range: range), state)
            emit(.text(value, range: range), state)
        }
        // From the right, as Lua does.
        guard let last = values.last else { return .any }
        var joined = Self.text(of: last.value)
        for (value, range) in values.dropLast().reversed() {
            let left = Self.text(of: value)
            emit(.concatenation(left, joined, range: SourceRange(start: range.start, end: last.range.end)), state)
            var both = AbstractValue.text(left.text + joined.text, left.sources.union(joined.sources))
            both.disorder = left.disorder ?? joined.disorder
            joined = both
        }
        return joined
    }

    /// A value as the text that `..` makes of it.
    static func text(of value: AbstractValue) -> AbstractValue {
        var text = AbstractValue.text(.unknown, value.sources)
        text.disorder = value.disorder
        if value.isNumber {
            if let integer = value.number.integer, integer.magnitude < 100_000_000_000_000 {
                text.text = TextValue(.literal(Array(String(integer).utf8)))
            } else {
                text.text = TextValue(value.sources.contains(.unknown) ? .unknown : .computed(value.sources))
            }
        } else if value.types.subtracting(.falsy) == .string {
            // Nothing else gets through a concatenation.
            text.text = value.text
        }
        return text
    }
}
