import Foundation
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// `perilune redis --snapshot`: what is there after the program has ended, in whatever way.
@Suite struct SnapshotProgramTests {
    private let folder: TemporaryFolder
    private var snapshot: String { folder.path + "/snapshot" }

    init() throws {
        folder = try TemporaryFolder()
    }

    /// The program, and a connection to it.
    private final class Running {
        let process = Process()
        private let descriptor: Int32

        init(_ folder: TemporaryFolder, interval: Int) throws {
            process.executableURL = try ProgramTests.binary()
            process.arguments = [
                "redis", "--port", "0", "--unixsocket", folder.path + "/s", "--snapshot", folder.path + "/snapshot",
                "--snapshot-interval", "\(interval)",
            ]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            // Both lines are printed once connections are accepted.
            var text = ""
            while !text.contains("/s\n") {
                let data = output.fileHandleForReading.availableData
                try #require(!data.isEmpty, "the program ended: \(text)")
                text += String(decoding: data, as: UTF8.self)
            }
            descriptor = try Loopback.connection(toUnixSocket: folder.path + "/s")
        }

        deinit {
            close(descriptor)
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
        }

        /// The first line of a reply.
        func send(_ line: String) -> String {
            let request = Array((line + "\r\n").utf8)
            guard write(descriptor, request, request.count) == request.count else { return "" }
            var reply: [UInt8] = []
            var byte: UInt8 = 0
            while reply.last != UInt8(ascii: "\n"), read(descriptor, &byte, 1) == 1 { reply.append(byte) }
            return String(decoding: reply, as: UTF8.self).trimmingCharacters(in: .newlines)
        }

        func end(by signal: Int32) {
            kill(process.processIdentifier, signal)
            process.waitUntilExit()
        }
    }

    private func keysInSnapshot() async throws -> Int {
        let engine = EmbeddedEngine()
        guard FileManager.default.fileExists(atPath: snapshot) else { return 0 }
        try engine.restoreSnapshot(from: snapshot)
        return try await engine.send(RedisCommand("DBSIZE")).integer ?? 0
    }

    @Test func theLastSnapshotIsThereAfterACrash() async throws {
        var program = try Running(folder, interval: 1)
        for number in 0..<1000 { #expect(program.send("INCR key:\(number)") == ":1") }
        while try await keysInSnapshot() < 1000 { poll(nil, 0, 10) }
        program.end(by: SIGKILL)
        // As if it had been about to write another.
        try Data("PERILUNE".utf8).write(to: URL(filePath: snapshot + ".tmp"))
        program = try Running(folder, interval: 3600)
        #expect(program.send("DBSIZE") == ":1000")
        #expect(program.send("INCR key:0") == ":2")
        #expect(!FileManager.default.fileExists(atPath: snapshot + ".tmp"))
        // At a graceful end everything is written, however long the interval is.
        program.end(by: SIGTERM)
        #expect(program.process.terminationStatus == 0)
        program = try Running(folder, interval: 3600)
        #expect(program.send("INCR key:0") == ":3")
    }

    @Test func aDamagedSnapshotIsOneLineAndStatus1() throws {
        let bytes = Data("PERILUNE\u{1}\0\0\0\u{1}".utf8)
        try bytes.write(to: URL(filePath: snapshot))
        let process = Process()
        process.executableURL = try ProgramTests.binary()
        process.arguments = ["redis", "--port", "0", "--snapshot", snapshot]
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        #expect(text == "perilune: --snapshot: \(snapshot): the snapshot is cut off\n")
        #expect(try Data(contentsOf: URL(filePath: snapshot)) == bytes)
    }

    @Test func aWrongIntervalIsRefused() throws {
        let outcome = try ProgramTests().run("redis", "--snapshot", snapshot, "--snapshot-interval", "0")
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("--snapshot-interval"))
    }
}
