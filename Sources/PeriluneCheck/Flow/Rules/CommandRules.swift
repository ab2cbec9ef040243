import PeriluneLua

/// Commands whose names a script computes, which only who follows its values knows; and what is given to commands.
struct CommandRules: FlowListener {
    static let rules = [argument]

    static let argument = Rule(
        22, "unusable-argument", .error, summary: "An argument of a command is neither text nor a number.",
        reason: """
            The call raises "Lua redis lib command arguments must be strings or integers" when it is reached, which may \
            be after something was written. Mostly it is the false of a reply where there was nothing, or a parameter \
            that was left out.
            """,
        bad: """
            local value = redis.call('GET', KEYS[1])
            if not value then redis.call('SET', KEYS[2], value) end
            return value
            """,
        good: """
            local value = redis.call('GET', KEYS[1])
            if value then redis.call('SET', KEYS[2], value) end
            return value
            """)

    private let script: CheckedScript
    /// Where the names of commands are written out, of which others see.
    private let written: Set<Int>
    private var suggestions: CommandSuggestions
    private var found = FlowFindings()

    init(_ script: CheckedScript) {
        self.script = script
        written = Set(
            CommandCall.calls(in: script.chunk).filter { $0.literal(0) != nil }.map { $0.words[0].range.start.offset })
        suggestions = CommandSuggestions(CommandTable(version: script.redis))
    }

    func findings() -> [Finding] { found.all }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        guard case .command(let command) = event else { return }
        hearArguments(command)
        guard let place = command.ranges.first, !written.contains(place.start.offset) else { return }
        for finding in CommandCheck.findings(
            of: CommandCall(command), in: script, hasMetatables: true, &suggestions)
        {
            found.add(finding)
        }
    }

    private mutating func hearArguments(_ command: FlowCommand) {
        for (word, range) in zip(command.words, command.ranges).dropFirst() {
            guard !word.types.isEmpty, word.types.isDisjoint(with: [.number, .string]) else { continue }
            let kind =
                word.types.isSubset(of: .nil)
                ? "nil" : word.types.isSubset(of: .boolean) ? "a boolean" : word.types == .table ? "a table" : "neither"
            let message =
                kind == "neither"
                ? "this argument of \(PlainText.line(command.name)) is neither text nor a number"
                : "this argument of \(PlainText.line(command.name)) is \(kind), and neither text nor a number"
            found.add(Self.argument, message, at: range)
        }
    }
}

extension CommandCall {
    /// A call as far as following the values of a script tells.
    fileprivate init(_ command: FlowCommand) {
        var words = zip(command.words, command.ranges).map { value, range in
            Word(range: range, text: value.literal.map { String(decoding: $0, as: UTF8.self) }, expression: nil)
        }
        // One of several names that it may be.
        if let range = command.ranges.first {
            words[0] = Word(range: range, text: command.keywords[0], expression: nil)
        }
        // An element that stands for the others.
        let rest = command.isOpen ? [Word(range: command.range, text: nil, expression: nil)] : []
        self.init(words: words + rest, isOpen: command.isOpen, isReplyUsed: true, range: command.range)
    }
}
