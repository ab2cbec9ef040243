import PeriluneLua

/// Work without bounds: loops, reads of whole keys, `unpack`.
struct LoopRules: FlowListener {
    static let rules = [unbounded, unpack]

    static let unbounded = Rule(
        14, "unbounded-work", .warning, summary: "The script may take any time.",
        reason: """
            Redis does nothing else while a script runs. KEYS and SCAN go over all keys of the server, a loop that does \
            not end blocks it for good, and after a write not even SCRIPT KILL helps. Reading all that a key holds is \
            worth a note: it is right where something else bounds it.
            """,
        bad: """
            local cursor = '0'
            repeat
              cursor = redis.call('SCAN', cursor)[1]
            until cursor == '0'
            return 1
            """,
        good: "return redis.call('SSCAN', KEYS[1], ARGV[1])")
    static let unpack = Rule(
        140, "unbounded-unpack", .warning, summary: "unpack of a table of any length.",
        reason: """
            unpack fails with "too many results to unpack" from about 8000 values on, so the script works until there are \
            that many. Pass them in parts: unpack(t, i, math.min(i + 999, #t)). For ARGV and KEYS it is a note: there the \
            caller is the one to keep within the limit, and a script that looks at their length says so.
            """,
        bad: """
            local ids = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE')
            return redis.call('SADD', KEYS[2], unpack(ids))
            """,
        good: """
            local ids = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, 1000)
            return redis.call('SADD', KEYS[2], unpack(ids))
            """)

    private var found = FlowFindings()
    private let measured: Set<String>
    private let source: [UInt8]
    private let parts: UnpackFix

    init(_ script: CheckedScript) {
        measured = ScriptTraits(script.chunk).measured
        source = script.chunk.tokens.source
        parts = UnpackFix(script.chunk)
        let endless = EndlessLoops(script.chunk)
        for range in endless.ranges {
            found.add(Self.unbounded, "this loop never ends", at: range, severity: .error)
        }
    }

    func findings() -> [Finding] { found.all }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        switch event {
        case .command(let command): hear(command, context)
        case .unpack(let table, let range): hear(unpacked: table, range, context.state)
        default: break
        }
    }

    private mutating func hear(_ command: FlowCommand, _ context: FlowContext) {
        switch command.name {
        case "KEYS": found.add(Self.unbounded, "KEYS goes over all keys of the server", at: command.range)
        case "SCAN":
            guard context.loopDepth > 0 else { return }
            found.add(Self.unbounded, "this loop goes over all keys of the server", at: command.range)
        default:
            guard WholeKeyRead.readsAll(command.name, command.keywords, isOpen: command.isOpen) else { return }
            found.add(
                Self.unbounded, "\(command.name) replies with all that the key holds", at: command.range,
                severity: .note)
        }
    }

    private mutating func hear(unpacked table: AbstractValue, _ range: SourceRange, _ state: FlowState) {
        guard let all = state.facts(of: table), !isMeasured(in: range) else { return }
        for facts in all where !facts.isOpen {
            switch facts.kind {
            case .reply(let origin, isUnbounded: true):
                found.add(
                    Self.unpack, "unpack fails when \(origin.command) replies with 8000 elements or more", at: range,
                    notes: [.init("the reply is from here", at: origin.range)], fix: parts.fix(at: range))
            case .arguments where !measured.contains("ARGV"):
                found.add(
                    Self.unpack, "unpack fails for 8000 arguments or more", at: range, severity: .note,
                    fix: parts.fix(at: range))
            case .keys where !measured.contains("KEYS"):
                found.add(
                    Self.unpack, "unpack fails for 8000 keys or more", at: range, severity: .note,
                    fix: parts.fix(at: range))
            default: break
            }
        }
    }

    /// Whether the script computes with the length of the table that a call unpacks.
    private func isMeasured(in range: SourceRange) -> Bool {
        guard range.start.offset < range.end.offset, range.end.offset <= source.count else { return false }
        let call = String(decoding: source[range.start.offset..<range.end.offset], as: UTF8.self)
        guard let open = call.firstIndex(of: "(") else { return false }
        let name = call[call.index(after: open)...].prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == " " }
        return measured.contains(name.filter { $0 != " " })
    }
}

/// The loops that never end, as far as their text tells.
private struct EndlessLoops {
    private(set) var ranges: [SourceRange] = []

    init(_ chunk: LuaChunk) {
        var ranges: [SourceRange] = []
        LuaWalk(statement: { statement in
            if let range = Self.endless(statement, chunk) { ranges.append(range) }
        }).walk(chunk.block)
        self.ranges = ranges
    }

    /// What keeps a loop going for good; `nil` when nothing does.
    private static func endless(_ statement: LuaStatement, _ chunk: LuaChunk) -> SourceRange? {
        switch statement.kind {
        case .while(let condition, let block):
            return isStuck(condition, in: block, chunk) ? condition.range : nil
        case .repeat(let block, let condition):
            return isFalse(condition) && !LoopExits(locals: []).leave(block) ? condition.range : nil
        case .numericFor(let loop):
            return isEndless(loop) && !LoopExits(locals: []).leave(loop.block) ? (loop.step ?? loop.limit).range : nil
        default: return nil
        }
    }

    /// Whether a loop counts up to infinity, or by nothing.
    private static func isEndless(_ loop: LuaNumericFor) -> Bool {
        let step = loop.step.map { number($0) } ?? 1
        if step == 0, let start = number(loop.start), let limit = number(loop.limit) { return limit <= start }
        guard let step, step > 0, case .path(let base, let suffixes) = loop.limit.unparenthesized.kind,
            suffixes.count == 1, case .name(let library, .global) = base.kind, case .field(let name) = suffixes[0].kind
        else { return false }
        return library.text == "math" && name.text == "huge"
    }

    private static func number(_ expression: LuaExpression) -> Double? {
        guard case .number(let number) = expression.unparenthesized.kind else { return nil }
        return number
    }

    /// Whether a condition is made of constants and locals that the loop does not change, and nothing leaves the loop.
    private static func isStuck(_ condition: LuaExpression, in block: LuaBlock, _ chunk: LuaChunk) -> Bool {
        var locals: Set<Int> = []
        guard collect(condition, &locals), !locals.contains(where: { chunk.locals[$0].isCaptured }) else {
            return false
        }
        if locals.isEmpty, !isTrue(condition) { return false }
        return !LoopExits(locals: locals).leave(block)
    }

    /// Collects the locals of an expression; `false` when it is made of anything else.
    private static func collect(_ expression: LuaExpression, _ locals: inout Set<Int>) -> Bool {
        switch expression.kind {
        case .nil, .true, .false, .number, .string: return true
        case .name(_, let binding):
            guard let index = binding.localIndex else { return false }
            locals.insert(index)
            return true
        case .parenthesized(let inner): return collect(inner, &locals)
        case .unary(let unary, _, let inner): return unary != .length && collect(inner, &locals)
        case .operation(let first, let rest):
            guard collect(first, &locals) else { return false }
            for step in rest where !collect(step.operand, &locals) { return false }
            return true
        case .varargs, .function, .path, .table: return false
        }
    }

    private static func isTrue(_ expression: LuaExpression) -> Bool {
        switch expression.unparenthesized.kind {
        case .true, .number, .string: true
        default: false
        }
    }

    private static func isFalse(_ expression: LuaExpression) -> Bool {
        switch expression.unparenthesized.kind {
        case .nil, .false: true
        default: false
        }
    }
}

/// What may end a loop.
private struct LoopExits {
    /// The locals that its condition asks.
    let locals: Set<Int>

    /// Whether a loop may end in its block.
    ///
    /// - Parameters:
    ///   - isInner: Whether the block is in another loop inside, which is the one that `break` ends.
    ///   - isCalled: Whether it is in a function inside, which is what `return` ends.
    func leave(_ block: LuaBlock, isInner: Bool = false, isCalled: Bool = false) -> Bool {
        block.statements.contains { leave($0, isInner: isInner, isCalled: isCalled) }
    }

    private func leave(_ statement: LuaStatement, isInner: Bool, isCalled: Bool) -> Bool {
        var isInner = isInner
        switch statement.kind {
        case .return: if !isCalled { return true }
        case .break: return !isInner
        case .assignment(let targets, _):
            for target in targets {
                if case .name(_, let binding) = target.kind, let index = binding.localIndex, locals.contains(index) {
                    return true
                }
            }
        case .while, .repeat, .numericFor, .genericFor: isInner = true
        default: break
        }
        return statement.expressions.contains(where: leave)
            || statement.blocks.contains { leave($0, isInner: isInner, isCalled: isCalled) }
    }

    private func leave(_ expression: LuaExpression) -> Bool {
        switch expression.kind {
        case .path(let base, _):
            // A function may raise an error, which ends the loop; what Redis has by itself seldom does.
            switch base.kind {
            case .name(let name, .global): if name.text == "error" || name.text == "assert" { return true }
            default: if expression.isCall { return true }
            }
        case .function(let function): if leave(function.body, isInner: true, isCalled: true) { return true }
        default: break
        }
        return expression.children.contains(where: leave)
    }
}
