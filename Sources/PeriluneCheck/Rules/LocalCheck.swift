import PeriluneLua

/// Locals: those that hide others, and those whose values nobody reads.
enum LocalCheck: ScriptCheck {
    static let rules = [shadowed, neverRead]

    static let shadowed = Rule(
        202, "shadowed-local", .warning, summary: "A local has the name of another one, and hides it.",
        reason: """
            Whoever reads the inner lines takes one for the other, and so does an assignment that is meant for the outer \
            one. A local that is made of the one it hides is meant so, and `_` hides nothing that anybody wants. Functions \
            may call their parameters and locals what others call theirs, as long as nothing is assigned to them.
            """,
        bad: """
            local count = redis.call('INCR', KEYS[1])
            if count > 10 then
              local count = redis.call('DECR', KEYS[1])
              return count
            end
            return count
            """,
        good: """
            local count = redis.call('INCR', KEYS[1])
            if count > 10 then
              count = redis.call('DECR', KEYS[1])
            end
            return count
            """)
    static let neverRead = Rule(
        204, "never-read", .warning, summary: "A value is assigned and never read.",
        reason: """
            Either what is computed is not needed, or the name is wrong where it was to be read. Found are locals that \
            are only ever assigned, and values that the next assignment of a block replaces before anything reads them.
            """,
        bad: """
            local reply = redis.call('GET', KEYS[1])
            reply = redis.call('GET', KEYS[2])
            return reply
            """,
        good: """
            local reply = redis.call('GET', KEYS[1])
            return reply or redis.call('GET', KEYS[2])
            """)

    static func findings(in script: CheckedScript) -> [Finding] {
        let chunk = script.chunk
        let assignments = assignments(in: chunk)
        let unread = assignments.filter { local, all in
            chunk.locals[local].mentionCount == all.count && !chunk.locals[local].name.text.hasPrefix("_")
        }
        let unreadFindings = unread.compactMap { local, all -> Finding? in
            // What is set to nil may be given up so that it can be collected.
            guard let place = all.first(where: { !$0.isNil })?.range else { return nil }
            return finding(neverRead, "'\(chunk.locals[local].name.text)' is assigned, and never read", at: place)
        }
        return shadowedFindings(in: chunk, Set(assignments.keys)) + unreadFindings
            + replacedFindings(in: chunk, butFor: Set(unread.keys))
    }

    // MARK: Names

    private static func shadowedFindings(in chunk: LuaChunk, _ assigned: Set<Int>) -> [Finding] {
        var findings: [Finding] = []
        LocalScopes(chunk) { local, hidden, values in
            let name = chunk.locals[local].name
            guard !name.text.hasPrefix("_"), !values.contains(where: { $0.mentions(hidden) }) else { return }
            let isWithin = chunk.locals[local].functionID == chunk.locals[hidden].functionID
            guard isWithin || assigned.contains(local) else { return }
            findings.append(
                finding(
                    shadowed, "'\(name.text)' hides a local of the same name", at: name.range,
                    notes: [.init("the one that it hides", at: chunk.locals[hidden].name.range)]))
        }.walk()
        return findings
    }

    // MARK: Values

    /// Where a local is given a value after its declaration.
    private struct Assignment {
        let range: SourceRange
        let isNil: Bool
    }

    /// The assignments to locals; at least one for each that is in there.
    private static func assignments(in chunk: LuaChunk) -> [Int: [Assignment]] {
        var assignments: [Int: [Assignment]] = [:]
        LuaWalk(statement: { statement in
            switch statement.kind {
            case .assignment(let targets, let values):
                for (place, target) in targets.enumerated() {
                    guard case .name(let name, let binding) = target.kind, let local = binding.localIndex else {
                        continue
                    }
                    var isNil = false
                    if place < values.count, case .nil = values[place].kind { isNil = true }
                    assignments[local, default: []].append(Assignment(range: name.range, isNil: isNil))
                }
            case .function(let name, _) where name.fields.isEmpty:
                guard let local = name.binding.localIndex else { return }
                assignments[local, default: []].append(Assignment(range: name.range, isNil: false))
            default: break
            }
        }).walk(chunk.block)
        return assignments
    }

    /// The values that are replaced in the same block before anything can read them.
    private static func replacedFindings(in chunk: LuaChunk, butFor unread: Set<Int>) -> [Finding] {
        var findings: [Finding] = []
        LuaWalk(block: { block in
            /// The locals whose values nothing has read yet, and where they got them.
            var pending: [Int: SourceRange] = [:]
            for statement in block.statements {
                let mentions = LocalMentions(statement)
                if let assigned = replaced(by: statement) {
                    if let place = pending[assigned.local],
                        !assigned.values.contains(where: { $0.mentions(assigned.local) })
                    {
                        findings.append(
                            finding(
                                neverRead, "this value of '\(chunk.locals[assigned.local].name.text)' is never read",
                                at: place, notes: [.init("it is replaced here", at: statement.range)]))
                    }
                }
                pending = mentions.leaves ? [:] : pending.filter { !mentions.locals.contains($0.key) }
                for (local, range) in given(by: statement) {
                    let known = chunk.locals[local]
                    guard !known.isCaptured, !known.name.text.hasPrefix("_"), !unread.contains(local) else { continue }
                    pending[local] = range
                }
            }
        }).walk(chunk.block)
        return findings
    }

    /// The one local that a statement gives another value in any case.
    private static func replaced(by statement: LuaStatement) -> (local: Int, values: [LuaExpression])? {
        guard case .assignment(let targets, let values) = statement.kind, targets.count == 1,
            case .name(_, let binding) = targets[0].kind, let local = binding.localIndex
        else { return nil }
        return (local, values)
    }

    /// The locals that a statement gives values worth the name: what stands for nothing yet is not.
    private static func given(by statement: LuaStatement) -> [(local: Int, range: SourceRange)] {
        switch statement.kind {
        case .local(let locals, let values):
            guard locals.count == 1, values.count == 1, !values[0].isPlaceholder else { return [] }
            return [(locals[0], statement.range)]
        case .assignment(let targets, let values):
            guard targets.count == 1, values.count == 1, !values[0].isPlaceholder,
                case .name(_, let binding) = targets[0].kind, let local = binding.localIndex
            else { return [] }
            return [(local, statement.range)]
        default: return []
        }
    }
}

/// What a statement and all that is in it has to do with locals.
private struct LocalMentions {
    private(set) var locals: Set<Int> = []
    /// Whether it may leave the loop around it.
    private(set) var leaves = false

    init(_ statement: LuaStatement) {
        var locals: Set<Int> = []
        var leaves = false
        LuaWalk(
            statement: { if case .break = $0.kind { leaves = true } },
            expression: { expression in
                if case .name(_, let binding) = expression.kind, let local = binding.localIndex { locals.insert(local) }
            }
        ).walk(statement)
        self.locals = locals
        self.leaves = leaves
    }
}

extension LuaExpression {
    /// Whether a local is read in it, functions included.
    fileprivate func mentions(_ local: Int) -> Bool {
        var found = false
        LuaWalk(expression: { expression in
            if case .name(_, let binding) = expression.kind, binding.localIndex == local { found = true }
        }).walk(self)
        return found
    }

    /// Whether it is what a variable has before it gets a value: nil, false, a constant or an empty table.
    fileprivate var isPlaceholder: Bool {
        switch unparenthesized.kind {
        case .nil, .false, .true, .number, .string: true
        case .table(let table): table.entries.isEmpty
        default: false
        }
    }
}
