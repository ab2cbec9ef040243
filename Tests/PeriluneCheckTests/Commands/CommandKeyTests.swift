import Testing

@testable import PeriluneCheck

@Suite("Where the keys of commands are")
struct CommandKeyTests {
    /// Calls, and the positions of their keys among all words.
    static let samples: [(String, [Int])] = [
        ("GET a", [1]), ("SET a v", [1]), ("MGET a b c", [1, 2, 3]), ("MSET a 1 b 2", [1, 3]), ("LCS a b LEN", [1, 2]),
        ("BLPOP a b 0", [1, 2]), ("BITOP AND a b c", [2, 3, 4]), ("OBJECT ENCODING a", [2]), ("XINFO STREAM a", [2]),
        ("XGROUP CREATE a g $", [2]), ("MEMORY USAGE a", [2]), ("EVAL s 2 a b c", [3, 4]), ("FCALL f 1 a b", [3]),
        ("ZUNION 2 a b WITHSCORES", [2, 3]), ("SINTERCARD 2 a b LIMIT 1", [2, 3]), ("BLMPOP 0 2 a b LEFT", [3, 4]),
        ("ZUNIONSTORE d 2 a b WEIGHTS 1 2", [1, 3, 4]), ("XREAD COUNT 1 STREAMS a b 0 0", [4, 5]),
        ("XREADGROUP GROUP STREAMS STREAMS STREAMS a >", [5]), ("SORT a LIMIT 0 1 STORE d", [1, 6]),
        ("SORT a", [1]), ("GEORADIUS a 1 2 3 m STORE d", [1, 7]), ("GEORADIUSBYMEMBER a m 3 m STOREDIST d", [1, 6]),
        ("GEOSEARCHSTORE d a FROMMEMBER m BYRADIUS 1 m", [1, 2]), ("COPY a b", [1, 2]), ("PFCOUNT a b", [1, 2]),
        ("SINTERSTORE d a b", [1, 2, 3]), ("RENAME a b", [1, 2]), ("MIGRATE h 1 a 0 1", [3]),
    ]

    /// What the table says of a call; a word `?` is one that the script does not show.
    static func positions(_ text: String, in version: RedisVersion = .v70) -> [Int]? {
        let words = text.split(separator: " ").map(String.init)
        guard
            case .known(let command) = CommandTable(version: version).lookup(
                words[0], subcommand: words.count > 1 ? words[1] : nil)
        else { return nil }
        return command.certainKeyPositions(count: words.count) { words[$0] == "?" ? nil : words[$0] }
    }

    @Test(arguments: samples)
    func positionsAreKnown(text: String, expected: [Int]) {
        #expect(Self.positions(text) == expected)
    }

    @Test(
        "What depends on words that are not known is left out",
        arguments: [
            ("ZUNION ? a b", []), ("ZUNIONSTORE d ? a b", [1]), ("XREAD ? 1 STREAMS a 0", []), ("SORT a ? ?", [1]),
            ("EVAL s x a", []), ("EVAL s -1 a", []), ("DEL a ? b", [1, 2, 3]),
        ] as [(String, [Int])])
    func unknown(text: String, expected: [Int]) {
        #expect(Self.positions(text) == expected)
    }

    @Test("Wrong numbers of words and of keys harm nobody")
    func wrong() {
        for command in CommandTable(version: .v80).commands {
            for count in 1..<6 {
                for word in ["99999999999999999999", "9223372036854775807", "-1", "STREAMS", "STORE"] {
                    let positions = command.certainKeyPositions(count: count) { _ in word }
                    #expect(positions.allSatisfy { (1..<count).contains($0) }, "\(command.name)")
                }
            }
        }
        #expect(Self.positions("ZUNION 9 a b") == [2, 3])
        #expect(Self.positions("MSETEX 2 a 1 b 2") == nil)
        #expect(Self.positions("JSON.MSET a $ 1 b $ 2") == [1, 4])
        #expect(Self.positions("JSON.MGET a b $") == [1, 2])
    }
}
