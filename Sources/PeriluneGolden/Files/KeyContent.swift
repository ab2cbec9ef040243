/// What a key holds.
public enum KeyContent: Sendable, Hashable {
    case string([UInt8])
    case hash([[UInt8]: [UInt8]])
    case list([[UInt8]])
    case set(Set<[UInt8]>)
    /// The members with their scores, as engines write numbers.
    case zset([[UInt8]: [UInt8]])
    case stream([StreamEntry])

    /// An entry of a stream.
    public struct StreamEntry: Sendable, Hashable {
        /// For example `1700000000000-0`.
        public let id: [UInt8]
        /// Names and values, in turn.
        public let fields: [[UInt8]]

        public init(id: [UInt8], fields: [[UInt8]]) {
            self.id = id
            self.fields = fields
        }
    }

    /// The type, as `TYPE` answers it.
    public var type: String {
        switch self {
        case .string: "string"
        case .hash: "hash"
        case .list: "list"
        case .set: "set"
        case .zset: "zset"
        case .stream: "stream"
        }
    }

    /// The types that there are.
    static let types = ["string", "hash", "list", "set", "zset", "stream"]

    /// Whether it is the same data: scores are compared as numbers.
    func matches(_ other: KeyContent) -> Bool {
        guard case .zset(let scores) = self, case .zset(let others) = other else { return self == other }
        return scores.count == others.count
            && scores.allSatisfy { member, score in
                guard let other = others[member] else { return false }
                return score == other || Self.number(score) != nil && Self.number(score) == Self.number(other)
            }
    }

    private static func number(_ text: [UInt8]) -> Double? { Double(String(decoding: text, as: UTF8.self)) }
}

extension KeyContent: CustomStringConvertible {
    public var description: String {
        switch self {
        case .string(let bytes): quoted(bytes)
        case .hash(let fields): Self.shown(fields)
        case .list(let elements): "[" + elements.map { quoted($0) }.joined(separator: ", ") + "]"
        case .set(let members): "{" + members.map { quoted($0) }.sorted().joined(separator: ", ") + "}"
        case .zset(let scores): Self.shown(scores)
        case .stream(let entries):
            "["
                + entries.map { "\(quoted($0.id)) " + $0.fields.map { quoted($0) }.joined(separator: " ") }
                .joined(separator: ", ") + "]"
        }
    }

    private static func shown(_ pairs: [[UInt8]: [UInt8]]) -> String {
        "{" + pairs.map { "\(quoted($0.key)): \(quoted($0.value))" }.sorted().joined(separator: ", ") + "}"
    }
}

/// Bytes for people: in quotes when they are text on one line, else as a test file writes them.
func quoted(_ bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self),
        text.unicodeScalars.allSatisfy({
            $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
        })
    {
        return "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
    let digits = Array("0123456789abcdef")
    return "!hex " + bytes.map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined()
}
