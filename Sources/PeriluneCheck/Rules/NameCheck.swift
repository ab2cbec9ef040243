import PeriluneLua

/// Names: globals that Redis has not, globals that are written, locals that nobody uses or that hide others.
enum NameCheck: ScriptCheck {
    static let rules = [unknownGlobal, globalWrite, unusedLocal]

    static let unknownGlobal = Rule(
        3, "unknown-global", .error, summary: "A global is read that Redis does not have.",
        reason: """
            Reading a global that is not there raises "Script attempted to access nonexistent global variable" when \
            that line is reached, which may be after something was written. Mostly it is a typing error, a local that \
            is declared further down, or something of Lua that Redis leaves out (os, io, require, print).
            """,
        bad: "local now = os.time()\nreturn now", good: "local now = tonumber(redis.call('TIME')[1])\nreturn now")
    static let globalWrite = Rule(
        20, "global-write", .error, summary: "A global is written.",
        reason: """
            Redis raises "Attempt to modify a readonly table" (6.2: "Script attempted to create global variable"), and \
            what the script has written before stays. A function declared without local is a global, too. The libraries \
            cannot be changed either, nor can _G.
            """,
        bad: "function double(x) return 2 * x end\nreturn 1",
        good: "local function double(x) return 2 * x end\nreturn double(2)")
    static let unusedLocal = Rule(
        201, "unused-local", .warning, summary: "A local is never used.",
        reason: "Mostly it is left over, or a typing error where it was meant to be used. `_` says that it is meant.",
        bad: "local left = redis.call('PTTL', KEYS[1])\nreturn 1",
        good: "local left = redis.call('PTTL', KEYS[1])\nreturn left")

    static func findings(in script: CheckedScript) -> [Finding] {
        var findings: [Finding] = []
        let known = LuaGlobals.names(in: script.redis)
        func read(_ name: LuaName) {
            guard !known.contains(name.text) else { return }
            findings.append(finding(unknownGlobal, "Redis has no global '\(name.text)'", at: name.range))
        }
        func write(_ name: LuaName) {
            // There only new names are refused.
            if script.redis < .v70, known.contains(name.text) { return }
            findings.append(
                finding(globalWrite, "'\(name.text)' is a global, which scripts cannot write", at: name.range))
        }
        func change(_ library: LuaName) {
            guard LuaGlobals.libraries.contains(library.text) else { return }
            findings.append(
                finding(globalWrite, "'\(library.text)' is Redis' own, which scripts cannot change", at: library.range))
        }
        // What is assigned to is an expression as well: those are writes and no reads.
        var targets: Set<SourceRange> = []
        LuaWalk(
            statement: { statement in
                switch statement.kind {
                case .assignment(let expressions, _):
                    for target in expressions {
                        switch target.kind {
                        case .name(let name, .global):
                            targets.insert(name.range)
                            write(name)
                        case .path(let base, let suffixes) where suffixes.count == 1:
                            if case .name(let name, .global) = base.kind { change(name) }
                        default: break
                        }
                    }
                case .function(let name, _) where name.binding == .global:
                    if name.fields.isEmpty { return write(name.base) }
                    read(name.base)
                    if name.fields.count == 1 { change(name.base) }
                default: break
                }
            },
            expression: { expression in
                if case .name(let name, .global) = expression.kind, !targets.contains(name.range) { read(name) }
            }
        ).walk(script.chunk.block)
        for local in script.chunk.locals where local.mentionCount == 0 && !local.name.text.hasPrefix("_") {
            switch local.origin {
            case .local, .localFunction:
                findings.append(finding(unusedLocal, "'\(local.name.text)' is never used", at: local.name.range))
            case .parameter, .loop, .implicitSelf, .implicitArgument, .hidden: break
            }
        }
        return findings
    }
}
