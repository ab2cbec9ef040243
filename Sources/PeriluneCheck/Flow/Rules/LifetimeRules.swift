import PeriluneLua

/// Keys that nothing ever takes away.
struct LifetimeRules: FlowListener {
    static let rules = [lasting]

    static let lasting = Rule(
        18, "no-expiry", .warning, isOnByDefault: false, summary: "A key is written and left without an expiry.",
        reason: """
            A key that never expires stays until somebody deletes it: locks that nobody frees, counters of users who are \
            gone. This rule is for scripts whose keys are all to expire, and off by default. A key is found that some way \
            through the script writes and leaves without an expiry. Where what the script has read decides, it is taken \
            to know whether there is one.
            """,
        bad: "return redis.call('INCR', KEYS[1])",
        good: """
            local count = redis.call('INCR', KEYS[1])
            redis.call('EXPIRE', KEYS[1], 60)
            return count
            """)

    /// A key that has no expiry where the script ends.
    private struct Leftover: Hashable {
        let key: Text
        let write: SourceRange
        /// Whether the script ends there because of what it has read.
        let dependsOnData: Bool
    }

    private var leftovers: Set<Leftover> = []
    /// The keys that get an expiry somewhere, and whether what the script has read decides on that.
    private var expiries: [Text: Bool] = [:]
    /// Whether a key that nobody knows gets an expiry.
    private var givesAny = false

    init(_ script: CheckedScript) {}

    func findings() -> [Finding] {
        guard !givesAny else { return [] }
        var found = FlowFindings()
        for leftover in leftovers {
            let given = expiries.filter { $0.key.mayBe(leftover.key) }
            // Where data decides, or nobody knows which key it is, it may be this one.
            guard given.isEmpty || !leftover.dependsOnData && given.allSatisfy({ $0.key.isOne && !$0.value }) else {
                continue
            }
            let somewhere = given[leftover.key] == nil ? "" : "on some way through the script "
            found.add(Self.lasting, "\(somewhere)nothing gives this key an expiry", at: leftover.write)
        }
        return found.all
    }

    mutating func hear(_ event: FlowEvent, _ context: FlowContext) {
        let dependsOnData = !context.conditions.isDisjoint(with: [.reply, .unknown])
        switch event {
        case .command(let command):
            for (position, effect) in command.effects where effect == .expires || effect == .unknown {
                for text in command.words[position].text.alternatives {
                    if text.isUnknown {
                        givesAny = true
                    } else {
                        expiries[text] = expiries[text] == true || dependsOnData
                    }
                }
            }
        case .end:
            for (key, write) in context.state.lifetimes.lasting {
                leftovers.insert(Leftover(key: key, write: write, dependsOnData: dependsOnData))
            }
        default: break
        }
    }
}
