import PeriluneLua

/// What is never reached, and what hides something.
enum ReachCheck: ScriptCheck {
    static let rules = [unreachable]

    static let unreachable = Rule(
        203, "unreachable", .warning, summary: "Code is never reached.",
        reason: """
            Nothing runs after a loop that never ends or a block that always returns, so what stands there is lost.
            """,
        bad: "do return 1 end\nreturn redis.call('DEL', KEYS[1])", good: "return redis.call('DEL', KEYS[1])")

    static func findings(in script: CheckedScript) -> [Finding] {
        var findings: [Finding] = []
        LuaWalk(block: { block in
            guard let index = block.statements.dropLast().firstIndex(where: endsFlow) else { return }
            let next = block.statements[index + 1]
            // A last `return nil` is a habit, and loses nothing.
            if isEmptyReturn(next) { return }
            findings.append(
                finding(
                    unreachable, "this is never reached", at: next.range,
                    notes: [.init("nothing comes after this", at: block.statements[index].range)]))
        }).walk(script.chunk.block)
        return findings
    }

    private static func isEmptyReturn(_ statement: LuaStatement) -> Bool {
        guard case .return(let values) = statement.kind else { return false }
        return values.allSatisfy {
            if case .nil = $0.unparenthesized.kind { return true }
            return false
        }
    }

    /// Whether nothing after a statement runs.
    static func endsFlow(_ statement: LuaStatement) -> Bool {
        switch statement.kind {
        case .return, .break: true
        case .do(let block): endsFlow(block)
        case .if(let branches, let otherwise?): branches.allSatisfy { endsFlow($0.block) } && endsFlow(otherwise)
        case .while(let condition, let block):
            isTrue(condition) && !breaks(block)
        case .repeat(let block, _): endsFlow(block) && !breaks(block)
        default: false
        }
    }

    private static func endsFlow(_ block: LuaBlock) -> Bool { block.statements.contains(where: endsFlow) }

    private static func isTrue(_ expression: LuaExpression) -> Bool {
        switch expression.unparenthesized.kind {
        case .true, .number, .string, .table, .function: true
        default: false
        }
    }

    /// Whether a `break` leaves the loop of a block.
    private static func breaks(_ block: LuaBlock) -> Bool {
        block.statements.contains { statement in
            switch statement.kind {
            case .break: true
            case .do(let block): breaks(block)
            case .if(let branches, let otherwise):
                branches.contains { breaks($0.block) } || otherwise.map(breaks) == true
            default: false
            }
        }
    }
}
