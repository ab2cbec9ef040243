import PeriluneLua

/// What a header promises of the commands that the script calls: how many there are, and which releases have them.
struct PromiseRules: FlowListener {
    static let rules = [budget, release]

    static let budget = Rule(
        310, "over-budget", .warning, summary: "The script calls more commands than its budget.",
        reason: """
            `---@budget calls=3` says that a call of the script runs three commands at most. On the way here there are \
            more in any case. Loops count once, and of branches the one with the fewest commands.
            """,
        bad: """
            --- Count a call.
            ---@script counter.add
            ---@key    counter string
            ---@arg    ttl     milliseconds >0
            ---@return integer
            ---@budget calls=1
            local count = redis.call('INCR', KEYS[1])
            redis.call('PEXPIRE', KEYS[1], ARGV[1])
            return count
            """,
        good: """
            --- Count a call.
            ---@script counter.add
            ---@key    counter string
            ---@arg    ttl     milliseconds >0
            ---@return integer
            ---@budget calls=2
            local count = redis.call('INCR', KEYS[1])
            redis.call('PEXPIRE', KEYS[1], ARGV[1])
            return count
            """)
    static let release = Rule(
        311, "later-command", .error, summary: "A command came after the oldest Redis that `---@redis` promises.",
        reason: """
            `---@redis >=6.2` says that the script runs on 6.2, where the command is unknown. Raise the version, or do \
            without the command. A script that asks which Redis it runs on, by redis.REDIS_VERSION_NUM or by trying with \
            redis.pcall, is believed.
            """,
        bad: """
            --- When a counter expires.
            ---@script counter.expiry
            ---@key    counter string
            ---@return integer
            ---@redis  >=6.2
            return redis.call('PEXPIRETIME', KEYS[1])
            """,
        good: """
            --- When a counter expires.
            ---@script counter.expiry
            ---@key    counter string
            ---@return integer
            ---@redis  >=7.0
            return redis.call('PEXPIRETIME', KEYS[1])
            """)

    private let header: ScriptHeader?
    private var found = FlowFindings()
    /// Whether the script looks at the version of the server.
    private let asksForVersion: Bool

    init(_ script: CheckedScript) {
        header = script.header
        asksForVersion = header?.minimumRedis != nil && Self.asksForVersion(script.chunk)
    }

    private static func asksForVersion(_ chunk: LuaChunk) -> Bool {
        var asks = false
        LuaWalk(expression: { expression in
            guard case .path(_, let suffixes) = expression.kind else { return }
            if suffixes.contains(where: { $0.fieldName?.hasPrefix("REDIS_VERSION") == true }) { asks = true }
        }).walk(chunk.block)
        return asks
    }

    func findings() -> [Finding] { found.all }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        guard case .command(let command) = event, let header else { return }
        // Those behind it are no news.
        if let calls = header.budget?.calls, context.state.callCount == calls {
            found.add(
                Self.budget, "this is command \(calls + 1) at least, and the budget is \(calls)", at: command.range,
                notes: header.ranges[.budget].map { [.init("the budget", at: $0)] } ?? [])
        }
        if let least = header.minimumRedis, !asksForVersion, !command.isProtected {
            check(command, least, header, context.script.redis)
        }
    }

    /// - Parameter redis: The release that is checked for: whether that has a command is another rule's.
    private mutating func check(
        _ command: FlowCommand, _ least: ScriptHeader.Version, _ header: ScriptHeader, _ redis: RedisVersion
    ) {
        let words = command.keywords.prefix(2).compactMap { $0 }
        // The command, and the subcommand if it is one.
        for name in [words.prefix(1), words.prefix(2)].map({ $0.joined(separator: "|") }) {
            guard let row = CommandTable.rows[name], let since = row.since, since > least, redis.hasReached(since)
            else {
                continue
            }
            found.add(
                Self.release, "\(row.fullName) came with Redis \(since.release), and \(least.release) is promised",
                at: command.range, notes: header.ranges[.redis].map { [.init("it is promised here", at: $0)] } ?? [])
        }
    }
}
