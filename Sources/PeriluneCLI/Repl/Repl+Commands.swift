import PeriluneCheck
import PeriluneCore

/// What begins with a colon: about the conversation, not a script.
extension Repl {
    /// Performs a command of the conversation.
    ///
    /// - Parameter line: Without blanks at its ends.
    mutating func perform(_ line: ArraySlice<UInt8>) -> Answer {
        guard let words = Self.words(of: line), let name = words.first else {
            return .failure("a quotation mark is not closed")
        }
        let arguments = Array(words.dropFirst())
        switch (String(decoding: name, as: UTF8.self), arguments.count) {
        case (":keys", 0...1): return keys(matching: arguments.first ?? [UInt8(ascii: "*")])
        case (":clock", 0): return showClock()
        case (":clock", 1): return moveClock(String(decoding: arguments[0], as: UTF8.self))
        case (":args", 0): return Answer(text: scriptArguments.description)
        case (":args", _):
            scriptArguments = ScriptArguments(arguments[...])
            return Answer(text: scriptArguments.description)
        case (":load", 1...): return load(arguments)
        case (":reset", 0):
            reset()
            return showClock()
        case (":cancel", 0): return Answer()
        case (":help", 0): return Answer(text: Self.help)
        case (":quit", 0):
            isEnded = true
            return Answer()
        default: return .failure("\(printable(String(decoding: line, as: UTF8.self), atMost: 80)): see :help")
        }
    }

    /// How many lines a list has at most.
    private static let mostLines = 100

    /// The beginning of a list of so many lines, and how many are left out.
    fileprivate static func list(_ lines: [String], of count: Int) -> String {
        let shown = lines.prefix(mostLines)
        let rest = count > shown.count ? ["... and \(grouped(count - shown.count)) more"] : []
        return (shown + rest).joined(separator: "\n")
    }

    static let help = """
        Lua                       runs as a script; an expression answers its value. Goes on over lines until it is whole.
        !COMMAND [ARG ...]        runs a command: !SET greeting "hello there" PX 1000
        :args KEY ... , ARG ...   sets KEYS and ARGV of what follows; ":args ," empties them, ":args" shows them
        :load FILE [KEY ... , ARG ...]
                                  runs a script from a file, with KEYS and ARGV of its own if any are given
        :keys [PATTERN]           lists keys with type and expiry
        :clock [+5s|-1h|2026-01-31T12:00:00Z|1700000000.5|now]
                                  shows or moves the clock (UTC), which stands still otherwise; units ms, s, min, h, d
        :cancel or Ctrl-C         drops an input that is not whole yet; Ctrl-C also ends a running script
        :reset                    removes data and KEYS and ARGV, and sets the clock to the present
        :quit or Ctrl-D           ends

        As in Redis, each input is a script of its own: its locals end with it, and there are no other globals. Keep
        values in keys. What would wait, such as !BLPOP, does not.
        """
}

// MARK: - Keys

extension Repl {
    /// How many bytes of each name are shown.
    private static let longestName = 100

    private mutating func keys(matching pattern: [UInt8]) -> Answer {
        let reply = reply(to: [Array("KEYS".utf8), pattern])
        let names = (reply.array ?? []).compactMap(\.bytes).sorted { $0.lexicographicallyPrecedes($1) }
        guard !names.isEmpty else { return Answer(text: "no keys") }
        let shown = names.prefix(Self.mostLines)
        let rows = shown.map { name in
            (
                name: ReplyText.quoted(name, atMost: Self.longestName),
                type: self.reply(to: [Array("TYPE".utf8), name]).string ?? "", expiry: expiry(of: name)
            )
        }
        let width = rows.map(\.name.count).max() ?? 0
        let lines = rows.map { "\($0.name.padded(width))  \($0.type.padded(6))  \($0.expiry)" }
        return Answer(text: Self.list(lines, of: names.count))
    }

    private mutating func expiry(of name: [UInt8]) -> String {
        guard let left = reply(to: [Array("PTTL".utf8), name]).integer, left >= 0 else { return "no expiry" }
        let (microseconds, overflow) = Int64(left).multipliedReportingOverflow(by: 1_000)
        return "expires in \(durationText(overflow ? .max / 2 : microseconds))"
    }
}

// MARK: - Clock

extension Repl {
    private func showClock() -> Answer {
        // The clock is only ever set to such a time.
        Answer(text: ClockTime(microseconds: clock.microseconds)?.description ?? "")
    }

    private func moveClock(_ text: String) -> Answer {
        let time: ClockTime?
        switch text.first {
        case "+", "-":
            let distance = DurationText.duration(of: text.dropFirst()).map(\.wholeMicroseconds)
            time = distance.flatMap { distance in
                let (sum, overflow) = clock.microseconds.addingReportingOverflow(
                    text.first == "-" ? -distance : distance)
                return overflow ? nil : ClockTime(microseconds: sum)
            }
        default: time = text == "now" ? ClockTime(microseconds: Self.wholeSecond(present())) : ClockTime(text)
        }
        guard let time else {
            return .failure(
                "'\(printable(text, atMost: 80))' leads to no time from 1970 to 9999; "
                    + "write +5s, -1h, 2026-01-31T12:00:00Z, 1700000000.5 or now")
        }
        clock.set(microseconds: time.microseconds)
        return showClock()
    }
}

// MARK: - Scripts

extension Repl {
    /// - Parameter words: The file, then keys and arguments if it gets its own.
    private mutating func load(_ words: [[UInt8]]) -> Answer {
        let path = String(decoding: words[0], as: UTF8.self)
        do {
            let script = try WholeScript(ScriptSource(path: path, bytes: try readFile(path))) { try? readFile($0) }
            let own = words.count > 1 ? ScriptArguments(words.dropFirst()) : scriptArguments
            let origins = script.lineOrigins()
            return run(script.bytes, shown: script.bytes, own) { line in
                guard origins.indices.contains(line - 1) else { return "\(path):\(line)" }
                let origin = origins[line - 1]
                return "\(script.paths[origin.file]):\(origin.line)"
            }
        } catch {
            return .failure(printable("\(error)", atMost: 1_000))
        }
    }
}

extension Repl.ScriptArguments: CustomStringConvertible {
    /// Keys and arguments as `redis-cli --eval` takes them: with a comma between blanks between the two.
    init(_ words: ArraySlice<[UInt8]>) {
        let comma = words.firstIndex(of: [UInt8(ascii: ",")]) ?? words.endIndex
        keys = Array(words[..<comma])
        arguments = Array(words[comma...].dropFirst())
    }

    /// A line for each of the first: `KEYS[1] "p:{a}"`.
    var description: String {
        func lines(_ name: String, _ values: [[UInt8]]) -> [String] {
            values.enumerated().map { "\(name)[\($0 + 1)] \(ReplyText.quoted($1, atMost: 100))" }
        }
        let all = lines("KEYS", keys) + lines("ARGV", arguments)
        return all.isEmpty ? "no KEYS, no ARGV" : Repl.list(all, of: all.count)
    }
}
