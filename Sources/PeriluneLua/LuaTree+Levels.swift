extension LuaExpression {
    /// The same expression with an operation of its own for each kind of operator in its fold.
    ///
    /// `a + b == c and d` is one fold of three steps, and here `((a + b) == c) and d`: within each operation all steps are
    /// arithmetic, or comparisons, or `..`, or `and`, or `or`. The operands are left as they are.
    ///
    /// - Complexity: O(steps of the fold).
    package var leveled: LuaExpression {
        guard case .operation(let first, let rest) = kind else { return self }
        var left = first
        var level: [LuaOperation] = []
        for step in rest {
            if let last = level.last, last.operator.level != step.operator.level {
                let place = SourceRange(start: range.start, end: last.operand.range.end)
                left = LuaExpression(kind: .operation(first: left, rest: level), range: place)
                level = []
            }
            level.append(step)
        }
        guard level.count < rest.count else { return self }
        return LuaExpression(kind: .operation(first: left, rest: level), range: range)
    }
}

extension LuaBinaryOperator {
    /// What kind of operator it is.
    fileprivate var level: Int {
        switch self {
        case .or: 0
        case .and: 1
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: 2
        case .concat: 3
        case .add, .subtract, .multiply, .divide, .modulo, .power: 4
        }
    }
}
