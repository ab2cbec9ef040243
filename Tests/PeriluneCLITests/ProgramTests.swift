import Foundation
import PeriluneTestSupport
import Testing

/// The program as a user runs it: the built binary, its output and its exit status.
@Suite struct ProgramTests {
    /// The binary; it stands beside the test bundle.
    static func binary(_ name: String = "perilune") throws -> URL {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent()
        for _ in 0..<4 {
            let candidate = folder.appendingPathComponent(name)
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        throw CocoaError(.fileNoSuchFile)
    }

    struct Outcome {
        var status: Int32
        var output: String
        var errors: String
    }

    func run(_ arguments: String..., environment: [String: String] = [:], input: String = "") throws -> Outcome {
        try run(arguments, in: FileManager.default.temporaryDirectory, environment: environment, input: input)
    }

    /// Runs a program in a folder.
    func run(
        _ arguments: [String], in folder: URL, environment: [String: String] = [:], input: String = "",
        program: String = "perilune"
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = try Self.binary(program)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        process.currentDirectoryURL = folder
        let (inputPipe, outputPipe, errorPipe) = (Pipe(), Pipe(), Pipe())
        process.standardInput = inputPipe
        process.standardOutput = outputPipe
        process.standardError = errorPipe
        try process.run()
        inputPipe.fileHandleForWriting.write(Data(input.utf8))
        try inputPipe.fileHandleForWriting.close()
        let output = outputPipe.fileHandleForReading.readDataToEndOfFile()
        let errors = errorPipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
            errors: String(decoding: errors, as: UTF8.self))
    }

    @Test func wrongUseIsOneLineAndStatus2() throws {
        for arguments in [
            ["nonsense"], ["replay"], ["serve", "--port"], ["generate", "lua"], ["serve", "--nonsense"],
        ] {
            let process = try run(arguments[0], arguments.dropFirst().first ?? "--nonsense")
            #expect(process.status == 2, "\(arguments)")
            #expect(process.errors.split(separator: "\n").count == 1, "\(arguments): \(process.errors)")
            #expect(process.errors.hasPrefix("perilune"))
            #expect(process.output.isEmpty)
        }
    }

    @Test func helpAndVersionAreNoErrors() throws {
        let help = try run("--help")
        #expect(help.status == 0)
        for command in ["serve", "replay", "generate", "test", "repl"] { #expect(help.output.contains(command)) }
        #expect(try run("--version").status == 0)
    }

    @Test func wrongConfigurationIsOneLineAndStatus2() throws {
        let wrongURL = try run("serve", "--port", "0", environment: ["REDIS_URL": "redis://:secret@host:port"])
        #expect(wrongURL.status == 2)
        #expect(wrongURL.errors.hasPrefix("perilune: REDIS_URL: "))
        #expect(!wrongURL.errors.contains("secret"))
        #expect(try run("serve", "--port", "99999").status == 2)
        #expect(try run("serve", environment: ["PERILUNE_PORT": "eighty"]).errors.contains("PERILUNE_PORT"))
        let wrongKey = try run("serve", environment: ["PERILUNE_SESSIONS_ENCRYPTION_KEYS": "1:secret"])
        #expect(wrongKey.status == 2)
        #expect(wrongKey.errors.hasPrefix("perilune: PERILUNE_SESSIONS_ENCRYPTION_KEYS: not a list of keys; "))
        #expect(!wrongKey.errors.contains("secret"))
    }

    @Test func aLogFromStandardInputIsReplayed() throws {
        let line = "192.0.2.1 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1\n"
        let log = String(repeating: line, count: 12)
        let allowed = try run("replay", "-", "--json", input: log)
        #expect(allowed.status == 0)
        #expect(allowed.output.contains("\"denied\": 2"))
        let failed = try run("replay", "-", "--limit", "1/h", "--fail-above", "50%", input: log)
        #expect(failed.status == 1)
        #expect(failed.errors.split(separator: "\n").count == 1)
        #expect(try run("replay", "-", "--limit", "0/min", input: log).status == 2)
        #expect(try run("replay", "/nonexistent").status == 1)
    }

    @Test func aClosedStandardInputIsNamed() throws {
        let shell = Process()
        let errors = Pipe()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "exec \"$0\" replay - <&-", try Self.binary().path]
        shell.standardError = errors
        try shell.run()
        let data = errors.fileHandleForReading.readDataToEndOfFile()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 1)
        #expect(
            String(decoding: data, as: UTF8.self) == "perilune replay: cannot read standard input: it is closed\n")
    }

    @Test(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"), arguments: [false, true])
    func theServerAnswersAndEndsOnSIGTERM(onRedis: Bool) async throws {
        let redis = onRedis ? try RedisServer.shared() : nil
        let process = Process()
        process.executableURL = try Self.binary()
        process.arguments = ["serve", "--port", "0"]
        process.environment = ["PERILUNE_LOG_LEVEL": "error"]
        if let redis { process.environment?["REDIS_URL"] = redis.url }
        process.currentDirectoryURL = FileManager.default.temporaryDirectory
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        // Everything is printed once the server accepts connections.
        var text = ""
        while !text.contains("/cache/rate-limit/user:42\n") {
            let data = output.fileHandleForReading.availableData
            try #require(!data.isEmpty, "the server ended: \(text)")
            text += String(decoding: data, as: UTF8.self)
        }
        // The calls it prints are run as they are, by a shell.
        let calls = text.split(separator: "\n").filter { $0.hasPrefix("  curl ") }
        #expect(calls.count == 3)
        let answers = try calls.map { call in
            let shell = Process()
            let answer = Pipe()
            shell.executableURL = URL(fileURLWithPath: "/bin/sh")
            shell.arguments = ["-c", "\(call) --silent --fail --max-time 60"]
            shell.standardOutput = answer
            try shell.run()
            let data = answer.fileHandleForReading.readDataToEndOfFile()
            shell.waitUntilExit()
            return String(decoding: data, as: UTF8.self)
        }
        #expect(answers[0].contains("\"status\":\"ok\""))
        #expect(answers[1].contains("\"allowed\":true"))
        #expect(answers[2].contains("\"remaining\":9"))
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 0)
    }
}
