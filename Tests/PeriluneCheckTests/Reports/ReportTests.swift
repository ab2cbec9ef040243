import Foundation
import Testing

@testable import PeriluneCheck

@Suite struct ReportTests {
    private let source = ScriptSource(
        "lua/é, a.lua", "local u = '<&\u{1}>' -- ä\nlocal name = 'ü' .. redis.call('NOPE', KEYS[1])\nreturn name")
    private let clean = ScriptSource("lua/b.lua", "return 1")

    private var files: [FileFindings] {
        [source, clean].map { FileFindings(source: $0, findings: Validator().findings(in: $0)) }
    }

    @Test func textShowsTheLineAndAPlace() {
        let source = ScriptSource("a.lua", "local x = 1\n\tlocal unused = x\nreturn x")
        let text = TextReport().text(of: Validator().findings(in: source), in: source)
        #expect(
            text == """
                a.lua:2:8: R201: 'unused' is never used
                     local unused = x
                           ^~~~~~
                """)
        #expect(TextReport.summary(of: files.suffix(1)) == "1 file: nothing found")
        #expect(TextReport(isColoured: true).text(of: files[0].findings, in: self.source).contains("\u{1B}[1;31m"))
    }

    @Test func aLongLineIsShownAroundThePlace() {
        let long = "return {" + String(repeating: "1, ", count: 5_000) + "nope}"
        let source = ScriptSource("a.lua", long)
        let lines = TextReport().text(of: Validator().findings(in: source), in: source).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count < 200 })
        #expect(lines[1].contains("nope"))
    }

    @Test func noReportHasControlCharacters() throws {
        let path = "a\u{1B}[31m\n.lua"
        let source = ScriptSource(path, "return '\u{1B}[2J' .. nope")
        let files = [FileFindings(source: source, findings: Validator().findings(in: source))]
        for text in [
            TextReport().text(of: files[0].findings, in: source), GitHubReport.text(of: files),
            JUnitReport.text(of: files), String(decoding: try JSONReport.data(of: files), as: UTF8.self),
            String(decoding: try SARIFReport.data(of: files, version: "1"), as: UTF8.self),
        ] {
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" }, "\(text)")
        }
    }

    @Test func sarifCountsColumnsAsEditorsDo() throws {
        let data = try SARIFReport.data(of: files, version: "1.2.3")
        let log = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(log["version"] as? String == "2.1.0")
        let run = try #require((log["runs"] as? [[String: Any]])?.first)
        let results = try #require(run["results"] as? [[String: Any]])
        let unknown = try #require(results.first { $0["ruleId"] as? String == "R004" })
        let location = try #require(
            (unknown["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any])
        let region = try #require(location["region"] as? [String: Int])
        // In bytes it would be column 33.
        #expect(region == ["startLine": 2, "startColumn": 32, "endLine": 2, "endColumn": 38])
        #expect((location["artifactLocation"] as? [String: String])?["uri"] == "lua/%C3%A9,%20a.lua")
        let driver = try #require((run["tool"] as? [String: [String: Any]])?["driver"])
        let rules = try #require(driver["rules"] as? [[String: Any]])
        let index = try #require(unknown["ruleIndex"] as? Int)
        #expect(rules[index]["id"] as? String == "R004")
    }

    @Test func gitHubEscapesWhatEndsAProperty() {
        let lines = GitHubReport.text(of: files).split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("::error file=lua/é%2C a.lua,line=2,endLine=2,col=33,") })
    }

    /// What does not make the command fail fails no test case either.
    @Test func notesFailNothingInJUnit() {
        func text(_ lua: String) -> String {
            let source = ScriptSource("a.lua", lua)
            return JUnitReport.text(of: [FileFindings(source: source, findings: Validator().findings(in: source))])
        }
        let note = text("return redis.call('HGETALL', KEYS[1])")
        #expect(note.contains(#"tests="1" failures="0""#))
        #expect(!note.contains("<failure"))
        #expect(note.contains("<system-out>a.lua:1:8: R014: HGETALL replies"), "\(note)")
        #expect(XMLText(note).isWellFormed)
        let both = text("return redis.call('HGETALL', nope)")
        #expect(both.contains(#"failures="1""#) && both.contains(#"<failure type="R003""#), "\(both)")
    }

    @Test func jUnitCountsFiles() throws {
        let text = JUnitReport.text(of: files)
        #expect(text.contains(#"tests="2" failures="1""#))
        let parser = XMLText(text)
        #expect(parser.isWellFormed)
    }
}

/// Enough of XML to see that markup is balanced and text escaped.
private struct XMLText {
    let isWellFormed: Bool

    init(_ text: String) {
        var open: [Substring] = []
        var isFine = true
        for part in text.split(separator: "<").dropFirst() {
            guard let end = part.firstIndex(of: ">") else {
                isFine = false
                break
            }
            let tag = part[..<end]
            if tag.hasPrefix("/") {
                isFine = isFine && open.popLast() == tag.dropFirst()
            } else if !tag.hasSuffix("/"), !tag.hasPrefix("?") {
                open.append(tag.prefix { $0 != " " })
            }
            let rest = part[part.index(after: end)...]
            isFine = isFine && !rest.contains(">")
        }
        isWellFormed = isFine && open.isEmpty
    }
}
