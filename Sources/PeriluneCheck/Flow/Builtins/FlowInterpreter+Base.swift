import PeriluneLua

extension FlowInterpreter {
    /// The functions that stand in no library.
    mutating func base(_ call: BuiltinCall, _ state: inout FlowState) -> ValueList {
        let arguments = call.arguments
        let first = arguments.first
        switch call.name {
        case "tonumber":
            emit(.used(first, range: call.range), state)
            return ValueList([tonumber(first, hasBase: arguments.values.count > 1)])
        case "tostring":
            let use = textUse
            if use == .any { textUse = .asked }
            emit(.text(first, range: call.range(of: 0)), state)
            textUse = use
            return ValueList([Self.text(of: first)])
        case "type":
            emit(.inspected(first), state)
            return ValueList([.text(.unknown, first.sources)])
        case "pairs": return ValueList([.function(.builtin("next")), first, .nil])
        case "ipairs": return ValueList([.function(.builtin("ipairs iterator")), first, .number(.constant(0))])
        case "next":
            // What comes first in a table of names is a matter of luck, too.
            for value in state.facts(of: first)?.flatMap(\.contents) ?? [] { state.escape(value) }
            return ValueList([.any, .any])
        case "select":
            let selected = select(arguments)
            if selected == .any { for value in arguments.values { state.escape(value) } }
            return selected
        case "unpack": return unpack(call, state)
        case "assert":
            if first.canBeFalsy, !arguments.values.isEmpty {
                conditions.append(first.sources)
                let message = arguments.values.count > 1 ? arguments[1] : .text(.unknown)
                emit(.raise(message, isProtected: protection > 0, range: call.range(of: 0)), state)
                conditions.removeLast()
                state.leaving.formUnion(first.sources)
            }
            if let value = first.narrowed(to: .truthy), !arguments.values.isEmpty {
                return ValueList([value] + arguments.values.dropFirst(), rest: arguments.rest)
            }
            if !arguments.values.isEmpty { state.isReachable = false }
            return arguments
        case "error":
            emit(.raise(first, isProtected: protection > 0, range: call.range(of: 0)), state)
            state.isReachable = false
            return .empty
        case "pcall", "xpcall": return protected(call, &state)
        case "rawget": return ValueList([state.read(first, at: arguments[1])])
        case "rawset":
            write(arguments[2], to: first, at: arguments[1], isAppended: false, range: call.range, &state)
            return ValueList([first])
        case "rawequal": return ValueList([.boolean(first.sources)])
        // Metatables change what reading and writing mean.
        case "setmetatable":
            state.escape(first)
            return ValueList([first])
        default: return unfollowed(call, &state)
        }
    }

    /// A value as a number, nil when it is none: that depends on what is in it.
    private func tonumber(_ value: AbstractValue, hasBase: Bool) -> AbstractValue {
        if hasBase { return AbstractValue.number(.any, value.sources).orNil }
        if value.isNumber { return value }
        var result = AbstractValue.number(number(of: value), value.sources)
        let text = value.types.subtracting(.falsy) == .string ? value.text.only : nil
        var isNumeric = text?.literal != nil && result.number.constant != nil
        if case .reply("TIME", _)? = text?.pieces.first, text?.pieces.count == 1 { isNumeric = true }
        if !isNumeric || value.canBeFalsy {
            result.types.insert(.nil)
            result.witnessed.remove(.number)
        }
        return result
    }

    private func select(_ arguments: ValueList) -> ValueList {
        if let name = arguments.first.literal, name == [UInt8(ascii: "#")] {
            let count = arguments.dropFirst()
            return ValueList([.number(count.rest == nil ? .constant(Double(count.values.count)) : .count)])
        }
        guard let place = arguments.first.number.integer, arguments.first.isNumber, place > 0 else { return .any }
        return arguments.dropFirst(min(place, arguments.values.count + 1))
    }

    private mutating func unpack(_ call: BuiltinCall, _ state: FlowState) -> ValueList {
        let table = call.arguments.first
        emit(.used(table, range: call.range), state)
        let isWhole = call.arguments.values.count < 3 && call.arguments.rest == nil
        if isWhole { emit(.unpack(table, range: call.range), state) }
        guard let facts = state.facts(of: table), facts.count == 1, isWhole, call.arguments.values.count == 1,
            !facts[0].isOpen
        else {
            var element = state.elements(of: table)
            element.types.insert(.nil)
            element.disorder = state.facts(of: table)?.lazy.compactMap(\.disorder).first
            return ValueList([], rest: element)
        }
        var values: [AbstractValue] = []
        while let value = facts[0].fields[.index(values.count + 1)], values.count < 256 { values.append(value) }
        var rest = facts[0].elements.map { facts[0].element($0, nil) }
        rest?.disorder = facts[0].disorder
        return ValueList(values, rest: rest)
    }

    /// `pcall(f, …)`: what it does may have been done in part.
    private mutating func protected(_ call: BuiltinCall, _ state: inout FlowState) -> ValueList {
        let function = call.arguments.first
        let isX = call.name == "xpcall"
        if isX { callBack(call.arguments[1], call, &state) }
        let inner = BuiltinCall(
            name: "", arguments: isX ? .empty : call.arguments.dropFirst(),
            ranges: isX ? [] : Array(call.ranges.dropFirst()), range: call.range, site: call.site)
        var inside = state
        protection += 1
        let results = apply(function, inner, &inside)
        protection -= 1
        // What was under way when it failed is not known.
        forgetCaptured(&inside)
        forgetCaptured(&state)
        for argument in call.arguments.values {
            inside.escape(argument)
            state.escape(argument)
        }
        state = state.joined(inside)
        let second = results.first.joined(.any)
        return ValueList([.boolean(second.sources), second], rest: .any)
    }
}
