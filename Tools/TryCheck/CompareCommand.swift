import ArgumentParser
import PeriluneLua

/// `try-check compare`: the parser against Lua 5.1 itself.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract:
            "Parses every .lua file below folders, and compares with lua5.1: accepted or refused, message and line.",
        discussion: """
            The text is compared as Redis would load it. luac and lua skip a first line that begins with '#', which a \
            script in Redis must not have; such a file is compared once more without that line. Compiled chunks are \
            left out. Exit status 1 at any difference.
            """)

    @Argument(help: "Folders and files.", completion: .directory)
    var folders: [String]

    /// A text that both are to judge.
    private struct Case {
        let name: String
        let text: [UInt8]
    }

    func run() throws {
        let files = try LuaFile.all(in: folders)
        var cases: [Case] = []
        var (compiled, hashes) = (0, 0)
        for file in files {
            // A chunk of bytecode begins so; loadstring would take it.
            if file.bytes.first == 0x1B {
                compiled += 1
                continue
            }
            cases.append(Case(name: file.path, text: file.bytes))
            guard file.bytes.first == UInt8(ascii: "#") else { continue }
            hashes += 1
            // What luac compiles: the line break stays.
            let rest = file.bytes.drop { $0 != UInt8(ascii: "\n") }
            cases.append(Case(name: file.path + " without its first line", text: Array(rest)))
        }
        let verdicts = try LuaOracle.verdicts(on: cases.map(\.text))
        var (accepted, refused, different) = (0, 0, 0)
        for (item, expected) in zip(cases, verdicts) {
            if expected == nil { accepted += 1 } else { refused += 1 }
            let found = Self.verdict(on: item.text)
            guard found != expected else { continue }
            different += 1
            show("\(item.name)\n  lua5.1:   \(Self.text(expected))\n  perilune: \(Self.text(found))")
        }
        show(
            """
            \(files.count) files (\(hashes) begin with '#', compared with that line and without; \(compiled) compiled, \
            left out): lua5.1 accepts \(accepted) texts and refuses \(refused); \(different) differences
            """)
        if different > 0 { throw ExitCode(1) }
    }

    private static func verdict(on text: [UInt8]) -> [UInt8]? {
        do throws(LuaSyntaxError) {
            _ = try LuaParser.parse(text, level: LuaOracle.level)
            return nil
        } catch {
            return Array("\(error.line): ".utf8) + error.messageBytes
        }
    }

    private static func text(_ verdict: [UInt8]?) -> String {
        verdict.map { "refuses, \(String(decoding: $0, as: UTF8.self))" } ?? "accepts"
    }
}
