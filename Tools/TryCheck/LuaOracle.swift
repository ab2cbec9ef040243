import ArgumentParser
import Foundation

/// What Lua 5.1 itself says about texts: `loadstring` of `lua5.1`, which takes a buffer as Redis does and runs nothing.
struct LuaOracle {
    /// How deep in calls of C `loadstring` parses there, which counts towards the levels that a script may nest.
    static let level = 2

    /// Reads the files that a list names and writes a line for each: `+`, or the message in hexadecimal.
    private static let program = """
        for path in io.lines(arg[1]) do
          local file = io.open(path, 'rb')
          local text = file:read('*a')
          file:close()
          local chunk, message = loadstring(text, '=s')
          if chunk then print('+') else
            print((message:gsub('.', function(c) return ('%02x'):format(c:byte()) end)))
          end
        end
        """

    /// Judges texts, all in one process.
    ///
    /// - Returns: For each text `nil` when it is Lua 5.1, otherwise `LINE: MESSAGE`.
    static func verdicts(on texts: [[UInt8]]) throws -> [[UInt8]?] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("try-check-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var list = ""
        for (index, text) in texts.enumerated() {
            let file = folder.appendingPathComponent(String(index))
            try Data(text).write(to: file)
            list += file.path + "\n"
        }
        let listFile = folder.appendingPathComponent("list")
        try Data(list.utf8).write(to: listFile)

        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["lua5.1", "-", listFile.path]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(program.utf8))
        try input.fileHandleForWriting.close()
        let lines = (try output.fileHandleForReading.readToEnd() ?? Data()).split(separator: UInt8(ascii: "\n"))
        process.waitUntilExit()
        guard process.terminationStatus == 0, lines.count == texts.count else {
            throw ValidationError("lua5.1 (Debian: lua5.1) judged \(lines.count) of \(texts.count) files")
        }
        return lines.map(verdict)
    }

    private static func verdict(_ line: Data) -> [UInt8]? {
        if line.elementsEqual("+".utf8) { return nil }
        let digits = Array(line)
        let message = stride(from: 0, to: digits.count - 1, by: 2).map { index in
            UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) ?? 0
        }
        // "s:1: message"
        return Array(message.dropFirst(2))
    }
}
