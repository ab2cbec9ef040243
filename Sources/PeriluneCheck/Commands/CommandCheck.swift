import PeriluneLua

/// Commands whose names are known: whether they are there, how they are called, and what they do to scripts.
enum CommandCheck: ScriptCheck {
    static let rules = [unknownCommand, writeInReadOnly, notInScripts, deprecated, wordCount]

    static let unknownCommand = Rule(
        4, "unknown-command", .error, summary: "A command is called that this Redis does not have.",
        reason: """
            The call raises "Unknown Redis command called from script" when it is reached, which may be after \
            something was written. Names with a dot are those of modules, and not looked at.
            """,
        bad: "return redis.call('GTE', KEYS[1])", good: "return redis.call('GET', KEYS[1])")
    static let writeInReadOnly = Rule(
        7, "write-in-read-only", .error, summary: "A script that promises not to write calls a command that does.",
        reason: """
            Redis refuses the call: "Write commands are not allowed from read-only scripts". PUBLISH and PFCOUNT count \
            as writes, and so do SORT, GEORADIUS and BITFIELD even where they only read: their forms with _RO do not.
            """,
        bad: "#!lua flags=no-writes\nreturn redis.call('SORT', KEYS[1])",
        good: "#!lua flags=no-writes\nreturn redis.call('SORT_RO', KEYS[1])")
    static let notInScripts = Rule(
        8, "not-in-scripts", .error, summary: "A command is called that does not do its work in a script.",
        reason: """
            Commands about the connection, its transaction or its subscriptions raise "This Redis command is not \
            allowed from script". Those that wait do so until Redis 7.0, and later never wait: they answer at once, \
            as if their time were over.
            """,
        bad: "return redis.call('BRPOP', KEYS[1], 0)", good: "return redis.call('RPOP', KEYS[1])")
    static let deprecated = Rule(
        16, "deprecated-command", .note, summary: "A command is called that Redis advises against.",
        reason: "Newer commands do the same and more. The old ones still work, but get no new options.",
        bad: "return redis.call('SETEX', KEYS[1], ARGV[1], ARGV[2])",
        good: "return redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[1])")
    static let wordCount = Rule(
        19, "argument-count", .error, summary: "A command is called with the wrong number of arguments.",
        reason: """
            The call raises "Wrong number of args calling Redis command from script" when it is reached, which may be \
            after something was written.
            """,
        bad: "return redis.call('GET', KEYS[1], KEYS[2])", good: "return redis.call('MGET', KEYS[1], KEYS[2])")

    static func findings(in script: CheckedScript) -> [Finding] {
        let hasMetatables = script.hasMetatables
        var suggestions = CommandSuggestions(CommandTable(version: script.redis))
        return CommandCall.calls(in: script.chunk).flatMap {
            findings(of: $0, in: script, hasMetatables: hasMetatables, &suggestions)
        }
    }

    /// What there is to object to in a call.
    ///
    /// - Parameter hasMetatables: Whether the script gives tables a metatable, so that reading a field may be a call.
    static func findings(
        of call: CommandCall, in script: CheckedScript, hasMetatables: Bool, _ suggestions: inout CommandSuggestions
    ) -> [Finding] {
        guard let name = call.literal(0) else { return [] }
        let table = suggestions.table
        switch table.lookup(name, subcommand: call.literal(1)) {
        case .known(let command):
            return countFindings(call, command) + scriptFindings(call, command, table)
                + deprecatedFindings(call, command, script, hasMetatables: hasMetatables)
                + (script.isReadOnly ? writeFindings(call, command, table) : [])
        case .module: return []
        case .later(let name, let since):
            return [
                missing("'\(name)' came with Redis \(since.release), and this is for \(table.version.rawValue)", call)
            ]
        case .removed(let name, let version):
            return [missing("'\(name)' is gone since Redis \(version.release)", call)]
        case .unknownSubcommand:
            let subcommand = call.literal(1) ?? ""
            let advice = advice(on: suggestions.name(like: subcommand, of: name))
            let message = "'\(name.asciiUppercased)' has no subcommand '\(shown(subcommand))'\(advice)"
            return [missing(message, call, word: 1)]
        case .unknown:
            return [missing("Redis has no command '\(shown(name))'\(advice(on: name, table, &suggestions))", call)]
        }
    }

    // MARK: Names

    private static func missing(_ message: String, _ call: CommandCall, word: Int = 0) -> Finding {
        finding(unknownCommand, message, at: call.words[word].range)
    }

    private static func advice(on name: String, _ table: CommandTable, _ suggestions: inout CommandSuggestions)
        -> String
    {
        let words = name.split(separator: " ")
        if words.count > 1, case .known = table.lookup(String(words[0])) {
            return "; each word of it is an argument of its own"
        }
        return advice(on: suggestions.name(like: name))
    }

    private static func advice(on suggestion: String?) -> String {
        suggestion.map { "; did you mean '\($0)'?" } ?? ""
    }

    /// The beginning of a text from a script, on one line.
    private static func shown(_ text: String) -> String { PlainText.line(String(text.prefix(40))) }

    // MARK: Numbers of arguments

    private static func countFindings(_ call: CommandCall, _ command: KnownCommand) -> [Finding] {
        if let last = call.words.last, let expression = last.expression, expression.isReplacement {
            return [
                finding(
                    wordCount,
                    "string.gsub gives two values, and how often it has replaced something becomes an argument; "
                        + "put it in parentheses",
                    at: last.range)
            ]
        }
        guard command.refuses(wordCount: call.leastCount, isOpen: call.isOpen) else { return [] }
        let given = max(0, call.leastCount - command.nameCount)
        let wanted = Int(command.arity.magnitude) - command.nameCount
        let isEnough = command.arity < 0 && given >= wanted
        let message =
            if isEnough {
                "'\(command.name)' takes its last arguments in pairs, and one is left over"
            } else {
                "'\(command.name)' takes \(command.arity < 0 ? "at least " : "")\(counted(wanted)), not \(given)"
                    + (call.isOpen ? " or more" : "")
            }
        return [finding(wordCount, message, at: call.words[0].range)]
    }

    private static func counted(_ count: Int) -> String {
        switch count {
        case 0: "no arguments"
        case 1: "1 argument"
        default: "\(count) arguments"
        }
    }

    // MARK: What scripts may do

    private static func scriptFindings(_ call: CommandCall, _ command: KnownCommand, _ table: CommandTable) -> [Finding]
    {
        let place = call.words[0].range
        if command.flags.contains(.noScript) {
            let advice =
                command.flags.contains(.blocking) ? advice(instead: String(command.name.dropFirst()), table) : ""
            return [finding(notInScripts, "'\(command.name)' is not allowed in scripts\(advice)", at: place)]
        }
        if command.name == "XREAD" || command.name == "XREADGROUP" {
            guard let option = blockOption(call) else { return [] }
            let range = call.words[option].range
            // Since 7.4 it is taken and of no effect.
            return table.version >= .v74
                ? [warning(notInScripts, "\(command.name) never waits in a script: BLOCK is of no effect", at: range)]
                : [finding(notInScripts, "\(command.name) with BLOCK is not allowed in scripts", at: range)]
        }
        guard command.flags.contains(.blocking) else { return [] }
        let advice = advice(instead: String(command.name.dropFirst()), table)
        return [warning(notInScripts, "'\(command.name)' never waits in a script\(advice)", at: place)]
    }

    /// Where the option BLOCK of XREAD or XREADGROUP is.
    private static func blockOption(_ call: CommandCall) -> Int? {
        var position = 1
        while let word = call.keyword(position) {
            switch word {
            case "BLOCK": return position
            case "COUNT": position += 2
            case "GROUP": position += 3
            case "NOACK": position += 1
            default: return nil
            }
        }
        return nil
    }

    private static func writeFindings(_ call: CommandCall, _ command: KnownCommand, _ table: CommandTable) -> [Finding]
    {
        guard command.isWrite else { return [] }
        let advice = advice(instead: command.name + "_RO", table)
        let message =
            command.flags.contains(.write)
            ? "'\(command.name)' writes, and the script says that it does not\(advice)"
            : "'\(command.name)' counts as a write, and the script says that it has none"
        return [finding(writeInReadOnly, message, at: call.words[0].range)]
    }

    /// Says to use a command if there is one of that name, and nothing against it.
    private static func advice(instead name: String, _ table: CommandTable) -> String {
        guard case .known(let command) = table.lookup(name), command.deprecation == nil else { return "" }
        return "; use '\(name)'"
    }

    /// A finding that is less bad than the rule says.
    private static func warning(_ rule: Rule, _ message: String, at range: SourceRange) -> Finding {
        Finding(rule.id, .warning, message, at: range)
    }

    // MARK: Advice against commands

    private static func deprecatedFindings(
        _ call: CommandCall, _ command: KnownCommand, _ script: CheckedScript, hasMetatables: Bool
    ) -> [Finding] {
        // What scripts may not call at all is found by another rule.
        guard let deprecation = command.deprecation, !command.flags.contains(.noScript) else { return [] }
        let since = deprecation.since.release
        let text = deprecation.replacement.text
        let message =
            switch deprecation.sameness {
            case .same: "'\(command.name)' is deprecated since Redis \(since): \(text) does the same"
            case .effect:
                "'\(command.name)' is deprecated since Redis \(since): \(text) does the same, its reply differs"
            case .purpose: "'\(command.name)' is deprecated since Redis \(since) in favour of \(text)"
            }
        return [
            finding(
                deprecated, message, at: call.words[0].range,
                fix: deprecation.fix(for: call, in: script.source.bytes, hasMetatables: hasMetatables))
        ]
    }
}
