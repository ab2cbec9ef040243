extension DialectRewriter {
    mutating func rewrite(_ block: LuaBlock) {
        for statement in block.statements { rewrite(statement) }
    }

    private mutating func rewriteLoop(_ block: LuaBlock) {
        copy(to: block.range.start.offset)
        insertTick()
        rewrite(block)
    }

    private mutating func rewrite(_ statement: LuaStatement) {
        switch statement.kind {
        case .local(let names, let values):
            for name in names { rewriteDeclaration(name) }
            rewrite(values)
        case .assignment(let targets, let values):
            rewrite(targets)
            rewrite(values)
        case .call(let call): rewrite(call)
        case .do(let block): rewrite(block)
        case .while(let condition, let block):
            rewrite(condition)
            rewriteLoop(block)
        case .repeat(let block, let condition):
            rewriteLoop(block)
            rewrite(condition)
        case .if(let branches, let elseBlock):
            for branch in branches {
                rewrite(branch.condition)
                rewrite(branch.block)
            }
            if let elseBlock { rewrite(elseBlock) }
        case .numericFor(let loop): rewriteNumericFor(loop)
        case .genericFor(let loop):
            for variable in loop.variables { rewriteDeclaration(variable) }
            rewriteIterator(loop.values)
            rewriteLoop(loop.block)
        case .function(let name, let function): rewriteFunctionStatement(name, function)
        case .localFunction(let name, let function):
            rewriteDeclaration(name)
            rewrite(function)
        case .return(let values): rewrite(values)
        case .break: break
        }
    }

    /// 5.4 refuses a step of 0; any step that is not plainly another number goes through a helper.
    private mutating func rewriteNumericFor(_ loop: LuaNumericFor) {
        rewriteDeclaration(loop.variable)
        rewrite(loop.start)
        rewrite(loop.limit)
        if let step = loop.step {
            if isNonZeroLiteral(step) {
                rewrite(step)
            } else {
                copy(to: step.range.start.offset)
                insert(.step)
                insert("(")
                rewriteSingle(step)
                copy(to: step.range.end.offset)
                insert(")")
            }
        }
        rewriteLoop(loop.block)
    }

    /// 5.4 takes a fourth value, and closes it.
    private mutating func rewriteIterator(_ values: [LuaExpression]) {
        guard let first = values.first, let last = values.last else { return }
        copy(to: first.range.start.offset)
        insert(.iterate)
        insert("(")
        rewrite(values)
        copy(to: last.range.end.offset)
        insert(")")
    }

    private func isNonZeroLiteral(_ expression: LuaExpression) -> Bool {
        switch expression.unparenthesized.kind {
        case .number(let value): value != 0
        case .unary(.negate, _, let operand):
            if case .number(let value) = operand.kind { value != 0 } else { false }
        default: false
        }
    }

    private mutating func rewriteFunctionStatement(_ name: LuaFunctionName, _ function: LuaFunction) {
        let isGlobal = name.binding == .global
        let baseIsSpecial = name.base.text == "goto" || name.base.text == "_ENV"
        guard name.fields.contains(where: { $0.text == "goto" }) || (isGlobal && baseIsSpecial) else {
            rewriteVariable(name.base, name.binding)
            return rewrite(function)
        }
        // `function a.goto()` has no form with brackets: `a["goto"] = function()` is the same.
        replace(name.keywordRange, by: "")
        rewriteVariable(name.base, name.binding)
        copy(to: name.base.range.end.offset)
        for (index, field) in name.fields.enumerated() {
            let isLast = index == name.fields.count - 1
            rewriteNameField(field, isMethod: isLast && name.isMethod)
        }
        copy(to: name.range.end.offset)
        insert("=function")
        if function.selfParameter != nil {
            copy(to: function.parametersRange.start.offset + 1)
            insert(function.parameters.isEmpty && !function.isVararg ? "self" : "self,")
        }
        rewrite(function)
    }

    /// One field of a function's name, from the dot or colon before it.
    private mutating func rewriteNameField(_ field: LuaName, isMethod: Bool) {
        // Only blanks and comments stand between the previous name and the separator.
        guard let separator = separator(before: field) else { return }
        if field.text == "goto" {
            rewriteField(field, from: separator)
        } else if isMethod {
            copy(to: separator.offset)
            replace(SourceRange(start: separator, end: separator.following), by: ".")
        }
        copy(to: field.range.end.offset)
    }

    private func separator(before field: LuaName) -> SourcePosition? {
        let tokens = chunk.tokens.tokens
        // Tokens are in order of offset, so the one before the field's is found by halving.
        var low = 0
        var high = tokens.count
        while low < high {
            let middle = (low + high) / 2
            if tokens[middle].start < field.range.start.offset { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? chunk.tokens.range(of: tokens[low - 1]).start : nil
    }
}

extension SourcePosition {
    /// The next byte of the same line.
    fileprivate var following: SourcePosition {
        SourcePosition(offset: offset + 1, line: line, column: column + 1)
    }
}
