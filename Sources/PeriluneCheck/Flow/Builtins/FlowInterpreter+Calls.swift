import PeriluneLua

/// A call of a function of Redis' Lua.
struct BuiltinCall {
    /// The function, for example `string.sub`.
    let name: String
    let arguments: ValueList
    /// Where the arguments stand, as far as they are written one by one.
    let ranges: [SourceRange]
    /// From the function's name to the end of the call.
    let range: SourceRange
    /// Where the arguments begin; no other call has that place.
    let site: SourceRange

    /// Where an argument stands.
    func range(of place: Int) -> SourceRange {
        if ranges.indices.contains(place) { return ranges[place] }
        return ranges.last ?? range
    }
}

extension FlowInterpreter {
    /// Calls a value.
    ///
    /// - Parameters:
    ///   - receiver: What stands before `:`.
    ///   - site: From the start of the arguments to the end of the call.
    ///   - path: The whole path that the call is in.
    mutating func call(
        _ function: AbstractValue, _ arguments: LuaArguments, with receiver: AbstractValue?, _ site: SourceRange,
        _ path: SourceRange, _ state: inout FlowState
    ) -> ValueList {
        let use = textUse
        if function.types == .function, case .builtin(let name) = function.function {
            switch name {
            case "redis.log", "redis.error_reply", "error", "assert": textUse = .message
            case "redis.call", "redis.pcall": textUse = .any
            case "redis.sha1hex", "math.randomseed": textUse = .digest
            default: break
            }
        }
        var list = evaluate(arguments.expressions, &state)
        textUse = use
        var ranges = arguments.expressions.map(\.range)
        if let receiver {
            list.values.insert(receiver, at: 0)
            ranges.insert(path, at: 0)
        }
        guard state.isReachable, !isExhausted else { return .any }
        let range = SourceRange(start: path.start, end: site.end)
        let call = BuiltinCall(name: "", arguments: list, ranges: ranges, range: range, site: site)
        return apply(function, call, &state)
    }

    /// Calls a value with values.
    mutating func apply(_ function: AbstractValue, _ call: BuiltinCall, _ state: inout FlowState) -> ValueList {
        // Where it is something else, the call fails.
        guard function.types.contains(.function) else { return unfollowed(call, &state) }
        switch function.function {
        case .closure(let id):
            guard let body = functions[id] else { return unfollowed(call, &state) }
            return enter(body, call.arguments, &state)
        case .builtin(let name):
            let call = BuiltinCall(
                name: name, arguments: call.arguments, ranges: call.ranges, range: call.range, site: call.site)
            return builtin(call, &state)
        case .unknown: return unfollowed(call, &state)
        }
    }

    /// A call of something that is not followed: it may change whatever it gets.
    mutating func unfollowed(_ call: BuiltinCall, _ state: inout FlowState) -> ValueList {
        hasUnknownCalls = true
        for argument in call.arguments.values { state.escape(argument) }
        forgetCaptured(&state)
        return .any
    }

    /// Calls a function that runs any number of times, or not at all, with values that are not followed.
    mutating func callBack(_ function: AbstractValue, _ call: BuiltinCall, _ state: inout FlowState) {
        var inside = state
        let arguments = ValueList([], rest: .any)
        let inner = BuiltinCall(
            name: "", arguments: arguments, ranges: [], range: call.range, site: call.site)
        // Twice: what the first run leaves is there in the second.
        for _ in 0..<2 {
            _ = apply(function, inner, &inside)
            inside = state.joined(inside)
        }
        forgetCaptured(&inside)
        state = inside
    }

    /// Calls a function of Redis' Lua.
    private mutating func builtin(_ call: BuiltinCall, _ state: inout FlowState) -> ValueList {
        emit(.builtin(call), state)
        let parts = call.name.split(separator: ".", maxSplits: 1)
        guard parts.count == 2 else { return base(call, &state) }
        let name = String(parts[1])
        switch parts[0] {
        case "string": return string(name, call, &state)
        case "table": return table(name, call, &state)
        case "math":
            // They give two.
            if name == "modf" || name == "frexp" {
                return ValueList([.number(.any, .unknown), .number(.any, .unknown)])
            }
            return ValueList([math(name, call)])
        case "redis": return redis(name, call, &state)
        case "cjson", "cmsgpack", "struct", "bit": return coding(String(parts[0]), name, call, &state)
        default: return unfollowed(call, &state)
        }
    }
}
