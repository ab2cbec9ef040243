import Foundation
import PeriluneCheck
import PeriluneLua

/// Checks a project in every way there is, and looks whether what comes out can be.
package struct ProjectTrial {
    private let project: FuzzedProject
    private let validator: Validator

    package init(_ project: FuzzedProject) {
        self.project = project
        let settings = project.settings
        validator = Validator(redis: project.redis, settings: settings)
    }

    /// What cannot be; `nil` when all is well.
    package func failure() -> String? {
        let files = ProjectCheck(validator).findings(in: project.sources) { _ in nil }
        if files.count < project.sources.count { return "a file is left out" }
        for file in files {
            if let failure = failure(in: file) ?? fixFailure(in: file) { return "\(file.source.path): \(failure)" }
        }
        return reportFailure(files)
    }

    // MARK: Findings

    private func failure(in file: FileFindings) -> String? {
        let size = file.source.bytes.count
        var last = 0
        for finding in file.findings {
            guard RuleCatalog.rule(finding.rule) != nil else { return "there is no rule \(finding.rule)" }
            guard Self.fits(finding.range, size) else {
                return "\(finding.rule) stands at \(finding.range) of \(size) bytes"
            }
            guard finding.range.start.offset >= last else { return "\(finding.rule) is not in the order of places" }
            last = finding.range.start.offset
            for message in [finding.message] + finding.notes.map(\.message) where !Self.isOneLine(message) {
                return "a message of \(finding.rule) is not one line"
            }
            for note in finding.notes where note.path == nil && !Self.fits(note.range, size) {
                return "a note of \(finding.rule) stands at \(note.range) of \(size) bytes"
            }
            for edit in finding.fix?.edits ?? [] where !Self.fits(edit.range, size) {
                return "an edit of \(finding.rule) stands at \(edit.range) of \(size) bytes"
            }
        }
        // What includes others is Lua only with them.
        if project.sources.count == 1 {
            let isRefused = file.findings.contains { $0.rule.rawValue == "R001" || $0.rule.rawValue == "R903" }
            if isRefused == Self.isLua(file.source.bytes), !Self.includes(file.source.bytes) {
                return isRefused ? "Lua 5.1 is refused" : "what is not Lua 5.1 is accepted"
            }
        }
        return nil
    }

    private static func fits(_ range: SourceRange, _ size: Int) -> Bool {
        range.start.offset >= 0 && range.start.offset <= range.end.offset && range.end.offset <= size
            && range.start.line >= 1 && range.start.column >= 1
    }

    private static func isOneLine(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy {
                ![.control, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
            }
    }

    private static func includes(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains("@include")
    }

    /// Redis takes a line `#!…` off; blanks in its place keep the places.
    private static func isLua(_ bytes: [UInt8]) -> Bool {
        var code = bytes
        if code.starts(with: "#!".utf8) {
            for index in code.indices.prefix(while: { code[$0] != UInt8(ascii: "\n") }) {
                code[index] = UInt8(ascii: " ")
            }
        }
        return (try? LuaParser.parse(code)) != nil
    }

    // MARK: Fixes

    private func fixFailure(in file: FileFindings) -> String? {
        guard file.findings.contains(where: { $0.fix?.edits.isEmpty == false }) else { return nil }
        guard let fixed = FixedScript(file), fixed.leftOut == 0 else {
            return "a script would not be Lua with its fixes"
        }
        if fixed.bytes == file.source.bytes { return "a fix changes nothing" }
        if fixed.diff.isEmpty { return "a change has no diff" }
        guard project.sources.count == 1, Self.isLua(file.source.bytes) else { return nil }
        let again = validator.findings(in: ScriptSource(path: file.source.path, bytes: fixed.bytes))
        if let refusal = again.first(where: { $0.rule.rawValue == "R001" }) {
            return "a fixed script does not parse: \(refusal.message)"
        }
        return nil
    }

    // MARK: Reports

    private func reportFailure(_ files: [FileFindings]) -> String? {
        let count = files.reduce(0) { $0 + $1.findings.count }
        for file in files {
            let text = TextReport(isColoured: project.areAllRulesOn).text(of: file.findings, in: file.source)
            if text.isEmpty != file.findings.isEmpty {
                return "\(file.source.path): the text is not about the findings"
            }
        }
        if GitHubReport.text(of: files).split(separator: "\n").count != count { return "github: not a line a finding" }
        if JUnitReport.text(of: files).isEmpty { return "junit: no report" }
        do {
            for (name, data) in [
                ("json", try JSONReport.data(of: files)), ("sarif", try SARIFReport.data(of: files, version: "0")),
            ] where (try? JSONSerialization.jsonObject(with: data)) == nil {
                return "\(name): not JSON"
            }
        } catch {
            return "a report cannot be written: \(error)"
        }
        return nil
    }
}
