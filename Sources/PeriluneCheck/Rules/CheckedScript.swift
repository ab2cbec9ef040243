import PeriluneLua

/// A script that rules look at.
struct CheckedScript: Sendable {
    let source: ScriptSource
    /// The code, without a shebang line.
    let chunk: LuaChunk
    /// Its annotations, and what is wrong with them.
    let annotations: ScriptHeader.Reading
    /// What its shebang line says; `nil` without one.
    let shebang: Shebang?
    /// The Redis that is to run it.
    let redis: RedisVersion

    /// What its annotations say; `nil` without any, or when they are wrong.
    var header: ScriptHeader? { annotations.trusted }

    /// Whether the script says that it writes nothing.
    var isReadOnly: Bool {
        shebang?.flags.contains(.noWrites) == true || header?.flags.contains(.noWrites) == true
    }

    /// Whether it gives tables metatables, so that any operator, and reading a field, may call a function.
    var hasMetatables: Bool { chunk.tokens.names.contains("setmetatable") }
}

/// Looks at scripts by some rules.
protocol ScriptCheck: Sendable {
    /// The rules by which it looks.
    static var rules: [Rule] { get }

    /// What the rules object to, in any order.
    ///
    /// - Complexity: O(n log n) in the size of the script at most, but for what is bounded.
    static func findings(in script: CheckedScript) -> [Finding]
}

extension ScriptCheck {
    /// A finding by one of the rules, as severe as the rule says.
    static func finding(
        _ rule: Rule, _ message: String, at range: SourceRange, notes: [Finding.Note] = [], fix: Fix? = nil
    ) -> Finding {
        Finding(rule.id, rule.severity, message, at: range, notes: notes, fix: fix)
    }
}
