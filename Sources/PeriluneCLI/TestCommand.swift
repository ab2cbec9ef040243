import ArgumentParser
import Foundation
import Logging
import PeriluneCore
import PeriluneGolden
import PeriluneRedis

/// `perilune test`: golden tests of Lua scripts.
struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the tests that stand beside Lua scripts, NAME.test.yaml.",
        discussion: """
            Tests run on the embedded engine, whose clock they set. With --redis they run on a server, too, and replies \
            and data are compared to the byte; its database must be empty, and is left empty. A server's clock runs: \
            from a step on that is about a point in time, such as PEXPIREAT, a test is not compared, which is counted.

            Exit status: 0; 1 if tests fail or come to too few lines; 2 for wrong use, and for files and servers that \
            cannot be used, of which the report tells beside the others; 3 if the engines disagree.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, junit
    }

    enum CoverageFormat: String, ExpressibleByArgument, CaseIterable {
        case lcov
    }

    @Argument(help: "Files of tests, scripts with tests beside them, or folders of such. (default: .)")
    var paths: [String] = []

    @Option(
        help: ArgumentHelp(
            "Run the tests on this server, too; auto starts a redis-server for that.", valueName: "url|auto"))
    var redis: String?

    @Option(help: "Write which lines the tests came to: lcov.")
    var coverage: CoverageFormat?

    @Option(help: ArgumentHelp("Where to. (default: lcov.info)", valueName: "file"))
    var coverageOutput: String?

    @Option(
        help: ArgumentHelp(
            "Fail if the tests come to less of the lines of a script. Scripts without tests count.",
            valueName: "percent"))
    var requireCoverage: Double?

    @Option(
        help: ArgumentHelp(
            "Call every annotated script in so many random sequences, too, with what its annotations allow.",
            valueName: "count"))
    var random: Int?

    @Option(help: "The seed of the first random sequence. (default: another every time)")
    var seed: UInt64?

    @Option(help: "text or junit.")
    var format = Format.text

    func validate() throws {
        if let random, !(1...10_000_000).contains(random) {
            throw ValidationError("--random: \(random) is not from 1 to 10000000")
        }
        if seed != nil, random == nil { throw ValidationError("--seed goes with --random") }
        if coverageOutput != nil, coverage == nil {
            throw ValidationError("--coverage-output goes with --coverage lcov")
        }
        if let requireCoverage, !(0...100).contains(requireCoverage) {
            throw ValidationError("--require-coverage: \(requireCoverage) is not from 0 to 100 percent")
        }
    }

    func run() async throws {
        do {
            try await runTests()
        } catch let failure as CommandFailure {
            Output.error("test: \(printable(failure.description, atMost: 1_000))")
            throw ExitCode(2)
        }
    }

    private func runTests() async throws {
        let paths = try TestPaths(self.paths.isEmpty ? ["."] : self.paths)
        guard !paths.tests.isEmpty || random != nil && !paths.scripts.isEmpty else {
            throw CommandFailure("no tests; a script NAME.lua has them in NAME\(ScriptTestFile.suffix)")
        }
        let report: ScriptTestReport
        switch redis {
        case nil: report = try await self.report(paths, comparedWith: nil)
        case "auto":
            let server = try await OwnRedisServer()
            defer { server.end() }
            report = try await self.report(paths, on: server.url, name: "redis-server")
        case let url?: report = try await self.report(paths, on: url, name: "the server")
        }
        try writeCoverage(of: report)
        switch format {
        case .text: Output.line(report.text)
        case .junit: Output.line(report.junit)
        }
        for problem in report.problems { Output.error("test: \(printable(problem, atMost: 1_000))") }
        if report.exitStatus != 0 { throw ExitCode(report.exitStatus) }
    }

    private func report(_ paths: TestPaths, on url: String, name: String) async throws -> ScriptTestReport {
        let engine = try Self.engine(url)
        let result: Result<ScriptTestReport, any Error>
        do {
            result = .success(try await report(paths, comparedWith: ComparedEngine(name: name, engine: engine)))
        } catch {
            result = .failure(error)
        }
        await engine.shutdown(deadline: .zero)
        return try result.get()
    }

    private func report(_ paths: TestPaths, comparedWith compared: ComparedEngine?) async throws -> ScriptTestReport {
        let program = TestProgram(paths: paths, compared: compared, requiresCoverage: requireCoverage != nil)
        var files = await program.run()
        if let random {
            let seed = self.seed ?? UInt64.random(in: 0...UInt64.max)
            Output.error("test: random calls with --seed \(seed)")
            let (more, counterexamples) = await program.runRandomCalls(count: random, seed: seed)
            files += more
            for counterexample in counterexamples { Output.error("test: fails:\n\(counterexample)") }
        }
        return ScriptTestReport(files: files, comparedEngine: compared?.name, requiredCoverage: requireCoverage)
    }

    private func writeCoverage(of report: ScriptTestReport) throws(CommandFailure) {
        guard coverage != nil else { return }
        let path = coverageOutput ?? "lcov.info"
        do {
            try LineCoverage.lcov(report.coverage).write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw CommandFailure("--coverage-output: \(path) cannot be written")
        }
    }

    private static func engine(_ url: String) throws(CommandFailure) -> RedisEngine {
        var configuration: RedisConfiguration
        do throws(RedisConfigurationError) {
            configuration = try RedisConfiguration(url: url)
        } catch {
            throw CommandFailure("--redis: \(error.reason)")
        }
        if case .cluster = configuration.servers {
            throw CommandFailure("--redis: a cluster has more than one database to look at; name one server")
        }
        // Nothing here is about time: a server that is busy fails no test.
        configuration.commandTimeout = .seconds(30)
        return RedisEngine(configuration, logger: silentLogger)
    }

    /// What goes wrong is in the report.
    static let silentLogger = Logger(label: "perilune.test") { _ in SwiftLogNoOpLogHandler() }
}
