extension LuaParser {
    mutating func readExpression() throws(LuaSyntaxError) -> LuaExpression {
        try readOperation(above: 0)
    }

    /// `expression {',' expression}`
    mutating func readExpressions() throws(LuaSyntaxError) -> [LuaExpression] {
        var expressions = [try readExpression()]
        while try accept(.comma) {
            try reserve()
            expressions.append(try readExpression())
        }
        return expressions
    }

    func range(from start: SourcePosition) -> SourceRange {
        SourceRange(start: start, end: previousEnd)
    }

    // MARK: Operators

    /// How strongly unary operators bind, between `*` and `^`.
    private static let unaryPriority = 8

    /// Reads operands and every operator that binds tighter than `limit`.
    private mutating func readOperation(above limit: Int) throws(LuaSyntaxError) -> LuaExpression {
        try enterLevel()
        let start = start
        let registers = scope.registers
        var first = try readOperand(start)
        var rest: [LuaOperation] = []
        while let infix = Infix(token.kind), infix.left > limit {
            let operatorRange = list.range(of: token)
            try advance()
            let holdsLeft = infix.operator != .and && infix.operator != .or
            if holdsLeft, infix.operator == .concat || !rest.isEmpty || needsRegister(first) { try reserve() }
            let operand = try readOperation(above: infix.right)
            scope.registers = registers
            rest.append(LuaOperation(operator: infix.operator, operatorRange: operatorRange, operand: operand))
        }
        level -= 1
        if !rest.isEmpty {
            first = LuaExpression(kind: .operation(first: first, rest: rest), range: range(from: start))
        }
        return first
    }

    private mutating func readOperand(_ start: SourcePosition) throws(LuaSyntaxError) -> LuaExpression {
        let unary: LuaUnaryOperator
        switch token.kind {
        case .not: unary = .not
        case .minus: unary = .negate
        case .hash: unary = .length
        default: return try readSimple(start)
        }
        let operatorRange = list.range(of: token)
        try advance()
        let operand = try readOperation(above: Self.unaryPriority)
        return LuaExpression(kind: .unary(unary, operatorRange, operand), range: range(from: start))
    }

    private mutating func readSimple(_ start: SourcePosition) throws(LuaSyntaxError) -> LuaExpression {
        let kind: LuaExpression.Kind
        switch token.kind {
        case .number: kind = .number(list.numbers[Int(token.payload)])
        case .string, .longString: kind = .string(LuaLexer.value(of: token, in: list.source))
        case .nil: kind = .nil
        case .true: kind = .true
        case .false: kind = .false
        case .ellipsis:
            if !scope.isVararg { throw error("cannot use '...' outside a vararg function") }
            scope.usesVarargs = true
            kind = .varargs
        case .leftBrace:
            return try readTable()
        case .function:
            try advance()
            let function = try readFunction(line: lexerLine, hasSelf: false)
            return LuaExpression(kind: .function(function), range: range(from: start))
        default:
            return try readPath()
        }
        try advance()
        return LuaExpression(kind: kind, range: range(from: start))
    }

    // MARK: Paths

    /// A name or a parenthesised expression with its fields, indices and calls.
    ///
    /// The parts are functions of their own, never inlined: nesting recurses through them, and small frames keep 200
    /// levels within the small stacks that some threads have.
    mutating func readPath() throws(LuaSyntaxError) -> LuaExpression {
        let base = try readBase()
        switch token.kind {
        case .dot, .leftBracket, .colon, .leftParenthesis, .string, .longString, .leftBrace:
            return try readSuffixes(of: base)
        default: return base
        }
    }

    @inline(never)
    private mutating func readSuffixes(of base: LuaExpression) throws(LuaSyntaxError) -> LuaExpression {
        let registers = scope.registers
        var suffixes: [LuaSuffix] = []
        while let suffix = try readSuffix(holdsBase: !suffixes.isEmpty || needsRegister(base)) {
            scope.registers = registers
            suffixes.append(suffix)
        }
        return LuaExpression(kind: .path(base: base, suffixes: suffixes), range: range(from: base.range.start))
    }

    /// - Parameter holdsBase: Whether what stands before takes a register while a key is computed.
    @inline(never)
    private mutating func readSuffix(holdsBase: Bool) throws(LuaSyntaxError) -> LuaSuffix? {
        let start = start
        let kind: LuaSuffix.Kind
        switch token.kind {
        case .dot:
            try advance()
            kind = .field(try expectName().name)
        case .leftBracket:
            try advance()
            if holdsBase { try reserve() }
            let key = try readExpression()
            try expect(.rightBracket)
            kind = .index(key)
        case .colon:
            try advance()
            let name = try expectName().name
            try reserve(2)
            kind = .method(name, try readArguments())
        case .leftParenthesis, .string, .longString, .leftBrace:
            try reserve()
            kind = .call(try readArguments())
        default:
            return nil
        }
        return LuaSuffix(kind: kind, range: range(from: start))
    }

    @inline(never)
    private mutating func readBase() throws(LuaSyntaxError) -> LuaExpression {
        let start = start
        switch token.kind {
        case .leftParenthesis:
            let line = lexerLine
            try advance()
            let inner = try readExpression()
            try expect(.rightParenthesis, closing: .leftParenthesis, at: line)
            return LuaExpression(kind: .parenthesized(inner), range: range(from: start))
        case .name:
            let (name, symbol) = try expectName()
            return LuaExpression(kind: .name(name, try resolve(symbol)), range: name.range)
        default:
            throw error("unexpected symbol")
        }
    }

    @inline(never)
    private mutating func readArguments() throws(LuaSyntaxError) -> LuaArguments {
        let start = start
        let line = lexerLine
        switch token.kind {
        case .leftParenthesis:
            if line != lastLine { throw error("ambiguous syntax (function call x new statement)") }
            try advance()
            var expressions: [LuaExpression] = []
            if token.kind != .rightParenthesis { expressions = try readExpressions() }
            if case .varargs? = expressions.last?.kind { try reserve() }
            try expect(.rightParenthesis, closing: .leftParenthesis, at: line)
            if let last = expressions.last, !last.isMultiValued { try reserve() }
            return LuaArguments(expressions: expressions, isParenthesized: true, range: range(from: start))
        case .leftBrace, .string, .longString:
            let argument = try readSimple(start)
            return LuaArguments(expressions: [argument], isParenthesized: false, range: argument.range)
        default:
            throw error("function arguments expected")
        }
    }

    // MARK: Tables

    /// How many list items the compiler gathers in registers before it stores them.
    private static let itemsPerFlush = 50

    @inline(never)
    private mutating func readTable() throws(LuaSyntaxError) -> LuaExpression {
        let start = start
        let line = lexerLine
        let registers = scope.registers
        try reserve()
        try expect(.leftBrace)
        var entries: [LuaTable.Entry] = []
        var pending = 0
        while token.kind != .rightBrace {
            if pending == Self.itemsPerFlush {
                pending = 0
                scope.registers = registers + 1
            }
            let entry = try readEntry()
            entries.append(entry)
            if case .positional = entry {
                pending += 1
                try reserve()
            }
            if try accept(.comma) { continue }
            if try accept(.semicolon) { continue }
            break
        }
        try expect(.rightBrace, closing: .leftBrace, at: line)
        scope.registers = registers
        return LuaExpression(kind: .table(LuaTable(entries: entries)), range: range(from: start))
    }

    @inline(never)
    private mutating func readEntry() throws(LuaSyntaxError) -> LuaTable.Entry {
        switch token.kind {
        case .name:
            guard try lookahead() == .assign else { return .positional(try readExpression()) }
            let name = try expectName().name
            try expect(.assign)
            return .named(name, try readExpression())
        case .leftBracket:
            try advance()
            let key = try readExpression()
            try expect(.rightBracket)
            try expect(.assign)
            return .keyed(key, try readExpression())
        default:
            return .positional(try readExpression())
        }
    }

    // MARK: Functions

    /// Reads a function from its parameter list on.
    mutating func readFunction(line: Int, hasSelf: Bool) throws(LuaSyntaxError) -> LuaFunction {
        scopes.append(Scope(id: functionCount, line: line))
        functionCount += 1
        let start = start
        try expect(.leftParenthesis)
        var selfParameter: Int?
        if hasSelf {
            let name = LuaName(text: "self", range: SourceRange(start: start, end: start))
            let index = try declare(name, .implicitSelf, pending: 0)
            activate(index, symbol: selfSymbol)
            selfParameter = index
        }
        let parameters = try readParameters()
        let close = try expect(.rightParenthesis)
        let body = try readBlock(from: close.end)
        let end = try expect(.end, closing: .function, at: line)
        deactivate(scope.active.count)
        let finished = scopes.removeLast()
        var implicit = LuaFunction.ImplicitArgument.unused
        if let index = finished.implicitArgument, locals[index].mentionCount > 0 {
            implicit = finished.usesVarargs ? .empty : .table
        }
        return LuaFunction(
            id: finished.id, parameters: parameters, selfParameter: selfParameter, isVararg: finished.isVararg,
            usesVarargs: finished.usesVarargs, implicitArgument: implicit, upvalues: finished.upvalues,
            parametersRange: SourceRange(start: start, end: close.end), body: body,
            range: SourceRange(start: start, end: end))
    }

    @inline(never)
    private mutating func readParameters() throws(LuaSyntaxError) -> [Int] {
        var declared: [(index: Int, symbol: Int32)] = []
        var parameters: [Int] = []
        var expectsMore = token.kind != .rightParenthesis
        while expectsMore {
            switch token.kind {
            case .name:
                let (name, symbol) = try expectName()
                let index = try declare(name, .parameter, pending: declared.count)
                declared.append((index, symbol))
                parameters.append(index)
            case .ellipsis:
                let range = list.range(of: token)
                try advance()
                let index = try declare(
                    LuaName(text: "arg", range: range), .implicitArgument, pending: declared.count)
                declared.append((index, argSymbol))
                scope.implicitArgument = index
                scope.isVararg = true
            default:
                throw error("<name> or '...' expected")
            }
            expectsMore = scope.isVararg ? false : try accept(.comma)
        }
        for (index, symbol) in declared { activate(index, symbol: symbol) }
        try reserve(0)
        return parameters
    }
}

/// An infix operator and how strongly it binds on each side; `..` and `^` bind to the right.
private struct Infix {
    let `operator`: LuaBinaryOperator
    let left: Int
    let right: Int

    init?(_ kind: LuaToken.Kind) {
        switch kind {
        case .or: self.init(.or, 1, 1)
        case .and: self.init(.and, 2, 2)
        case .less: self.init(.less, 3, 3)
        case .greater: self.init(.greater, 3, 3)
        case .lessOrEqual: self.init(.lessOrEqual, 3, 3)
        case .greaterOrEqual: self.init(.greaterOrEqual, 3, 3)
        case .notEqual: self.init(.notEqual, 3, 3)
        case .equal: self.init(.equal, 3, 3)
        case .concat: self.init(.concat, 5, 4)
        case .plus: self.init(.add, 6, 6)
        case .minus: self.init(.subtract, 6, 6)
        case .star: self.init(.multiply, 7, 7)
        case .slash: self.init(.divide, 7, 7)
        case .percent: self.init(.modulo, 7, 7)
        case .caret: self.init(.power, 10, 9)
        default: return nil
        }
    }

    private init(_ operator: LuaBinaryOperator, _ left: Int, _ right: Int) {
        self.operator = `operator`
        self.left = left
        self.right = right
    }
}
