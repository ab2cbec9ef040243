import PeriluneCore
import PeriluneLua

/// Keys: where they come from, and whether they can be in one slot.
struct KeyRules: FlowListener {
    static let rules = [undeclared, crossSlot]

    static let undeclared = Rule(
        5, "undeclared-key", .error, summary: "A key does not come from KEYS.",
        reason: """
            Redis has to know all keys of a script before it runs: a cluster sends the call to the node of KEYS, access \
            control looks at KEYS, and proxies and other engines lock by them. A key that is written out, computed, or \
            taken from ARGV or a reply works on a single node and fails elsewhere. One that begins with an element of KEYS \
            is a warning: it stays in the slot when that element has a hash tag. Such an element may be declared with \
            `---@key name any`, the beginning of the names of many keys; then it is none.
            """,
        bad: "return redis.call('GET', 'user:' .. ARGV[1])", good: "return redis.call('GET', KEYS[1])")
    static let crossSlot = Rule(
        6, "cross-slot", .error, summary: "Two keys are in different hash slots.",
        reason: """
            All keys of a script have to be in one slot of a cluster. Two keys that begin with different hash tags, or are \
            written out and hash differently, never are.
            """,
        bad: "redis.call('SET', '{a}:left', '1')\nreturn redis.call('GET', '{b}:right')",
        good: "redis.call('SET', KEYS[1], '1')\nreturn redis.call('GET', KEYS[1])")

    private var found = FlowFindings()
    private let allowsCrossSlot: Bool

    init(_ script: CheckedScript) {
        let flags = (script.header?.flags ?? []).union(script.shebang?.flags ?? [])
        allowsCrossSlot = flags.contains(.allowCrossSlotKeys) || flags.contains(.noCluster)
    }

    func findings() -> [Finding] { found.all }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        guard case .command(let command) = event else { return }
        if let rest = command.rest { hear(rest: rest, of: command, context) }
        var slot = context.state.slot
        for place in command.keyPositions {
            let key = command.words[place]
            // An empty word stands for the keys that come behind it.
            if command.name == "MIGRATE", key.literal == [] { continue }
            if let found = command.slot(of: place) {
                compare(found, with: slot)
                slot = slot ?? found
            }
            // A number is as good a name as any, but nobody says where it is from.
            guard key.types.subtracting(.falsy) == .string else { continue }
            let texts = key.text.ordered
            if key.text.isDoubtful {
                // Any of them may not be the one that leads here: they have to be wrong all together.
                guard !texts.contains(where: { $0.isUnknown || isDeclared($0, context) }) else { continue }
                // An empty one stands for none.
                guard let text = texts.last(where: { $0.literal != [] }) else { continue }
                object(to: text, command.ranges[place])
                continue
            }
            for text in texts where !text.isUnknown && !isDeclared(text, context) {
                object(to: text, command.ranges[place])
            }
        }
    }

    /// Keys that come behind those known one by one, as of `unpack`.
    private mutating func hear(rest key: AbstractValue, of command: FlowCommand, _ context: FlowContext) {
        guard key.types.subtracting(.falsy) == .string, command.hasKeyBehind else { return }
        let texts = key.text.ordered
        // One may stand for a key where another stands for an argument.
        guard let text = texts.last, !texts.contains(where: { $0.isUnknown || isDeclared($0, context) }) else { return }
        object(to: text, command.restRange)
    }

    /// Whether a key is an element of KEYS, or begins with one that stands for many.
    private func isDeclared(_ text: Text, _ context: FlowContext) -> Bool {
        if text.pieces.count == 1, case .reply(let command, element: 1) = text.pieces[0] {
            // It is one of the keys that the command was given.
            return Self.namesKeys.contains(command)
        }
        guard case .key(let index)? = text.pieces.first else { return false }
        return text.pieces.count == 1 || index.map { context.isAnchor($0) } == true
    }

    /// The commands that reply with the key that they took something from, before what they took.
    private static let namesKeys: Set<String> = [
        "LMPOP", "BLMPOP", "ZMPOP", "BZMPOP", "BLPOP", "BRPOP", "BZPOPMIN", "BZPOPMAX", "XREAD", "XREADGROUP",
    ]

    private mutating func object(to text: Text, _ range: SourceRange) {
        if text.sources.contains(.key) {
            var origin = "computed from an element of KEYS"
            if case .key(let index)? = text.pieces.first {
                origin = "made from " + (index.map { "KEYS[\($0)]" } ?? "an element of KEYS")
            }
            return found.add(
                Self.undeclared, "this key is \(origin), and is not itself in KEYS", at: range, severity: .warning)
        }
        let message: String
        if let bytes = text.literal {
            message = "the key '\(Self.shown(bytes))' is not from KEYS"
        } else if text.sources.contains(.argument) {
            message = "this key is from ARGV, and not from KEYS"
        } else if text.sources.contains(.reply) {
            message = "this key is from the reply of a command, and not from KEYS"
        } else {
            message = "this key is computed, and not from KEYS"
        }
        found.add(Self.undeclared, message, at: range)
    }

    /// Objects to a key that is in another slot than one before.
    private mutating func compare(_ key: FlowState.KeySlot, with other: FlowState.KeySlot?) {
        guard !allowsCrossSlot, let other, other.number != key.number else { return }
        found.add(
            Self.crossSlot, "this key is in another hash slot than one before", at: key.range,
            notes: [.init("the other key", at: other.range)])
    }

    private static func shown(_ bytes: [UInt8]) -> String {
        PlainText.line(String(decoding: bytes.prefix(60), as: UTF8.self))
    }
}

extension FlowCommand {
    /// The first key of which the slot is known.
    var firstSlot: FlowState.KeySlot? { keyPositions.lazy.compactMap(slot).first }

    /// The slot of a key, where it is known as far as it counts: to the end, or to the end of its hash tag.
    func slot(of place: Int) -> FlowState.KeySlot? {
        guard words[place].types.subtracting(.falsy) == .string, let text = words[place].text.only else { return nil }
        if let bytes = text.literal {
            // MIGRATE has an empty one for the keys that come behind it.
            guard !bytes.isEmpty || name != "MIGRATE" else { return nil }
            return FlowState.KeySlot(number: bytes.withUnsafeBytes { HashSlot.of($0) }, range: ranges[place])
        }
        let prefix = text.literalPrefix
        guard let open = prefix.firstIndex(of: UInt8(ascii: "{")),
            let close = prefix[open...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
        else { return nil }
        let number = Array(prefix[...close]).withUnsafeBytes { HashSlot.of($0) }
        return FlowState.KeySlot(number: number, range: ranges[place])
    }
}
