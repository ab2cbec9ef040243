import PeriluneLua

/// The line `#!lua flags=…`, which Redis takes apart before Lua.
enum ShebangCheck: ScriptCheck {
    static let rules = [refused]

    static let refused = Rule(
        21, "shebang", .error, summary: "The line #! is one that Redis refuses.",
        reason: """
            From 7.0 on a script may begin with `#!lua flags=no-writes`: the engine is lua, and the flags, separated by \
            commas alone, are no-writes, allow-oom, allow-stale, no-cluster and allow-cross-slot-keys. A script with \
            anything else there is not loaded.
            """,
        bad: "#!lua flags=nowrites\nreturn redis.call('GET', KEYS[1])",
        good: "#!lua flags=no-writes\nreturn redis.call('GET', KEYS[1])")

    static func findings(in script: CheckedScript) -> [Finding] {
        guard let shebang = script.shebang else { return [] }
        let message: String
        if script.redis < .v70 {
            message = "Redis \(script.redis.rawValue) has no such lines"
        } else if shebang.engine != "lua" {
            message = "the engine is lua, not '\(PlainText.line(shebang.engine))'"
        } else if let option = shebang.otherOptions.first {
            message = "there is no option '\(PlainText.line(option))'; wanted is flags="
        } else if let flag = shebang.unknownFlags.first {
            let wanted = ScriptHeader.Flag.allCases.map(\.rawValue).joined(separator: ", ")
            message = "there is no flag '\(PlainText.line(flag))'; wanted are \(wanted)"
        } else if !shebang.endsLine {
            message = "the line has no end, and there is no script behind it"
        } else {
            return []
        }
        let end = SourcePosition(offset: shebang.length, line: 1, column: 1 + shebang.length)
        return [finding(refused, message, at: SourceRange(start: .start, end: end))]
    }
}
