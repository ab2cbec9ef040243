import PeriluneLua

/// Findings as a JUnit report: a suite, a test case for each file, a failure for each finding that is worse than a note.
/// Notes fail nothing, and are what the test case has written.
public enum JUnitReport {
    public static func text(of files: [FileFindings]) -> String {
        let failures = files.count { $0.findings.contains { $0.severity > .note } }
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            #"<testsuite name="perilune check" tests="\#(files.count)" failures="\#(failures)" errors="0">"#,
        ]
        for file in files {
            let name = PlainText.xml(file.source.path)
            guard !file.findings.isEmpty else {
                lines.append(#"  <testcase classname="perilune" name="\#(name)"/>"#)
                continue
            }
            lines.append(#"  <testcase classname="perilune" name="\#(name)">"#)
            func line(_ finding: Finding) -> String {
                PlainText.xml("\(file.source.path):\(finding.range.start): \(finding.rule): \(finding.message)")
            }
            for finding in file.findings where finding.severity > .note {
                lines.append(
                    #"    <failure type="\#(finding.rule)" message="\#(PlainText.xml(finding.message))">"#
                        + line(finding) + "</failure>")
            }
            let notes = file.findings.filter { $0.severity == .note }.map(line)
            if !notes.isEmpty { lines.append("    <system-out>\(notes.joined(separator: "\n"))</system-out>") }
            lines.append("  </testcase>")
        }
        return (lines + ["</testsuite>"]).joined(separator: "\n")
    }
}
