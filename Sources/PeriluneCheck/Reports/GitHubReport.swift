import PeriluneLua

/// Findings as workflow commands, which GitHub shows beside the lines of a pull request.
public enum GitHubReport {
    /// A line for each finding.
    public static func text(of files: [FileFindings]) -> String {
        files.flatMap { file in file.findings.map { line($0, file.source.path) } }.joined(separator: "\n")
    }

    private static func line(_ finding: Finding, _ path: String) -> String {
        let command =
            switch finding.severity {
            case .error: "error"
            case .warning: "warning"
            case .note: "notice"
            }
        let (start, end) = (finding.range.start, finding.range.end)
        var properties = [
            ("file", path), ("line", "\(start.line)"), ("endLine", "\(end.line)"), ("col", "\(start.column)"),
        ]
        if end.line == start.line { properties.append(("endColumn", "\(max(end.column, start.column))")) }
        properties.append(("title", finding.rule.rawValue))
        let list = properties.map { "\($0)=\(escaped($1, isProperty: true))" }.joined(separator: ",")
        return "::\(command) \(list)::\(escaped(finding.message, isProperty: false))"
    }

    /// What ends a line, a command or a property is percent-encoded.
    private static func escaped(_ text: String, isProperty: Bool) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "%": "%25"
            case "\r": "%0D"
            case "\n": "%0A"
            case ":" where isProperty: "%3A"
            case "," where isProperty: "%2C"
            default: PlainText.isPlain(scalar) ? String(scalar) : "\u{FFFD}"
            }
        }.joined()
    }
}
