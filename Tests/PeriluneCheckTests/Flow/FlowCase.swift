import PeriluneLua
import Testing

@testable import PeriluneCheck

/// A script, and what the rules of flow find in it.
struct FlowCase: Sendable, CustomTestStringConvertible {
    let name: String
    let source: String
    /// Rule and line, for example `R005:1`, in the order of the places.
    let expected: [String]

    var testDescription: String { name }

    static func finds(_ name: String, _ expected: [String], in source: String) -> Self {
        FlowCase(name: name, source: source, expected: expected)
    }

    static func accepts(_ name: String, _ source: String) -> Self { finds(name, [], in: source) }

    /// What is found; notes only when they are asked for.
    func findings(withNotes: Bool = false) throws -> [String] {
        try Self.flowFindings(in: source).filter { withNotes || $0.severity > .note }
            .map { "\($0.rule.rawValue):\($0.range.start.line)" }
    }

    /// What the rules find that are on by default, and those that are asked for.
    static func flowFindings(
        in source: String, redis: RedisVersion = .v70, with others: Set<Rule.ID> = []
    ) throws -> [Finding] {
        let bytes = Array(source.utf8)
        let script = CheckedScript(
            source: ScriptSource(path: "test.lua", bytes: bytes), chunk: try LuaParser.parse(bytes),
            annotations: ScriptHeader.read(bytes), shebang: nil, redis: redis)
        var settings = RuleSettings()
        for rule in others { settings.set(rule, .on) }
        return FlowCheck.findings(in: script).compactMap { settings.applied(to: $0) }
            .sorted { ($0.range.start.offset, $0.rule) < ($1.range.start.offset, $1.rule) }
    }
}
