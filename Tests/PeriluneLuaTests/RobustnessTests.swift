import PeriluneLua
import Testing

/// Changes a few bytes or words of a script chosen at random.
func mutate(_ samples: [String], using generator: inout SeededGenerator) -> [UInt8] {
    let words = [
        "(", ")", "{", "}", "[", "]", "[[", "]]", "--[[", "--", "\"", "'", "\\", "..", "...", ".", ":", "=", "~", "#",
        " and ", " end ", " do ", " function ", " local ", " return ", " break ", " if ", " for ", " in ", " until ",
        "\n", "\r\n", "\0", "0x", "1e", "[=[", "]=]", "\\300", "\\x", " arg ", "%", "^", "-", " goto ", "--@",
    ]
    var bytes = script(samples.randomElement(using: &generator) ?? "")
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let index = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0, 1: bytes.insert(contentsOf: (words.randomElement(using: &generator) ?? "").utf8, at: index)
        case 2: bytes.removeSubrange(index..<min(index + Int.random(in: 1...6, using: &generator), bytes.count))
        case 3: if index < bytes.count { bytes[index] = UInt8.random(in: 0...255, using: &generator) }
        default: bytes.removeSubrange(index...)
        }
    }
    return bytes
}

@Suite("Robustness")
struct RobustnessTests {
    @Test("mutated scripts are rewritten or refused, never worse", arguments: 1...8 as ClosedRange<UInt64>)
    func mutations(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<250 {
            let source = mutate(sampleScripts, using: &generator)
            let lines = source.count { $0 == 10 }
            if let rewritten = try? LuaDialect.rewrite(source) {
                #expect(rewritten.text.count { $0 == 10 } == lines + 1, "seed \(seed)")
                #expect(rewritten.text.count < source.count * 4 + 200, "seed \(seed)")
            }
            _ = try? ScriptHeader.parse(source)
        }
    }

    @Test("random bytes are refused or taken, never worse", arguments: 1...4 as ClosedRange<UInt64>)
    func noise(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<250 {
            let count = Int.random(in: 0...64, using: &generator)
            let source = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = try? LuaDialect.rewrite(source)
            _ = try? ScriptHeader.parse(script("---@") + source)
        }
    }

    @Test("every prefix of a script is refused or taken")
    func prefixes() {
        for sample in sampleScripts {
            let bytes = script(sample)
            for count in 0...bytes.count { _ = try? LuaDialect.rewrite(Array(bytes.prefix(count))) }
        }
    }

    @Test("headers are read as far as they go, and errors are within them", arguments: 1...4 as ClosedRange<UInt64>)
    func headers(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let sample = script(
            "#!lua\n---@script a.b\n\t---@key k hash # x\n---@args g a:integer>0<9 b:bytes\n---@flags no-writes,x\n"
                + "---@budget calls=3 x=y\n---@retrun integer?\n---@redis >=6.2\n---@arg n \u{e9}\u{e8} <x\nreturn 1")
        for count in 0...sample.count {
            var bytes = Array(sample.prefix(count))
            for _ in 0..<2 {
                let reading = ScriptHeader.read(bytes)
                #expect(reading.end <= bytes.count)
                for error in reading.errors {
                    #expect(error.range.start <= error.range.end && error.range.end.offset <= bytes.count, "\(error)")
                }
                if !bytes.isEmpty { bytes[Int.random(in: 0..<bytes.count, using: &generator)] = 0xFF }
            }
        }
    }

    @Test("long chains need no deep stack")
    func longChains() throws {
        let count = 20_000
        for (first, next) in [
            ("x = a", ".b"), ("x = a", "[1]"), ("x = a", "()"), ("x = a", ":b()"), ("x = 1", "+1"), ("x = 1", " % 2"),
            ("x = a", " and b"), ("if a then elseif b then ", "elseif c then "), ("x = {", "1,"), ("", "x = 1 "),
        ] {
            var text = first + String(repeating: next, count: count)
            if first.hasPrefix("if") { text += "end" }
            if first.hasSuffix("{") { text += "}" }
            let rewritten = try LuaDialect.rewrite(script(text))
            #expect(rewritten.text.count > count, "\(next)")
        }
    }
}
