import PeriluneGolden
import Testing

struct ScriptTestReportTests {
    func report(_ kind: ScriptTestResult.Failure.Kind?) -> ScriptTestReport {
        let failures = kind.map {
            [ScriptTestResult.Failure(kind: $0, line: 4, step: 1, message: "reply is <1> & \u{1B}[0m\u{1}")]
        }
        let result = ScriptTestResult(name: "a \"b\"", failures: failures ?? [], steps: 2)
        return ScriptTestReport(files: [ScriptTestReport.File(path: "x.test.yaml", results: [result])])
    }

    @Test func theStatusTellsFailuresFromDisagreement() {
        #expect(report(nil).exitStatus == 0)
        #expect(report(.expectation).exitStatus == 1)
        #expect(report(.budget).exitStatus == 1)
        #expect(report(.disagreement).exitStatus == 3)
    }

    @Test func textHasOneLineAFailureWhateverIsInIt() {
        let lines = report(.expectation).text.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first == "x.test.yaml:4: a \"b\", step 1: reply is <1> & \\u{1b}[0m\\u{1}")
        #expect(lines.last == "1 test, 2 steps, 1 failed")
    }

    @Test func whatWasRunIsToldBesideWhatCouldNotBe() {
        let result = ScriptTestResult(name: "a", failures: [], steps: 2)
        let report = ScriptTestReport(files: [
            ScriptTestReport.File(path: "a.test.yaml", results: [result]),
            ScriptTestReport.File(path: "b.test.yaml", results: [], problem: "b.test.yaml:3: not \"YAML\""),
        ])
        #expect(report.exitStatus == 2)
        #expect(report.problems == ["b.test.yaml:3: not \"YAML\""])
        #expect(
            report.text.split(separator: "\n")
                == ["a.test.yaml: 1 test", "1 test, 2 steps, 0 failed, 1 file not run to the end"])
        #expect(report.junit.contains("<testsuites tests=\"2\" failures=\"0\" errors=\"1\">"))
        #expect(report.junit.contains("<error message=\"b.test.yaml:3: not &quot;YAML&quot;\"/>"))
    }

    /// Tests of one script in two files, and a script without tests.
    func report(requiring percent: Double?) -> ScriptTestReport {
        var (first, second) = (
            LineCoverage(path: "a.lua", activeLines: [1, 2, 5]), LineCoverage(path: "a.lua", activeLines: [1, 2, 5])
        )
        first.add([1, 1])
        second.add([1, 0, 0, 0, 2])
        let result = ScriptTestResult(name: "a", failures: [], steps: 1)
        return ScriptTestReport(
            files: [
                ScriptTestReport.File(path: "a.test.yaml", results: [result], coverage: first),
                ScriptTestReport.File(path: "more.test.yaml", results: [result], coverage: second),
                ScriptTestReport.File(
                    path: "b.lua", results: [], coverage: LineCoverage(path: "b.lua", activeLines: [1, 2])),
            ],
            requiredCoverage: percent)
    }

    @Test func theLinesOfAScriptAreThoseOfAllItsFiles() {
        let coverage = report(requiring: nil).coverage
        #expect(coverage.map(\.path) == ["a.lua", "b.lua"])
        #expect(coverage[0].counts == [1: 2, 2: 1, 5: 2])
    }

    @Test func tooFewLinesFail() {
        #expect(report(requiring: nil).exitStatus == 0)
        #expect(report(requiring: 0).exitStatus == 0)
        let report = report(requiring: 66.5)
        #expect(report.exitStatus == 1)
        #expect(report.text.contains("b.lua: tests come to 0.0 % of 2 lines; not 1, 2; 66.5 % are required"))
        #expect(!report.text.contains("a.lua: tests come to"))
        #expect(report.junit.contains("<testsuites tests=\"3\" failures=\"1\" errors=\"0\">"))
        #expect(report.junit.contains("<testcase classname=\"coverage\" name=\"b.lua\">"))
    }

    @Test func junitIsWellFormed() {
        let xml = report(.expectation).junit
        #expect(xml.contains("tests=\"1\" failures=\"1\""))
        #expect(xml.contains("name=\"a &quot;b&quot;\""))
        #expect(xml.contains("&lt;1&gt; &amp; \u{FFFD}[0m\u{FFFD}"))
    }
}
