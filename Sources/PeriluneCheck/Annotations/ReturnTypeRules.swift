import PeriluneLua

/// The declared reply, against what the script replies with.
struct ReturnTypeRules: FlowListener {
    static let rules = [mismatch]

    static let mismatch = Rule(
        308, "return-type", .error, summary: "The script replies with something else than declared.",
        reason: """
            Bindings take replies for what `---@return` says, and throw at others. nil and false are null, which needs a \
            type with `?`; true is 1; a script that ends without return replies with null, too. An error is never \
            another type.
            """,
        bad: """
            --- Read a counter.
            ---@script counter.read
            ---@key    counter string
            ---@return integer
            return redis.call('GET', KEYS[1])
            """,
        good: """
            --- Read a counter.
            ---@script counter.read
            ---@key    counter string
            ---@return bytes?
            return redis.call('GET', KEYS[1])
            """)

    private let header: ScriptHeader?
    private var found = FlowFindings()
    /// The first reply that is not null.
    private var reply: SourceRange?

    init(_ script: CheckedScript) { header = script.header }

    func findings() -> [Finding] {
        var found = found
        if let reply, let header, header.returns == nil, let range = header.ranges[.script] {
            found.add(
                AnnotationCheck.missing, "the script replies, and no '---@return' says with what", at: range,
                notes: [.init("it replies here", at: reply)])
        }
        return found.all
    }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        guard let header, case .reply(let value, let range) = event else { return }
        guard let returns = header.returns else {
            if value.types != .nil { reply = SourceRange.earlier(reply, range) }
            return
        }
        guard let what = misfit(value, returns, context) else { return }
        let declared = "'\(returns.type.rawValue)\(returns.isOptional ? "?" : "")' is declared"
        found.add(
            Self.mismatch, "the reply \(what), and \(declared)", at: range,
            notes: [.init("it is declared here", at: returns.range)])
    }

    /// What is wrong with a reply; `nil` when nothing is for certain.
    private func misfit(_ value: AbstractValue, _ returns: ScriptHeader.Return, _ context: FlowContext) -> String? {
        let expected = ReplyForm(returns.type)
        let nothing: ValueTypes = [.nil, .false, .function]
        let missing = value.types.intersection(nothing)
        let rest = value.types.subtracting(nothing)
        let forms = ReplyForm.forms(of: value, rest, context.state)
        if rest.isEmpty { return returns.isOptional ? nil : "is null" }
        // Where null is right, something says that it is more than that.
        if let forms, forms.isDisjoint(with: [expected, .error]),
            !returns.isOptional || missing.isEmpty || !value.witnessed.isDisjoint(with: rest)
        {
            return "is " + forms.map(\.description).sorted().joined(separator: " or ")
        }
        if !returns.isOptional {
            if value.witnessed.contains(.nil) { return "may be null" }
            if value.types == .boolean, expected == .integer { return "is null where this is false" }
            if let reply = value.reply, !reply.isProtected, value.witnessed.contains(.false), isFirst(context) {
                return "is null where \(reply.command) finds nothing"
            }
        }
        return element(of: value, returns.type, context.state)
    }

    /// Whether nothing that the script has done or seen of its keys says that there is something to find.
    private func isFirst(_ context: FlowContext) -> Bool {
        context.state.write == nil && !context.conditions.contains(.reply)
    }

    /// What is wrong with some element of an array.
    private func element(of value: AbstractValue, _ type: ScriptHeader.ReturnType, _ state: FlowState) -> String? {
        let fitting: ValueTypes
        let name: String
        switch type {
        case .integers: (fitting, name) = ([.number, .true], "an integer")
        case .strings, .byteStrings: (fitting, name) = (.string, "a string")
        default: return nil
        }
        guard let all = state.facts(of: value) else { return nil }
        let isWrong = all.allSatisfy { facts in
            guard !facts.isOpen, ReplyForm(facts) == .array, facts.names.isEmpty else { return false }
            return facts.contents.contains { element in
                let types = element.types.subtracting([.nil, .false, .function])
                return !types.isEmpty && types.isDisjoint(with: fitting)
            }
        }
        return isWrong ? "has an element that is not \(name)" : nil
    }
}

/// What a value is as a reply.
private enum ReplyForm: Hashable, CustomStringConvertible {
    case integer, string, status, array, error

    init(_ type: ScriptHeader.ReturnType) {
        switch type {
        case .integer: self = .integer
        case .string, .bytes: self = .string
        case .status: self = .status
        case .integers, .strings, .byteStrings, .array: self = .array
        }
    }

    var description: String {
        switch self {
        case .integer: "an integer"
        case .string: "a string"
        case .status: "a status"
        case .array: "an array"
        case .error: "an error"
        }
    }

    /// What a value can be as a reply where it has one of some types; `nil` when that is not known.
    static func forms(of value: AbstractValue, _ types: ValueTypes, _ state: FlowState) -> Set<ReplyForm>? {
        var forms: Set<ReplyForm> = []
        if !types.isDisjoint(with: [.number, .true]) { forms.insert(.integer) }
        if types.contains(.string) { forms.insert(.string) }
        guard types.contains(.table) else { return forms }
        guard let table = value.narrowed(to: .table), let all = state.facts(of: table) else {
            // Of replies, only a status is a table that nobody follows.
            guard let reply = value.reply, !reply.isProtected else { return nil }
            return forms.union([.status])
        }
        for facts in all {
            if facts.isOpen { return nil }
            forms.insert(ReplyForm(facts))
        }
        return forms
    }

    init(_ facts: TableFacts) {
        switch facts.kind {
        case .error: self = .error
        case .status: self = .status
        default:
            let hasError = facts.names.contains(Array("err".utf8))
            self = hasError ? .error : facts.names.contains(Array("ok".utf8)) ? .status : .array
        }
    }
}
