extension LuaParser {
    /// Reads statements up to a token that ends a block, in a scope of their own.
    mutating func readBlock(from start: SourcePosition) throws(LuaSyntaxError) -> LuaBlock {
        openBlock(isLoop: false)
        let block = try readOpenBlock(from: start)
        closeBlock()
        return block
    }

    /// Reads statements in the scope that is open, so that `until` still sees it.
    private mutating func readOpenBlock(from start: SourcePosition) throws(LuaSyntaxError) -> LuaBlock {
        try enterLevel()
        var statements: [LuaStatement] = []
        var isLast = false
        while !isLast, !token.kind.endsBlock {
            isLast = token.kind == .return || token.kind == .break
            statements.append(try readStatement())
            _ = try accept(.semicolon)
            scope.registers = scope.active.count
        }
        level -= 1
        return LuaBlock(statements: statements, range: SourceRange(start: start, end: self.start))
    }

    private mutating func readStatement() throws(LuaSyntaxError) -> LuaStatement {
        let start = start
        let line = lexerLine
        let kind: LuaStatement.Kind
        switch token.kind {
        case .if: kind = try readIf(line)
        case .while: kind = try readWhile(line)
        case .do:
            let opening = try expect(.do)
            kind = .do(try readBlock(from: opening.end))
            try expect(.end, closing: .do, at: line)
        case .for: kind = try readFor(line)
        case .repeat: kind = try readRepeat(line)
        case .function: kind = try readFunctionStatement(line)
        case .local:
            try advance()
            kind = try accept(.function) ? readLocalFunction() : readLocal()
        case .return:
            try advance()
            let isEmpty = token.kind.endsBlock || token.kind == .semicolon
            let values = isEmpty ? [] : try readExpressions()
            if let last = values.last, !last.isCall { try reserve() }
            kind = .return(values)
        case .break:
            try advance()
            if !scope.blocks.contains(where: \.isLoop) { throw error("no loop to break") }
            kind = .break
        default: kind = try readCallOrAssignment()
        }
        return LuaStatement(kind: kind, range: range(from: start))
    }

    // MARK: Control flow

    @inline(never)
    private mutating func readIf(_ line: Int) throws(LuaSyntaxError) -> LuaStatement.Kind {
        var branches: [LuaBranch] = []
        var elseBlock: LuaBlock?
        repeat {
            try advance()
            let condition = try readExpression()
            let opening = try expect(.then)
            branches.append(LuaBranch(condition: condition, block: try readBlock(from: opening.end)))
        } while token.kind == .elseif
        if token.kind == .else {
            let opening = try expect(.else)
            elseBlock = try readBlock(from: opening.end)
        }
        try expect(.end, closing: .if, at: line)
        return .if(branches, else: elseBlock)
    }

    @inline(never)
    private mutating func readWhile(_ line: Int) throws(LuaSyntaxError) -> LuaStatement.Kind {
        try advance()
        let condition = try readExpression()
        openBlock(isLoop: true)
        let opening = try expect(.do)
        let block = try readBlock(from: opening.end)
        try expect(.end, closing: .while, at: line)
        closeBlock()
        return .while(condition, block)
    }

    @inline(never)
    private mutating func readRepeat(_ line: Int) throws(LuaSyntaxError) -> LuaStatement.Kind {
        openBlock(isLoop: true)
        openBlock(isLoop: false)
        let opening = try expect(.repeat)
        let block = try readOpenBlock(from: opening.end)
        try expect(.until, closing: .repeat, at: line)
        let condition = try readExpression()
        closeBlock()
        closeBlock()
        return .repeat(block, until: condition)
    }

    @inline(never)
    private mutating func readFor(_ line: Int) throws(LuaSyntaxError) -> LuaStatement.Kind {
        openBlock(isLoop: true)
        try advance()
        let first = try expectName()
        let kind: LuaStatement.Kind
        switch token.kind {
        case .assign: kind = try readNumericFor(first.name, first.symbol)
        case .comma, .in: kind = try readGenericFor(first.name, first.symbol)
        default: throw error("'=' or 'in' expected")
        }
        try expect(.end, closing: .for, at: line)
        closeBlock()
        return kind
    }

    @inline(never)
    private mutating func readNumericFor(
        _ name: LuaName, _ symbol: Int32
    ) throws(LuaSyntaxError) -> LuaStatement.Kind {
        let variable = try declare(name, .loop, pending: 3)
        try expect(.assign)
        let start = try readExpression()
        try reserve()
        try expect(.comma)
        let limit = try readExpression()
        try reserve()
        var step: LuaExpression?
        if try accept(.comma) { step = try readExpression() }
        try reserve()
        try activateHidden(at: name.range.start)
        let block = try readForBody([(variable, symbol)])
        return .numericFor(
            LuaNumericFor(variable: variable, start: start, limit: limit, step: step, block: block))
    }

    @inline(never)
    private mutating func readGenericFor(
        _ name: LuaName, _ symbol: Int32
    ) throws(LuaSyntaxError) -> LuaStatement.Kind {
        var variables = [(index: try declare(name, .loop, pending: 3), symbol: symbol)]
        while try accept(.comma) {
            let next = try expectName()
            let index = try declare(next.name, .loop, pending: 3 + variables.count)
            variables.append((index, next.symbol))
        }
        try expect(.in)
        let values = try readExpressions()
        try activateHidden(at: name.range.start)
        let block = try readForBody(variables)
        return .genericFor(
            LuaGenericFor(variables: variables.map(\.index), values: values, block: block))
    }

    private mutating func readForBody(
        _ variables: [(index: Int, symbol: Int32)]
    ) throws(LuaSyntaxError) -> LuaBlock {
        let opening = try expect(.do)
        openBlock(isLoop: false)
        for (index, symbol) in variables { activate(index, symbol: symbol) }
        try reserve(0)
        let block = try readBlock(from: opening.end)
        closeBlock()
        return block
    }

    // MARK: Declarations

    @inline(never)
    private mutating func readFunctionStatement(_ line: Int) throws(LuaSyntaxError) -> LuaStatement.Kind {
        let keyword = try expect(.function)
        let start = start
        let (base, symbol) = try expectName()
        let binding = try resolve(symbol)
        var fields: [LuaName] = []
        while try accept(.dot) { fields.append(try expectName().name) }
        let isMethod = try accept(.colon)
        if isMethod { fields.append(try expectName().name) }
        let name = LuaFunctionName(
            base: base, binding: binding, fields: fields, isMethod: isMethod, keywordRange: keyword,
            range: range(from: start))
        return .function(name, try readFunction(line: line, hasSelf: isMethod))
    }

    @inline(never)
    private mutating func readLocalFunction() throws(LuaSyntaxError) -> LuaStatement.Kind {
        let (name, symbol) = try expectName()
        let index = try declare(name, .localFunction, pending: 0)
        activate(index, symbol: symbol)
        return .localFunction(index, try readFunction(line: lexerLine, hasSelf: false))
    }

    @inline(never)
    private mutating func readLocal() throws(LuaSyntaxError) -> LuaStatement.Kind {
        var declared: [(index: Int, symbol: Int32)] = []
        repeat {
            let (name, symbol) = try expectName()
            declared.append((try declare(name, .local, pending: declared.count), symbol))
        } while try accept(.comma)
        let values = try accept(.assign) ? readExpressions() : []
        try reserveValues(values, for: declared.count)
        for (index, symbol) in declared { activate(index, symbol: symbol) }
        return .local(declared.map(\.index), values: values)
    }

    @inline(never)
    private mutating func readCallOrAssignment() throws(LuaSyntaxError) -> LuaStatement.Kind {
        let first = try readPath()
        if first.isCall { return .call(first) }
        var targets = [first]
        try checkAssignable(first)
        while try accept(.comma) {
            try reserve(heldRegisters(targets[targets.count - 1]))
            let next = try readPath()
            if targets.count > Limit.syntaxLevels - level {
                throw limitError(Limit.syntaxLevels - level, "variables in assignment", in: scope)
            }
            try checkAssignable(next)
            targets.append(next)
        }
        try expect(.assign)
        try reserve(heldRegisters(targets[targets.count - 1]))
        let values = try readExpressions()
        try reserveValues(values, for: targets.count)
        return .assignment(targets: targets, values: values)
    }

    private func checkAssignable(_ target: LuaExpression) throws(LuaSyntaxError) {
        switch target.kind {
        case .name: return
        case .path where !target.isCall: return
        default: throw error("syntax error")
        }
    }
}
