import Foundation
import PeriluneCore
import PeriluneFuzzing
import PeriluneTestSupport
import Testing

/// Small scripts and commands, on a real server and on the embedded engine.
@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct DialectTests {
    @Test func scriptsAnswerTheSame() async throws {
        let pair = try EnginePair()
        for source in try Self.scripts("dialect-scripts") {
            do {
                _ = try await pair.call(
                    LuaScript(name: source, source: source), keys: ["a", "b"], arguments: ["10", "x", 3])
            } catch let difference as Difference {
                Issue.record("\(difference)")
            }
        }
    }

    /// The scripts of a file of resources.
    static func scripts(_ name: String) throws -> [String] {
        let file = try #require(Bundle.module.url(forResource: name, withExtension: "txt"))
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("-- ") }
            .map { String($0.replacing("⏎", with: "\n")) }
    }

    /// Random patterns, right and wrong, on random texts.
    @Test func patternsMatchTheSame() async throws {
        let script = LuaScript(
            name: "patterns",
            source: """
                local function all(ok, ...)
                  local results = {tostring(ok)}
                  for i = 1, select('#', ...) do results[i + 1] = tostring((select(i, ...))) end
                  return results
                end
                local words = {}
                pcall(function() for a, b in ARGV[1]:gmatch(ARGV[2]) do words[#words + 1] = a .. tostring(b) end end)
                return {
                  all(pcall(string.find, ARGV[1], ARGV[2])), all(pcall(string.match, ARGV[1], ARGV[2], 3)),
                  all(pcall(string.gsub, ARGV[1], ARGV[2], ARGV[3])), all(pcall(string.gsub, ARGV[1], ARGV[2], '', 1)),
                  words,
                }
                """)
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let pair = try EnginePair()
        let pieces = [
            "a", "b", ".", "%a", "%d", "%s", "%W", "%%", "%.", "[ab]", "[^a]", "[a-c]", "[%d%s]", "[]]", "(", ")", "()",
            "(a)", "(.)", "%1", "%2", "%b()", "%f[%a]", "^", "$", "*", "+", "-", "?", "%", "[", "]", "%z", "\0", "é",
        ]
        let letters = ["a", "b", "c", "1", " ", "(", ")", ".", "\0", "é", "]"]
        let replacements = ["x", "%0", "%1", "<%1%0>", "%", "%%", "%9", "%a"]
        for _ in 0..<4000 {
            let pattern = (0..<Int.random(in: 0...6, using: &generator))
                .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let text = (0..<Int.random(in: 0...10, using: &generator))
                .map { _ in letters.randomElement(using: &generator) ?? "" }.joined()
            let replacement = replacements.randomElement(using: &generator) ?? ""
            do {
                _ = try await pair.call(
                    script, arguments: [.string(text), .string(pattern), .string(replacement)])
            } catch let difference as Difference {
                Issue.record("seed \(seed): \(difference)")
                return
            }
        }
    }

    @Test func commandsAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(10_000, distorting: false, setUp: []) { $0.stringLine() }
    }
}
