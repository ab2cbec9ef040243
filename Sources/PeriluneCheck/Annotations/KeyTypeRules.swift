import PeriluneLua

/// The types of keys, against the commands that are called on them.
struct KeyTypeRules: FlowListener {
    static let rules = [mismatch]

    static let mismatch = Rule(
        306, "key-type", .error, summary: "A command is called on a key of another type than declared.",
        reason: """
            The command fails with WRONGTYPE when the key holds what the annotation says, or it makes the key another \
            type than that. A key that may hold several types is declared as `any`.
            """,
        bad: """
            --- Add a member.
            ---@script members.add
            ---@key    members set
            ---@arg    member  bytes
            ---@return integer
            return redis.call('RPUSH', KEYS[1], ARGV[1])
            """,
        good: """
            --- Add a member.
            ---@script members.add
            ---@key    members set
            ---@arg    member  bytes
            ---@return integer
            return redis.call('SADD', KEYS[1], ARGV[1])
            """)

    private let header: ScriptHeader?
    private var found = FlowFindings()

    init(_ script: CheckedScript) { header = script.header }

    func findings() -> [Finding] { found.all }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        guard let header, case .command(let command) = event else { return }
        for position in command.keyPositions {
            guard let types = KeyTypes.of(command.name, keyAt: position) else { continue }
            let argument = command.words[position]
            guard argument.types.subtracting(.falsy) == .string else { continue }
            let wrong = argument.text.ordered.map { Self.mismatch(of: $0, types, header) }
            // Where a condition may have left some of several keys, they have to be wrong all together.
            guard let key = wrong.lazy.compactMap({ $0 }).first, !argument.text.isDoubtful || !wrong.contains(nil)
            else {
                continue
            }
            found.add(
                Self.mismatch,
                "\(command.name) is for \(Self.list(types)), and '\(key.name)' is declared as \(key.type.rawValue)",
                at: command.ranges[position], notes: [.init("it is declared here", at: key.range)])
        }
    }

    /// The key that a text is, if it is declared as none of some types.
    private static func mismatch(
        of text: Text, _ types: Set<ScriptHeader.KeyType>, _ header: ScriptHeader
    ) -> ScriptHeader.Key? {
        guard text.pieces.count == 1, case .key(let index?) = text.pieces[0], let key = header.key(at: index),
            key.type != .any, !types.contains(key.type)
        else { return nil }
        return key
    }

    private static func list(_ types: Set<ScriptHeader.KeyType>) -> String {
        types.map { "\($0.rawValue) keys" }.sorted().joined(separator: " and ")
    }
}
