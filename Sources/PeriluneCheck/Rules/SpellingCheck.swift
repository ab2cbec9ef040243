import PeriluneLua

/// What Lua 5.1 reads in another way than it looks, or than newer versions do.
enum SpellingCheck: ScriptCheck {
    static let rules = [keyword, escape]

    static let keyword = Rule(
        122, "keyword-name", .note, summary: "A name is a keyword of newer versions of Lua.",
        reason: """
            `goto` is a name as any other in Lua 5.1, and a keyword since 5.2: editors, formatters and engines with a newer \
            Lua take the script for wrong.
            """,
        bad: "local goto = ARGV[1]\nreturn goto", good: "local target = ARGV[1]\nreturn target")
    static let escape = Rule(
        123, "unknown-escape", .warning, summary: "A backslash stands before a letter that it does nothing to.",
        reason: """
            Lua 5.1 has the escapes \\a \\b \\f \\n \\r \\t \\v and \\ with a decimal number. With any other letter the \
            backslash is dropped without a word: '\\x41' is x41, '\\u{e9}' is u{e9}, and '\\d' is d. Newer versions read \
            them, or refuse them. Patterns have %d where others have \\d.
            """,
        bad: #"return redis.call('APPEND', KEYS[1], '\x00')"#, good: #"return redis.call('APPEND', KEYS[1], '\0')"#)

    static func findings(in script: CheckedScript) -> [Finding] {
        let tokens = script.chunk.tokens
        var findings: [Finding] = []
        for token in tokens.tokens {
            let text = tokens.source[token.start..<token.end]
            switch token.kind {
            case .name where text.elementsEqual("goto".utf8) && !findings.contains(where: { $0.rule == keyword.id }):
                findings.append(
                    finding(keyword, "'goto' is a keyword of Lua 5.2 and later", at: tokens.range(of: token)))
            case .string:
                guard let letter = unknownEscape(in: text) else { continue }
                findings.append(
                    finding(
                        escape, "Lua 5.1 has no escape '\\\(letter)': this is read as '\(letter)'",
                        at: tokens.range(of: token)))
            default: break
            }
        }
        return findings
    }

    /// The letter of the first escape in a quoted string that Lua 5.1 does not have.
    private static func unknownEscape(in text: ArraySlice<UInt8>) -> Character? {
        var rest = text
        while let backslash = rest.firstIndex(of: UInt8(ascii: "\\")), backslash + 1 < rest.endIndex {
            let letter = rest[backslash + 1]
            let isLetter = (0x61...0x7A).contains(letter | 0x20)
            if isLetter, !"abfnrtv".utf8.contains(letter) { return Character(UnicodeScalar(letter)) }
            rest = rest[(backslash + 2)...]
        }
        return nil
    }
}
