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
