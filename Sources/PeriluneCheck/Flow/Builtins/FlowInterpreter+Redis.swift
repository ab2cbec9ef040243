import PeriluneLua

extension FlowInterpreter {
    /// The library `redis`.
    mutating func redis(_ name: String, _ call: BuiltinCall, _ state: inout FlowState) -> ValueList {
        let first = call.arguments.first
        switch name {
        case "call", "pcall": return ValueList([command(call, isProtected: name == "pcall", &state)])
        case "error_reply", "status_reply":
            var facts = TableFacts(name == "error_reply" ? .error : .status)
            facts.set(first, at: .name(Array((name == "error_reply" ? "err" : "ok").utf8)))
            return ValueList([Self.newTable(facts, at: call.site, part: 1, &state)])
        case "sha1hex":
            let isKnown = !first.sources.contains(.unknown)
            return ValueList([.text(isKnown ? TextValue(.computed(first.sources)) : .unknown, first.sources)])
        case "setresp":
            switch first.isNumber ? first.number.integer : nil {
            case 2: state.replies = .resp2
            case 3: state.replies = .resp3
            default: state.replies = .either
            }
            return .empty
        case "log", "set_repl", "debug": return .empty
        case "breakpoint": return ValueList([.boolean([])])
        default: return .any
        }
    }

    private mutating func command(_ call: BuiltinCall, isProtected: Bool, _ state: inout FlowState) -> AbstractValue {
        // Whichever command it is, and whether it is known or not.
        defer { state.callCount += 1 }
        let words = call.arguments.values
        guard let name = words.first, name.isString else { return .any }
        var value: AbstractValue?
        var hasEffect = true
        var slot: FlowState.KeySlot?
        for text in name.text.ordered {
            guard let bytes = text.literal else { return .any }
            var command = FlowCommand(
                commands, name: String(decoding: bytes, as: UTF8.self), words: words,
                ranges: words.indices.map { call.range(of: $0) }, isOpen: call.arguments.rest != nil,
                isProtected: isProtected, range: call.range)
            command.rest = call.arguments.rest
            command.restRange = call.ranges.last ?? call.range
            emit(.command(command), state)
            if state.slot == nil { slot = slot ?? command.firstSlot }
            if command.known?.hasEffect(command.keywords) != true || command.isConditional { hasEffect = false }
            for (position, effect) in command.effects {
                state.lifetimes.apply(effect, to: command.words[position].text, at: call.range)
            }
            let reply = reply(to: command, call.site, &state)
            value = value.map { $0.joined(reply) } ?? reply
        }
        state.slot = state.slot ?? slot
        if hasEffect { state.note(write: call.range, depth: conditions.count) }
        guard var value else { return .any }
        if words.contains(where: { $0.sources.contains(.iteration) }) { value.sources.insert(.iteration) }
        if isProtected {
            // Or the error, which nobody knows more of.
            value = value.joined(.table(.unknown, .reply))
            value.witnessed.remove(.table)
            value.reply = ReplyOrigin(
                command: String(decoding: name.literal ?? [], as: UTF8.self).asciiUppercased, range: call.range,
                isProtected: true)
        }
        return value
    }
}
