import PeriluneLua

/// How the tests of files went.
public struct ScriptTestReport: Sendable, Hashable {
    /// A file of tests, a script without any, or random calls of a script.
    public struct File: Sendable, Hashable {
        /// How messages name it.
        public let path: String
        public let results: [ScriptTestResult]
        /// Which lines of its script the tests came to; `nil` for random calls.
        public let coverage: LineCoverage?
        /// The same of the files that the script includes.
        public let included: [LineCoverage]
        /// Why no more could be run of it; `nil` when all was.
        public let problem: String?

        public init(
            path: String, results: [ScriptTestResult], coverage: LineCoverage? = nil, included: [LineCoverage] = [],
            problem: String? = nil
        ) {
            self.path = path
            self.results = results
            self.coverage = coverage
            self.included = included
            self.problem = problem
        }
    }

    public let files: [File]
    /// The name of the engine that the tests were compared on; `nil` when there was none.
    public let comparedEngine: String?
    /// The share of each script's lines, in percent, that tests must come to; `nil` when any will do.
    public let requiredCoverage: Double?

    public init(files: [File], comparedEngine: String? = nil, requiredCoverage: Double? = nil) {
        self.files = files
        self.comparedEngine = comparedEngine
        self.requiredCoverage = requiredCoverage
    }

    /// Which lines of each script, and of each file that scripts include, all tests came to, in order of the paths.
    public var coverage: [LineCoverage] {
        Self.merged(files.flatMap { ($0.coverage.map { [$0] } ?? []) + $0.included })
    }

    private static func merged(_ parts: [LineCoverage]) -> [LineCoverage] {
        var scripts: [String: LineCoverage] = [:]
        for coverage in parts {
            scripts[coverage.path]?.add(coverage)
            if scripts[coverage.path] == nil { scripts[coverage.path] = coverage }
        }
        return scripts.values.sorted { $0.path < $1.path }
    }

    /// The scripts that tests do not come to as many lines of as they must.
    private var shortfalls: [LineCoverage] {
        guard let requiredCoverage else { return [] }
        return coverage.filter { Double($0.hitCount) * 100 < requiredCoverage * Double($0.lineCount) }
    }

    private func objection(to coverage: LineCoverage) -> String {
        let wanted = (requiredCoverage ?? 0).formatted
        return "\(coverage.path): tests come to \(coverage.summary); \(wanted) % are required"
    }

    private var results: [ScriptTestResult] { files.flatMap(\.results) }
    private var failures: [ScriptTestResult.Failure] { results.flatMap(\.failures) }

    /// Why some files could not be run to their end.
    public var problems: [String] { files.compactMap(\.problem) }

    /// 0 when all tests have passed; 2 when some could not be run; else 3 when the engines disagree, and 1 when tests have
    /// failed otherwise.
    public var exitStatus: Int32 {
        if !problems.isEmpty { return 2 }
        if failures.contains(where: { $0.kind == .disagreement }) { return 3 }
        return failures.isEmpty && shortfalls.isEmpty ? 0 : 1
    }
}

// MARK: - Text

extension ScriptTestReport {
    /// A line for each failure and each file, and one for all; ``problems`` are only counted.
    public var text: String {
        var lines: [String] = []
        for file in files {
            for result in file.results {
                for failure in result.failures {
                    let place = failure.line > 0 ? ":\(failure.line)" : ""
                    lines.append(
                        PlainText.line("\(file.path)\(place): \(result.name), step \(failure.step): \(failure.message)")
                    )
                }
            }
            guard file.problem == nil || !file.results.isEmpty else { continue }
            let failed = file.results.count { !$0.hasPassed }
            var line = "\(file.path): \(counted(file.results.count, "test"))"
            if failed > 0 { line += ", \(failed) failed" }
            if let coverage = file.coverage { line += ", \(coverage.summary)" }
            lines.append(PlainText.line(line))
        }
        lines += Self.merged(files.flatMap(\.included)).map { PlainText.line("\($0.path): included, \($0.summary)") }
        lines += shortfalls.map { PlainText.line(objection(to: $0)) }
        let failed = results.count { !$0.hasPassed }
        let steps = results.reduce(0) { $0 + $1.steps }
        var line = "\(counted(results.count, "test")), \(counted(steps, "step")), \(failed) failed"
        if !problems.isEmpty { line += ", \(counted(problems.count, "file")) not run to the end" }
        if let comparedEngine {
            let compared = results.reduce(0) { $0 + $1.comparedSteps }
            line +=
                "; \(counted(compared, "step")) compared with \(comparedEngine), \(steps - compared) on the "
                + "embedded engine alone"
        }
        return (lines + [PlainText.line(line)]).joined(separator: "\n")
    }
}

// MARK: - JUnit

extension ScriptTestReport {
    /// The XML that most continuous integration reads.
    public var junit: String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        let failed = results.count { !$0.hasPassed } + shortfalls.count
        let count = results.count + shortfalls.count + problems.count
        text += "<testsuites tests=\"\(count)\" failures=\"\(failed)\" errors=\"\(problems.count)\">\n"
        for file in files {
            let failed = file.results.count { !$0.hasPassed }
            let errors = file.problem == nil ? 0 : 1
            text += "  <testsuite name=\"\(PlainText.xml(file.path))\" tests=\"\(file.results.count + errors)\""
            text += " failures=\"\(failed)\" errors=\"\(errors)\">\n"
            for result in file.results {
                text += "    <testcase classname=\"\(PlainText.xml(file.path))\" name=\"\(PlainText.xml(result.name))\""
                guard let first = result.failures.first else {
                    text += "/>\n"
                    continue
                }
                let all = result.failures.map { "line \($0.line), step \($0.step): \($0.message)" }
                text += ">\n      <failure message=\"\(PlainText.xml(first.message))\">"
                text += "\(PlainText.xml(all.joined(separator: "\n")))</failure>\n    </testcase>\n"
            }
            if let problem = file.problem {
                text += "    <testcase classname=\"\(PlainText.xml(file.path))\" name=\"all of the file is run\">\n"
                text += "      <error message=\"\(PlainText.xml(problem))\"/>\n    </testcase>\n"
            }
            text += "  </testsuite>\n"
        }
        if !shortfalls.isEmpty {
            text += "  <testsuite name=\"coverage\" tests=\"\(shortfalls.count)\" failures=\"\(shortfalls.count)\">\n"
            for coverage in shortfalls {
                text += "    <testcase classname=\"coverage\" name=\"\(PlainText.xml(coverage.path))\">\n"
                text += "      <failure message=\"\(PlainText.xml(objection(to: coverage)))\"/>\n    </testcase>\n"
            }
            text += "  </testsuite>\n"
        }
        return text + "</testsuites>\n"
    }
}

extension Double {
    /// As a person writes it: without `.0`.
    fileprivate var formatted: String { self == rounded() && magnitude < 1e15 ? String(Int(self)) : String(self) }
}

/// A number of things.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
