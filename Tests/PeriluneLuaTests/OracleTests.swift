import Foundation
import PeriluneLua
import Testing

/// Debian's compiler of Lua 5.1, where it is installed.
private let compiler: String? = ["/usr/bin/luac5.1", "/usr/local/bin/luac5.1"].first {
    FileManager.default.isExecutableFile(atPath: $0)
}

@Suite("Against luac5.1", .enabled(if: compiler != nil, "luac5.1 is not installed (Debian: lua5.1)"))
struct OracleTests {
    /// What the compiler says about a script, as `LINE: MESSAGE`, or nil when it accepts it.
    private func reference(_ source: [UInt8]) throws -> [UInt8]? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(compiler))
        process.arguments = ["-p", "-"]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardError = output
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(source))
        try input.fileHandleForWriting.close()
        var message = Array(try output.fileHandleForReading.readToEnd() ?? Data())
        process.waitUntilExit()
        if process.terminationStatus == 0 { return nil }
        if message.last == 10 { message.removeLast() }
        // "luac5.1: stdin:1: message"
        let prefix = Array("stdin:".utf8)
        guard let start = message.indices.first(where: { message[$0...].starts(with: prefix) }) else { return message }
        return Array(message[(start + prefix.count)...])
    }

    @Test("samples and errors are judged alike")
    func examples() throws {
        // luac itself skips a first line that starts with '#'; a buffer loaded by Redis does not.
        let sources = SyntaxErrorCase.all.map(\.source).filter { !$0.hasPrefix("#") && !$0.hasPrefix("\u{1B}") }
        for source in sources + sampleScripts {
            #expect(syntaxError(script(source), level: 1) == (try reference(script(source))), "\(source)")
        }
    }

    @Test("mutations of samples are judged alike", arguments: 1...4 as ClosedRange<UInt64>)
    func mutations(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<40 {
            let source = mutate(sampleScripts, using: &generator)
            if source.first == UInt8(ascii: "#") || source.first == 0x1B { continue }
            #expect(
                syntaxError(source, level: 1) == (try reference(source)),
                "seed \(seed): \(String(decoding: source, as: UTF8.self))")
        }
    }
}
