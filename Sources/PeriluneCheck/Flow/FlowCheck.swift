import PeriluneLua

/// What a script does with its values: keys, numbers, replies, errors, loops.
enum FlowCheck: ScriptCheck {
    /// Those who listen while a script is run.
    private static var listeners: [any FlowListener.Type] {
        [
            KeyRules.self, NumberRules.self, ReplyRules.self, ConditionRules.self, ErrorRules.self, OrderRules.self,
            LoopRules.self,
            CommandRules.self, LifetimeRules.self, FormatRules.self, ArgumentRules.self,
            DeclarationRules.self, KeyTypeRules.self, ArgumentTypeRules.self, ReturnTypeRules.self, PromiseRules.self,
        ]
    }

    static let rules: [Rule] = listeners.flatMap { $0.rules } + [notAnalysed]

    static let notAnalysed = Rule(
        902, "not-analysed", .warning, summary: "The script is too much to be followed.",
        reason: """
            What a script does with its values is followed within bounds: so many steps, so deep. One that takes more is \
            looked at by the other rules only. Mostly its functions call each other many times over, where a table and a \
            loop would do.
            """,
        bad: fanningOut(calls: 12), good: fanningOut(calls: 2))

    static func findings(in script: CheckedScript) -> [Finding] {
        var interpreter = FlowInterpreter(script, listeners: listeners.map { $0.init(script) })
        interpreter.run()
        if interpreter.isExhausted {
            let start = script.chunk.block.statements.first?.range ?? script.chunk.block.range
            return [
                finding(
                    notAnalysed, "the script is too much to be followed: what it does with its values is not checked",
                    at: SourceRange(start: start.start, end: start.start))
            ]
        }
        return interpreter.listeners.flatMap { $0.findings() }
    }

    /// Functions that each call the one before some times.
    private static func fanningOut(calls: Int) -> String {
        var lines = ["local function f0(x) return x end"]
        for level in 1...6 {
            let sum = Array(repeating: "f\(level - 1)(x)", count: calls).joined(separator: " + ")
            lines.append("local function f\(level)(x) return \(sum) end")
        }
        return (lines + ["return f6(1)"]).joined(separator: "\n")
    }
}
