import PeriluneLua

/// Scripts that are nearly too much for the compiler.
enum LimitCheck: ScriptCheck {
    static let rules = [nearLimit]

    static let nearLimit = Rule(
        141, "near-limit", .warning, summary: "The script is near a limit of Lua's compiler.",
        reason: """
            A function has at most 200 locals at a time and uses at most 60 locals of those around it; blocks, calls and \
            operators stand at most 200 deep in each other, and each `..` of a chain counts as one. A script that \
            is near a limit stops to load when a few lines are added. Locals are freed by `do … end`, tables hold what \
            is many, and table.concat joins it.
            """,
        bad: "return 'a'" + String(repeating: " .. ARGV[1]", count: 190),
        good: "return table.concat(ARGV)")

    /// From how much on something is near its limit.
    private enum Mark {
        static let locals = 180
        static let upvalues = 50
        static let levels = 180
    }

    static func findings(in script: CheckedScript) -> [Finding] {
        var findings: [Finding] = []
        func look(at body: LuaBlock, parameters: Int, _ place: SourceRange) {
            let count = LocalCount.most(in: body, before: parameters)
            guard count >= Mark.locals else { return }
            findings.append(finding(nearLimit, "this function has \(count) locals of at most 200", at: place))
        }
        func look(at function: LuaFunction) {
            let hidden = (function.selfParameter == nil ? 0 : 1) + (function.implicitArgument == .unused ? 0 : 1)
            look(at: function.body, parameters: function.parameters.count + hidden, function.parametersRange)
            guard function.upvalues.count >= Mark.upvalues else { return }
            findings.append(
                finding(
                    nearLimit, "this function uses \(function.upvalues.count) outer locals of at most 60",
                    at: function.parametersRange))
        }
        let start = script.chunk.block.statements.first?.range.start ?? script.chunk.block.range.start
        look(at: script.chunk.block, parameters: 0, SourceRange(start: start, end: start))
        LuaWalk(
            statement: { if let function = $0.function { look(at: function) } },
            expression: { if case .function(let function) = $0.kind { look(at: function) } }
        ).walk(script.chunk.block)
        if let place = SyntaxLevels.first(in: script.chunk.block, from: Mark.levels) {
            findings.append(
                finding(nearLimit, "this stands \(Mark.levels) or more levels deep, of at most 200", at: place))
        }
        return findings
    }
}

/// How many locals a function has at a time.
private enum LocalCount {
    /// - Parameter before: How many there are where the block begins.
    static func most(in block: LuaBlock, before: Int) -> Int {
        var count = before
        var most = before
        for statement in block.statements {
            switch statement.kind {
            case .local(let locals, _): count += locals.count
            case .localFunction: count += 1
            case .numericFor(let loop): most = max(most, Self.most(in: loop.block, before: count + 4))
            case .genericFor(let loop):
                most = max(most, Self.most(in: loop.block, before: count + 3 + loop.variables.count))
            // A function has its own.
            case .function: break
            default: for inner in statement.blocks { most = max(most, Self.most(in: inner, before: count)) }
            }
            most = max(most, count)
        }
        return most
    }
}

/// How deep things stand in each other, as the compiler counts it: each block, each expression that is part of something
/// else, and each right operand are a level.
private enum SyntaxLevels {
    /// The first place of a script at some level.
    static func first(in block: LuaBlock, from mark: Int) -> SourceRange? { find(block, 1, mark) }

    private static func find(_ block: LuaBlock, _ level: Int, _ mark: Int) -> SourceRange? {
        if level >= mark { return block.statements.first?.range ?? block.range }
        for statement in block.statements {
            if let place = find(statement.expressions, level + 1, mark) { return place }
            for inner in statement.blocks {
                if let place = find(inner, level + 1, mark) { return place }
            }
        }
        return nil
    }

    private static func find(_ expression: LuaExpression, _ level: Int, _ mark: Int) -> SourceRange? {
        if level >= mark { return expression.range }
        switch expression.kind {
        case .function(let function): return find(function.body, level + 1, mark)
        case .operation(let first, let rest):
            return find(first, level, mark) ?? find(rest.map(\.operand), level + 1, mark)
        case .path(let base, let suffixes):
            return find(base, level, mark) ?? find(suffixes.flatMap(\.expressions), level + 1, mark)
        default: return find(expression.children, level + 1, mark)
        }
    }

    private static func find(_ expressions: [LuaExpression], _ level: Int, _ mark: Int) -> SourceRange? {
        for expression in expressions {
            if let place = find(expression, level, mark) { return place }
        }
        return nil
    }
}
