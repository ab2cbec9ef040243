import Foundation
import PeriluneTestSupport
import Testing

@testable import PeriluneCLI

/// `perilune test` as a user runs it.
struct TestCommandTests {
    let temporary: TemporaryFolder
    /// The folder of the scripts.
    let folder: String

    init() throws {
        temporary = try TemporaryFolder()
        folder = temporary.path.replacing("//", with: "/")
        try write(
            """
            ---@script test.counter
            ---@key    counter  string
            ---@arg    amount   integer >=0 <=100
            if tonumber(ARGV[1]) < 0 then
              return redis.error_reply('ERR want an amount')
            end
            return redis.call('INCRBY', KEYS[1], ARGV[1])
            """, to: "counter.lua")
    }

    func write(_ text: String, to name: String) throws {
        let url = URL(fileURLWithPath: "\(folder)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }

    func writeTests(reply: String) throws {
        try write(
            """
            keys: {counter: "p:{a}:c"}
            tests:
              - name: it counts
                steps:
                  - {call: {amount: 2}, reply: 2}
                  - {call: {amount: 3}, reply: \(reply)}
            """, to: "counter.test.yaml")
    }

    func run(_ arguments: [String]) throws -> ProgramTests.Outcome {
        try ProgramTests().run(["test"] + arguments, in: FileManager.default.temporaryDirectory)
    }

    @Test func testsThatPassAreStatus0() throws {
        try writeTests(reply: "5")
        for path in [folder, "\(folder)/counter.lua", "\(folder)/counter.test.yaml"] {
            let outcome = try run([path])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("1 test, 2 steps, 0 failed"))
        }
    }

    @Test func testsThatFailAreStatus1AndNameTheLine() throws {
        try writeTests(reply: "6")
        let outcome = try run([folder])
        #expect(outcome.status == 1)
        #expect(
            outcome.output.contains("counter.test.yaml:6: it counts, step 2: reply is 5, expected 6"),
            "\(outcome.output)")
    }

    @Test func aFileThatCannotBeUsedTakesNothingFromTheOthers() throws {
        try writeTests(reply: "6")
        try write("tests: []\nscript: none.lua", to: "aaa.test.yaml")
        let outcome = try run([folder])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("aaa.test.yaml:2:9: script: none.lua: there is no such script"))
        #expect(outcome.output.contains("it counts, step 2: reply is 5, expected 6"), "\(outcome.output)")
        #expect(outcome.output.contains("1 failed, 1 file not run to the end"), "\(outcome.output)")
    }

    @Test func whatCannotBeUsedIsOneLineAndStatus2() throws {
        #expect(try run([folder]).status == 2)
        try writeTests(reply: "5")
        try write("tests: []\nscript: none.lua", to: "bad/none.test.yaml")
        try write("return {", to: "bad/syntax.lua")
        try write("tests: []", to: "bad/syntax.test.yaml")
        try write("---@script a.b\n---@arg x float\nreturn 1", to: "bad/header.lua")
        try write("tests: []", to: "bad/header.test.yaml")
        let bad = "\(folder)/bad"
        let good = "\(folder)/counter.lua"
        let cases: [(arguments: [String], message: String)] = [
            (["\(folder)/none"], "\(folder)/none: no such file or folder"),
            (["\(bad)/none.test.yaml"], "\(bad)/none.test.yaml:2:9: script: none.lua: there is no such script"),
            (["\(bad)/syntax.lua"], "\(bad)/syntax.lua:1:9: "),
            (["\(bad)/header.lua"], "\(bad)/header.lua:2:11: "),
            ([good, "--seed", "1"], "--seed goes with --random"),
            ([good, "--random", "0"], "--random: 0 is not from 1"),
            ([good, "--coverage", "html"], "html"),
            ([good, "--coverage-output", "x"], "--coverage-output goes with --coverage"),
            ([good, "--coverage", "lcov", "--coverage-output", "\(folder)/none/x"], "cannot be written"),
            ([good, "--require-coverage", "101"], "not from 0 to 100"),
            ([good, "--redis", "nonsense://"], "--redis: "),
            ([good, "--redis", "redis+cluster://localhost"], "--redis: a cluster"),
            ([good, "--redis", "unix://\(folder)/none"], "unreachable"),
        ]
        for (arguments, message) in cases {
            let outcome = try run(arguments)
            #expect(outcome.status == 2, "\(arguments)")
            #expect(outcome.errors.split(separator: "\n").count == 1, "\(arguments): \(outcome.errors)")
            #expect(outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
        }
    }

    @Test func coverageIsWrittenForLcov() throws {
        try writeTests(reply: "5")
        try write("return 1", to: "untested.lua")
        let file = "\(folder)/coverage"
        let outcome = try run([folder, "--coverage", "lcov", "--coverage-output", file])
        #expect(outcome.status == 0)
        #expect(
            try String(contentsOfFile: file, encoding: .utf8) == """
                TN:
                SF:\(folder)/counter.lua
                DA:4,2
                DA:5,0
                DA:7,2
                LF:3
                LH:2
                end_of_record
                TN:
                SF:\(folder)/untested.lua
                DA:1,0
                LF:1
                LH:0
                end_of_record

                """)
    }

    /// A script with an include runs with the text of it, and the lines are counted in the file where they stand.
    @Test func whatAScriptIncludesRunsWithIt() throws {
        try write(
            """
            -- What several scripts need.
            local function sum(key, amount)
              if amount == '0' then return 0 end
              return redis.call('INCRBY', key, amount)
            end
            """, to: "shared/sum.lua")
        try write(
            """
            ---@script test.adding
            ---@key    counter  string
            ---@arg    amount   integer >=0 <=100
            --- @include "shared/sum"
            return sum(KEYS[1], ARGV[1])
            """, to: "adding.lua")
        try write(
            """
            keys: {counter: c}
            tests: [{name: it adds, steps: [{call: {amount: 2}, reply: 2}]}]
            """, to: "adding.test.yaml")
        try FileManager.default.removeItem(atPath: "\(folder)/counter.lua")
        let file = "\(folder)/coverage"
        let outcome = try run([
            folder, "--random", "3", "--seed", "1", "--coverage", "lcov", "--coverage-output", file,
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("adding.test.yaml: 1 test, 100.0 % of 1 line\n"), "\(outcome.output)")
        #expect(outcome.output.contains("shared/sum.lua: included, 100.0 % of 3 lines\n"), "\(outcome.output)")
        #expect(!outcome.output.contains("sum.lua: 0 tests"))
        let written = try String(contentsOfFile: file, encoding: .utf8)
        #expect(written.contains("SF:\(folder)/shared/sum.lua\nDA:2,1\nDA:3,1\nDA:4,1\nLF:3\n"), "\(written)")
        #expect(try run([folder, "--require-coverage", "100"]).status == 0)
    }

    @Test func anIncludeThatIsMissingHasItsPlace() throws {
        try write("local a = 1\n--- @include \"none\"\nreturn a", to: "counter.lua")
        try writeTests(reply: "5")
        let outcome = try run([folder])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("counter.lua:2:1: '"), "\(outcome.errors)")
        try write("local a = 1", to: "none.lua")
        try write("local b = 1\n--- @include \"none\"\nreturn )", to: "counter.lua")
        #expect(try run([folder]).errors.contains("counter.lua:3:8: unexpected symbol"))
    }

    @Test func tooFewLinesAreStatus1() throws {
        try writeTests(reply: "5")
        #expect(try run([folder, "--require-coverage", "66"]).status == 0)
        let outcome = try run([folder, "--require-coverage", "67"])
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("counter.lua: tests come to 66.6 % of 3 lines; not 5; 67 % are required"))
        try write("return 1", to: "untested.lua")
        #expect(try run([folder, "--require-coverage", "66"]).status == 1)
    }

    @Test func junitIsForMachines() throws {
        try writeTests(reply: "6")
        let outcome = try run([folder, "--format", "junit"])
        #expect(outcome.status == 1)
        #expect(outcome.output.hasPrefix("<?xml"))
        #expect(outcome.output.contains("<testsuites tests=\"1\" failures=\"1\" errors=\"0\">"))
    }

    @Test func randomCallsThatFailAreShownAsATest() throws {
        try write(
            """
            ---@script test.flawed
            ---@arg    amount   integer >=0
            if tonumber(ARGV[1]) % 2 == 1 then return nothing end
            return 1
            """, to: "flawed.lua")
        let outcome = try run(["\(folder)/flawed.lua", "--random", "100", "--seed", "5"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("- call: ["))
    }
}

/// `perilune test --redis`.
@Suite(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct TestCommandOnServersTests {
    let files: TestCommandTests
    var folder: String { files.folder }

    init() throws {
        files = try TestCommandTests()
        try files.writeTests(reply: "5")
    }

    /// The folder for temporary files of a program, so that what it leaves is seen.
    private func temporaryFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/tmp")
    }

    private func environment() throws -> [String: String] {
        try FileManager.default.createDirectory(atPath: "\(folder)/tmp", withIntermediateDirectories: true)
        return ["TMPDIR": "\(folder)/tmp"]
    }

    @Test func aServerIsStartedToCompareWith() throws {
        let outcome = try ProgramTests().run(
            "test", folder, "--redis", "auto", "--random", "3", "--seed", "1", environment: environment())
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        #expect(outcome.output.contains(" compared with redis-server, 0 on the embedded engine alone"))
        #expect(try temporaryFiles() == [])
    }

    /// The path of a Unix socket has about a hundred bytes.
    @Test func temporaryFilesMayLieDeep() throws {
        let deep = "\(folder)/" + String(repeating: "deep/", count: 20) + "tmp"
        try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
        let outcome = try ProgramTests().run("test", folder, "--redis", "auto", environment: ["TMPDIR": deep])
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: deep) == [])
    }

    @Test func enginesThatDisagreeAreStatus3() throws {
        let server = try RedisServer.start()
        // A command that the embedded engine does not have.
        try files.write("return type(redis.pcall('COMMAND', 'COUNT'))", to: "differs.lua")
        try files.write("tests: [{name: it differs, steps: [{call: []}]}]", to: "differs.test.yaml")
        let outcome = try files.run([folder, "--redis", server.url])
        #expect(outcome.status == 3)
        #expect(
            outcome.output.contains(
                "differs.test.yaml:1: it differs, step 1: reply is \"table\" embedded, and \"number\" on the server"),
            "\(outcome.output)")
    }

    @Test func anEndlessScriptDoesNotHoldUpAServer() throws {
        let server = try RedisServer.start()
        try files.write("while true do end", to: "endless.lua")
        try files.write(
            """
            tests:
              - {name: it does not end, steps: [{call: []}]}
              - {name: as is known, embedded: it does not end, steps: [{call: [], error: "ERR user_script:1: script stopped"}]}
            """, to: "endless.test.yaml")
        let outcome = try files.run([folder, "--redis", server.url])
        #expect(outcome.status == 1)
        let message =
            "it does not end, step 1: the script takes too long, and a server would not stop it; say in 'embedded' why"
        #expect(outcome.output.contains(message), "\(outcome.output)")
        #expect(!outcome.output.contains("as is known"), "\(outcome.output)")
    }

    @Test func aServerWithDataIsLeftAlone() throws {
        let server = try RedisServer.start()
        let connection = try RESPSocket(port: server.port)
        #expect(try connection.ask("SET", "mine", "1") == "+OK ")
        let outcome = try files.run([folder, "--redis", server.url])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("the server holds keys"), "\(outcome.errors)")
        #expect(try connection.ask("GET", "mine") == "$1 1 ")
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
    func aServerEndsWithTheProgram(by end: Int32) throws {
        let process = Process()
        process.executableURL = try ProgramTests.binary()
        process.arguments = ["test", folder, "--redis", "auto", "--random", "10000000"]
        process.environment = try ["PATH": "/usr/bin:/bin"].merging(environment()) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        // Where this process is a shell's background job it ignores Ctrl-C, and the program would, too.
        signal(SIGINT, SIG_DFL)
        try process.run()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        try Blocking.wait(for: "the server's socket") {
            let names = (try? temporaryFiles()) ?? []
            return names.contains { Loopback.answers(unixSocket: "\(folder)/tmp/\($0)/s") }
        }
        kill(process.processIdentifier, end)
        try Blocking.wait(for: "the end of the server") { try temporaryFiles() == [] }
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
    }
}

/// The server that `--redis auto` starts, when it does not do what it should.
struct OwnRedisServerTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func failure(of script: String, patience: Duration) async throws -> String {
        let program = try folder.file("#!/bin/sh\n\(script)\n", named: "redis-server")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let error = await #expect(throws: CommandFailure.self) {
            _ = try await OwnRedisServer(program: program, patience: patience)
        }
        return error?.description ?? ""
    }

    @Test func oneThatEndsIsToldOfWithItsLastWords() async throws {
        let log = "while [ \"$1\" != --logfile ]; do shift; done; echo 'no such option' > \"$2\"; exit 1"
        let failure = try await failure(of: log, patience: .seconds(60))
        #expect(failure == "--redis auto: redis-server ended at once: no such option")
    }

    @Test func oneThatDoesNotAnswerIsNotWaitedForForEver() async throws {
        let failure = try await failure(of: "exec sleep 600", patience: .milliseconds(300))
        #expect(failure.hasPrefix("--redis auto: redis-server does not answer"))
    }

    @Test func oneThatIsNotThereIsToldOf() async {
        await #expect(throws: CommandFailure.self) {
            _ = try await OwnRedisServer(program: nil, patience: .milliseconds(300))
        }
    }
}
