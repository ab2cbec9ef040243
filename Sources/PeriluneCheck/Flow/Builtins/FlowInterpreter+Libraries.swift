import PeriluneLua

extension FlowInterpreter {
    /// The library `table`.
    mutating func table(_ name: String, _ call: BuiltinCall, _ state: inout FlowState) -> ValueList {
        let arguments = call.arguments
        let table = arguments.first
        switch name {
        case "insert":
            let isAppended = arguments.values.count == 2
            let value = isAppended ? arguments[1] : arguments[2]
            let key = isAppended ? AbstractValue.number(.count) : arguments[1]
            write(value, to: table, at: .number(.any, key.sources), isAppended: isAppended, range: call.range, &state)
            return .empty
        case "remove":
            var element = state.elements(of: table)
            element.types.insert(.nil)
            element.witnessed = []
            // What comes behind moves up.
            state.update(table) { $0.move() }
            return ValueList([element])
        case "sort":
            if arguments.values.count > 1 { callBack(arguments[1], call, &state) }
            state.update(table) { $0.sort() }
            return .empty
        case "concat":
            let element = state.elements(of: table)
            emit(.used(table, range: call.range), state)
            let isFollowed = state.facts(of: table).map { all in all.allSatisfy { !$0.isOpen } } == true
            for value in isFollowed ? state.facts(of: table)?.flatMap(\.contents) ?? [] : [element] {
                emit(.text(value, range: call.range(of: 0)), state)
            }
            if arguments.rest == nil, let text = Self.concatenation(of: state.facts(of: table), arguments) {
                return ValueList([text])
            }
            let sources = table.sources.union(element.sources).union(arguments[1].sources)
            let isKnown = !sources.contains(.unknown) && !element.text.sources.contains(.unknown)
            var text = AbstractValue.text(isKnown ? TextValue(.computed(sources)) : .unknown, sources)
            text.disorder = state.facts(of: table)?.lazy.compactMap(\.disorder).first
            return ValueList([text])
        case "getn": return ValueList([.number(.count, table.sources)])
        case "maxn": return ValueList([.number(.any, table.sources)])
        case "foreach", "foreachi":
            callBack(arguments[1], call, &state)
            return .any
        default: return unfollowed(call, &state)
        }
    }

    /// The text that `table.concat` makes of a list that is known one by one; `nil` for others.
    private static func concatenation(of facts: [TableFacts]?, _ arguments: ValueList) -> AbstractValue? {
        guard let facts, facts.count == 1, !facts[0].isOpen, facts[0].elements == nil, arguments.values.count < 3,
            (1...8).contains(facts[0].fields.count)
        else { return nil }
        let separator = arguments.values.count < 2 || arguments[1].types == .nil ? .literal([]) : arguments[1]
        var joined: AbstractValue?
        for place in 1...facts[0].fields.count {
            guard let element = facts[0].fields[.index(place)],
                element.isNumber || element.types.subtracting(.falsy) == .string
            else { return nil }
            let text = text(of: element)
            guard let before = joined else {
                joined = text
                continue
            }
            let sources = before.sources.union(separator.sources).union(text.sources)
            var both = AbstractValue.text(before.text + Self.text(of: separator).text + text.text, sources)
            both.disorder = before.disorder ?? text.disorder ?? facts[0].disorder
            joined = both
        }
        return joined
    }

    /// The library `math`.
    func math(_ name: String, _ call: BuiltinCall) -> AbstractValue {
        let values = call.arguments.values
        let numbers = values.map { number(of: $0) }
        let sources = values.reduce(into: ValueSources()) { $0.formUnion($1.sources) }
        guard let first = numbers.first, call.arguments.rest == nil else { return .number(.any, .unknown) }
        switch name {
        case "floor", "ceil": return .number(first.rounded, sources)
        case "abs": return .number(first.absolute, sources)
        case "min", "max":
            let isMin = name == "min"
            let lowers = numbers.map(\.lower)
            let uppers = numbers.map(\.upper)
            let lower = (isMin ? lowers.min() : lowers.max()) ?? first.lower
            let upper = (isMin ? uppers.min() : uppers.max()) ?? first.upper
            let isWhole = numbers.allSatisfy { $0.wholeness == .yes }
            // Whether it is the one with the fraction that comes out is not known.
            let fraction = numbers.allSatisfy { $0.fraction != nil } ? first.fraction : nil
            return .number(
                NumberValue(lower: lower, upper: upper, wholeness: isWhole ? .yes : .maybe, fraction: fraction), sources
            )
        case "fmod", "mod": return .number(.any, sources)
        case "random":
            return .number(values.isEmpty ? NumberValue(lower: 0, upper: 1, wholeness: .maybe) : .integer, sources)
        default: return .number(.any, sources.union(.unknown))
        }
    }

    /// The libraries that encode and decode.
    mutating func coding(
        _ library: String, _ name: String, _ call: BuiltinCall, _ state: inout FlowState
    ) -> ValueList {
        let first = call.arguments.first
        let sources = call.arguments.values.reduce(into: ValueSources()) { $0.formUnion($1.sources) }
        switch (library, name) {
        case ("cjson", "encode"):
            var text = AbstractValue.text(.unknown, sources)
            if let facts = state.facts(of: first), facts.contains(where: \.isUnordered) {
                text.disorder = Disorder(range: call.range, isEncoding: true)
            }
            return ValueList([text])
        case ("cmsgpack", "pack"), ("struct", "pack"): return ValueList([.text(.unknown, sources)])
        case ("struct", "size"): return ValueList([.number(.count, sources)])
        case ("bit", "tohex"): return ValueList([.text(.unknown, sources)])
        case ("bit", _): return ValueList([.number(.whole(-2_147_483_648, 2_147_483_647), sources)])
        default: return .any
        }
    }
}
