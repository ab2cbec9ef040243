import PeriluneLua

/// Findings as a compiler shows them: `file:line:column: rule: message`, then the line with a caret below.
public struct TextReport: Sendable {
    /// Whether to mark severities by colour.
    public let isColoured: Bool

    public init(isColoured: Bool = false) { self.isColoured = isColoured }

    /// The findings of a file, each with its line; empty when there are none.
    public func text(of findings: [Finding], in source: ScriptSource) -> String {
        let lines = SourceLines(source.bytes)
        return findings.map { finding in
            ([head(finding, source.path)] + excerpt(finding.range, lines)
                + finding.notes.flatMap { note in
                    ["  note: \(PlainText.line(note.path ?? source.path)):\(note.range.start): \(note.message)"]
                }).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// How much was found, in a line.
    public static func summary(of files: [FileFindings]) -> String {
        let found = files.flatMap(\.findings)
        let checked = counted(files.count, "file")
        guard !found.isEmpty else { return "\(checked): nothing found" }
        let parts = [Severity.error, .warning, .note].compactMap { severity in
            let count = found.count { $0.severity == severity }
            return count > 0 ? counted(count, severity.rawValue) : nil
        }
        return "\(checked): \(parts.joined(separator: ", "))"
    }

    private static func counted(_ count: Int, _ name: String) -> String {
        "\(count) \(name)\(count == 1 ? "" : "s")"
    }

    private func head(_ finding: Finding, _ path: String) -> String {
        let rule = coloured(finding.rule.rawValue, finding.severity)
        return "\(PlainText.line(path)):\(finding.range.start): \(rule): \(finding.message)"
    }

    private func coloured(_ text: String, _ severity: Severity) -> String {
        guard isColoured else { return text }
        let code =
            switch severity {
            case .error: 31
            case .warning: 33
            case .note: 36
            }
        return "\u{1B}[1;\(code)m\(text)\u{1B}[0m"
    }

    /// The line of a range and a caret below its first byte, as far as a terminal shows them.
    private func excerpt(_ range: SourceRange, _ lines: SourceLines) -> [String] {
        guard let line = lines[range.start.line] else { return [] }
        let column = min(max(0, range.start.column - 1), line.count)
        // A long line is shown around the place.
        let first = max(0, column - 100)
        let shown = line.dropFirst(first).prefix(160)
        let count = range.end.line == range.start.line ? max(1, range.count) : max(1, line.count - column)
        let before = Self.plain(shown.prefix(column - first))
        let marked = Self.plain(shown.dropFirst(column - first).prefix(count))
        let blanks = String(repeating: " ", count: before.count)
        let caret = blanks + "^" + String(repeating: "~", count: max(0, marked.count - 1))
        return ["    " + Self.plain(shown), "    " + caret]
    }

    /// Text on one line: what would move the cursor is a blank.
    private static func plain(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self).unicodeScalars
            .map { PlainText.isPlain($0) ? String($0) : " " }.joined()
    }
}
