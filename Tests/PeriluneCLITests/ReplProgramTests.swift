import Foundation
import Testing

/// `perilune repl` as a user runs it.
@Suite struct ReplProgramTests {
    @Test func withoutATerminalThereAreNoPromptsAndFailuresDecideTheStatus() throws {
        let well = try ProgramTests().run("repl", input: "1 + 1\n!SET a 1\n:keys")
        #expect(well.status == 0)
        #expect(well.output == "(integer) 2\nOK\n\"a\"  string  no expiry\n")
        #expect(well.errors.isEmpty)
        let failed = try ProgramTests().run(
            "repl", input: "foo\n\(String(repeating: "x", count: 2 << 20))\n2\n:quit\n3\n")
        #expect(failed.status == 1)
        #expect(
            failed.output == """
                (error) ERR Script attempted to access nonexistent global variable 'foo'
                  line 1: foo
                a line of more than 1048576 bytes is not taken
                (integer) 2

                """)
        #expect(try ProgramTests().run("repl", input: "do").status == 1)
        #expect(try ProgramTests().run("repl", "nonsense").status == 2)
    }

    /// `script` gives a program a terminal of its own.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
    func atATerminalThereArePromptsAndCtrlCDropsWhatIsTyped() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
        // Without `exec` some shells stay, and Ctrl-C is theirs, too.
        process.arguments = ["-q", "-e", "-c", "exec '\(try ProgramTests.binary().path)' repl", "/dev/null"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        var text = ""
        func wait(for end: String) throws {
            while !text.hasSuffix(end) {
                let data = output.fileHandleForReading.availableData
                try #require(!data.isEmpty, "it ended: \(text)")
                text += String(decoding: data, as: UTF8.self)
            }
            text = ""
        }
        func type(_ keys: String) { input.fileHandleForWriting.write(Data(keys.utf8)) }
        try wait(for: "lua> ")
        type("local x = (\n")
        try wait(for: "...> ")
        type("\u{3}")
        try wait(for: "\r\nlua> ")
        type("foo\n")
        try wait(for: "line 1: foo\r\nlua> ")
        type("6 * 7\n")
        try wait(for: "(integer) 42\r\nlua> ")
        type("\u{4}")
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
