extension LuaChunk {
    /// The functions written in the chunk, in source order; the chunk itself is not among them. O(n).
    package var functions: [LuaFunction] {
        var found: [LuaFunction] = []
        Self.collect(block, into: &found)
        return found
    }

    private static func collect(_ block: LuaBlock, into found: inout [LuaFunction]) {
        for statement in block.statements {
            if let function = statement.function { found.append(function) }
            for expression in statement.expressions { collect(expression, into: &found) }
            for block in statement.blocks { collect(block, into: &found) }
        }
    }

    private static func collect(_ expression: LuaExpression, into found: inout [LuaFunction]) {
        for child in expression.children { collect(child, into: &found) }
        if case .function(let function) = expression.kind {
            found.append(function)
            collect(function.body, into: &found)
        }
    }
}
