import PeriluneLua

/// Orders that nobody promises.
struct OrderRules: FlowListener {
    static let rules = [order]

    static let order = Rule(
        131, "unpromised-order", .warning, summary: "The order of pairs reaches a reply or the data.",
        reason: """
            pairs goes over names in an order that follows from how they are hashed: it differs between versions of Lua, \
            and between tables that hold the same. cjson.encode writes objects in that order. Sort before you reply or \
            store, or go over a list of the names.
            """,
        bad: """
            local names, seen = {}, {a = 1, b = 2}
            for name in pairs(seen) do names[#names + 1] = name end
            return names
            """,
        good: """
            local names, seen = {}, {a = 1, b = 2}
            for name in pairs(seen) do names[#names + 1] = name end
            table.sort(names)
            return names
            """)

    private var found = FlowFindings()

    init(_ script: CheckedScript) {}

    func findings() -> [Finding] { found.all }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        switch event {
        case .reply(let value, let range):
            let disorder = value.disorder ?? context.state.facts(of: value)?.lazy.compactMap(\.disorder).first
            if let disorder { object("the reply", range, disorder) }
        case .command(let command):
            for (place, argument) in command.words.enumerated() {
                let range = command.ranges[place]
                if let disorder = argument.disorder {
                    object("this argument", range, disorder)
                } else if command.shape?.keepsOrder == true, argument.sources.contains(.iteration) {
                    object("what \(command.name) stores", range, Disorder(range: range, isEncoding: false))
                }
            }
            if let disorder = command.rest?.disorder, command.shape?.keepsOrder == true {
                object("what \(command.name) stores", command.restRange, disorder)
            }
        default: break
        }
    }

    private mutating func object(_ what: String, _ range: SourceRange, _ origin: Disorder) {
        let notes = origin.range == range ? [] : [Finding.Note("the order is from here", at: origin.range)]
        if origin.isEncoding {
            // Whoever decodes it does not mind; whoever compares it does.
            found.add(
                Self.order, "cjson.encode writes names in an order that nobody promises", at: range, severity: .note,
                notes: notes)
        } else {
            found.add(
                Self.order, "the order of \(what) is that of pairs, which nobody promises", at: range, notes: notes)
        }
    }
}
