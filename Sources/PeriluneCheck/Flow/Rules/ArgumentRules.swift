import PeriluneLua

/// Arguments of Lua's functions that Lua 5.1 takes in another way than it looks.
struct ArgumentRules: FlowListener {
    static let rules = [index, pattern, ignored]

    static let index = Rule(
        111, "fraction-in-index", .warning, summary: "A number with a fraction is a place or a count.",
        reason: """
            Where a function wants a place or a count, Lua 5.1 cuts a fraction off, and newer versions raise an error. \
            A table has nothing at a place with a fraction, so KEYS[n / 2] is nil for every other n.
            """,
        bad: "return string.sub(ARGV[1], 1, #ARGV[1] / 2)",
        good: "return string.sub(ARGV[1], 1, math.floor(#ARGV[1] / 2))")
    static let pattern = Rule(
        112, "pattern", .warning, summary: "A pattern or a replacement is not read as it looks.",
        reason: """
            In Lua 5.1 a pattern ends at its first zero byte, which %z stands for. In a replacement % stands before the \
            number of a capture or another %; before anything else it is dropped, and newer versions raise an error.
            """,
        bad: "return (string.gsub(ARGV[1], '%.', '%-'))", good: "return (string.gsub(ARGV[1], '%.', '-'))")
    static let ignored = Rule(
        113, "ignored-argument", .warning, summary: "An argument is given that Lua 5.1 does not look at.",
        reason: """
            Some functions got arguments with later versions that Lua 5.1 drops without a word: the base of math.log, \
            the separator of string.rep, and what xpcall gives to the function.
            """,
        bad: "return math.floor(math.log(ARGV[1], 2))", good: "return math.floor(math.log(ARGV[1]) / math.log(2))")

    private var found = FlowFindings()

    init(_ script: CheckedScript) {}

    func findings() -> [Finding] { found.all }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        switch event {
        case .builtin(let call):
            hearIndices(call)
            hearPatterns(call)
            hearIgnored(call)
        case .index(let table, let key, let range):
            guard key.isNumber, let fraction = key.number.fraction, let all = context.state.facts(of: table),
                all.allSatisfy({ $0.isList })
            else { return }
            object(to: fraction, "there is nothing at a place with a fraction, and this may have one", range)
        default: break
        }
    }

    // MARK: Indices

    /// The arguments that are places or counts, from 0.
    private static let places: [String: [Int]] = [
        "string.sub": [1, 2], "string.byte": [1, 2], "string.rep": [1], "string.char": [0, 1, 2, 3],
        "string.find": [2], "string.match": [2], "string.gsub": [3], "table.concat": [2, 3], "table.remove": [1],
        "unpack": [1, 2], "select": [0], "math.random": [0, 1],
    ]

    private mutating func hearIndices(_ call: BuiltinCall) {
        for place in Self.places[call.name] ?? [] where place < call.arguments.values.count {
            let value = call.arguments.values[place]
            // Whoever stored what is read knows its size.
            guard value.isNumber, let fraction = value.number.fraction, !value.sources.contains(.reply) else {
                continue
            }
            object(to: fraction, "\(call.name) cuts the fraction off that this may have", call.range(of: place))
        }
    }

    private mutating func object(to fraction: SourceRange, _ message: String, _ range: SourceRange) {
        found.add(
            Self.index, message, at: range,
            notes: fraction == range ? [] : [.init("the fraction is from here", at: fraction)])
    }

    // MARK: Patterns

    private mutating func hearPatterns(_ call: BuiltinCall) {
        switch call.name {
        case "string.find", "string.match", "string.gmatch", "string.gfind", "string.gsub": break
        default: return
        }
        if let pattern = call.arguments[1].literal, let zero = pattern.firstIndex(of: 0) {
            // Without any special character before it, the text is looked for as it is.
            let isPlain =
                call.name == "string.find"
                && (call.arguments.values.count > 3 || !pattern[..<zero].contains(where: Self.isSpecial))
            if !isPlain {
                found.add(
                    Self.pattern, "the pattern ends at its zero byte; %z stands for one", at: call.range(of: 1))
            }
        }
        guard call.name == "string.gsub", let replacement = call.arguments[2].literal,
            let escape = Self.strayEscape(in: replacement)
        else { return }
        found.add(Self.pattern, "\(escape) in a replacement is read without its %", at: call.range(of: 2))
    }

    private static func isSpecial(_ byte: UInt8) -> Bool { "^$*+?.([%-".utf8.contains(byte) }

    /// A `%` in a replacement that stands before no digit and no `%`, with what it stands before.
    private static func strayEscape(in replacement: [UInt8]) -> String? {
        var rest = replacement[...]
        while let percent = rest.firstIndex(of: UInt8(ascii: "%")) {
            guard percent + 1 < rest.endIndex else { return "% at the end" }
            let next = rest[percent + 1]
            guard next == UInt8(ascii: "%") || (0x30...0x39).contains(next) else {
                return PlainText.line("%" + String(decoding: [next], as: UTF8.self))
            }
            rest = rest[(percent + 2)...]
        }
        return nil
    }

    // MARK: Arguments

    private mutating func hearIgnored(_ call: BuiltinCall) {
        let count = call.arguments.values.count
        switch call.name {
        case "math.log" where count > 1:
            found.add(Self.ignored, "math.log has no base in Lua 5.1: this is the natural one", at: call.range(of: 1))
        case "string.rep" where count > 2:
            found.add(Self.ignored, "string.rep has no separator in Lua 5.1", at: call.range(of: 2))
        case "xpcall" where count > 2:
            found.add(Self.ignored, "xpcall gives no arguments in Lua 5.1", at: call.range(of: 2))
        default: break
        }
    }
}

extension TableFacts {
    /// Whether it is a table of places for certain.
    fileprivate var isList: Bool {
        switch kind {
        case .keys, .arguments, .reply: true
        case .plain, .error, .status: false
        }
    }
}
