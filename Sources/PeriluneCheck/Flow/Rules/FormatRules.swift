import PeriluneLua

/// `string.format`, and what Lua 5.1 makes of its values.
struct FormatRules: FlowListener {
    static let rules = [cut, refused, zero]

    static let cut = Rule(
        108, "format-cuts-fraction", .warning, summary: "string.format cuts a fraction off.",
        reason: """
            %d writes an integer: Lua 5.1 cuts a fraction off without a word, so that 0.9 is 0, and newer versions raise \
            an error. Say what is meant with math.floor, or write the fraction with %.17g.
            """,
        bad: "return string.format('%d', ARGV[1] / 1000)",
        good: "return string.format('%d', math.floor(ARGV[1] / 1000))")
    static let refused = Rule(
        109, "format-raises", .error, summary: "string.format gets a value, or a format, that it refuses.",
        reason: """
            Lua 5.1 raises an error for %s with nil, a boolean or a table, for %d with anything but a number, where a \
            value is missing, and for formats that it does not know. Newer versions write `nil` and `true`.
            """,
        bad: "local found = redis.call('EXISTS', KEYS[1]) == 1\nreturn string.format('%s', found)",
        good: "local found = redis.call('EXISTS', KEYS[1]) == 1\nreturn string.format('%s', tostring(found))")
    static let zero = Rule(
        110, "format-cuts-at-zero", .warning, summary: "string.format ends a text at its first zero byte.",
        reason: """
            In Lua 5.1 %s writes a text of less than 100 bytes up to the first zero byte, and the rest is lost. `..` keeps \
            all bytes.
            """,
        bad: #"return string.format('%s:%s', 'a\0b', ARGV[1])"#, good: #"return 'a\0b' .. ':' .. ARGV[1]"#)

    private var found = FlowFindings()

    init(_ script: CheckedScript) {}

    func findings() -> [Finding] { found.all }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        guard case .builtin(let call) = event, call.name == "string.format", let format = call.arguments.first.literal
        else { return }
        for (place, item) in FormatSpec(format).items.enumerated() {
            let range = call.range(of: place + 1)
            guard item.isKnown else {
                let shown = PlainText.line(item.text)
                found.add(Self.refused, "Lua 5.1 has no format '\(shown)'", at: call.range(of: 0))
                return
            }
            hear(call.arguments[place + 1], as: item, range)
        }
    }

    private mutating func hear(_ value: AbstractValue, as item: FormatSpec.Item, _ range: SourceRange) {
        if value.types.isDisjoint(with: [.string, .number]) {
            found.add(Self.refused, "\(item.text) is never given a \(item.isText ? "text" : "number") here", at: range)
        } else if item.isNumber, let literal = value.literal, Double(String(decoding: literal, as: UTF8.self)) == nil,
            !Self.mayBeNumber(literal)
        {
            found.add(Self.refused, "\(item.text) wants a number, and this is a text", at: range)
        } else if item.isInteger, value.isNumber, let fraction = value.number.fraction {
            found.add(
                Self.cut, "\(item.text) cuts the fraction off that this may have", at: range,
                notes: fraction == range ? [] : [.init("the fraction is from here", at: fraction)])
        } else if item.conversion == UInt8(ascii: "s"), let literal = value.literal, literal.contains(0),
            item.hasPrecision || literal.count < 100
        {
            found.add(Self.zero, "of this text only what stands before the zero byte is written", at: range)
        }
    }

    /// Whether Lua may read a text as a number: blanks around it, and hexadecimal digits.
    private static func mayBeNumber(_ text: [UInt8]) -> Bool {
        text.contains { (0x30...0x39).contains($0) } || text.contains(UInt8(ascii: "n"))
    }
}
