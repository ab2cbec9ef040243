import PeriluneLua

/// Goes through the scopes of a script, and tells which locals hide others.
struct LocalScopes {
    /// Hears of a local, the one that it hides, and the values that it is given where it is declared.
    typealias Hiding = (_ local: Int, _ hidden: Int, _ values: [LuaExpression]) -> Void

    private let chunk: LuaChunk
    private let hides: Hiding

    init(_ chunk: LuaChunk, hides: @escaping Hiding) {
        self.chunk = chunk
        self.hides = hides
    }

    /// - Complexity: O(n), and for each block its locals.
    func walk() {
        walk(chunk.block, [:])
    }

    /// - Parameter outer: The locals that are in scope where the block begins.
    private func walk(_ block: LuaBlock, _ outer: [String: Int]) {
        var scope = outer
        for statement in block.statements {
            switch statement.kind {
            case .local(let locals, let values):
                for value in values { walk(value, scope) }
                for local in locals { declare(local, values, &scope) }
            case .localFunction(let local, let function):
                declare(local, [], &scope)
                walk(function, scope)
            case .function(_, let function): walk(function, scope)
            case .numericFor(let loop):
                for expression in statement.expressions { walk(expression, scope) }
                var inner = scope
                declare(loop.variable, statement.expressions, &inner)
                walk(loop.block, inner)
            case .genericFor(let loop):
                for expression in loop.values { walk(expression, scope) }
                var inner = scope
                for variable in loop.variables { declare(variable, loop.values, &inner) }
                walk(loop.block, inner)
            default:
                // The condition of `repeat` sees the locals of its block, which makes no difference to what it declares.
                for expression in statement.expressions { walk(expression, scope) }
                for block in statement.blocks { walk(block, scope) }
            }
        }
    }

    private func walk(_ function: LuaFunction, _ outer: [String: Int]) {
        var scope = outer
        for parameter in function.parameters { declare(parameter, [], &scope) }
        walk(function.body, scope)
    }

    /// The functions in an expression.
    private func walk(_ expression: LuaExpression, _ scope: [String: Int]) {
        if case .function(let function) = expression.kind { walk(function, scope) }
        for child in expression.children { walk(child, scope) }
    }

    private func declare(_ local: Int, _ values: [LuaExpression], _ scope: inout [String: Int]) {
        let name = chunk.locals[local].name.text
        if let hidden = scope[name] { hides(local, hidden, values) }
        scope[name] = local
    }
}
