extension DialectRewriter {
    mutating func rewrite(_ expressions: [LuaExpression]) {
        for expression in expressions { rewrite(expression) }
    }

    mutating func rewrite(_ expression: LuaExpression) {
        switch expression.kind {
        case .nil, .true, .false: break
        case .varargs:
            // A NUL byte may stand for a dot (see the lexer).
            if source[expression.range.start.offset..<expression.range.end.offset].contains(0) {
                replace(expression.range, by: "...")
            }
        case .number(let value): rewriteNumber(value, expression.range)
        case .string: rewriteString(expression.range)
        case .function(let function): rewrite(function)
        case .name(let name, let binding): rewriteVariable(name, binding)
        case .parenthesized(let inner): rewrite(inner)
        case .path(let base, let suffixes): rewritePath(base, suffixes)
        case .unary(let unary, let range, let operand): rewriteUnary(unary, range, operand)
        case .operation(let first, let rest): rewriteOperation(first, rest)
        case .table(let table): rewriteTable(table)
        }
    }

    /// Writes an expression as the last argument of a helper, where several results must be cut down to one.
    mutating func rewriteSingle(_ expression: LuaExpression) {
        guard expression.isMultiValued else { return rewrite(expression) }
        copy(to: expression.range.start.offset)
        insert("(")
        rewrite(expression)
        copy(to: expression.range.end.offset)
        insert(")")
    }

    // MARK: Operators

    private mutating func rewriteUnary(
        _ unary: LuaUnaryOperator, _ range: SourceRange, _ operand: LuaExpression
    ) {
        if unary == .negate {
            operands.note("n", line: range.start.line, [LuaOperandNames.name(of: operand)])
        }
        guard unary == .length, options.floatsLengths else { return rewrite(operand) }
        copy(to: range.start.offset)
        if mentionsLength {
            operands.note("#", line: range.start.line, [LuaOperandNames.name(of: operand)])
            insert(.length)
            insert("(")
            cursor = range.end.offset
            rewriteSingle(operand)
            copy(to: operand.range.end.offset)
            return insert(")")
        }
        insert("(")
        rewrite(operand)
        copy(to: operand.range.end.offset)
        insert("+0.0)")
    }

    /// A fold. Concatenations and remainders become calls that open before the first operand; as the fold goes from
    /// left to right, the call of the last such operator is the outermost.
    private mutating func rewriteOperation(_ first: LuaExpression, _ rest: [LuaOperation]) {
        copy(to: first.range.start.offset)
        for step in rest.reversed() {
            if let helper = helper(for: step.operator) {
                insert(helper)
                insert("(")
            }
        }
        rewrite(first)
        rewriteSteps(rest, after: first)
    }

    private func helper(for binary: LuaBinaryOperator) -> LuaDialect.Helper? {
        switch binary {
        case .concat: .concat
        case .modulo where options.rewritesModulo: .modulo
        case .equal where mentionsEquality: .equal
        case .notEqual where mentionsEquality: .unequal
        default: nil
        }
    }

    private mutating func rewriteSteps(_ rest: [LuaOperation], after first: LuaExpression) {
        var left: LuaExpression? = first
        for step in rest {
            operands.note(step, after: left, from: first.range.start.line)
            left = nil
            switch helper(for: step.operator) {
            case .concat?:
                replace(step.operatorRange, by: ",")
                rewriteConcatTail(step.operand)
            case .some:
                replace(step.operatorRange, by: ",")
                rewriteSingle(step.operand)
            case nil:
                rewrite(step.operand)
                continue
            }
            copy(to: step.operand.range.end.offset)
            insert(")")
        }
    }

    /// The right side of a concatenation, which may go on: `b .. c` in `a .. b .. c`. All of it goes into one call,
    /// which joins from the right as 5.1 does.
    private mutating func rewriteConcatTail(_ operand: LuaExpression) {
        guard case .operation(let first, let rest) = operand.kind, let last = rest.last, last.operator == .concat
        else { return rewriteSingle(operand) }
        // What stands before the last `..` binds tighter: arithmetic.
        copy(to: first.range.start.offset)
        let arithmetic = rest.dropLast()
        for step in arithmetic.reversed() {
            if let helper = helper(for: step.operator) {
                insert(helper)
                insert("(")
            }
        }
        rewrite(first)
        rewriteSteps(Array(arithmetic), after: first)
        replace(last.operatorRange, by: ",")
        rewriteConcatTail(last.operand)
    }

    // MARK: Paths

    private mutating func rewritePath(_ base: LuaExpression, _ suffixes: [LuaSuffix]) {
        // A method named `goto` is called by a helper that takes the object before it as its first argument.
        copy(to: base.range.start.offset)
        for suffix in suffixes {
            if case .method(let name, _) = suffix.kind, name.text == "goto" {
                insert(.method)
                insert("(")
            }
        }
        rewrite(base)
        for suffix in suffixes {
            switch suffix.kind {
            case .field(let name): rewriteField(name, from: suffix.range.start)
            case .index(let key): if !isPlainIndex(key) { rewrite(key) }
            case .call(let arguments): rewrite(arguments.expressions)
            case .method(let name, let arguments):
                if name.text == "goto" {
                    rewriteMethod(name, arguments, from: suffix.range.start)
                } else {
                    rewrite(arguments.expressions)
                }
            }
        }
    }

    /// `:goto(…)` after the opening of the helper's call.
    private mutating func rewriteMethod(
        _ name: LuaName, _ arguments: LuaArguments, from colon: SourcePosition
    ) {
        copy(to: colon.offset)
        insert(",")
        cursor += 1
        replace(name.range, by: "\"goto\"")
        copy(to: arguments.range.start.offset)
        if !arguments.expressions.isEmpty { insert(",") }
        if arguments.isParenthesized {
            cursor += 1
            rewrite(arguments.expressions)
        } else {
            rewrite(arguments.expressions)
            copy(to: arguments.range.end.offset)
            insert(")")
        }
    }

    // MARK: Constructors

    private mutating func rewriteTable(_ table: LuaTable) {
        for entry in table.entries {
            switch entry {
            case .positional(let value): rewrite(value)
            case .named(let name, let value):
                if name.text == "goto" { replace(name.range, by: "[\"goto\"]") }
                rewrite(value)
            case .keyed(let key, let value):
                if !isPlainIndex(key) { rewrite(key) }
                rewrite(value)
            }
        }
    }

    mutating func rewrite(_ function: LuaFunction) {
        for parameter in function.parameters { rewriteDeclaration(parameter) }
        rewriteBody(function)
    }

    /// The body with what it begins with: the tick, and the `arg` that 5.1 gives a vararg function.
    mutating func rewriteBody(_ function: LuaFunction) {
        copy(to: function.body.range.start.offset)
        insertTick()
        switch function.implicitArgument {
        case .unused: break
        case .empty: insert(" local arg;")
        case .table:
            insert(" local arg=")
            insert(.arguments)
            insert("(...);")
        }
        rewrite(function.body)
    }

    /// The semicolon keeps a parenthesis that follows from becoming its arguments.
    mutating func insertTick() {
        guard options.ticks else { return }
        insert(" ")
        insert(.tick)
        insert("();")
    }
}
