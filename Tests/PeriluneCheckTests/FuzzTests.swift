import PeriluneCheck
import PeriluneCheckFuzzing
import Testing

@Suite("Random changes of scripts")
struct FuzzTests {
    @Test("changed scripts are checked, reported and mended, never worse", arguments: 1...4 as ClosedRange<UInt64>)
    func changes(seed: UInt64) {
        let fuzz = ScriptFuzz(scripts: ScriptFuzz.examples)
        for number in seed * 1_000..<seed * 1_000 + 15 {
            let failure = ProjectTrial(fuzz.project(number)).failure()
            #expect(failure == nil, "case \(number): \(failure ?? "")")
        }
    }

    @Test("the same number makes the same project")
    func repetition() {
        let fuzz = ScriptFuzz(scripts: ScriptFuzz.examples)
        let (first, second) = (fuzz.project(7), fuzz.project(7))
        #expect(first.sources == second.sources)
        #expect(first.redis == second.redis && first.areAllRulesOn == second.areAllRulesOn)
        #expect(first.sources != fuzz.project(8).sources)
    }

    @Test("what a message quotes of a script moves no cursor")
    func quotations() throws {
        let finding = try #require(
            Validator().findings(in: ScriptSource("script.lua", "return '\u{1B}[2J\r\u{2028}")).first)
        #expect(finding.rule.rawValue == "R001")
        #expect(finding.message.contains("unfinished string near ''\\u{1b}[2J"))
        #expect(!finding.message.unicodeScalars.contains { $0.value < 32 || $0.value == 0x2028 })
    }
}
