import PeriluneCore
import PeriluneFuzzing
import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct StreamCommandTests {
    /// Random commands on two streams with groups, whose identifiers grow by and by.
    @Test func streamsAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        var lines = StreamLines()
        try await fuzz.compare(3000, setUp: StreamLines.setUp) { lines.line(&$0) }
    }

    /// Sends commands, one a line, and notes every difference.
    private func send(_ lines: String, to pair: EnginePair, milliseconds: Int64 = 0) async throws {
        for line in lines.split(separator: "\n") {
            do {
                _ = try await pair.send(String(line))
            } catch let difference as Difference {
                Issue.record("\(difference)")
            }
            pair.advance(milliseconds * 1_000)
        }
    }

    @Test func everyErrorIsTheSame() async throws {
        try await send(Self.wrongLines, to: EnginePair())
    }

    /// A group from its first entry to its last, by the clock.
    @Test func groupsGoTheSameWay() async throws {
        try await send(Self.groupLines, to: EnginePair(), milliseconds: 7)
    }

    /// How full nodes are shows in what approximate trimming leaves.
    @Test(arguments: [1, 10, 38, 39, 40, 63, 64, 100, 127, 128, 700, 4000, 4096, 5000])
    func nodesFillTheSame(length: Int) async throws {
        let pair = try EnginePair()
        let value = RedisArgument.string(String(repeating: "v", count: length))
        for step in 0..<260 {
            let fields: [RedisArgument] =
                step % 7 == 3 ? ["other", value] : ["field", value, "number", .integer(step)]
            _ = try await pair.send(RedisCommand("XADD", ["s", .string("\(1 + step / 3)-*")] + fields))
            if step % 50 == 0 { _ = try await pair.send("XINFO STREAM s") }
        }
        try await send(
            """
            COPY s t
            XDEL s 1-0 2-0 2-1 3-0 9-0 50-1 87-1
            XINFO STREAM s
            XTRIM s MINID ~ 20
            XTRIM s MINID ~ 40-1
            XINFO STREAM s
            XTRIM s MAXLEN ~ 90 LIMIT 150
            XTRIM s MAXLEN ~ 20
            XTRIM s MINID 80
            XINFO STREAM s FULL
            XTRIM s MAXLEN = 1
            XADD s MAXLEN ~ 1 * a b
            XINFO STREAM s FULL
            XTRIM t MAXLEN ~ 0 LIMIT 0
            XINFO STREAM t
            """, to: pair)
    }

    /// What scripts see, in both protocols, and what they may not do.
    @Test(arguments: [2, 3]) func scriptsSeeTheSame(version: Int) async throws {
        let pair = try EnginePair()
        try await send("XADD s 1 a b c d\nXADD s 2 a b\nXADD t 1 a b\nXGROUP CREATE s g 0", to: pair)
        for line in [
            "XREAD STREAMS s t 0 0", "XREAD COUNT 1 STREAMS s 1", "XREAD STREAMS s t 9 9", "XREAD STREAMS s none 0 0",
            "XREADGROUP GROUP g c COUNT 1 STREAMS s >", "XREADGROUP GROUP g c STREAMS s 0", "XDEL s 1",
            "XREADGROUP GROUP g c STREAMS s 0", "XREADGROUP GROUP g c STREAMS s >",
            "XREADGROUP GROUP g c STREAMS s >", "XREAD BLOCK 0 STREAMS s 0", "xReadGroup GROUP g c BLOCK 1 STREAMS s 0",
            "XINFO STREAM s", "XINFO STREAM s FULL", "XINFO GROUPS s", "XINFO CONSUMERS s g", "XINFO HELP",
            "XPENDING s g", "XPENDING s g - + 9", "XGROUP CREATE t h 0", "XPENDING t h", "XCLAIM s g d 0 1 2",
            "XAUTOCLAIM s g d 0 0", "XRANGE s - +", "XRANGE s - + COUNT 0", "XLEN s", "XADD none NOMKSTREAM * a b",
            "XADD s *", "XGROUP", "XGROUP FOO", "XGROUP CREATE", "XGROUP DESTROY s g x", "XGROUP CREATE s g 0 FOO",
            "XINFO", "XINFO FOO", "XINFO STREAM", "XINFO CONSUMERS s", "OBJECT ENCODING", "OBJECT FOO s",
            "OBJECT ENCODING s", "XADD s MAXLEN 1 9 a b", "XTRIM s MINID 9", "XACK s g 1", "XSETID s 20",
        ] {
            let words = line.split(separator: " ").map { RedisArgument.string(String($0)) }
            do {
                _ = try await pair.call(TypedReplyTests.script, arguments: [.integer(version)] + words)
            } catch let difference as Difference {
                Issue.record("\(difference)")
            }
        }
    }

    /// Names in errors end where the server's do.
    @Test func namesMayBeAnyBytes() async throws {
        let pair = try EnginePair()
        for name in [[], [0], [65, 0, 66], [32], [255, 65], [10, 65]] as [[UInt8]] {
            for words in [
                ["XGROUP", "CREATE", "s", "?", "0", "MKSTREAM"], ["XGROUP", "CREATECONSUMER", "s", "?", "?"],
                ["XADD", "s", "*", "?", "?"], ["XREADGROUP", "GROUP", "?", "?", "STREAMS", "s", ">"],
                ["XPENDING", "s", "?"], ["XINFO", "STREAM", "s", "FULL"],
            ] {
                let arguments = words.dropFirst().map { $0 == "?" ? RedisArgument.bytes(name) : .string($0) }
                _ = try await pair.send(RedisCommand(words[0], Array(arguments)))
            }
        }
        _ = try await pair.send(RedisCommand("XPENDING", [.bytes([65, 0, 66]), .bytes([67, 0])]))
        _ = try await pair.send(RedisCommand("XRANGE", ["s", .bytes([45, 0, 66]), .bytes([57, 0, 57])]))
        _ = try await pair.send(RedisCommand("XADD", ["t", .bytes([53, 45, 42, 0, 66]), "a", "b"]))
    }
}

/// Commands on streams at random.
private struct StreamLines {
    /// About the time in identifiers of the entries that were added last.
    private var top = 1
    /// Of times at which many entries were added at once, how many.
    private var filled: [(time: Int, count: Int)] = []

    static let setUp: [[String]] = [
        ["XINFO", "STREAM", "s", "FULL", "COUNT", "0"], ["XINFO", "STREAM", "t", "FULL", "COUNT", "0"],
        ["DEL", "s", "t", "u"], ["SET", "x", "text"], ["XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"],
        ["XGROUP", "CREATE", "s", "h", "$"], ["XGROUP", "CREATE", "t", "g", "0-5", "MKSTREAM", "ENTRIESREAD", "3"],
    ]

    /// Adds many entries of equal form.
    private static let fill = """
        local added
        for i = 1, tonumber(ARGV[2]) do
          added = redis.call('XADD', KEYS[1], ARGV[1] .. '-*', 'field', ARGV[3] .. i, 'other', i)
        end
        return added
        """

    private func key(_ fuzz: inout CommandFuzz) -> String {
        fuzz.chance(12) ? fuzz.pick("x", "none") : fuzz.pick("s", "s", "t")
    }

    private func group(_ fuzz: inout CommandFuzz) -> String { fuzz.chance(16) ? "none" : fuzz.pick("g", "g", "h") }

    private func consumer(_ fuzz: inout CommandFuzz) -> String { fuzz.pick("a", "b", "c", "") }

    /// The identifier of an entry that may exist.
    private func id(_ fuzz: inout CommandFuzz) -> String {
        if fuzz.chance(25) {
            return fuzz.pick(
                "0", "0-0", "18446744073709551615-18446744073709551615", "18446744073709551615", "-", "+", "x", "",
                "1-",
                "-1", "1-x", "007", "1-007", " 5", "+5-+1", "1--1", "1--01", "18446744073709551616", "1-2-3", "*", "$",
                ">", "5-*", "(", "((5")
        }
        if fuzz.chance(2), let (time, count) = filled.randomElement(using: &fuzz.generator) {
            return "\(time)-\(fuzz.below(count))"
        }
        let time = max(top + 3 - (fuzz.chance(2) ? fuzz.below(12) : fuzz.below(250)), 0)
        return fuzz.chance(2) ? "\(time)-\(fuzz.below(3))" : "\(time)"
    }

    private func bound(_ fuzz: inout CommandFuzz) -> String {
        fuzz.chance(3) ? fuzz.pick("-", "+") : fuzz.chance(4) ? "(" + id(&fuzz) : id(&fuzz)
    }

    private func idleTime(_ fuzz: inout CommandFuzz) -> String {
        fuzz.chance(12) ? fuzz.integer() : fuzz.pick("0", "0", "10", "200", "1000", "10000")
    }

    private func count(_ fuzz: inout CommandFuzz) -> [String] {
        fuzz.chance(2)
            ? [] : [fuzz.pick("COUNT", "count"), fuzz.chance(6) ? fuzz.integer() : String(fuzz.below(8) + 1)]
    }

    private func trim(_ fuzz: inout CommandFuzz) -> [String] {
        var words =
            fuzz.chance(2)
            ? ["MAXLEN", fuzz.pick("=", "~", "~"), fuzz.chance(10) ? fuzz.integer() : String(fuzz.below(350))]
            : ["MINID", fuzz.pick("=", "~", "~"), id(&fuzz)]
        if fuzz.chance(4) { words.remove(at: 1) }
        if fuzz.chance(5) { words += ["LIMIT", fuzz.pick("0", "1", "100", "150", "300", "-1")] }
        if fuzz.chance(30) { words += fuzz.pick(["MAXLEN", "5"], ["MINID", "~", "5"]) }
        return words
    }

    private func fields(_ fuzz: inout CommandFuzz) -> [String] {
        let value: (inout CommandFuzz) -> String = { fuzz in
            fuzz.pick(
                "", "1", "-1", "127", "128", "4096", "70000", "-9223372036854775808", "text",
                String(repeating: "y", count: fuzz.below(80)), String(repeating: "z", count: fuzz.below(4500)))
        }
        return (0...(fuzz.chance(3) ? fuzz.below(3) : 0)).flatMap { _ in
            [fuzz.pick("field", "field", "other", "7", ""), value(&fuzz)]
        }
    }

    mutating func line(_ fuzz: inout CommandFuzz) -> CommandFuzz.Line {
        if fuzz.chance(3) { top += 1 }
        switch fuzz.below(30) {
        case 0..<5: return .init(add(&fuzz))
        case 5:
            top += 1
            let count = fuzz.below(150) + 1
            filled = filled.suffix(2) + [(top, count)]
            return .init([
                "EVAL", Self.fill, "1", fuzz.pick("s", "s", "t"), String(top), String(count),
                fuzz.pick("", "v", String(repeating: "w", count: 60)),
            ])
        case 6, 7: return .init(["XDEL", key(&fuzz)] + fuzz.several(1...fuzz.pick(3, 90)) { id(&$0) })
        case 8, 9: return .init(["XTRIM", key(&fuzz)] + trim(&fuzz))
        case 10: return .init(["XRANGE", key(&fuzz), bound(&fuzz), bound(&fuzz)] + count(&fuzz))
        case 11: return .init(["XREVRANGE", key(&fuzz), bound(&fuzz), bound(&fuzz)] + count(&fuzz))
        case 12: return .init(["XREAD"] + count(&fuzz) + ["STREAMS", key(&fuzz), key(&fuzz), id(&fuzz), id(&fuzz)])
        case 13..<17:
            return .init(
                ["XREADGROUP", "GROUP", group(&fuzz), consumer(&fuzz)] + count(&fuzz)
                    + (fuzz.chance(5) ? ["NOACK"] : [])
                    + ["STREAMS", key(&fuzz), key(&fuzz), fuzz.chance(3) ? id(&fuzz) : ">", fuzz.pick(">", ">", "0")])
        case 17, 18: return .init(["XACK", key(&fuzz), group(&fuzz)] + fuzz.several(1...9) { id(&$0) })
        case 19: return .init(pending(&fuzz))
        case 20, 21: return .init(claim(&fuzz))
        case 22, 23:
            return .init(
                ["XAUTOCLAIM", key(&fuzz), group(&fuzz), consumer(&fuzz), idleTime(&fuzz), bound(&fuzz)] + count(&fuzz)
                    + (fuzz.chance(3) ? ["JUSTID"] : []))
        case 24, 25: return .init(information(&fuzz))
        case 26, 27: return .init(groupCommand(&fuzz))
        case 28 where fuzz.chance(2): return .init(setID(&fuzz))
        default:
            return .init(
                fuzz.pick(
                    ["XLEN", key(&fuzz)], ["TYPE", "s"], ["OBJECT", "ENCODING", "s"], ["COPY", "s", "u", "REPLACE"],
                    ["COPY", "u", "t", "REPLACE"], ["RENAME", "t", "u"], ["XINFO", "STREAM", "u", "FULL"],
                    ["GET", "s"], ["DEL", "u"]))
        }
    }

    private mutating func add(_ fuzz: inout CommandFuzz) -> [String] {
        let identifier: String
        if fuzz.chance(400) {
            identifier = fuzz.pick("*", "18446744073709551615-18446744073709551615", "18446744073709551615-5")
        } else {
            identifier = fuzz.chance(3) ? "\(top)-*" : id(&fuzz)
        }
        return ["XADD", key(&fuzz)] + (fuzz.chance(8) ? ["NOMKSTREAM"] : []) + (fuzz.chance(4) ? trim(&fuzz) : [])
            + [identifier] + fields(&fuzz)
    }

    private func pending(_ fuzz: inout CommandFuzz) -> [String] {
        let words = ["XPENDING", key(&fuzz), group(&fuzz)]
        if fuzz.chance(3) { return words }
        return words + (fuzz.chance(3) ? ["IDLE", idleTime(&fuzz)] : []) + [bound(&fuzz), bound(&fuzz)]
            + [fuzz.chance(8) ? fuzz.integer() : "20"] + (fuzz.chance(3) ? [consumer(&fuzz)] : [])
    }

    private func claim(_ fuzz: inout CommandFuzz) -> [String] {
        var words = ["XCLAIM", key(&fuzz), group(&fuzz), consumer(&fuzz), idleTime(&fuzz)]
        words += fuzz.several(1...6) { id(&$0) }
        if fuzz.chance(4) { words += [fuzz.pick("IDLE", "TIME"), fuzz.chance(2) ? fuzz.integer() : "50"] }
        if fuzz.chance(6) { words += ["TIME", "1700000000100"] }
        if fuzz.chance(6) { words += ["RETRYCOUNT", fuzz.integer()] }
        if fuzz.chance(3) { words.append("FORCE") }
        if fuzz.chance(3) { words.append("JUSTID") }
        if fuzz.chance(8) { words += ["LASTID", id(&fuzz)] }
        return words
    }

    private func information(_ fuzz: inout CommandFuzz) -> [String] {
        switch fuzz.below(5) {
        case 0: return ["XINFO", "STREAM", key(&fuzz)]
        case 1: return ["XINFO", "STREAM", key(&fuzz), "FULL"]
        case 2: return ["XINFO", "STREAM", key(&fuzz), "full"] + count(&fuzz)
        case 3: return ["XINFO", "GROUPS", key(&fuzz)]
        default: return ["XINFO", "CONSUMERS", key(&fuzz), group(&fuzz)]
        }
    }

    private func groupCommand(_ fuzz: inout CommandFuzz) -> [String] {
        let subject = [key(&fuzz), group(&fuzz)]
        let position = fuzz.chance(3) ? "$" : id(&fuzz)
        let read = fuzz.chance(3) ? ["ENTRIESREAD", fuzz.chance(2) ? fuzz.integer() : String(fuzz.below(200))] : []
        switch fuzz.below(12) {
        case 0..<3: return ["XGROUP", "CREATE"] + subject + [position] + (fuzz.chance(3) ? ["MKSTREAM"] : []) + read
        case 3..<6: return ["XGROUP", "SETID"] + subject + [position] + read
        case 6: return ["XGROUP", "DESTROY"] + subject
        case 7, 8: return ["XGROUP", "CREATECONSUMER"] + subject + [consumer(&fuzz)]
        case 9, 10: return ["XGROUP", "DELCONSUMER"] + subject + [consumer(&fuzz)]
        default: return ["XGROUP", fuzz.pick("FOO", "create", "")] + subject
        }
    }

    private func setID(_ fuzz: inout CommandFuzz) -> [String] {
        var words = ["XSETID", key(&fuzz), id(&fuzz)]
        if fuzz.chance(3) { words += ["ENTRIESADDED", fuzz.chance(3) ? fuzz.integer() : String(fuzz.below(900))] }
        if fuzz.chance(3) { words += ["MAXDELETEDID", id(&fuzz)] }
        return words
    }
}

// MARK: - Commands one by one

extension StreamCommandTests {
    private static let wrongLines = """
        SET x text
        XADD s 5-3 a b
        XADD s 5-3 a b
        XADD s 5-2 a b
        XADD s 4-* a b
        XADD s 5-* a b
        XADD s
        XADD s * a
        XADD s * a b c
        XADD s 0-0 a b
        XADD s 0 a b
        XADD s x a b
        XADD s - a b
        XADD s 9-x a b
        XADD s 9-18446744073709551616 a b
        XADD x * a b
        XADD x NOMKSTREAM * a b
        XADD none NOMKSTREAM * a b
        XADD s MAXLEN * a b
        XADD s MAXLEN x * a b
        XADD s MAXLEN -1 * a b
        XADD s MAXLEN ~ * a b
        XADD s MAXLEN 5 MINID 5 * a b
        XADD s MINID x * a b
        XADD s LIMIT 5 * a b
        XADD s LIMIT 0 * a b
        XADD s MAXLEN 5 LIMIT 5 * a b
        XADD s MAXLEN ~ 5 LIMIT -1 * a b
        XADD s MAXLEN ~ 5 LIMIT x * a b
        XADD s MAXLEN 5 NOMKSTREAM NOMKSTREAM
        XADD u 18446744073709551615-18446744073709551614 a b
        XADD u * a b
        XADD u * a b
        XADD u 18446744073709551615-* a b
        XADD u 18446744073709551615-18446744073709551615 a b
        XRANGE u - +
        XRANGE u 18446744073709551615 18446744073709551615
        XRANGE u (18446744073709551615-18446744073709551615 +
        XRANGE u - (0-0
        XRANGE u - (18446744073709551615
        XREAD STREAMS u 18446744073709551615-18446744073709551614
        XREAD STREAMS u 18446744073709551615-18446744073709551615
        XREVRANGE u + (18446744073709551615-18446744073709551614
        XREVRANGE u (0 -
        XDEL u 18446744073709551615-18446744073709551615
        XINFO STREAM u
        XRANGE s - + COUNT
        XRANGE s - + COUNT x
        XRANGE s - + COUNT 0
        XRANGE s - + COUNT -9
        XRANGE s - + COUNT 1 COUNT 9223372036854775807
        XRANGE s - + FOO 1
        XRANGE s ( +
        XRANGE s (- +
        XRANGE none - + COUNT 0
        XRANGE x - +
        XREVRANGE s x -
        XREVRANGE none + -
        XLEN x
        XLEN none
        XDEL x x
        XDEL none x
        XDEL s 5-3 x
        XTRIM s FOO 1
        XTRIM s MAXLEN
        XTRIM s MAXLEN ~
        XTRIM s LIMIT 1
        XTRIM s LIMIT 0
        XTRIM s MAXLEN 1 FOO
        XTRIM s MAXLEN 9223372036854775807
        XTRIM s MAXLEN ~ 9223372036854775807 LIMIT 9223372036854775807
        XTRIM x MAXLEN 1
        XTRIM none MINID 1
        XREAD STREAMS s
        XREAD STREAMS s t 0
        XREAD COUNT x STREAMS s 0
        XREAD COUNT -5 STREAMS s 0
        XREAD BLOCK x STREAMS s 0
        XREAD BLOCK -1 STREAMS s 0
        XREAD BLOCK 1.5 STREAMS s 0
        XREAD BLOCK 100 STREAMS s 0
        XREAD FOO STREAMS s 0
        XREAD COUNT 1 BLOCK 0
        XREAD STREAMS s >
        XREAD STREAMS s $
        XREAD STREAMS none $
        XREAD STREAMS s +
        XREAD STREAMS x 0
        XREAD GROUP g c STREAMS s 0
        XREAD NOACK STREAMS s 0
        XREADGROUP GROUP g c STREAMS s >
        XREADGROUP GROUP g c STREAMS none >
        XREADGROUP GROUP g c STREAMS x >
        XREADGROUP COUNT 1 BLOCK 1 STREAMS s 0
        XGROUP
        XGROUP FOO
        XGROUP FOO s g
        XGROUP HELP
        XGROUP HELP s
        XGROUP CREATE s g
        XGROUP CREATE none g 0
        XGROUP CREATE x g 0
        XGROUP CREATE x g 0 MKSTREAM
        XGROUP CREATE s g x
        XGROUP CREATE s g -
        XGROUP CREATE s g 0 FOO
        XGROUP CREATE s g 0 ENTRIESREAD
        XGROUP CREATE s g 0 ENTRIESREAD x
        XGROUP CREATE s g 0 ENTRIESREAD -2
        XGROUP CREATE s g 0 MKSTREAM MKSTREAM MKSTREAM MKSTREAM
        XGROUP CREATE s g 0 MKSTREAM MKSTREAM ENTRIESREAD
        XGROUP CREATE s g 0 ENTRIESREAD -1 MKSTREAM
        XGROUP CREATE s g 0
        XGROUP CREATE none g x MKSTREAM
        EXISTS none
        XGROUP SETID s g
        XGROUP SETID s h 0
        XGROUP SETID none g 0
        XGROUP SETID s g x
        XGROUP SETID s g 0 MKSTREAM
        XGROUP SETID s g 0 ENTRIESREAD 1 ENTRIESREAD 1
        XGROUP SETID s g +
        XGROUP SETID s g -
        XGROUP CREATECONSUMER s g
        XGROUP CREATECONSUMER s h c
        XGROUP CREATECONSUMER none g c
        XGROUP DELCONSUMER s h c
        XGROUP DELCONSUMER s g c
        XGROUP DESTROY none g
        XGROUP DESTROY s g x
        XGROUP DESTROY s h
        XGROUP DESTROY x h
        XREADGROUP GROUP g c STREAMS s $
        XREADGROUP GROUP g c STREAMS s x
        XREADGROUP GROUP g c STREAMS s 18446744073709551615-18446744073709551615
        XACK none g x
        XACK s h x
        XACK s g x
        XACK x g 0
        XPENDING s h
        XPENDING none g
        XPENDING x g
        XPENDING s g -
        XPENDING s g - +
        XPENDING s g - + x
        XPENDING s g x + 1
        XPENDING s g - + -1
        XPENDING s g - + 1 c d e
        XPENDING s g - + 1 c d e f
        XPENDING s g IDLE x - + 1
        XPENDING s g IDLE 1 - +
        XPENDING s g IDLE 1 -
        XPENDING s g IDLE -9223372036854775808 - + 1
        XPENDING s g (18446744073709551615-18446744073709551615 + 1
        XPENDING s g - (0 1
        XCLAIM s h c x 0
        XCLAIM s g c x 0
        XCLAIM x g c 0 0
        XCLAIM s g c -5 0
        XCLAIM s g c 0 0 FOO
        XCLAIM s g c 0 0 FOO 1
        XCLAIM s g c 0 0 IDLE
        XCLAIM s g c 0 0 IDLE x
        XCLAIM s g c 0 0 TIME x
        XCLAIM s g c 0 0 RETRYCOUNT x
        XCLAIM s g c 0 0 LASTID x
        XCLAIM s g c 0 FORCE 0
        XADD s 9 a b
        XCLAIM s g c 0 9 FORCE IDLE 9223372036854775807 RETRYCOUNT 9223372036854775807 LASTID 3
        XCLAIM s g c 0 9
        XCLAIM s g c 9223372036854775807 9 FORCE
        XCLAIM s g c 0 9 TIME -9223372036854775808 RETRYCOUNT -5
        XINFO STREAM s FULL
        XAUTOCLAIM s h c 0 0
        XAUTOCLAIM x g c 0 0
        XAUTOCLAIM s g c x 0
        XAUTOCLAIM s g c 0 x
        XAUTOCLAIM s g c 0 (18446744073709551615-18446744073709551615
        XAUTOCLAIM s g c 0 + COUNT 1
        XAUTOCLAIM s g c 0 0 COUNT
        XAUTOCLAIM s g c 0 0 COUNT 0
        XAUTOCLAIM s g c 0 0 COUNT x
        XAUTOCLAIM s g c 0 0 COUNT 9223372036854775807
        XAUTOCLAIM s g c 0 0 COUNT 576460752303423487
        XAUTOCLAIM none g c 0 0 COUNT 576460752303423487
        XAUTOCLAIM s g c 0 0 FOO
        XSETID none 1
        XSETID x 1
        XSETID s x
        XSETID s 1
        XSETID s 20 FOO
        XSETID s 20 ENTRIESADDED
        XSETID s 20 ENTRIESADDED x
        XSETID s 20 ENTRIESADDED -1
        XSETID s 20 ENTRIESADDED 0
        XSETID s 20 MAXDELETEDID x
        XSETID s 20 MAXDELETEDID 21
        XSETID s 20 ENTRIESADDED 9223372036854775807 MAXDELETEDID 7
        XADD s * a b
        XINFO STREAM s
        XINFO
        XINFO FOO s
        XINFO HELP
        XINFO STREAM
        XINFO STREAM none
        XINFO STREAM x
        XINFO STREAM s FOO
        XINFO STREAM s FULL COUNT
        XINFO STREAM s FULL COUNT x
        XINFO STREAM s FULL COUNT -1
        XINFO STREAM s FULL FOO 1
        XINFO GROUPS s x
        XINFO GROUPS none
        XINFO CONSUMERS s
        XINFO CONSUMERS s h
        TYPE s
        OBJECT ENCODING s
        GET s
        LPUSH s a
        """

    private static let groupLines = """
        XGROUP CREATE s g $ MKSTREAM
        XINFO STREAM s FULL
        XPENDING s g
        XPENDING s g - + 10
        XADD s 1-1 a 1 b 2
        XADD s 1-* a 1 b 2
        XADD s 2 a 1
        XADD s 3 c 1
        XADD s * c 1
        XREADGROUP GROUP g alice COUNT 2 STREAMS s >
        XREADGROUP GROUP g bob STREAMS s >
        XREADGROUP GROUP g bob STREAMS s >
        XREADGROUP GROUP g carol NOACK STREAMS s >
        XREADGROUP GROUP g alice STREAMS s 0
        XREADGROUP GROUP g alice COUNT 1 STREAMS s 1-1
        XPENDING s g
        XPENDING s g - + 10
        XPENDING s g IDLE 20 - + 10
        XPENDING s g IDLE 20 (1-1 3 10 alice
        XINFO GROUPS s
        XINFO CONSUMERS s g
        XDEL s 2
        XINFO GROUPS s
        XACK s g 1-1 1-1 9-9
        XREADGROUP GROUP g bob STREAMS s 0
        XCLAIM s g carol 10 1-2 2 3 JUSTID
        XCLAIM s g carol 0 1-1 FORCE
        XPENDING s g - + 10
        XCLAIM s g dave 0 1-1 3 IDLE 100 RETRYCOUNT 7 LASTID 5-5
        XCLAIM s g dave 0 1-1 TIME 1700000000000
        XINFO STREAM s FULL COUNT 1
        XDEL s 1-2
        XAUTOCLAIM s g erin 0 0 COUNT 1
        XAUTOCLAIM s g erin 0 1-2 COUNT 1 JUSTID
        XAUTOCLAIM s g erin 100000 0
        XAUTOCLAIM s g erin 0 (3
        XINFO STREAM s FULL
        COPY s t
        XGROUP DELCONSUMER s g erin
        XGROUP DELCONSUMER s g dave
        XGROUP DELCONSUMER s g nobody
        XGROUP CREATECONSUMER s g frank
        XGROUP CREATECONSUMER s g frank
        XINFO STREAM s FULL
        XINFO STREAM t FULL
        XGROUP SETID s g 0
        XREADGROUP GROUP g frank COUNT 2 STREAMS s >
        XREADGROUP GROUP g bob COUNT 2 STREAMS s t > >
        XINFO STREAM s FULL
        XGROUP SETID s g 0 ENTRIESREAD 2
        XINFO GROUPS s
        XGROUP DESTROY s g
        XGROUP DESTROY s g
        XTRIM s MAXLEN 0
        EXISTS s
        XINFO STREAM s FULL
        XGROUP CREATE s h 0
        XINFO GROUPS s
        XSETID s 3-3
        XADD s 3-4 a b
        XINFO GROUPS s
        XINFO STREAM s
        RENAME s r
        XINFO STREAM r FULL
        """
}
