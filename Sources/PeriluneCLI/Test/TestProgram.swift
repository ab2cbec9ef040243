import Foundation
import PeriluneCheck
import PeriluneCore
import PeriluneGolden
import PeriluneLua

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
        for path in paths.scripts where !tested.contains(path) {
            do throws(CommandFailure) {
                let coverage = try coverage(of: try runner(path), at: path)
                files.append(ScriptTestReport.File(path: path, results: [], coverage: coverage))
            } catch  where requiresCoverage {
                files.append(ScriptTestReport.File(path: path, results: [], problem: error.description))
            } catch {
                // What nobody wants to test may be Lua of another kind.
            }
        }
        return files
    }

    private func run(_ path: String) async throws(EngineError) -> ScriptTestReport.File {
        let file: ScriptTestFile
        let runner: ScriptTestRunner
        var coverage: LineCoverage
        let tests: [ScriptTest]
        do {
            file = try ScriptTestFile(yaml: Self.text(of: path), path: path)
            let scriptPath = ScriptPath.normalized(Self.path(of: file))
            guard FileManager.default.isReadableFile(atPath: scriptPath) else {
                throw file.scriptError("there is no such script")
            }
            runner = try self.runner(scriptPath)
            coverage = try self.coverage(of: runner, at: scriptPath)
            tests = try file.tests(for: runner.header)
        } catch {
            return ScriptTestReport.File(path: path, results: [], problem: "\(error)")
        }
        var results: [ScriptTestResult] = []
        for test in tests {
            do throws(EngineError) {
                let result = try await runner.run(test)
                coverage.add(result.lines)
                results.append(result)
            } catch  where error.serverError != nil {
                let problem = "\(path):\(test.line): \(test.name): \(error)"
                return ScriptTestReport.File(path: path, results: results, coverage: coverage, problem: problem)
            }
        }
        return ScriptTestReport.File(path: path, results: results, coverage: coverage)
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
                runner = try self.runner(path)
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
    private func runner(_ path: String) throws(CommandFailure) -> ScriptTestRunner {
        let source = try Self.text(of: path)
        do {
            return try ScriptTestRunner(source: source, name: path, comparedWith: compared)
        } catch {
            throw CommandFailure("\(path):\(error)")
        }
    }

    /// The lines of a script, none of which was come to yet.
    private func coverage(of runner: ScriptTestRunner, at path: String) throws(CommandFailure) -> LineCoverage {
        do throws(EngineError) {
            return LineCoverage(path: path, activeLines: try runner.activeLines())
        } catch {
            throw CommandFailure(
                Self.syntaxError(of: runner.script, at: path) ?? "\(path): \(error.serverError?.line ?? error.message)")
        }
    }

    /// What is no Lua in a script, with its place.
    private static func syntaxError(of script: LuaScript, at path: String) -> String? {
        var source = Array(script.source.utf8)
        // A shebang line is Redis', not Lua's.
        if source.starts(with: "#!".utf8) {
            for index in source.indices.prefix(while: { source[$0] != UInt8(ascii: "\n") }) {
                source[index] = UInt8(ascii: " ")
            }
        }
        do throws(LuaSyntaxError) {
            _ = try LuaParser.parse(source)
            return nil
        } catch {
            return "\(path):\(error.position.line):\(error.position.column): \(error.message)"
        }
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
