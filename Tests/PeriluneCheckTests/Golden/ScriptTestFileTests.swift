import PeriluneGolden
import Testing

/// More of them than are tried in any order.
private let ranges = Array(repeating: "1..9", count: 201).joined(separator: ", ")

struct ScriptTestFileTests {
    @Test func keysAndArgumentsGoWhereTheAnnotationsSay() throws {
        let test = try #require(
            try tests(
                """
                keys: {counter: "c"}
                arguments: {amount: 1}
                tests:
                  - name: a
                    steps:
                      - call: {marks: [{name: a, value: 1}, [b, 2]]}
                      - call: [5]
                        on: [other]
                      - call: {amount: !hex 00ff}
                """
            ).first)
        #expect(
            test.steps.map(\.action) == [
                .call(keys: ["c"], arguments: ["1", "a", "1", "b", "2"].map { Array($0.utf8) }),
                .call(keys: ["other"], arguments: [Array("5".utf8)]),
                .call(keys: ["c"], arguments: [[0, 255]]),
            ])
    }

    @Test func timesAreExactToTheMicrosecond() throws {
        let test = try #require(
            try tests(
                """
                tests:
                  - name: a
                    at: 1700000000.5
                    steps:
                      - {command: [PING], after: 500ms}
                      - {command: [PING], after: 7}
                      - {command: [PING], at: 1700000009.000001}
                """
            ).first)
        #expect(test.start == 1_700_000_000_500_000)
        #expect(test.steps.map(\.time) == [.after(500_000), .after(7), .at(1_700_000_009_000_001)])
    }

    @Test func repliesAreReadByHowTheyAreWritten() throws {
        let replies: [(String, ReplyExpectation)] = [
            ("1", .integer(1...1)), ("-3..5", .integer(-3...5)), ("\"1\"", .bulk(Array("1".utf8))), ("null", .null),
            ("any", .any), ("\"any\"", .bulk(Array("any".utf8))), ("{status: OK}", .status("OK")),
            ("[1, [a, null]]", .array([.integer(1...1), .array([.bulk(Array("a".utf8)), .null])])),
            ("{bulk: 7}", .bulk(Array("7".utf8))), ("!hex 0a FF", .bulk([10, 255])),
            ("!!binary AP8=", .bulk([0, 255])),
            ("\"\"", .bulk([])), ("{error: ERR x}", .error("ERR x")),
            ("{unordered: [1, null]}", .unordered([[.integer(1...1)], [.null]])),
            ("{pairs: {a: any}}", .unordered([[.bulk(Array("a".utf8)), .any]])),
        ]
        for (text, expected) in replies {
            let test = try tests("tests: [{name: a, steps: [{command: [PING], reply: \(text)}]}]").first
            #expect(test?.steps.first?.reply == expected, "\(text)")
        }
    }

    @Test func theScriptIsNamedByTheFileUnlessItSaysSo() throws {
        #expect(try ScriptTestFile(yaml: "tests: []", path: "a/b.test.yaml").script == "b.lua")
        #expect(try ScriptTestFile(yaml: "{script: ../c.lua, tests: []}", path: "a/b.test.yaml").script == "../c.lua")
    }

    /// Without annotations there are no names, and where lists stand has to be told.
    @Test(arguments: [
        ("tests: [{name: a, steps: [{call: {amount: 1}}]}]", "as in [a, b], and keys are a list 'keys' of the file"),
        ("keys: {counter: c}\ntests: []", "no annotations that name keys; wanted is a list, as in [a, b]"),
    ])
    func withoutAnnotationsListsAreAskedFor(yaml: String, message: String) {
        let error = #expect(throws: ScriptTestError.self) {
            _ = try ScriptTestFile(yaml: yaml, path: "plain.test.yaml").tests(for: nil)
        }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "none")")
    }

    /// Every error names the file, the line, the key and what would be right.
    @Test(arguments: [
        ("tests: [", "counter.test.yaml:2:1: not YAML: "),
        ("", "counter.test.yaml: an empty file"),
        ("a: 1", "counter.test.yaml:1:1: a: unknown; wanted are script, keys, arguments, tests"),
        ("keys: {}", "no tests; wanted is a list 'tests'"),
        ("tests:\n  - steps: []", "counter.test.yaml:2:5: tests[0]: a test without a name"),
        ("tests:\n  - name: a", "counter.test.yaml:2:5: tests[0]: a test without steps"),
        ("tests: [{name: a, steps: [{}]}]", "tests[0].steps[0]: wanted is either 'call', with arguments, or 'command'"),
        ("tests: [{name: a, steps: [{call: {}}]}]", "the key 'counter' has no name; give it one in 'keys' or in 'on'"),
        (
            "keys: {counter: c}\ntests: [{name: a, steps: [{call: {}}]}]",
            "tests[0].steps[0].call: the argument 'amount' is missing"
        ),
        (
            "keys: {counter: c}\ntests: [{name: a, steps: [{call: {count: 1}}]}]",
            "counter.test.yaml:2:35: tests[0].steps[0].call.count: unknown; wanted are amount, marks"
        ),
        ("keys: {bucket: c}\ntests: []", "keys.bucket: unknown; wanted are counter"),
        (
            "keys: {counter: c}\ntests: [{name: a, steps: [{call: {amount: 1, marks: [[a]]}}]}]",
            "1 values; a group has name, value"
        ),
        ("tests: []", "counter.test.yaml:1:8: tests: a file without tests shows nothing"),
        ("tests: [{name: a, steps: []}]", "tests[0].steps: a test without steps shows nothing"),
        ("tests: [{name: a, steps: [{command: [BLPOP, q, 0]}]}]", "BLPOP waits, and the clock of a test stands still"),
        ("tests: [{name: a, steps: [{command: [xread, BLOCK, 0]}]}]", "XREAD waits, and the clock of a test"),
        ("tests: [{name: a, steps: [{command: [SWAPDB, 0, 1]}]}]", "SWAPDB reaches beyond the database of a test"),
        ("tests: [{name: a, steps: [{command: [COPY, a, b, DB, 1]}]}]", "COPY reaches beyond the database of a test"),
        ("tests: [{name: a, steps: [{command: [PING], writes: 0}]}]", "'writes' is about calls; leave it out"),
        ("tests: [{name: a, steps: [{command: [PING], error: ''}]}]", "wanted is how the error begins"),
        (
            "tests: [{name: a, given: {k: {string: a, ttl: 1..9223372036854775807}}, steps: []}]",
            "not a time to live"
        ),
        (
            "tests: [{name: a, stubs: [{command: [A], reply: -9223372036854775808..9223372036854775807}], steps: []}]",
            "neither any nor a range"
        ),
        ("tests: [{name: a, at: x, steps: []}]", "tests[0].at: not a time"),
        ("tests: [{name: a, steps: [{command: [PING], after: soon}]}]", "not a length of time; wanted is for example"),
        ("tests: [{name: a, steps: [{command: [PING], reply: true}]}]", "a script's true is 1"),
        ("tests: [{name: a, steps: [{command: [PING], reply: !hex 0}]}]", "not hexadecimal"),
        (
            "tests: [{name: a, given: {k: {string: a, list: [b]}}, steps: []}]",
            "a key has one of list, string; keep one"
        ),
        ("tests: [{name: a, given: {k: {ttl: 1}}, steps: []}]", "a key without content"),
        ("tests: [{name: a, given: {k: {string: a, ttl: 0}}, steps: []}]", "not a time to live"),
        ("tests: [{name: a, given: {k: {zset: {a: high}}}, steps: []}]", "its score is not a number"),
        ("tests: [{name: a, given: {k: {set: []}}, steps: []}]", "a key that holds nothing does not exist"),
        (
            "tests: [{name: a, steps: [{command: [PING], keys: {k: {type: text}}}]}]",
            "unknown type; one of string, hash"
        ),
        ("tests: [{name: a, steps: [{command: [PING], reply: 1, error: ERR}]}]", "keep one"),
        ("tests: [{name: a, redis: 5.0, steps: []}]", "tests[0].redis: wanted is 6.2"),
        ("tests: [{name: a, stubs: [{command: [JSON.GET]}], steps: []}]", "a stub has a command and a reply"),
        (
            "tests: [{name: a, stubs: [{command: [JSON.GET], reply: [1..2]}], steps: []}]",
            "tests[0].stubs[0].reply: a stub answers one thing"
        ),
        ("{name: a, name: b}", "more than once"),
        ("tests: [{name: a, steps: [{command: [HELLO, 3]}]}]", "HELLO is about a connection"),
        ("tests: [{name: a, steps: [{command: [PING], reply: 5..1}]}]", "not a range"),
        (
            "tests: [{name: a, steps: [{command: [PING], reply: {unordered: [\(ranges)]}}]}]",
            "201 elements that several replies fit"
        ),
        ("tests: [{name: a, given: {countr: null}, steps: []}]", "given.countr: unknown, and near to 'counter'"),
        (
            "tests: [{name: a, steps: [{command: [PING], keys: {conuter: null}}]}]",
            "keys.conuter: unknown, and near to 'counter'"
        ),
    ])
    func whatIsWrongIsNamedWithItsPlace(yaml: String, message: String) {
        let error = #expect(throws: ScriptTestError.self) { _ = try tests(yaml) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "none")")
        #expect(error?.description.hasPrefix("counter.test.yaml") == true)
    }

    @Test func namesThatAreMeantAreNotRefused() throws {
        _ = try tests("tests: [{name: a, given: {\"countr\": null}, steps: [{command: [PING]}]}]")
        _ = try tests("tests: [{name: a, steps: [{command: [DEL, countr], keys: {countr: null}}]}]")
        _ = try tests("tests: [{name: a, steps: [{command: [PING], keys: {far away: null}}]}]")
    }

    @Test func deepNestingIsRefused() {
        let reply = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        let yaml = "tests: [{name: a, steps: [{command: [PING], reply: \(reply)}]}]"
        let error = #expect(throws: ScriptTestError.self) { _ = try tests(yaml) }
        #expect(error?.message == "more than 32 levels deep")
        // The parser's own limit.
        #expect(throws: ScriptTestError.self) { _ = try tests(String(repeating: "[", count: 100_000)) }
    }

    /// Each level names the one before ten times.
    @Test func aliasesMakeNoLargeFiles() {
        var yaml = "script:\n  - &a0 x\n"
        for level in 1...20 {
            let names = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            yaml += "  - &a\(level) [\(names)]\n"
        }
        let error = #expect(throws: ScriptTestError.self) { _ = try tests(yaml) }
        #expect(error?.message == "more than 1000000 parts")
    }

    @Test func aScriptThatCannotBeUsedIsNamedWhereTheFileNamesIt() throws {
        let file = try ScriptTestFile(yaml: "tests: []\nscript: c.lua", path: "a/b.test.yaml")
        #expect(
            file.scriptError("there is no such script").description
                == "a/b.test.yaml:2:9: script: c.lua: there is no such script")
    }
}
