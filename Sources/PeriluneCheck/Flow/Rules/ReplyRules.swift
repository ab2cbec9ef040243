import PeriluneLua

/// Replies: what commands give, and what the script gives.
struct ReplyRules: FlowListener {
    static let rules = [nilComparison, cutFraction, gap, time, names, value]

    static let nilComparison = Rule(
        9, "false-is-not-nil", .error, summary: "A reply is compared with nil, but it is false.",
        reason: """
            Where there is nothing, a command replies with false, and not with nil: the comparison always gives the same. \
            Ask `if not value`.
            """,
        bad: "local value = redis.call('GET', KEYS[1])\nif value == nil then return 'none' end\nreturn value",
        good: "local value = redis.call('GET', KEYS[1])\nif not value then return 'none' end\nreturn value")
    static let cutFraction = Rule(
        11, "cut-fraction", .warning, summary: "A number with a fraction is the reply, which is an integer.",
        reason: """
            The reply of a script is an integer: Redis cuts a fraction off without a word, 0.9 is 0. Round, or reply with \
            text.
            """,
        bad: "return ARGV[1] / 1000", good: "return math.floor(ARGV[1] / 1000)")
    static let gap = Rule(
        12, "nil-in-reply", .error, summary: "An array that the script replies with has nil inside.",
        reason: """
            Redis takes an array up to its first nil, so what comes behind is lost. false is what the client gets as null.
            """,
        bad: "local extra\nreturn {1, extra, 3}", good: "local extra = false\nreturn {1, extra, 3}")
    static let time = Rule(
        13, "joined-time", .error, summary: "Seconds and microseconds of TIME are joined as they are.",
        reason: """
            The microseconds have no leading zeros: 1700000000 and 42 give 170000000042, or 1700000000.42, which is \
            another time. Pad them with string.format('%06d', time[2]), or compute.
            """,
        bad: "local time = redis.call('TIME')\nreturn time[1] .. time[2]",
        good: "local time = redis.call('TIME')\nreturn time[1] .. string.format('%06d', time[2])")

    static let names = Rule(
        23, "names-in-reply", .warning, summary: "A table that the script replies with has names.",
        reason: """
            Of a table Redis takes the elements 1, 2, 3 and so on, and nothing else but the fields that mean something to \
            it, such as ok and err: {count = 1} is an empty array to the client. Reply with a list, or with text of \
            cjson.encode.
            """,
        bad: "return {count = redis.call('LLEN', KEYS[1])}", good: "return {'count', redis.call('LLEN', KEYS[1])}")
    static let value = Rule(
        24, "missing-value", .error, summary: "A local is declared with a value that a call does not give.",
        reason: """
            A command has one reply, be it an array: what is declared beside it is always nil. Take the elements out of \
            the reply.
            """,
        bad: """
            local name, age = redis.call('HMGET', KEYS[1], 'name', 'age')
            return {name, age}
            """,
        good: """
            local reply = redis.call('HMGET', KEYS[1], 'name', 'age')
            local name, age = reply[1], reply[2]
            return {name, age}
            """)

    /// The fields of a table that Redis looks at.
    private static let known: Set<[UInt8]> = Set(
        ["ok", "err", "double", "map", "set", "big_number", "verbatim_string"].map { Array($0.utf8) })

    private var found = FlowFindings()
    /// How many values each call has given at most to how many locals; `nil` when there may be any number.
    private var received: [SourceRange: (count: Int?, locals: [LuaName], isReply: Bool)] = [:]
    /// What has been compared with nil, on all ways there.
    private var compared: [SourceRange: (value: AbstractValue, nilRange: SourceRange)] = [:]

    /// The comparisons that stand beside one with false, so that both are meant.
    private let excused: Set<SourceRange>

    init(_ script: CheckedScript) {
        var excused: Set<SourceRange> = []
        let source = script.chunk.tokens.source
        LuaWalk(expression: { excused.formUnion(Self.excused(in: $0, of: source)) }).walk(script.chunk.block)
        self.excused = excused
    }

    func findings() -> [Finding] {
        var found = found
        for (range, (value, nilRange)) in compared where !excused.contains(nilRange) {
            // Never nil, whatever way it came, but false where there is nothing.
            guard !value.types.contains(.nil), value.types.contains(.false), let reply = value.reply else {
                continue
            }
            found.add(
                Self.nilComparison, "\(reply.command) replies with false where there is nothing, never with nil",
                at: range,
                notes: [.init("the reply is from here", at: reply.range)],
                fix: value.types.contains(.true) ? nil : Fix("compare with false", [.init(nilRange, "false")]))
        }
        for (_, (count, locals, isReply)) in received {
            guard let count, count < locals.count else { continue }
            let name = locals[count]
            let text = isReply ? "a command has one reply" : "the call gives \(counted(count))"
            found.add(Self.value, "\(text), and '\(name.text)' is always nil", at: name.range)
        }
        return found.all
    }

    private func counted(_ count: Int) -> String {
        switch count {
        case 0: "no value"
        case 1: "1 value"
        default: "\(count) values"
        }
    }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        switch event {
        case .nilComparison(let value, let nilRange, let range):
            let all = compared[range].map { $0.value.joined(value) } ?? value
            compared[range] = (all, nilRange)
        case .concatenation(let left, let right, let range):
            if context.textUse != .digest { hear(left.text, right.text, range) }
        case .reply(let value, let range): hear(reply: value, range, context.state)
        case .received(let list, let locals, let call):
            let count = list.rest == nil ? list.values.count : nil
            let all =
                received[call].map { before in before.count.flatMap { one in count.map { max(one, $0) } } } ?? count
            received[call] = (all, locals, list.values.last?.reply != nil)
        default: break
        }
    }

    /// In `x == nil or x == false`, or with `not x`, the places of nil; `x` is any expression, written the same way.
    private static func excused(in expression: LuaExpression, of source: [UInt8]) -> [SourceRange] {
        guard case .operation(let first, let rest) = expression.leveled.kind,
            rest[0].operator == .or || rest[0].operator == .and
        else { return [] }
        func text(_ expression: LuaExpression) -> ArraySlice<UInt8> {
            let range = expression.unparenthesized.range
            guard range.start.offset <= range.end.offset, range.end.offset <= source.count else { return [] }
            return source[range.start.offset..<range.end.offset]
        }
        var falsy: Set<ArraySlice<UInt8>> = []
        var nils: [(text: ArraySlice<UInt8>, range: SourceRange)] = []
        func note(_ constant: LuaExpression, comparedWith other: LuaExpression) {
            let constant = constant.unparenthesized
            switch constant.kind {
            case .nil: nils.append((text(other), constant.range))
            case .false: falsy.insert(text(other))
            default: break
            }
        }
        for operand in [first] + rest.map(\.operand) {
            switch operand.unparenthesized.kind {
            case .unary(.not, _, let inner): falsy.insert(text(inner))
            case .operation(let left, let steps):
                guard steps.count == 1, steps[0].operator == .equal || steps[0].operator == .notEqual else { continue }
                note(steps[0].operand, comparedWith: left)
                note(left, comparedWith: steps[0].operand)
            default: falsy.insert(text(operand))
            }
        }
        return nils.filter { falsy.contains($0.text) }.map(\.range)
    }

    private mutating func hear(_ left: TextValue, _ right: TextValue, _ range: SourceRange) {
        guard case .reply("TIME", element: 1)? = left.only?.pieces.last, let pieces = right.only?.pieces else { return }
        var rest = pieces[...]
        // As a fraction they need their zeros as well; behind any other mark they are only a part of a name.
        if case .literal(let mark)? = rest.first, mark == [UInt8(ascii: ".")] { rest = rest.dropFirst() }
        guard case .reply("TIME", element: 2)? = rest.first else { return }
        found.add(Self.time, "the microseconds of TIME have no leading zeros", at: range)
    }

    private mutating func hear(reply value: AbstractValue, _ range: SourceRange, _ state: FlowState) {
        if value.isNumber, let fraction = value.number.fraction {
            cut(fraction, in: range)
        }
        var seen: Set<Int> = []
        look(into: value, "element", range, state, &seen)
    }

    /// Looks at the elements of a table in a reply, as far as their places are known one by one.
    ///
    /// - Parameters:
    ///   - path: How to name an element of it.
    ///   - seen: The tables that have been looked at, so that this ends.
    private mutating func look(
        into value: AbstractValue, _ path: String, _ range: SourceRange, _ state: FlowState, _ seen: inout Set<Int>
    ) {
        guard let all = state.facts(of: value), case .sites(let sites) = value.table,
            seen.isDisjoint(with: sites), seen.count < 16
        else { return }
        seen.formUnion(sites)
        for facts in all where facts.kind == .plain && !facts.isOpen {
            // A name may be taken away again.
            let names = Set(facts.names.filter { !facts.value(at: .name($0)).types.contains(.nil) })
            guard !names.isEmpty, names.isDisjoint(with: Self.known) else { continue }
            let shown = names.map { PlainText.line(String(decoding: $0.prefix(40), as: UTF8.self)) }.sorted().prefix(3)
            let list = shown.map { "'\($0)'" }.joined(separator: ", ") + (names.count > 3 ? ", ..." : "")
            found.add(Self.names, "the reply has no names: \(list) will not be in it", at: range)
        }
        for facts in all where facts.kind == .plain && facts.names.isEmpty && !facts.isOpen {
            let places = facts.fields.keys.compactMap { key -> Int? in
                guard case .index(let place) = key else { return nil }
                return place > 0 ? place : nil
            }.sorted()
            if let end = zip(1..., places).first(where: { $0 != $1 })?.0,
                facts.value(at: .index(end)).witnessed == .nil,
                hasMore(behind: end, in: places, of: facts)
            {
                found.add(Self.gap, "element \(end) is nil, and the reply ends there", at: range)
            }
            for place in places {
                let element = facts.value(at: .index(place))
                if element.isNumber, let fraction = element.number.fraction { cut(fraction, in: range) }
                if element.witnessed.contains(.nil), hasMore(behind: place, in: places, of: facts) {
                    found.add(
                        Self.gap,
                        "\(path) \(place) may be nil, and the array ends there; false is what clients get as null",
                        at: range)
                }
                look(into: element, "\(path) \(place), element", range, state, &seen)
            }
        }
    }

    private mutating func cut(_ fraction: SourceRange, in range: SourceRange) {
        found.add(
            Self.cutFraction, "this number may have a fraction, which the reply does not", at: range,
            notes: fraction == range ? [] : [.init("the fraction is from here", at: fraction)])
    }

    /// Whether something that is no nil stands behind a place for certain.
    private func hasMore(behind place: Int, in places: [Int], of facts: TableFacts) -> Bool {
        places.contains { other in
            guard other > place else { return false }
            let value = facts.value(at: .index(other))
            return !value.types.contains(.nil) && value.types != .all
        }
    }
}
