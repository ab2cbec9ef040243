import PeriluneLua

/// Findings as a JUnit report: a suite, a test case for each file, a failure for each finding.
public enum JUnitReport {
    public static func text(of files: [FileFindings]) -> String {
        let failures = files.reduce(0) { $0 + ($1.findings.isEmpty ? 0 : 1) }
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
            for finding in file.findings {
                let place = "\(file.source.path):\(finding.range.start)"
                lines.append(
                    #"    <failure type="\#(finding.rule)" message="\#(PlainText.xml(finding.message))">"#
                        + PlainText.xml("\(place): \(finding.rule): \(finding.message)") + "</failure>")
            }
            lines.append("  </testcase>")
        }
        return (lines + ["</testsuite>"]).joined(separator: "\n")
    }
}
