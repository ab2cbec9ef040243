import Foundation
import PeriluneCheck
import PeriluneCore
import PeriluneGolden

/// Reads files of tests and their scripts, and runs them.
struct TestProgram {
    let paths: TestPaths
    /// The engine to compare with.
    let compared: ComparedEngine?
    /// Whether scripts without tests must be such as could be tested.
    let requiresCoverage: Bool

    /// Runs all tests, and looks at the scripts that have none.
    ///
    /// What cannot be read or run is in the report of its file. The first file for which the engine to compare with cannot
    /// be used is the last.
    func run() async -> [ScriptTestReport.File] {
        var files: [ScriptTestReport.File] = []
        for path in paths.tests {
            do throws(EngineError) {
                files.append(try await run(path))
            } catch {
                files.append(ScriptTestReport.File(path: path, results: [], problem: "\(path): \(error)"))
                return files
            }
        }
        let tested = Set(files.compactMap { $0.coverage?.path })
        let others = paths.scripts.filter { !tested.contains($0) }
        var untested: [ScriptTestReport.File] = []
        for path in others {
            do throws(CommandFailure) {
                let script = try self.script(path)
                let parts = script.parts(of: try script.coverage())
                untested.append(
                    ScriptTestReport.File(
                        path: path, results: [], coverage: parts[0], included: Array(parts.dropFirst())))
            } catch  where requiresCoverage {
                untested.append(ScriptTestReport.File(path: path, results: [], problem: error.description))
            } catch {
                // What nobody wants to test may be Lua of another kind.
            }
        }
        // A file that others include is a part of those.
        let included = Set((files + untested).flatMap { $0.included.map(\.path) })
        return files + untested.filter { !included.contains($0.path) }
    }

    private func run(_ path: String) async throws(EngineError) -> ScriptTestReport.File {
        let file: ScriptTestFile
        let script: TestedScript
        var coverage: LineCoverage
        let tests: [ScriptTest]
        do {
            file = try ScriptTestFile(yaml: Self.text(of: path), path: path)
            let scriptPath = ScriptPath.normalized(Self.path(of: file))
            guard FileManager.default.isReadableFile(atPath: scriptPath) else {
                throw file.scriptError("there is no such script")
            }
            script = try self.script(scriptPath)
            coverage = try script.coverage()
            tests = try file.tests(for: script.runner.header)
        } catch {
            return ScriptTestReport.File(path: path, results: [], problem: "\(error)")
        }
        var results: [ScriptTestResult] = []
        var problem: String?
        for test in tests {
            do throws(EngineError) {
                let result = try await script.runner.run(test)
                coverage.add(result.lines)
                results.append(result)
            } catch  where error.serverError != nil {
                problem = "\(path):\(test.line): \(test.name): \(error)"
                break
            }
        }
        let parts = script.parts(of: coverage)
        return ScriptTestReport.File(
            path: path, results: results, coverage: parts[0], included: Array(parts.dropFirst()), problem: problem)
    }

    /// Runs random calls of every script with annotations.
    ///
    /// What cannot be read or run is in the report of its file. The first file for which the engine to compare with cannot
    /// be used is the last.
    ///
    /// - Returns: How they went, and the calls that fail as tests to keep.
    func runRandomCalls(
        count: Int, seed: UInt64
    ) async -> (files: [ScriptTestReport.File], counterexamples: [String]) {
        var files: [ScriptTestReport.File] = []
        var counterexamples: [String] = []
        for path in paths.scripts {
            let runner: ScriptTestRunner
            do throws(CommandFailure) {
                runner = try script(path).runner
            } catch {
                files.append(ScriptTestReport.File(path: path, results: [], problem: error.description))
                continue
            }
            guard let header = runner.header, let calls = RandomCalls(header: header) else { continue }
            let outcome: RandomRunner.Outcome
            do throws(EngineError) {
                outcome = try await RandomRunner(calls: calls, runner: runner).run(count: count, seed: seed)
            } catch {
                files.append(ScriptTestReport.File(path: path, results: [], problem: "\(path): \(error)"))
                return (files, counterexamples)
            }
            let failures = outcome.counterexample?.result.failures ?? []
            let result = ScriptTestResult(
                name: outcome.counterexample?.test.name ?? "random calls", failures: failures, steps: outcome.steps,
                comparedSteps: outcome.comparedSteps)
            files.append(ScriptTestReport.File(path: path, results: [result]))
            if let found = outcome.counterexample { counterexamples.append("# \(path)\n\(found.test.yaml)") }
        }
        return (files, counterexamples)
    }
}

// MARK: - Scripts

extension TestProgram {
    private func script(_ path: String) throws(CommandFailure) -> TestedScript {
        try TestedScript(path, comparedWith: compared)
    }

    /// The path of a file's script, from where the file's own path begins.
    private static func path(of file: ScriptTestFile) -> String {
        guard !file.script.hasPrefix("/"), let slash = file.path.lastIndex(of: "/") else { return file.script }
        return file.path[...slash] + file.script
    }

    private static func text(of path: String) throws(CommandFailure) -> String {
        guard let text = String(validating: try ScriptFiles.content(of: path), as: UTF8.self) else {
            throw CommandFailure("\(path): not UTF-8")
        }
        return text
    }
}
