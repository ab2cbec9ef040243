import Foundation
import PeriluneCheck
import PeriluneServer

/// Reads scripts, checks them and says what was found.
struct CheckProgram {
    private let settings: CheckSettings
    private let isColoured: Bool
    private var sources: [ScriptSource] = []
    private var hasFailed = false
    private var hasFound = false

    init(settings: CheckSettings, isColoured: Bool) {
        (self.settings, self.isColoured) = (settings, isColoured)
    }

    /// How the program is to end.
    var status: Int32 { hasFailed ? 2 : hasFound ? 1 : 0 }

    // MARK: Files

    /// Reads what paths lead to, each file once; what cannot be read is said, and the rest goes on.
    mutating func readFiles(_ paths: [String], stdinName: String?) {
        var seen: Set<String> = []
        for path in paths {
            do throws(CommandFailure) {
                for file in path == "-" ? [path] : try ScriptFiles.paths(of: path, isExcluded: settings.excludes) {
                    if seen.insert(ScriptFiles.identity(of: file)).inserted { read(file, stdinName: stdinName) }
                }
            } catch {
                fail(error)
            }
        }
    }

    private mutating func read(_ file: String, stdinName: String?) {
        do throws(CommandFailure) {
            let isInput = file == "-"
            let bytes = try isInput ? ScriptFiles.standardInput() : ScriptFiles.content(of: file)
            sources.append(ScriptSource(path: isInput ? stdinName ?? "<stdin>" : file, bytes: bytes))
        } catch {
            fail(error)
        }
    }

    private mutating func fail(_ failure: CommandFailure) {
        hasFailed = true
        Output.error("check: \(printable(failure.description, atMost: 1_000))")
    }

    /// Writes a line, or bytes; that nothing can be written must not look like nothing found.
    private mutating func say(_ isWritten: Bool) {
        if !isWritten, !hasFailed { fail(CommandFailure("standard output cannot be written")) }
    }

    private func check() -> [FileFindings] {
        let validator = Validator(redis: settings.redis) { [settings] in settings.rules(for: $0) }
        return ProjectCheck(validator).findings(in: sources) { try? ScriptFiles.content(of: $0) }
    }

    // MARK: Findings

    /// Writes what there is to object to.
    mutating func report(_ format: CheckCommand.Format) throws {
        let files = check()
        hasFound = files.contains { $0.findings.contains { $0.severity > .note } }
        switch format {
        case .text: reportText(files)
        case .json: say(Output.line(String(decoding: try JSONReport.data(of: files), as: UTF8.self)))
        case .sarif:
            let data = try SARIFReport.data(of: files, version: periluneVersion)
            say(Output.line(String(decoding: data, as: UTF8.self)))
        case .junit: say(Output.line(JUnitReport.text(of: files)))
        case .github:
            if files.contains(where: { !$0.findings.isEmpty }) { say(Output.line(GitHubReport.text(of: files))) }
        }
    }

    private mutating func reportText(_ files: [FileFindings]) {
        let report = TextReport(isColoured: isColoured)
        for file in files where !file.findings.isEmpty {
            say(Output.line(report.text(of: file.findings, in: file.source)))
        }
        if !files.isEmpty || !hasFailed { say(Output.line(TextReport.summary(of: files))) }
    }

    // MARK: Fixes

    /// Shows what can be mended as a diff; that there is something is found, too.
    mutating func showFixes() {
        let fixed = check().compactMap { FixedScript($0) }
        for script in fixed { say(Output.bytes(script.diff)) }
        guard !fixed.isEmpty else { return }
        hasFound = true
        Output.error("check: \(Self.summary(of: fixed)); --fix --write makes the changes")
    }

    /// Mends what can be mended, and reports what is left.
    mutating func writeFixes() throws {
        var mended: [FixedScript] = []
        // A fix may wait for another that overlaps with it.
        for _ in 0..<8 {
            let fixed = check().compactMap { FixedScript($0) }
            if fixed.isEmpty { break }
            for script in fixed {
                let path = script.source.path
                do throws(CommandFailure) {
                    try ScriptFiles.write(script.bytes, to: path)
                    mended.append(script)
                } catch {
                    // What is reported then is what still stands in the file.
                    fail(error)
                    continue
                }
                if let index = sources.firstIndex(where: { $0.path == path }) {
                    sources[index] = ScriptSource(path: path, bytes: script.bytes)
                }
            }
            if hasFailed { break }
        }
        if !mended.isEmpty { Output.line("mended: \(Self.summary(of: mended))") }
        try report(.text)
    }

    private static func summary(of fixed: [FixedScript]) -> String {
        let (fixes, files) = (fixed.reduce(0) { $0 + $1.fixes.count }, Set(fixed.map(\.source.path)).count)
        return "\(fixes) \(fixes == 1 ? "place" : "places") in \(files) \(files == 1 ? "file" : "files")"
    }
}
