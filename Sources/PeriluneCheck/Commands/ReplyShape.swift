/// What a command replies, as a script sees it.
///
/// RESP2 has integers, strings, statuses and arrays; where there is nothing, a script gets false. A script that switches
/// to RESP3 gets nil there, and some replies as tables that say what they are, such as `{map = …}`.
indirect enum ReplyShape: Sendable, Hashable {
    case any
    case integer(least: Double, most: Double)
    case string
    /// Text of a number; with RESP3 a table with the field `double`.
    case double
    /// A table with the field `ok`.
    case status
    /// An array of any length.
    case list(ReplyShape)
    /// An array with an element for each word of the call, from a position on.
    case each(ReplyShape, from: Int)
    /// An array of so many elements.
    case tuple([ReplyShape])
    /// An array of texts; with RESP3 a table with the field `set`.
    case set
    /// Names with values: an array of names and values in turn, or of pairs where it is not flat; with RESP3 a table with
    /// the field `map`.
    case map(ReplyShape, isFlat: Bool)
    /// An array of texts and something of each, in turn; with RESP3 one of pairs, if it is nested.
    case pairs(ReplyShape, isNested: Bool)
    /// Something, or nothing.
    case optional(ReplyShape)

    /// Lengths and numbers of elements.
    static let count = ReplyShape.integer(least: 0, most: 4_294_967_296)
    static let flag = ReplyShape.integer(least: 0, most: 1)
    static let anyInteger = ReplyShape.integer(least: -.infinity, most: .infinity)

    /// The element of the reply for an entry of a stream; the fields of one that is gone are nothing.
    private static let entry = ReplyShape.tuple([.string, .optional(.list(.string))])

    private static let names: [Substring: ReplyShape] = [
        "any": .any, "count": .count, "flag": .flag, "integer": .anyInteger,
        // -1 where there is none, or -2.
        "position": .integer(least: -2, most: .infinity),
        "string": .string, "double": .double, "status": .status, "set": .set, "entry": entry,
        "scored": .pairs(.double, isNested: false), "fields": .map(.string, isFlat: true),
        "streams": .map(.list(entry), isFlat: false),
    ]

    /// Reads `count`, `string?`, `string[]`, `string?*2` (one for each word from the second on) or `(string,string[])`;
    /// `nil` for anything else.
    init?(_ text: Substring) {
        var rest = text
        guard let shape = Self.read(&rest), rest.isEmpty else { return nil }
        self = shape
    }

    /// - Complexity: O(n); recursive, for texts of this module alone.
    private static func read(_ rest: inout Substring) -> ReplyShape? {
        guard var shape = readPrimary(&rest) else { return nil }
        while true {
            if rest.hasPrefix("[]") {
                shape = .list(shape)
                rest.removeFirst(2)
            } else if rest.hasPrefix("?") {
                shape = .optional(shape)
                rest.removeFirst()
            } else if rest.hasPrefix("*"), let from = rest.dropFirst().first?.wholeNumberValue {
                shape = .each(shape, from: from)
                rest.removeFirst(2)
            } else {
                return shape
            }
        }
    }

    private static func readPrimary(_ rest: inout Substring) -> ReplyShape? {
        guard rest.hasPrefix("(") else {
            let name = rest.prefix { $0.isLetter }
            rest.removeFirst(name.count)
            return names[name]
        }
        var elements: [ReplyShape] = []
        repeat {
            rest.removeFirst()
            guard let element = read(&rest) else { return nil }
            elements.append(element)
        } while rest.hasPrefix(",")
        guard rest.hasPrefix(")") else { return nil }
        rest.removeFirst()
        return .tuple(elements)
    }
}
