import PeriluneLua

/// Functions of Lua's libraries: those that Redis does not have, and those that Lua itself advises against.
enum LibraryCheck: ScriptCheck {
    static let rules = [obsolete, missing]

    static let obsolete = Rule(
        120, "obsolete-function", .note, summary: "A function is called that Lua 5.1 has from 5.0 alone.",
        reason: """
            Lua 5.1 kept some functions of 5.0 and said that they would go, and they went with 5.2. Redis has them, but \
            there is something else for each of them. table.setn does nothing but raise an error.
            """,
        bad: "return table.getn(KEYS)", good: "return #KEYS")
    static let missing = Rule(
        121, "missing-function", .error, summary: "A function is called that Redis' Lua does not have.",
        reason: """
            The libraries are those of Lua 5.1. What came later (table.unpack, string.pack, math.type, utf8) is nil there, \
            and calling it raises "attempt to call field 'unpack' (a nil value)" when the line is reached. Asking whether \
            it is there (`table.unpack or unpack`) is right.
            """,
        bad: "return redis.call('DEL', table.unpack(KEYS, 1, 2))",
        good: "return redis.call('DEL', unpack(KEYS, 1, 2))")

    /// What to use instead of functions that Lua 5.1 advises against.
    private static let obsoletes = [
        "table.getn": "#t", "table.foreach": "pairs", "table.foreachi": "ipairs", "string.gfind": "string.gmatch",
        "math.mod": "%", "gcinfo": "collectgarbage('count')",
    ]

    /// What newer versions call what Redis has under another name.
    private static let others = [
        "table.unpack": "unpack", "table.pack": "{...}", "math.pow": "^", "string.pack": "struct.pack",
        "string.unpack": "struct.unpack", "table.maxn": "#t", "redis.error": "redis.error_reply",
    ]

    static func findings(in script: CheckedScript) -> [Finding] {
        var findings: [Finding] = []
        var missingCalls: [LibraryCall] = []
        var asked: Set<String> = []
        LuaWalk(expression: { expression in
            guard let call = LibraryCall(expression) else {
                if let name = LibraryCall.uncalled(expression) { asked.insert(name) }
                return
            }
            if call.name == "table.setn" {
                findings.append(
                    Finding(obsolete.id, .error, "table.setn raises \"'setn' is obsolete\"", at: call.range))
            } else if let instead = obsoletes[call.name] {
                findings.append(finding(obsolete, "\(call.name) is of Lua 5.0; use \(instead)", at: call.range))
            } else if let library = call.library, let known = LuaGlobals.members(of: library, in: script.redis),
                !known.contains(call.function)
            {
                missingCalls.append(call)
            }
        }).walk(script.chunk.block)
        // Who asks whether it is there may call it.
        for call in missingCalls where !asked.contains(call.name) {
            let advice = others[call.name].map { "; use \($0)" } ?? ""
            findings.append(finding(missing, "Redis' Lua has no \(call.name)\(advice)", at: call.range))
        }
        return findings
    }
}

/// A call of a function of a library, or of a global one, by its own name.
private struct LibraryCall {
    let library: String?
    let function: String
    /// Such as `table.getn`.
    let name: String
    /// The name.
    let range: SourceRange

    init?(_ expression: LuaExpression) {
        guard case .path(let base, let suffixes) = expression.kind,
            case .name(let first, .global) = base.unparenthesized.kind, let next = suffixes.first
        else { return nil }
        if case .call = next.kind {
            library = nil
            function = first.text
            name = first.text
            range = first.range
            return
        }
        guard let field = next.fieldName, suffixes.count > 1, case .call = suffixes[1].kind else { return nil }
        library = first.text
        function = field
        name = first.text + "." + field
        range = SourceRange(start: first.range.start, end: next.range.end)
    }

    /// The name of a function of a library that is looked at and not called.
    static func uncalled(_ expression: LuaExpression) -> String? {
        guard case .path(let base, let suffixes) = expression.kind,
            case .name(let library, .global) = base.unparenthesized.kind, suffixes.count == 1,
            let field = suffixes[0].fieldName
        else { return nil }
        return library.text + "." + field
    }
}
