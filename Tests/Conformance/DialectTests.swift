import Foundation
import PeriluneCore
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
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let pair = try EnginePair()
        for _ in 0..<10_000 {
            if Int.random(in: 0..<4, using: &generator) == 0 {
                pair.advance(Int64.random(in: 0...3_000_000, using: &generator))
            }
            let command = Self.command(using: &generator)
            do {
                _ = try await pair.send(command)
            } catch let difference as Difference {
                Issue.record("seed \(seed): \(difference)")
                return
            }
        }
    }

    /// A random command on a few keys, right or wrong.
    static func command(using generator: inout SeededGenerator) -> String {
        func pick(_ choices: String...) -> String { choices.randomElement(using: &generator) ?? "" }
        let key = pick("a", "b", "c")
        let value = pick("1", "-7", "hello", "007", "9223372036854775807", "1.5", "99999999999999999999")
        let number = pick("0", "1", "-1", "3", "1000", "x", "9223372036854775807")
        let expiry = pick(
            "EX \(number)", "PX \(number)", "EXAT 1700000100", "PXAT 1700000002500", "KEEPTTL", "EX", "PERSIST", "")
        return switch Int.random(in: 0..<22, using: &generator) {
        case 0..<4: "SET \(key) \(value) \(expiry) \(pick("", "NX", "XX", "GET", "NX GET"))"
        case 4: "GETEX \(key) \(expiry)"
        case 5:
            "\(pick("GET", "STRLEN", "TYPE", "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME", "PERSIST", "GETDEL")) \(key)"
        case 6..<9: "\(pick("GET", "PTTL", "TTL", "EXISTS", "DEL", "UNLINK", "TOUCH", "INCR", "DECR")) \(key)"
        case 9, 10: "\(pick("INCRBY", "DECRBY")) \(key) \(number)"
        case 11, 12: "\(pick("EXPIRE", "PEXPIRE")) \(key) \(number) \(pick("", "NX", "XX", "GT", "LT", "GT LT", "BAD"))"
        case 13: "\(pick("EXPIREAT", "PEXPIREAT")) \(key) \(pick("1700000100", "1700000005000", "0", "1", "-1"))"
        case 14: "\(pick("SETEX", "PSETEX")) \(key) \(number) \(value)"
        case 15: "APPEND \(key) \(value)"
        case 16: "GETRANGE \(key) \(number) \(pick("0", "-1", "2", "-3"))"
        case 17: "SETRANGE \(key) \(pick("0", "1", "7", "-1", "x")) \(value)"
        case 18: "\(pick("MGET", "EXISTS", "DEL")) a b c"
        case 19: "\(pick("MSET", "MSETNX")) a \(value) \(key) \(pick("2", "2 b"))"
        case 20: "\(pick("GETSET", "SETNX")) \(key) \(value)"
        default: pick("PING", "ECHO x", "FLUSHALL", "TIME", "GET", "SET a", "PING a b", "FLUSHDB ASYNC", "ECHO")
        }
    }
}
