import PeriluneLua

/// A place where a script calls a command.
struct CommandCall: Sendable {
    /// The command's name or an argument.
    struct Word: Sendable {
        let range: SourceRange
        /// What it is, when that is known; bytes that are no text are replaced.
        let text: String?
        /// How the script writes it; `nil` where what it is comes from elsewhere.
        let expression: LuaExpression?
    }

    /// The command's name and its arguments; at least one.
    let words: [Word]
    /// Whether the last word may stand for any number of them, none included.
    let isOpen: Bool
    /// Whether anything is done with the reply.
    let isReplyUsed: Bool
    /// The call as a whole.
    let range: SourceRange

    /// How many words there are at least.
    var leastCount: Int { isOpen ? words.count - 1 : words.count }

    /// The text of a word, when it is known.
    func literal(_ position: Int) -> String? { words.indices.contains(position) ? words[position].text : nil }

    /// The same in upper case.
    func keyword(_ position: Int) -> String? { literal(position)?.asciiUppercased }

}

extension CommandCall.Word {
    /// A word that the script writes; its text is known when it is a string or a whole number.
    init(_ expression: LuaExpression) {
        self.init(range: expression.range, text: Self.text(of: expression.unparenthesized), expression: expression)
    }

    private static func text(of expression: LuaExpression) -> String? {
        switch expression.kind {
        case .string(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .number(let value): return Self.text(of: value)
        case .unary(.negate, _, let operand):
            guard case .number(let value) = operand.unparenthesized.kind, value != 0 else { return nil }
            return Self.text(of: -value)
        default: return nil
        }
    }

    /// A whole number as a command gets it.
    private static func text(of value: Double) -> String? {
        guard value.magnitude < 0x1p53, let whole = Int64(exactly: value) else { return nil }
        return String(whole)
    }
}

extension CommandCall {
    /// The calls of a script by `redis.call` and `redis.pcall`, under whatever local names, in source order.
    ///
    /// - Complexity: O(n).
    static func calls(in chunk: LuaChunk) -> [CommandCall] {
        CommandCallFinder(chunk).calls
    }
}

/// Finds the calls of commands.
private struct CommandCallFinder {
    /// What an expression stands for.
    private enum Meaning {
        /// The table `redis`.
        case library
        /// `redis.call` or `redis.pcall`.
        case call
        /// Lua's `pcall`.
        case protector
    }

    private(set) var calls: [CommandCall] = []

    init(_ chunk: LuaChunk) {
        let assigned = Self.assignedLocals(chunk)
        var meanings: [Int: Meaning] = [:]
        var statements: Set<SourceRange> = []
        var found: [CommandCall] = []
        LuaWalk(
            statement: { statement in
                switch statement.kind {
                case .call(let call): statements.insert(call.range)
                case .local(let locals, let values):
                    for (local, value) in zip(locals, values) where !assigned.contains(local) {
                        meanings[local] = Self.meaning(of: value, meanings)
                    }
                default: break
                }
            },
            expression: { expression in
                guard case .path(let base, let suffixes) = expression.kind else { return }
                var meaning = Self.meaning(of: base, meanings)
                for (index, suffix) in suffixes.enumerated() {
                    guard let current = meaning else { return }
                    guard case .call(let arguments) = suffix.kind else {
                        meaning = Self.meaning(of: suffix, in: current)
                        continue
                    }
                    let isStatement = index == suffixes.count - 1 && statements.contains(expression.range)
                    if let call = Self.call(
                        current, arguments.expressions, meanings, isStatement, expression.range)
                    {
                        found.append(call)
                    }
                    return
                }
            }
        ).walk(chunk.block)
        calls = found
    }

    /// The call of a command, if it is one.
    private static func call(
        _ meaning: Meaning, _ arguments: [LuaExpression], _ meanings: [Int: Meaning], _ isStatement: Bool,
        _ range: SourceRange
    ) -> CommandCall? {
        var words = arguments
        switch meaning {
        case .library: return nil
        case .call: break
        case .protector:
            // pcall(redis.call, …) calls it with the arguments that follow.
            guard let function = arguments.first, case .call? = Self.meaning(of: function, meanings) else { return nil }
            words.removeFirst()
        }
        guard let last = words.last else { return nil }
        return CommandCall(
            words: words.map(CommandCall.Word.init), isOpen: isOpen(last, meanings), isReplyUsed: !isStatement,
            range: range)
    }

    /// Whether an expression may give any number of values; commands have one reply.
    private static func isOpen(_ expression: LuaExpression, _ meanings: [Int: Meaning]) -> Bool {
        guard expression.isMultiValued, LuaBuiltin(calledBy: expression) == nil else { return false }
        guard case .path(let base, let suffixes) = expression.kind, case .call? = suffixes.last?.kind,
            case .call? = meaning(of: base, suffixes.dropLast(), meanings)
        else { return true }
        return false
    }

    private static func meaning(of expression: LuaExpression, _ meanings: [Int: Meaning]) -> Meaning? {
        switch expression.unparenthesized.kind {
        case .name(let name, .global):
            switch name.text {
            case "redis": return .library
            case "pcall": return .protector
            default: return nil
            }
        case .name(_, let binding): return binding.localIndex.flatMap { meanings[$0] }
        case .path(let base, let suffixes): return meaning(of: base, suffixes[...], meanings)
        default: return nil
        }
    }

    private static func meaning(
        of base: LuaExpression, _ suffixes: ArraySlice<LuaSuffix>, _ meanings: [Int: Meaning]
    ) -> Meaning? {
        suffixes.reduce(meaning(of: base, meanings)) { current, suffix in
            current.flatMap { meaning(of: suffix, in: $0) }
        }
    }

    /// What a field of something is.
    private static func meaning(of suffix: LuaSuffix, in meaning: Meaning) -> Meaning? {
        guard case .library = meaning else { return nil }
        switch suffix.fieldName {
        case "call", "pcall": return .call
        default: return nil
        }
    }

    /// The locals that are given another value somewhere.
    private static func assignedLocals(_ chunk: LuaChunk) -> Set<Int> {
        var assigned: Set<Int> = []
        LuaWalk(statement: { statement in
            switch statement.kind {
            case .assignment(let targets, _):
                for target in targets {
                    guard case .name(_, let binding) = target.kind, let local = binding.localIndex else { continue }
                    assigned.insert(local)
                }
            case .function(let name, _) where name.fields.isEmpty:
                if let local = name.binding.localIndex { assigned.insert(local) }
            default: break
            }
        }).walk(chunk.block)
        return assigned
    }
}
