import PeriluneCore
import PeriluneEmbedded
import Testing

@testable import PeriluneCLI

/// A conversation without a terminal: lines in, text out.
@Suite struct ReplTests {
    static let present: Int64 = 1_769_860_800_250_000

    static func repl(files: [String: String] = [:], observer: (any ScriptObserver)? = nil) -> Repl {
        Repl(
            observer: observer, present: { Self.present },
            readFile: { path throws(CommandFailure) in
                guard let text = files[path] else { throw CommandFailure("\(path): cannot be read") }
                return Array(text.utf8)
            })
    }

    /// What a new conversation answers to the last of some lines.
    func answer(_ lines: String..., files: [String: String] = [:]) -> String {
        var repl = Self.repl(files: files)
        var answer = Repl.Answer()
        for line in lines { answer = repl.read(Array(line.utf8)) }
        return answer.text
    }

    @Test(
        arguments: [
            ("1 + 1", "(integer) 2"),
            ("return 'a', 'b'", "\"a\""),
            ("'caf\\195\\169 \\\\ \"q\" \\n\\r\\t\\0'", #""caf\xc3\xa9 \\ \"q\" \n\r\t\x00""#),
            ("redis.call('SET', 'a', '1')", "OK"),
            ("redis.call('SET', 'a', '1') ;", "OK"),
            ("redis.call('SET', 'a', '1') return redis.call('GET', 'a')", "\"1\""),
            ("redis.status_reply('\\27[31m')", #"\x1B[31m"#),
            ("local x = 1", "(nil)"),
            ("nil", "(nil)"),
            ("{}", "(empty array)"),
            (
                "{1, {2, {}, 'x'}, false}",
                "1) (integer) 1\n2) 1) (integer) 2\n   2) (empty array)\n   3) \"x\"\n3) (nil)"
            ),
            ("{1,2,3,4,5,6,7,8,9,{10}}", (1...9).map { " \($0)) (integer) \($0)\n" }.joined() + "10) 1) (integer) 10"),
            ("{redis.error_reply('MY word')}", "1) (error) MY word"),
            ("-- nothing", ""),
            ("", ""),
        ])
    func repliesAreShownAsByTheServersOwnClient(line: String, text: String) {
        var repl = Self.repl()
        #expect(repl.read(Array(line.utf8)) == Repl.Answer(text: text))
        #expect(!repl.isUnfinished)
    }

    @Test(
        arguments: [
            ("error('boom')", "(error) ERR boom\n  line 1: error('boom')"),
            ("foo", "(error) ERR Script attempted to access nonexistent global variable 'foo'\n  line 1: foo"),
            ("error({err='MY word'})", "(error) MY word\n  line 1: error({err='MY word'})"),
            ("error('of the caller', 2)", "(error) ERR of the caller\n  line 1: error('of the caller', 2)"),
            ("return redis.error_reply('MY word')", "(error) MY word"),
            (
                "redis.call('INCR')",
                "(error) ERR Wrong number of args calling Redis command from script\n  line 1: redis.call('INCR')"
            ),
            (
                "x = = 5",
                "(error) ERR Error compiling script (new function): unexpected symbol near '='\n  line 1: x = = 5"
            ),
            (
                "'open",
                "(error) ERR Error compiling script (new function): unfinished string near ''open'\n  line 1: 'open"
            ),
            ("!NOSUCH", "(error) ERR unknown command 'NOSUCH', with args beginning with: "),
            ("!SET 'a", "a quotation mark is not closed"),
            (":nonsense", ":nonsense: see :help"),
            (":keys a b", ":keys a b: see :help"),
        ])
    func failuresAreReadable(line: String, text: String) {
        var repl = Self.repl()
        #expect(repl.read(Array(line.utf8)) == .failure(text))
        #expect(!repl.isUnfinished)
    }

    @Test func statementsGoOnUntilTheyAreWhole() {
        var repl = Self.repl()
        for line in [
            "local function add(x)", "", "  -- :keys, in a comment", "  return x +", "    1", "end return add(",
        ] {
            #expect(repl.read(Array(line.utf8)) == Repl.Answer())
            #expect(repl.isUnfinished)
        }
        #expect(repl.read(Array("41)".utf8)).text == "(integer) 42")
        #expect(answer("1 +", "1") == "(integer) 2")
        #expect(answer("[[a", ":keys", "]]") == #""a\n:keys\n""#)
        #expect(
            answer("local t = {", "}", "return t.x.y")
                == "(error) ERR Script attempted to access nonexistent global variable 't'\n  line 1: return t.x.y")
        #expect(answer("do", "  local t", "  return t.x end").hasSuffix("\n  line 3: return t.x end"))
    }

    @Test func manyLinesAreOneInput() {
        var repl = Self.repl()
        for line in ["local t = {"] + Array(repeating: "  1, -- a line", count: 5_000) {
            #expect(repl.read(Array(line.utf8)).text.isEmpty)
        }
        #expect(repl.read(Array("2} return #t".utf8)).text == "(integer) 5001")
        // What is wrong among them is said at the latest when everything is closed.
        _ = repl.read(Array("local t = {".utf8))
        for _ in 0..<100 { _ = repl.read(Array("  1,".utf8)) }
        _ = repl.read(Array("  1 1".utf8))
        #expect(repl.read(Array("} return 1".utf8)).hasFailed)
        #expect(!repl.isUnfinished)
    }

    @Test func whatIsNotWholeCanBeDropped() {
        #expect(answer("local x = (", ":cancel", "7") == "(integer) 7")
        var repl = Self.repl()
        _ = repl.read(Array("for i = 1, 3 do".utf8))
        let end = repl.end()
        #expect(end.hasFailed)
        #expect(end.text.contains("'end' expected"))
        #expect(repl.end() == Repl.Answer())
    }

    @Test func longInputsAreRefusedAndLongRepliesCut() {
        var repl = Self.repl()
        _ = repl.read(Array("x = {".utf8))
        let refusal = repl.read([UInt8](repeating: 0x31, count: Repl.longestInput))
        #expect(refusal == .failure("an input of more than 262144 bytes is not taken"))
        #expect(repl.read(Array("1".utf8)).text == "(integer) 1")
        for script in ["('x'):rep(1e6)", "local t = {} for i = 1, 1e5 do t[i] = i end return t"] {
            let text = repl.read(Array(script.utf8)).text
            #expect(text.utf8.count < 2 * ReplyText.longest)
            #expect(text.hasSuffix("\n... (cut: the reply is longer)"))
        }
    }

    @Test func commandsTakeWordsInQuotationMarks() {
        #expect(answer(#"!SET "a b" 'c d' PX 1000"#, #"! GET "a b""#) == "\"c d\"")
        #expect(answer("!BLPOP nothing 0") == "(nil)")
        #expect(answer("!SET a 1", "!SELECT 3", ":keys") == "no keys")
        #expect(answer("!SELECT 3", "redis.call('SET', 'a', 1)", "!SELECT 0", "!EXISTS a") == "(integer) 0")
        #expect(answer("!").hasPrefix("after ! stands a command"))
    }

    @Test func keysAreListedInOrderWithTypeAndExpiry() {
        #expect(
            answer("!ZADD board 1 ann", "!SET a 1 PX 1500", "!HSET \"u\\x01\" x 1", ":keys") == """
                "a"      string  expires in 1.5 s
                "board"  zset    no expiry
                "u\\x01"  hash    no expiry
                """)
        #expect(answer("!MSET a1 1 a2 2 b 3", ":keys a*") == "\"a1\"  string  no expiry\n\"a2\"  string  no expiry")
        let many = answer("for i = 1, 1234 do redis.call('SET', 'k' .. i, i) end", ":keys").split(separator: "\n")
        #expect(many.count == 101)
        #expect(many.last == "... and 1,134 more")
    }

    @Test func theClockStandsStillUntilItIsMoved() {
        var repl = Self.repl()
        func answer(_ line: String) -> String { repl.read(Array(line.utf8)).text }
        #expect(answer(":clock") == "2026-01-31T12:00:00Z (1769860800)")
        #expect(answer("redis.call('TIME')") == "1) \"1769860800\"\n2) \"0\"")
        #expect(answer("!SET a 1 PX 1000") == "OK")
        #expect(answer(":clock +999ms") == "2026-01-31T12:00:00.999Z (1769860800.999)")
        #expect(answer("!GET a") == "\"1\"")
        #expect(answer(":clock +2ms") == "2026-01-31T12:00:01.001Z (1769860801.001)")
        #expect(answer("!GET a") == "(nil)")
        #expect(answer(":clock -1h") == "2026-01-31T11:00:01.001Z (1769857201.001)")
        #expect(answer(":clock 1970-01-01") == "1970-01-01T00:00:00Z (0)")
        #expect(answer(":clock 1700000000.000001") == "2023-11-14T22:13:20.000001Z (1700000000.000001)")
        #expect(answer(":clock 2024-02-29T23:59:59.5Z") == "2024-02-29T23:59:59.5Z (1709251199.5)")
        for wrong in [
            "+5", "-999999d", "+99999999999999999999d", "2026-02-29", "2026-01-31T24:00", "-1", "253402300800", "",
        ] {
            #expect(repl.read(Array(":clock '\(wrong)'".utf8)).hasFailed, "\(wrong)")
        }
        #expect(answer(":clock") == "2024-02-29T23:59:59.5Z (1709251199.5)")
        #expect(answer(":clock now") == "2026-01-31T12:00:00Z (1769860800)")
    }

    @Test func keysAndArgumentsHoldForWhatFollows() {
        let shown = "KEYS[1] \"{a}\"\nKEYS[2] \"b c\"\nARGV[1] \"1\""
        #expect(answer(":args {a} 'b c' , 1") == shown)
        #expect(answer(":args {a} 'b c' , 1", ":args") == shown)
        #expect(answer(":args {a} b , 1", "{#KEYS, KEYS[1], ARGV[1]}") == "1) (integer) 2\n2) \"{a}\"\n3) \"1\"")
        #expect(answer(":args a , 1", ":args ,", "#KEYS + #ARGV") == "(integer) 0")
        #expect(answer(":args" + String(repeating: " a", count: 150)).hasSuffix("KEYS[100] \"a\"\n... and 50 more"))
        #expect(answer(":args a , 1", ":reset", ":args") == "no KEYS, no ARGV")
    }

    @Test func filesAreRunAsTheyAre() {
        let files = [
            "a.lua": "-- a comment\nlocal key = KEYS[1]\nreturn key .. ARGV[1]\n",
            "b.lua": "#!lua flags=no-writes\nreturn redis.call('SET', 'a', 1)",
        ]
        #expect(answer(":load a.lua k , v", files: files) == "\"kv\"")
        #expect(answer(":args k , w", ":load a.lua", files: files) == "\"kw\"")
        #expect(
            answer(":load a.lua", files: files)
                == "(error) ERR attempt to concatenate local 'key' (a nil value)\n  a.lua:3: return key .. ARGV[1]")
        #expect(
            answer(":load b.lua", files: files).hasPrefix(
                "(error) ERR Write commands are not allowed from read-only scripts"))
        #expect(answer(":load c.lua") == "c.lua: cannot be read")
        #expect(answer(":load").hasSuffix("see :help"))
    }

    @Test func filesAreRunWithWhatTheyInclude() {
        let files = [
            "a.lua": "--- @include \"parts/b\"\nreturn b()", "parts/b.lua": "local function b()\n  return KEYS[1]\nend",
            "wrong.lua": "--- @include \"parts/c\"\nreturn c()", "parts/c.lua": "local function c()\n  return k\nend",
            "none.lua": "return 1\n--- @include \"none\"",
        ]
        #expect(answer(":load a.lua k", files: files) == "\"k\"")
        #expect(answer(":load wrong.lua", files: files).hasSuffix("\n  parts/c.lua:2: return k"))
        #expect(answer(":load none.lua", files: files) == "none.lua:2:1: 'none' is what includes this file")
    }

    @Test func resetLeavesNothing() {
        #expect(answer("!SET a 1", ":clock +1h", ":reset") == "2026-01-31T12:00:00Z (1769860800)")
        #expect(answer("!SET a 1", ":reset", ":keys") == "no keys")
    }

    @Test func ctrlCEndsAScriptOrDropsWhatIsTyped() throws {
        let interrupts = try #require(Interrupts())
        var repl = Self.repl(observer: interrupts)
        interrupts.note()
        let answer = repl.read(Array("for i = 1, 1e6 do end return 1".utf8))
        #expect(answer.hasFailed)
        #expect(answer.text.hasPrefix("(error) ERR Script killed by user"))
        #expect(repl.read(Array("for i = 1, 1e6 do end return 1".utf8)).text == "(integer) 1")
        // Nothing was typed: /dev/null is always ready.
        let null = try InputFile(path: "/dev/null")
        var dropped = 0
        let input = InterruptibleInput(null, interrupts) { dropped += 1 }
        interrupts.note()
        interrupts.note()
        #expect(try allBytes(of: input).isEmpty)
        #expect(dropped == 1)
    }

    @Test func helpNamesEveryCommandAndWhatEndsWithAnInput() {
        let help = answer(":help")
        for command in [":args", ":load", ":keys", ":clock", ":cancel", ":reset", ":quit", "!COMMAND"] {
            #expect(help.contains(command), "\(command)")
        }
        #expect(help.contains("its locals end with it"))
        var repl = Self.repl()
        _ = repl.read(Array("  :quit  ".utf8))
        #expect(repl.isEnded)
    }
}
