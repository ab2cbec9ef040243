import PeriluneLua

/// Visits every statement and expression of a chunk once, in source order.
///
/// Safe for any script that parses: a tree is at most as deep as the 200 syntax levels that Lua allows.
struct LuaWalk {
    var statement: (LuaStatement) -> Void = { _ in }
    var expression: (LuaExpression) -> Void = { _ in }
    var block: (LuaBlock) -> Void = { _ in }

    func walk(_ block: LuaBlock) {
        self.block(block)
        for statement in block.statements { walk(statement) }
    }

    func walk(_ statement: LuaStatement) {
        self.statement(statement)
        // The condition of `repeat` stands after its block.
        if case .repeat(let block, let condition) = statement.kind {
            walk(block)
            return walk(condition)
        }
        for expression in statement.expressions { walk(expression) }
        for block in statement.blocks { walk(block) }
    }

    func walk(_ expression: LuaExpression) {
        self.expression(expression)
        for child in expression.children { walk(child) }
        if case .function(let function) = expression.kind { walk(function.body) }
    }
}
