import PeriluneFuzzing
import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct SubsequenceCommandTests {
    @Test func commonSubsequencesAreTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(2000, setUp: [["RPUSH", "l", "x"], ["SET", "n", "12321"]]) { Self.line(&$0) }
    }

    @Test func edgesAnswerTheSame() async throws {
        let pair = try EnginePair()
        for line in [
            "MSET a ohmytext b mynewtext", "LCS a b", "LCS a b LEN", "LCS a b IDX", "LCS a b IDX MINMATCHLEN 4",
            "LCS a a IDX",
            "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN", "LCS a b IDX MINMATCHLEN -1 WITHMATCHLEN", "LCS a b IDX LEN",
            "LCS a b LEN WITHMATCHLEN", "LCS a b MINMATCHLEN", "LCS a b MINMATCHLEN x", "LCS a b NOPE", "LCS a none",
            "LCS a none IDX",
            "LCS none none", "LCS a", "RPUSH l x", "LCS a l", "LCS l a NOPE", "LCS l none IDX LEN",
            "SETRANGE c 20000 x", "LCS c c LEN",
            "SETRANGE d 11000 x", "SETRANGE e 12200 x", "LCS d e LEN",
        ] {
            _ = try await pair.send(line)
        }
    }

    private static func line(_ fuzz: inout CommandFuzz) -> CommandFuzz.Line {
        let key: (inout CommandFuzz) -> String = { $0.pick("a", "a", "b", "b", "n", $0.pick("l", "none")) }
        if fuzz.chance(3) {
            return .init(["SET", fuzz.pick("a", "b"), fuzz.several(0...24) { $0.pick("a", "b", "c", "d") }.joined()])
        }
        var words = ["LCS", key(&fuzz), key(&fuzz)]
        if fuzz.chance(4) { words.append("LEN") }
        if fuzz.chance(2) { words.append("IDX") }
        if fuzz.chance(3) { words.append("WITHMATCHLEN") }
        if fuzz.chance(3) { words += ["MINMATCHLEN", fuzz.index()] }
        return .init(words)
    }
}
