import Testing

@testable import PeriluneCheck

@Suite("The replies of commands")
struct CommandShapeTests {
    @Test("Every line is read, no command has two, and all of them are commands")
    func wellFormed() {
        var names: [String] = []
        for line in CommandShape.lines {
            let shapes = CommandShape.parse(line)
            #expect(shapes != nil, "\(line)")
            names += (shapes ?? []).map(\.0)
        }
        #expect(Set(names).count == names.count)
        let known = Set(CommandTable.rows.values.map(\.fullName))
        #expect(names.filter { !known.contains($0) } == [])
    }

    @Test("Every command that writes or reads data is there, but for modules and what scripts may not call")
    func complete() {
        let left = CommandTable(version: .v80).commands.filter { command in
            !command.keys.isEmpty && !command.name.contains(".") && !command.flags.contains(.noScript)
                && !command.name.hasPrefix("V") && CommandShape.all[command.name] == nil
        }
        #expect(left.map(\.name) == ["PFDEBUG"])
    }

    @Test(
        "What is no line is not read as one",
        arguments: [
            "", "count", "count GET", "what: GET", "(string: GET", "count @x: GET", "count @0: GET", "count[: GET",
            "string*: GET", "(string,): GET", "count other: GET", "count: GET: SET",
        ])
    func malformed(_ line: String) {
        #expect(CommandShape.parse(line[...]) == nil)
    }

    @Test func shapesAreRead() {
        #expect(ReplyShape("(string,string?[])?") == .optional(.tuple([.string, .list(.optional(.string))])))
        #expect(ReplyShape("flag*2") == .each(.flag, from: 2))
    }

    @Test(
        "Options change the reply",
        arguments: [
            ("GET k", .optional(.string)), ("SET k v", .status), ("SET k v EX 10", .status),
            ("SET k v EX ?", .status), ("SET k v NX EX ?", .optional(.status)),
            ("SET k v EX 1 GET", .optional(.string)),
            ("SET k v ?", .any), ("LPOP k", .optional(.string)), ("LPOP k ?", .optional(.list(.string))),
            ("SPOP k 2", .set), ("ZRANGE k 0 1", .list(.string)), ("ZRANGE k ? ? BYSCORE LIMIT ? ?", .list(.string)),
            ("ZRANGE k 0 1 WITHSCORES", .pairs(.double, isNested: true)), ("ZRANGE k 0 1 ?", .any),
            ("ZADD k 1 m", .count), ("ZADD k XX INCR 1 m", .optional(.double)), ("ZADD k ? m", .any),
            ("SORT k BY x STORE d", .count), ("HRANDFIELD k 3", .list(.string)),
            ("HRANDFIELD k 3 WITHVALUES", .pairs(.string, isNested: true)), ("LPOS k e COUNT 0", .list(.count)),
        ] as [(String, ReplyShape)])
    func options(call: String, expected: ReplyShape) {
        let words = call.split(separator: " ").map { $0 == "?" ? nil : $0.uppercased() }
        let name = words[0] ?? ""
        #expect(CommandShape.all[name]?.reply(to: name, words, isOpen: false) == expected)
    }

    @Test func whatMayFollowIsNotKnown() {
        #expect(CommandShape.all["LPOP"]?.reply(to: "LPOP", ["LPOP", "K"], isOpen: true) == .any)
        #expect(CommandShape.all["SET"]?.reply(to: "SET", ["SET", "K", "V"], isOpen: true) == .any)
    }

    @Test func integersAreWhereTheyBelong() {
        #expect(CommandShape.all["SET"]?.integerPositions(in: ["SET", "K", "V", "PX", nil]) == [4])
        #expect(
            CommandShape.all["ZRANGE"]?.integerPositions(in: ["ZRANGE", "K", nil, nil, "LIMIT", nil, nil]) == [5, 6])
        #expect(CommandShape.all["LREM"]?.integerPositions(in: ["LREM", "K", nil, "EX", "LIMIT"]) == [2])
    }
}
