import PeriluneLua

/// Errors: raised, ignored, or given back after something was written.
struct ErrorRules: FlowListener {
    static let rules = [bareTable, ignored, lateValidation]

    static let bareTable = Rule(
        2, "error-without-err", .error, summary: "A table without `err` is raised, which ends the server.",
        reason: """
            redis-server 7.0 up to 7.0.15 looks for the field `err` of a table that a script raises, and crashes when there \
            is none. Raise a string, or what redis.error_reply gives.
            """,
        bad: "error({code = 42})", good: "error(redis.error_reply('ERR code 42'))")
    static let ignored = Rule(
        15, "ignored-error", .warning, summary: "Nobody looks whether a protected call failed.",
        reason: """
            redis.pcall gives an error back instead of raising it. When its result is dropped, or used as if it were the \
            reply, the script goes on as if all was well. Use redis.call, or look at `err`.
            """,
        bad: "redis.pcall('INCR', KEYS[1])\nreturn 1",
        good: "local reply = redis.pcall('INCR', KEYS[1])\nif type(reply) == 'table' then return reply end\nreturn 1")
    static let lateValidation = Rule(
        17, "write-before-validation", .warning, summary: "Arguments are refused after something was written.",
        reason: """
            Redis does not roll back: what a script has written before it gives an error stays. Look at the arguments \
            first.
            """,
        bad: """
            redis.call('INCR', KEYS[1])
            if not tonumber(ARGV[1]) then return redis.error_reply('ERR want a number') end
            return redis.call('EXPIRE', KEYS[1], ARGV[1])
            """,
        good: """
            if not tonumber(ARGV[1]) then return redis.error_reply('ERR want a number') end
            redis.call('INCR', KEYS[1])
            return redis.call('EXPIRE', KEYS[1], ARGV[1])
            """)

    private var found = FlowFindings()
    /// The calls whose result something has looked at.
    private var inspected: Set<SourceRange> = []
    /// The first use of the result of each call as if it had not failed.
    private var used: [SourceRange: (command: String, range: SourceRange)] = [:]

    init(_ script: CheckedScript) {}

    func findings() -> [Finding] {
        var found = found
        for (call, use) in used where !inspected.contains(call) {
            found.add(
                Self.ignored, "\(use.command) may have failed: then this is the error, and not its reply",
                at: use.range,
                notes: [.init("the reply is from here", at: call)])
        }
        return found.all
    }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        switch event {
        case .raise(let value, let isProtected, let range):
            // What a pcall of the script catches refuses nothing yet.
            guard !isProtected else { return }
            hear(raised: value, range, context)
            refuse(range, context)
        case .reply(let value, let range):
            if let facts = context.state.facts(of: value), facts.allSatisfy({ Self.isError($0) }) {
                refuse(range, context)
            }
        case .ignored(let function, let value, let range):
            if function == "redis.pcall", value.reply != nil {
                found.add(Self.ignored, "nobody looks whether this failed", at: range)
            }
        case .inspected(let value):
            if let reply = value.reply { inspected.insert(reply.range) }
        case .used(let value, let range):
            // As long as it can be the error.
            guard let reply = value.reply, reply.isProtected, value.types.contains(.table) else { return }
            if used[reply.range] == nil { used[reply.range] = (reply.command, range) }
        default: break
        }
    }

    private mutating func hear(raised value: AbstractValue, _ range: SourceRange, _ context: FlowContext) {
        guard let all = context.state.facts(of: value) else { return }
        let err = TableFacts.Key.name(Array("err".utf8))
        for facts in all where !facts.isOpen && !facts.value(at: err).canBeAnything {
            let message = facts.value(at: err)
            guard message.types.isDisjoint(with: [.string, .number]) else { continue }
            found.add(Self.bareTable, "a table without `err` is raised: redis-server 7.0 crashes", at: range)
        }
    }

    /// An error that depends on the arguments alone, as far as it depends on what came after a write.
    private mutating func refuse(_ range: SourceRange, _ context: FlowContext) {
        guard context.dependence == .argument, let write = context.state.write else { return }
        found.add(
            Self.lateValidation, "arguments are refused here, after something was written", at: range,
            notes: [.init("this is written first, and stays", at: write)])
    }

    private static func isError(_ facts: TableFacts) -> Bool {
        facts.kind == .error || facts.names.contains(Array("err".utf8))
    }
}

extension AbstractValue {
    /// Whether nothing at all is known of it.
    fileprivate var canBeAnything: Bool { types == .all }
}
