import PeriluneLua

/// The elements of KEYS and ARGV that a header declares, against those that the script reads.
struct DeclarationRules: FlowListener {
    static let rules = [unused, undeclared]

    static let unused = Rule(
        304, "unused-declaration", .warning, summary: "A declared key or argument is never used.",
        reason: """
            Callers pay for what they send, and take it for something that matters. A key that is declared is locked, \
            routed and authorized by, too.
            """,
        bad: """
            --- Count a call.
            ---@script counter.add
            ---@key    counter string
            ---@arg    ttl     milliseconds >0
            ---@return integer
            return redis.call('INCR', KEYS[1])
            """,
        good: """
            --- Count a call.
            ---@script counter.add
            ---@key    counter string
            ---@return integer
            return redis.call('INCR', KEYS[1])
            """)
    static let undeclared = Rule(
        305, "undeclared-element", .error,
        summary: "An element of KEYS or ARGV is read that the header does not declare.",
        reason: """
            Bindings send what the annotations declare, so an element behind the last declared one is always nil. KEYS \
            and ARGV begin with 1.
            """,
        bad: """
            --- Store a value.
            ---@script value.store
            ---@key    value   string
            ---@arg    content bytes
            ---@return status
            return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
            """,
        good: """
            --- Store a value.
            ---@script value.store
            ---@key    value   string
            ---@arg    content bytes
            ---@arg    ttl     milliseconds >0
            ---@return status
            return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
            """)

    private var found = FlowFindings()
    /// `nil` without a header.
    private var keys: DeclaredElements?
    private var arguments: DeclaredElements?

    init(_ script: CheckedScript) {
        guard let header = script.header else { return }
        keys = DeclaredElements(
            list: "KEYS", noun: "key", elements: header.keys.map { .init(name: $0.name, range: $0.range) },
            rest: header.variadicKey.map { .init(name: $0.name, range: $0.range) },
            use: ElementUse(of: "KEYS", in: script.chunk))
        arguments = DeclaredElements(
            list: "ARGV", noun: "argument", elements: header.arguments.map { .init(name: $0.name, range: $0.range) },
            rest: header.argumentGroup.map { .init(name: $0.name, range: $0.range) },
            use: ElementUse(of: "ARGV", in: script.chunk))
    }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        guard keys != nil, case .index(let table, let key, let range) = event, key.isNumber,
            let facts = context.state.facts(of: table)
        else { return }
        if facts.allSatisfy({ $0.kind == .keys }) {
            keys?.use.read(key.number, range)
            check(key.number, range, keys)
        } else if facts.allSatisfy({ $0.kind == .arguments }) {
            arguments?.use.read(key.number, range)
            check(key.number, range, arguments)
        }
    }

    /// Objects to an element that is certainly not one of those that are declared.
    private mutating func check(_ index: NumberValue, _ range: SourceRange, _ declared: DeclaredElements?) {
        guard let declared else { return }
        let element = index.integer.map { "\(declared.list)[\($0)]" } ?? "what is read of \(declared.list) here"
        if index.upper < 1 {
            found.add(
                Self.undeclared, "\(element) is never there: \(declared.list) begins with 1", at: range)
        } else if declared.rest == nil, index.lower > Double(declared.elements.count) {
            found.add(
                Self.undeclared, "\(element) is not declared: \(declared.count)", at: range,
                notes: declared.elements.last.map { [.init("the last one that is declared", at: $0.range)] } ?? [])
        }
    }

    func findings() -> [Finding] {
        var found = found
        for declared in [keys, arguments].compactMap({ $0 }) {
            for (place, element) in declared.elements.enumerated() where !declared.use.uses(place + 1) {
                found.add(
                    Self.unused, "\(declared.list)[\(place + 1)] '\(element.name)' is never used", at: element.range)
            }
            if let rest = declared.rest, !declared.use.usesAny(behind: declared.elements.count) {
                found.add(Self.unused, "the rest of \(declared.list), '\(rest.name)', is never used", at: rest.range)
            }
        }
        return found.all
    }
}

/// What a header declares of KEYS or of ARGV.
private struct DeclaredElements {
    struct Element {
        let name: String
        let range: SourceRange
    }

    /// `KEYS` or `ARGV`.
    let list: String
    /// What an element is called.
    let noun: String
    /// Those that are declared one by one.
    let elements: [Element]
    /// What repeats behind them.
    let rest: Element?
    var use: ElementUse

    /// How many there are, as a sentence has it.
    var count: String {
        switch elements.count {
        case 0: "no \(noun) is"
        case 1: "one \(noun) is"
        default: "\(elements.count) \(noun)s are"
        }
    }
}
