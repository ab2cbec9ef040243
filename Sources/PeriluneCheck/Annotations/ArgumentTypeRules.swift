import PeriluneLua

/// The types of arguments, against what the script does with them.
struct ArgumentTypeRules: FlowListener {
    static let rules = [mismatch]

    static let mismatch = Rule(
        307, "argument-type", .error, summary: "An argument is used as something else than declared.",
        reason: """
            Milliseconds that are taken for seconds let keys live a thousand times as long. Text where a command wants an \
            integer, and arithmetic on text that nothing looked at before, fail for some callers. An integer never equals \
            a text that is none.
            """,
        bad: """
            --- Let a value live for longer.
            ---@script value.extend
            ---@key    value any
            ---@arg    ttl   milliseconds >0
            ---@return integer
            return redis.call('EXPIRE', KEYS[1], ARGV[1])
            """,
        good: """
            --- Let a value live for longer.
            ---@script value.extend
            ---@key    value any
            ---@arg    ttl   milliseconds >0
            ---@return integer
            return redis.call('PEXPIRE', KEYS[1], ARGV[1])
            """)

    private let header: ScriptHeader?
    private var found = FlowFindings()
    /// Where arithmetic is done on texts, by their indices.
    private var arithmetic: [Int: Set<SourceRange>] = [:]
    /// Where texts are used, in arithmetic or otherwise.
    private var uses: [Int: Set<SourceRange>] = [:]

    init(_ script: CheckedScript) { header = script.header }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        guard let header else { return }
        switch event {
        case .command(let command): hear(command, header)
        case .equality(let left, let right, let range):
            hear(left, equals: right, range, header)
            hear(right, equals: left, range, header)
        case .arithmetic(let left, let right, _, let range):
            for operand in [left, right] {
                guard let index = Self.index(of: operand) else { continue }
                arithmetic[index, default: []].insert(range)
            }
        case .used(let value, let range):
            if let index = Self.index(of: value) { uses[index, default: []].insert(range) }
        default: break
        }
    }

    func findings() -> [Finding] {
        var found = found
        for (index, ranges) in arithmetic {
            guard let argument = header?.argument(at: index), !argument.type.isNumeric,
                let first = ranges.min(by: { $0.start < $1.start })
            else { continue }
            // Whoever looks at it first knows when it is a number.
            let isLookedAt = uses[index]?.contains { use in
                !ranges.contains { $0.start <= use.start && use.end <= $0.end }
            }
            if isLookedAt == true { continue }
            found.add(
                Self.mismatch, "arithmetic is done on \(Self.declared(argument, index))", at: first,
                notes: Self.notes(argument))
        }
        return found.all
    }

    // MARK: Commands

    private mutating func hear(_ command: FlowCommand, _ header: ScriptHeader) {
        let integers = command.integerPositions
        for (position, value) in command.words.enumerated() {
            guard let index = Self.index(of: value), let argument = header.argument(at: index) else { continue }
            let wanted = TimeUnit(of: command, at: position)
            let message: String
            if integers.contains(position), !argument.type.isNumeric {
                message = "\(command.name) wants an integer here, and this is \(Self.declared(argument, index))"
            } else if let wanted, let unit = TimeUnit(argument.type), unit != wanted {
                message =
                    "\(command.name) takes this for \(wanted.rawValue), and it is \(Self.declared(argument, index))"
            } else {
                continue
            }
            found.add(Self.mismatch, message, at: command.ranges[position], notes: Self.notes(argument))
        }
    }

    // MARK: Comparisons

    private mutating func hear(
        _ value: AbstractValue, equals other: AbstractValue, _ range: SourceRange, _ header: ScriptHeader
    ) {
        guard let index = Self.index(of: value), let argument = header.argument(at: index) else { return }
        if let literal = other.literal, argument.type.isNumeric,
            Int64(String(decoding: literal, as: UTF8.self)) == nil
        {
            found.add(
                Self.mismatch, "a text that is no integer never equals \(Self.declared(argument, index))", at: range,
                notes: Self.notes(argument))
        }
    }

    // MARK: Words

    /// The index of the element of ARGV that a value is, as the text it came as.
    private static func index(of value: AbstractValue) -> Int? {
        guard value.types.subtracting(.falsy) == .string, let pieces = value.text.only?.pieces, pieces.count == 1,
            case .argument(let index?) = pieces[0]
        else { return nil }
        return index
    }

    private static func declared(_ argument: ScriptHeader.Argument, _ index: Int) -> String {
        "ARGV[\(index)] '\(argument.name)', which is declared as \(argument.type.rawValue)"
    }

    private static func notes(_ argument: ScriptHeader.Argument) -> [Finding.Note] {
        [.init("it is declared here", at: argument.range)]
    }
}

/// What a time is counted in.
private enum TimeUnit: String {
    case seconds, milliseconds, microseconds

    /// - Returns: `nil` for a type that is no time, or may be one in any unit.
    init?(_ type: ScriptHeader.ArgumentType) {
        switch type {
        case .milliseconds: self = .milliseconds
        case .microseconds: self = .microseconds
        case .integer, .string, .bytes: return nil
        }
    }

    /// The unit that a command takes an argument for; `nil` when it is no time.
    init?(of command: FlowCommand, at position: Int) {
        switch (command.name, position) {
        case ("EXPIRE", 2), ("EXPIREAT", 2), ("SETEX", 2), ("HEXPIRE", 2), ("HEXPIREAT", 2): self = .seconds
        case ("PEXPIRE", 2), ("PEXPIREAT", 2), ("PSETEX", 2), ("HPEXPIRE", 2), ("HPEXPIREAT", 2): self = .milliseconds
        default:
            // The option stands behind the key, and behind the value of SET.
            let first = command.name == "SET" ? 3 : 2
            guard position > first, let option = command.keywords[position - 1],
                command.shape?.integerOptions[option] != nil
            else { return nil }
            switch option {
            case "EX", "EXAT": self = .seconds
            case "PX", "PXAT": self = .milliseconds
            default: return nil
            }
        }
    }
}
