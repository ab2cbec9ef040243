import PeriluneLua
import Testing

@testable import PeriluneCheck

/// An annotated script, and what the rules of annotations find in it.
struct AnnotationCase: Sendable, CustomTestStringConvertible {
    let name: String
    let source: String
    /// Rule, line and column, for example `R304:3:1`, in the order of the places.
    let expected: [String]

    var testDescription: String { name }

    /// - Parameters:
    ///   - header: The annotations behind `---@script a.b` in the second line, one a line, from the third line on.
    ///   - body: The code behind them.
    static func finds(_ name: String, _ expected: [String], _ header: [String], _ body: String...) -> Self {
        AnnotationCase(name: name, source: script(header, body), expected: expected)
    }

    static func accepts(_ name: String, _ header: [String], _ body: String...) -> Self {
        AnnotationCase(name: name, source: script(header, body), expected: [])
    }

    private static func script(_ header: [String], _ body: [String]) -> String {
        (["--- Do something.", "---@script a.b"] + header.map { "---@" + $0 } + body).joined(separator: "\n")
    }

    var findings: [String] {
        Self.findings(in: source).map { "\($0.rule):\($0.range.start)" }
    }

    static func findings(in source: String) -> [Finding] {
        Validator().findings(in: ScriptSource(path: "test.lua", bytes: Array(source.utf8)))
            .filter { $0.rule.rawValue.hasPrefix("R3") }
    }
}
