import PeriluneLua

extension FlowInterpreter {
    /// What a command replies.
    mutating func reply(to command: FlowCommand, _ site: SourceRange, _ state: inout FlowState) -> AbstractValue {
        guard let shape = command.shape else { return .any }
        let origin = ReplyOrigin(command: command.name, range: command.range, isProtected: command.isProtected)
        var builder = ReplyBuilder(command, origin, site)
        return builder.value(
            of: shape.reply(to: command.name, command.keywords, isOpen: command.isOpen), nil, &state)
    }
}

/// Makes the value of a reply, and the tables in it.
private struct ReplyBuilder {
    private let command: FlowCommand
    private let origin: ReplyOrigin
    private let site: SourceRange
    /// How many tables there are.
    private var tableCount = 0

    init(_ command: FlowCommand, _ origin: ReplyOrigin, _ site: SourceRange) {
        self.command = command
        self.origin = origin
        self.site = site
    }

    /// - Parameter element: Which element of the reply it is, from 1; `nil` for the reply, and where nobody knows.
    mutating func value(of shape: ReplyShape, _ element: Int?, _ state: inout FlowState) -> AbstractValue {
        var value = bareValue(of: shape, element, &state)
        value.sources.insert(.reply)
        if value.types != .all { value.reply = origin }
        return value
    }

    private mutating func bareValue(of shape: ReplyShape, _ element: Int?, _ state: inout FlowState) -> AbstractValue {
        switch (shape, state.replies) {
        case (.any, _): return unknown
        case (.integer(let least, let most), _): return .number(.whole(least, most))
        case (.string, _): return string(element)
        case (.status, _):
            var facts = TableFacts(.status)
            facts.set(string(nil), at: .name(Array("ok".utf8)))
            return table(facts, &state)
        case (.list(let inner), _): return list(of: inner, &state)
        case (.each(let inner, let start), _): return each(inner, from: start, &state)
        case (.tuple(let shapes), _):
            var facts = TableFacts(.reply(origin, isUnbounded: false))
            for (place, shape) in shapes.enumerated() {
                facts.set(value(of: shape, place + 1, &state), at: .index(place + 1))
            }
            return table(facts, &state)
        case (.optional(let inner), let replies):
            let present = value(of: inner, element, &state)
            switch replies {
            case .resp2: return present.joined(.false)
            case .resp3: return present.joined(.nil)
            case .either: return present.joined(AbstractValue(types: .falsy))
            }
        case (_, .either): return unknown
        case (.double, .resp2): return string(element)
        case (.double, .resp3): return named("double", .number(.any, .reply), &state)
        case (.set, .resp2): return list(of: .string, &state)
        case (.set, .resp3): return named("set", dictionary(of: .true, &state), &state)
        case (.map(let inner, isFlat: true), .resp2): return listInTurn(inner, &state)
        case (.map(let inner, isFlat: false), .resp2), (.pairs(let inner, isNested: true), .resp3):
            return list(of: .tuple([.string, inner]), &state)
        case (.map(let inner, _), .resp3):
            let values = value(of: inner, nil, &state)
            return named("map", dictionary(of: values, &state), &state)
        case (.pairs(let inner, _), .resp2): return listInTurn(inner, &state)
        case (.pairs(_, isNested: false), .resp3): return list(of: .any, &state)
        }
    }

    private var unknown: AbstractValue { AbstractValue(types: .all, sources: .reply) }

    private func string(_ element: Int?) -> AbstractValue {
        .text(TextValue(.reply(command.name, element: element)), .reply)
    }

    // MARK: Tables

    private mutating func list(of inner: ReplyShape, _ state: inout FlowState) -> AbstractValue {
        let isUnbounded = WholeKeyRead.isUnbounded(command.name, command.keywords, isOpen: command.isOpen)
        let facts = TableFacts(.reply(origin, isUnbounded: isUnbounded), elements: value(of: inner, nil, &state))
        return table(facts, &state)
    }

    /// Texts, and something of each.
    private mutating func listInTurn(_ inner: ReplyShape, _ state: inout FlowState) -> AbstractValue {
        let isUnbounded = WholeKeyRead.isUnbounded(command.name, command.keywords, isOpen: command.isOpen)
        let elements = value(of: .string, nil, &state).joined(value(of: inner, nil, &state))
        return table(TableFacts(.reply(origin, isUnbounded: isUnbounded), elements: elements), &state)
    }

    private mutating func each(_ inner: ReplyShape, from start: Int, _ state: inout FlowState) -> AbstractValue {
        let element = value(of: inner, nil, &state)
        var facts = TableFacts(.reply(origin, isUnbounded: false), elements: element)
        for place in 0..<max(0, min(command.words.count - start, 256)) { facts.set(element, at: .index(place + 1)) }
        return table(facts, &state)
    }

    /// A table with one field.
    private mutating func named(_ name: String, _ value: AbstractValue, _ state: inout FlowState) -> AbstractValue {
        var facts = TableFacts(.reply(origin, isUnbounded: false))
        facts.set(value, at: .name(Array(name.utf8)))
        return table(facts, &state)
    }

    /// A table by names that nobody knows.
    private mutating func dictionary(of value: AbstractValue, _ state: inout FlowState) -> AbstractValue {
        var facts = TableFacts()
        facts.setElement(value, at: .string)
        return table(facts, &state)
    }

    private mutating func table(_ facts: TableFacts, _ state: inout FlowState) -> AbstractValue {
        tableCount += 1
        return FlowInterpreter.newTable(facts, at: site, part: tableCount, &state)
    }
}
