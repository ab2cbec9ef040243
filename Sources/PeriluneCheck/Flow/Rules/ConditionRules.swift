import PeriluneLua

/// Conditions that always come out the same, or fail, because of what Lua takes for equal and for true.
struct ConditionRules: FlowListener {
    static let rules = [types, zero]

    static let types = Rule(
        104, "mixed-comparison", .error, summary: "Values of different types are compared.",
        reason: """
            Lua converts nothing to compare it: '1' == 1 is false, and '1' < 2 raises an error. Elements of ARGV and what \
            GET or HGET reply are text, also where they look like numbers; what SET replies is a table, {ok = 'OK'}.
            """,
        bad: "if redis.call('GET', KEYS[1]) == 1 then return 'one' end\nreturn 'another'",
        good: "if redis.call('GET', KEYS[1]) == '1' then return 'one' end\nreturn 'another'")
    static let zero = Rule(
        105, "zero-is-true", .warning, summary: "A number is a condition, and 0 counts as true.",
        reason: """
            In Lua only nil and false are not true. EXISTS, SISMEMBER and others reply with 0 or 1, both of which are: \
            the condition always holds. Compare with the number.
            """,
        bad: "if redis.call('EXISTS', KEYS[1]) then return 'there' end\nreturn 'not there'",
        good: "if redis.call('EXISTS', KEYS[1]) == 1 then return 'there' end\nreturn 'not there'")

    /// Both sides of a comparison, on all ways there together.
    private struct Comparison {
        var left: AbstractValue
        var right: AbstractValue
        let isOrder: Bool
    }

    private var comparisons: [SourceRange: Comparison] = [:]
    /// What has been a condition, on all ways there together.
    private var conditions: [SourceRange: AbstractValue] = [:]

    /// Whether the script gives tables a metatable: then any operator may be a function of the script.
    private let hasMetatables: Bool

    init(_ script: CheckedScript) { hasMetatables = script.hasMetatables }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        switch event {
        case .equality(let left, let right, let range): note(left, right, isOrder: false, range)
        case .order(let left, let right, let range): note(left, right, isOrder: true, range)
        case .condition(let value, let range):
            conditions[range] = conditions[range].map { $0.joined(value) } ?? value
        default: break
        }
    }

    private mutating func note(_ left: AbstractValue, _ right: AbstractValue, isOrder: Bool, _ range: SourceRange) {
        if let before = comparisons[range] {
            comparisons[range]?.left = before.left.joined(left)
            comparisons[range]?.right = before.right.joined(right)
        } else {
            comparisons[range] = Comparison(left: left, right: right, isOrder: isOrder)
        }
    }

    func findings() -> [Finding] {
        var found = FlowFindings()
        guard !hasMetatables else { return [] }
        for (range, comparison) in comparisons {
            guard let message = Self.objection(to: comparison) else { continue }
            let replies = [comparison.left.reply, comparison.right.reply].compactMap { $0 }
            found.add(
                Self.types, message, at: range, notes: replies.map { .init("the reply is from here", at: $0.range) })
        }
        for (range, value) in conditions where value.isNumber {
            let what = value.reply.map { "\($0.command) replies with a number" } ?? "this is a number"
            found.add(
                Self.zero, "\(what), which is true as a condition, 0 as well", at: range,
                notes: value.reply.map { [.init("the reply is from here", at: $0.range)] } ?? [])
        }
        return found.all
    }

    private static func objection(to comparison: Comparison) -> String? {
        let (left, right) = (comparison.left, comparison.right)
        let words = [left, right].compactMap { noun($0.types.subtracting(.falsy)) }
        guard words.count == 2 else { return nil }
        if comparison.isOrder {
            // Where it is nil or false instead, it fails as well.
            let sorts = [left, right].map { $0.types.subtracting(.falsy) }
            guard sorts == [.string, .number] || sorts == [.number, .string] else { return nil }
            return "\(words[0]) cannot be compared with \(words[1]): this raises an error; use tonumber"
        }
        guard left.types.isDisjoint(with: right.types) else { return nil }
        let pair = "\(words[0]) never equals \(words[1])"
        switch left.types.union(right.types).subtracting(.falsy) {
        case [.string, .number]: return pair + "; compare with text, or use tonumber"
        case [.string, .table]: return pair + "; a status such as OK is in its field `ok`"
        default: return pair
        }
    }

    /// What values of one type are called, for a sentence; `nil` when it can be of several, or of none.
    private static func noun(_ types: ValueTypes) -> String? {
        switch types {
        case .string: "text"
        case .number: "a number"
        case .table: "a table"
        case .true: "true"
        case .function: "a function"
        default: nil
        }
    }
}
