import PeriluneCore
import PeriluneLua
import Testing

@testable import PeriluneCheck

@Suite struct FixedScriptTests {
    @Test func theDiffShowsWhatChanges() throws {
        let text =
            (1...12).map { "local x\($0) = \($0)" }.joined(separator: "\n")
            + "\nif redis.call('GET', KEYS[1]) == nil then return 1 end\nreturn 2"
        let source = ScriptSource("lua/a.lua", text)
        let findings = Validator().findings(in: source)
        let fixed = try #require(FixedScript(FileFindings(source: source, findings: findings)))
        #expect(
            String(decoding: fixed.diff, as: UTF8.self) == """
                --- lua/a.lua
                +++ lua/a.lua
                @@ -10,5 +10,5 @@
                 local x10 = 10
                 local x11 = 11
                 local x12 = 12
                -if redis.call('GET', KEYS[1]) == nil then return 1 end
                +if redis.call('GET', KEYS[1]) == false then return 1 end
                 return 2
                \\ No newline at end of file

                """)
    }

    /// One does for Lua, but not for `patch`.
    @Test func aCarriageReturnEndsNoLineOfADiff() throws {
        let text = "local x = 1\r\rlocal y = redis.call('GET', KEYS[1]) == nil\rreturn x and y"
        let source = ScriptSource("a.lua", text)
        let fixed = try #require(
            FixedScript(FileFindings(source: source, findings: Validator().findings(in: source))))
        let end = "\n\\ No newline at end of file\n"
        #expect(
            String(decoding: fixed.diff, as: UTF8.self) == "--- a.lua\n+++ a.lua\n@@ -1,1 +1,1 @@\n-\(text)\(end)+"
                + text.replacing("nil", with: "false") + end)
    }

    @Test func withoutFixesThereIsNothing() {
        let source = ScriptSource("a.lua", "local x = 1\nreturn 2")
        #expect(FixedScript(FileFindings(source: source, findings: Validator().findings(in: source))) == nil)
    }

    /// Whatever the edits: who applies the diff has the changed file.
    @Test func theDiffIsTheChange() throws {
        for seed in 0..<400 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let lines = (0..<Int.random(in: 0...40, using: &generator)).map { "-- line \($0)" }
            let ends = Bool.random(using: &generator) && !lines.isEmpty
            let source = ScriptSource("a.lua", lines.joined(separator: "\n") + (ends ? "\n" : ""))
            let findings = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                finding(in: source.bytes, &generator)
            }
            guard let fixed = FixedScript(FileFindings(source: source, findings: findings)) else { continue }
            #expect(patched(source.bytes, String(decoding: fixed.diff, as: UTF8.self)) == fixed.bytes, "seed \(seed)")
        }
    }

    /// A finding whose fix puts comments or empty lines somewhere.
    private func finding(in bytes: [UInt8], _ generator: inout SeededGenerator) -> Finding {
        let first = Int.random(in: 0...bytes.count, using: &generator)
        let last = min(bytes.count, first + Int.random(in: 0...30, using: &generator))
        let range = SourceRange(start: position(first, bytes), end: position(last, bytes))
        let text = ["", "-- new", "\n", "-- one\n-- two\n", "\n-- x"].randomElement(using: &generator) ?? ""
        return Finding(
            Rule.ID(rawValue: "R001"), .error, "x", at: range, fix: Fix("change", [Fix.Edit(range, text)]))
    }

    private func position(_ offset: Int, _ bytes: [UInt8]) -> SourcePosition {
        let before = bytes[..<offset]
        let column = offset - (before.lastIndex(of: 10).map { $0 + 1 } ?? 0) + 1
        return SourcePosition(offset: offset, line: before.count { $0 == 10 } + 1, column: column)
    }

    /// Applies a unified diff to the letter; `nil` when it does not fit.
    private func patched(_ bytes: [UInt8], _ diff: String) -> [UInt8]? {
        let before = lines(String(decoding: bytes, as: UTF8.self))
        var (after, position): ([String], Int) = ([], 0)
        for (mark, text) in marked(diff) {
            switch mark {
            case "@":
                let numbers = text.split { !$0.isNumber }.compactMap { Int($0) }
                guard numbers.count == 4 else { return nil }
                let start = numbers[1] == 0 ? numbers[0] : numbers[0] - 1
                guard (position...before.count).contains(start) else { return nil }
                after += before[position..<start]
                position = start
                guard after.count == (numbers[3] == 0 ? numbers[2] : numbers[2] - 1) else { return nil }
            case "+": after.append(text)
            default:
                guard before.indices.contains(position), before[position] == text else { return nil }
                position += 1
                if mark == " " { after.append(text) }
            }
        }
        return Array((after + before[position...]).joined().utf8)
    }

    /// The lines of a diff without its head, each with its mark; one that is said to have no end has none.
    private func marked(_ diff: String) -> [(mark: Character, text: String)] {
        var marked: [(mark: Character, text: String)] = []
        for line in lines(diff).dropFirst(2) {
            if line.hasPrefix("\\"), let last = marked.popLast() {
                marked.append((last.mark, String(last.text.dropLast())))
            } else {
                marked.append((line.first ?? "?", String(line.dropFirst())))
            }
        }
        return marked
    }

    /// Lines with what ends them.
    private func lines(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) + "\n" }
        if let last = lines.popLast(), last != "\n" { lines.append(String(last.dropLast())) }
        return lines
    }
}
