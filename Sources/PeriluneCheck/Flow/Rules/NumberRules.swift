import PeriluneLua

/// Numbers on their way out: into text, into arguments, and past what a double holds.
struct NumberRules: FlowListener {
    static let rules = [argument, fractionText, largeText, inexact]

    static let argument = Rule(
        10, "inexact-argument", .error, summary: "A number goes into a command and is not what it should be.",
        reason: """
            A number becomes an argument with 17 digits. One with a fraction is refused where the command wants an integer \
            ("ERR value is not an integer or out of range"), and beyond 2^53 the last digits are lost before, or there is \
            an exponent. Round with math.floor or math.ceil, and write large numbers as text.
            """,
        bad: "return redis.call('EXPIRE', KEYS[1], ARGV[1] / 1000)",
        good: "return redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[1] / 1000))")
    static let fractionText = Rule(
        101, "fraction-in-text", .warning, summary: "A number that may have a fraction becomes text.",
        reason: """
            `..` and tostring write 14 digits: 1/3 loses the rest, and Lua 5.4 writes 5.0 where 5.1 writes 5. \
            string.format('%.0f', …) or '%.17g' says what is meant.
            """,
        bad: "return 'left:' .. ARGV[1] / 3", good: "return 'left:' .. string.format('%.17g', ARGV[1] / 3)")
    static let largeText = Rule(
        102, "large-number-in-text", .error, summary: "A number of 10^14 or more becomes text and loses digits.",
        reason: """
            `..` and tostring write 14 digits: the microseconds of now become 1.7e+15, the same for hours. \
            string.format('%.0f', …) writes them all.
            """,
        bad: """
            local now = redis.call('TIME')
            local micros = now[1] * 1000000 + now[2]
            return 'at:' .. micros
            """,
        good: """
            local now = redis.call('TIME')
            local micros = now[1] * 1000000 + now[2]
            return 'at:' .. string.format('%.0f', micros)
            """)
    static let inexact = Rule(
        103, "beyond-2-53", .warning, summary: "A number is beyond 2^53, where integers have gaps.",
        reason: """
            Redis' Lua has doubles alone: beyond 9007199254740992 not every integer can be told from its neighbours. \
            Nanoseconds of now are beyond it, and so are many 64-bit ids. Count in microseconds, and keep ids as text.
            """,
        bad: "local now = redis.call('TIME')\nreturn now[1] * 1000000000",
        good: "local now = redis.call('TIME')\nreturn now[1] * 1000000")

    private var found = FlowFindings()
    private let source: [UInt8]

    private static let exact = 9_007_199_254_740_992.0

    init(_ script: CheckedScript) { source = script.chunk.tokens.source }

    func findings() -> [Finding] { found.all }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        switch event {
        case .command(let command): hear(command)
        case .text(let value, let range): hear(text: value, range, context.textUse)
        case .arithmetic(let left, let right, let result, let range):
            let operands = max(left.number.leastMagnitude, right.number.leastMagnitude)
            // What is beyond it already has been said, and constants are bounds more often than counts.
            guard result.number.leastMagnitude > Self.exact, operands <= Self.exact, result.number.constant == nil
            else { return }
            found.add(Self.inexact, "this is always beyond 2^53, where not every integer can be told apart", at: range)
        case .literal(let number, let range): hear(literal: number, range)
        default: break
        }
    }

    private mutating func hear(_ command: FlowCommand) {
        let integers = command.integerPositions
        for (place, argument) in command.words.enumerated() where argument.isNumber {
            let range = command.ranges[place]
            if let fraction = argument.number.fraction, integers.contains(place) {
                found.add(
                    Self.argument, "\(command.name) wants an integer here, and this may have a fraction", at: range,
                    notes: fraction == range ? [] : [.init("the fraction is from here", at: fraction)])
            } else if argument.number.leastMagnitude > Self.exact, argument.number.leastMagnitude.isFinite,
                argument.number.constant == nil
            {
                found.add(Self.argument, "this is always beyond 2^53: its last digits are not exact", at: range)
            }
        }
    }

    private mutating func hear(text value: AbstractValue, _ range: SourceRange, _ use: FlowContext.TextUse) {
        guard value.isNumber else { return }
        if value.number.leastMagnitude >= 100_000_000_000_000, value.number.leastMagnitude.isFinite {
            found.add(
                Self.largeText, "as text this number has 14 digits of its 15 or more; string.format('%.0f') writes all",
                at: range)
        } else if let fraction = value.number.fraction, value.number.constant == nil, use != .message {
            // Of a constant one sees what it becomes.
            found.add(
                Self.fractionText, "this number may have a fraction, of which text keeps 14 digits", at: range,
                severity: use == .asked ? .note : nil,
                notes: fraction == range ? [] : [.init("the fraction is from here", at: fraction)])
        }
    }

    /// An integer that stands for another one.
    private mutating func hear(literal number: Double, _ range: SourceRange) {
        guard abs(number) >= Self.exact, range.end.offset <= source.count, range.start.offset < range.end.offset else {
            return
        }
        let digits = source[range.start.offset..<range.end.offset]
        guard digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }), digits.count < 20,
            let integer = UInt64(String(decoding: digits, as: UTF8.self)), UInt64(exactly: number) != integer
        else { return }
        // The largest integers there are serve as bounds.
        guard integer != UInt64(Int64.max), integer != UInt64.max else { return }
        found.add(Self.inexact, "no number is exactly this: it is read as \(Self.text(number))", at: range)
    }

    private static func text(_ number: Double) -> String { UInt64(exactly: number).map(String.init) ?? "\(number)" }
}
