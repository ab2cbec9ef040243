import PeriluneLua

extension FlowInterpreter {
    // MARK: Lists

    /// The values of a list, the last of which may give several.
    mutating func evaluate(_ list: [LuaExpression], _ state: inout FlowState) -> ValueList {
        var values: [AbstractValue] = []
        for (place, expression) in list.enumerated() {
            guard place == list.count - 1, expression.isMultiValued else {
                values.append(evaluate(expression, &state))
                continue
            }
            let last = evaluateAll(expression, &state)
            return ValueList(values + last.values, rest: last.rest)
        }
        return ValueList(values)
    }

    /// All values of an expression that may give several.
    private mutating func evaluateAll(_ expression: LuaExpression, _ state: inout FlowState) -> ValueList {
        switch expression.kind {
        case .varargs: return frames.last?.varargs ?? .any
        case .path(let base, let suffixes):
            defer { leaveNode() }
            guard enterNode() else { return .any }
            return evaluatePath(base, suffixes, expression.range, &state).values
        default: return ValueList([evaluate(expression, &state)])
        }
    }

    // MARK: One value

    /// The value of an expression.
    mutating func evaluate(_ expression: LuaExpression, _ state: inout FlowState) -> AbstractValue {
        defer { leaveNode() }
        guard enterNode(), state.isReachable else { return .any }
        let expression = expression.leveled
        switch expression.kind {
        case .nil: return .nil
        case .true: return .true
        case .false: return .false
        case .varargs: return frames.last?.varargs.first ?? .any
        case .number(let number):
            emit(.literal(number, range: expression.range), state)
            return .number(.constant(number, at: expression.range))
        case .string(let bytes): return .literal(bytes)
        case .function(let function): return closure(function, state)
        case .name(let name, let binding): return read(name, binding, state)
        case .parenthesized(let inner): return evaluate(inner, &state)
        case .path(let base, let suffixes): return evaluatePath(base, suffixes, expression.range, &state).values.first
        case .unary(let unary, _, let operand): return evaluate(unary, operand, at: expression.range, &state)
        case .operation(let first, let rest): return fold(first, rest, expression, &state)
        case .table(let table): return construct(table, at: expression.range, &state)
        }
    }

    /// The value of a name.
    func read(_ name: LuaName, _ binding: LuaBinding, _ state: FlowState) -> AbstractValue {
        if let index = binding.localIndex { return state.locals[index] ?? .any }
        switch name.text {
        case "KEYS": return .table(.sites([Self.keys]), .key)
        case "ARGV": return .table(.sites([Self.arguments]), .argument)
        case "redis", "server": return .table(.library("redis"))
        case "string", "table", "math", "cjson", "cmsgpack", "struct", "bit": return .table(.library(name.text))
        case "assert", "error", "ipairs", "next", "pairs", "pcall", "rawget", "select", "tonumber", "tostring", "type",
            "unpack", "xpcall", "rawset", "setmetatable", "getmetatable", "rawequal":
            return .function(.builtin(name.text))
        default: return .any
        }
    }

    private mutating func evaluate(
        _ unary: LuaUnaryOperator, _ operand: LuaExpression, at range: SourceRange, _ state: inout FlowState
    ) -> AbstractValue {
        switch unary {
        case .not:
            let judged = judge(operand, state)
            state = judged.yes.joined(judged.no)
            var types: ValueTypes = []
            if judged.value.canBeTruthy { types.insert(.false) }
            if judged.value.canBeFalsy { types.insert(.true) }
            return AbstractValue(types: types, sources: judged.value.sources)
        case .negate:
            let value = evaluate(operand, &state)
            emit(.used(value, range: operand.range), state)
            return .number(number(of: value).negated, value.sources)
        case .length:
            let value = evaluate(operand, &state)
            // How long a constant is does not depend on anything.
            if let literal = value.literal { return .number(.constant(Double(literal.count))) }
            // Pairs are in lists; half a text, or half of KEYS, is the middle of it.
            let isList = value.types.subtracting(.falsy) == .table && value.table != .sites([Self.keys])
            return .number(isList ? .length : .count, value.sources)
        }
    }

    private mutating func construct(
        _ table: LuaTable, at range: SourceRange, _ state: inout FlowState
    ) -> AbstractValue {
        var facts = TableFacts()
        var count = 0
        var isOpen = false
        var sources: ValueSources = []
        for (place, entry) in table.entries.enumerated() {
            switch entry {
            case .positional(let expression):
                guard place == table.entries.count - 1, expression.isMultiValued else {
                    count += 1
                    let value = evaluate(expression, &state)
                    sources.formUnion(value.sources.intersection(.iteration))
                    facts.set(value, at: .index(count))
                    continue
                }
                let list = evaluateAll(expression, &state)
                for value in list.values {
                    count += 1
                    facts.set(value, at: .index(count))
                }
                if let rest = list.rest {
                    facts.append(rest)
                    if rest.sources.contains(.iteration) {
                        facts.disorder = Disorder(range: expression.range, isEncoding: false)
                    }
                }
            case .named(let name, let expression):
                facts.set(evaluate(expression, &state), at: .name(Array(name.text.utf8)))
            case .keyed(let key, let expression):
                let key = evaluate(key, &state)
                let value = evaluate(expression, &state)
                if key.isNumber, let index = key.number.integer {
                    facts.set(value, at: .index(index))
                } else if let name = key.literal {
                    facts.set(value, at: .name(name))
                } else if key.isString {
                    facts.setElement(value, at: .string)
                } else {
                    isOpen = true
                }
            }
        }
        if isOpen { facts.open() }
        var value = Self.newTable(facts, at: range, &state)
        // In a list it stands where the loop put it.
        value.sources = sources
        return value
    }

    /// A table that is made at a place. See ``FlowState/add(_:at:)``.
    ///
    /// - Parameter part: 0 for a constructor; 1 and above for the tables that a call makes, of which there are few.
    static func newTable(_ facts: TableFacts, at range: SourceRange, part: Int = 0, _ state: inout FlowState)
        -> AbstractValue
    {
        let site = range.start.offset * 16 + min(part, 15)
        state.add(facts, at: site)
        return .table(.sites([site]))
    }

    // MARK: Paths

    /// The values of a path, and the name of the function that it calls last where that is one of Redis' Lua.
    mutating func evaluatePath(
        _ base: LuaExpression, _ suffixes: [LuaSuffix], _ range: SourceRange, _ state: inout FlowState
    ) -> (values: ValueList, callee: String?) {
        var values = ValueList([evaluate(base, &state)])
        var callee: String?
        for suffix in suffixes {
            guard state.isReachable else { return (.any, nil) }
            let value = values.first
            callee = nil
            switch suffix.kind {
            case .field(let name):
                values = ValueList([index(value, .literal(Array(name.text.utf8)), at: suffix.range, state)])
            case .index(let expression):
                let key = evaluate(expression, &state)
                let path = SourceRange(start: base.range.start, end: suffix.range.end)
                emit(.index(value, key: key, range: path), state)
                values = ValueList([index(value, key, at: suffix.range, state)])
            case .call(let arguments):
                if case .builtin(let name) = value.function, value.types == .function { callee = name }
                values = call(value, arguments, with: nil, suffix.range, range, &state)
                if callee == "math.fmod", arguments.expressions.count == 2,
                    case .number(1) = arguments.expressions[1].unparenthesized.kind
                {
                    isWholeAsked(arguments.expressions[0], &state)
                }
            case .method(let name, let arguments):
                let function: AbstractValue =
                    value.isString
                    ? .function(.builtin("string.\(name.text)"))
                    : value.types == .table ? state.read(value, at: .literal(Array(name.text.utf8))) : .any
                values = call(function, arguments, with: value, suffix.range, range, &state)
            }
        }
        return (values, callee)
    }

    private mutating func index(
        _ table: AbstractValue, _ key: AbstractValue, at range: SourceRange, _ state: FlowState
    ) -> AbstractValue {
        if case .library(let library) = table.table, table.types == .table {
            guard let name = key.literal else { return .any }
            switch (library, String(decoding: name, as: UTF8.self)) {
            case ("math", "huge"): return .number(.constant(.infinity))
            case ("math", "pi"): return .number(.constant(.pi, at: range))
            case ("cjson", "null"), ("redis", "REDIS_VERSION"), ("redis", "REDIS_VERSION_NUM"): return .any
            case ("redis", let name) where name.hasPrefix("LOG_") || name.hasPrefix("REPL_"): return .number(.count)
            case (_, let name) where name.hasPrefix("_"): return .any
            case (let library, let name): return .function(.builtin("\(library).\(name)"))
            }
        }
        if let name = key.literal, name == Array("err".utf8) || name == Array("ok".utf8) {
            emit(.inspected(table), state)
        } else {
            emit(.used(table, range: range), state)
        }
        // Where it is nil or false instead, this fails.
        guard let table = table.narrowed(to: .truthy) else { return .any }
        return state.read(table, at: key)
    }
}
