import PeriluneLua

/// What is to be known of a script as a whole before it is run.
struct ScriptTraits {
    /// Locals that are assigned to after their declaration.
    private(set) var reassigned: Set<Int> = []
    /// The constants that it takes remainders by.
    private(set) var divisors: Set<Double> = []
    /// Whether it says by which protocol it wants its replies.
    private(set) var switchesProtocol = false
    /// The tables by name whose length it computes or compares with, such as `ARGV`.
    private(set) var measured: Set<String> = []

    init(_ chunk: LuaChunk) {
        var reassigned: Set<Int> = []
        var divisors: Set<Double> = []
        var switchesProtocol = false
        var measured: Set<String> = []
        func measure(_ expression: LuaExpression) {
            guard case .unary(.length, _, let table) = expression.unparenthesized.kind,
                case .name(let name, _) = table.unparenthesized.kind
            else { return }
            measured.insert(name.text)
        }
        LuaWalk(
            statement: { statement in
                switch statement.kind {
                case .assignment(let targets, _):
                    for target in targets {
                        if case .name(_, let binding) = target.kind, let index = binding.localIndex {
                            reassigned.insert(index)
                        }
                    }
                case .function(let name, _):
                    if name.fields.isEmpty, let index = name.binding.localIndex { reassigned.insert(index) }
                default: break
                }
            },
            expression: { expression in
                switch expression.kind {
                case .operation(let first, let rest):
                    var left = first
                    for step in rest {
                        if step.operator == .modulo, case .number(let divisor) = step.operand.unparenthesized.kind {
                            divisors.insert(divisor)
                        }
                        if Self.bounds(step.operator, left, step.operand) {
                            measure(left)
                            measure(step.operand)
                        }
                        left = step.operand
                    }
                case .path(_, let suffixes):
                    if suffixes.count > 1, case .field(let name) = suffixes[suffixes.count - 2].kind,
                        name.text == "fmod", case .call(let arguments)? = suffixes.last?.kind,
                        case .number(let divisor)? = arguments.expressions.last?.unparenthesized.kind
                    {
                        divisors.insert(divisor)
                    }
                    for suffix in suffixes {
                        if case .field(let name) = suffix.kind, name.text == "setresp" { switchesProtocol = true }
                    }
                default: break
                }
            }
        ).walk(chunk.block)
        self.reassigned = reassigned
        self.divisors = divisors
        self.switchesProtocol = switchesProtocol
        self.measured = measured
    }

    /// Whether an operation says more of a length than that there is something.
    private static func bounds(
        _ operation: LuaBinaryOperator, _ left: LuaExpression, _ right: LuaExpression
    ) -> Bool {
        switch operation {
        case .and, .or, .concat: return false
        case .add, .subtract, .multiply, .divide, .modulo, .power: return !isBehindLast(operation, right)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            return ![left, right].contains { expression in
                guard case .number(let number) = expression.unparenthesized.kind else { return false }
                return number <= 1
            }
        }
    }

    /// `#t + 1`, which is where the next element goes.
    private static func isBehindLast(_ operation: LuaBinaryOperator, _ right: LuaExpression) -> Bool {
        guard operation == .add, case .number(1) = right.unparenthesized.kind else { return false }
        return true
    }
}
