import PeriluneCore
import PeriluneIO
import Testing

/// Everything a decoder makes of some bytes, fed in the given pieces.
func decodeAll(
    _ pieces: [[UInt8]], limits: RESPDecoder.Limits = .init(), usesFastPath: Bool = true
) throws(EngineError) -> [RedisReply] {
    let decoder = RESPDecoder(limits: limits, usesFastPath: usesFastPath)
    var replies: [RedisReply] = []
    for piece in pieces {
        decoder.receive(piece)
        while let reply = try decoder.next() { replies.append(reply) }
    }
    return replies
}

@Suite("RESP decoder")
struct RESPDecoderTests {
    static let wellFormed: [(String, RedisReply)] = [
        (":0\r\n", .integer(0)),
        (":42\r\n", .integer(42)),
        (":-42\r\n", .integer(-42)),
        (":9223372036854775807\r\n", .integer(.max)),
        (":-9223372036854775808\r\n", .integer(.min)),
        ("+OK\r\n", .status("OK")),
        ("+\r\n", .status("")),
        ("+a\rb\r\n", .status("a\rb")),
        ("$5\r\nhello\r\n", .bulk("hello")),
        ("$0\r\n\r\n", .bulk("")),
        ("$4\r\n\r\n\r\n\r\n", .bulk("\r\n\r\n")),
        ("$-1\r\n", .null),
        ("*-1\r\n", .null),
        ("*0\r\n", .array([])),
        ("-ERR no\r\n", .error(RedisError("ERR no"))),
        ("*2\r\n:1\r\n$1\r\na\r\n", .array([.integer(1), .bulk("a")])),
        ("*2\r\n*1\r\n-WRONGTYPE x\r\n$-1\r\n", .array([.array([.error(RedisError("WRONGTYPE x"))]), .null])),
        ("*3\r\n+a\r\n*0\r\n*-1\r\n", .array([.status("a"), .array([]), .null])),
    ]

    @Test("A reply decodes the same in place and through hiredis", arguments: wellFormed)
    func decodes(text: String, reply: RedisReply) throws {
        #expect(try decodeAll([Array(text.utf8)]) == [reply])
        #expect(try decodeAll([Array(text.utf8)], usesFastPath: false) == [reply])
    }

    @Test("Bytes that are not text survive")
    func binary() throws {
        let bytes = (0...255).map { UInt8($0) }
        #expect(try decodeAll([Array("$256\r\n".utf8) + bytes + Array("\r\n".utf8)]) == [.bulk(bytes)])
    }

    @Test("A stream of replies decodes the same however it is cut in two", arguments: [true, false])
    func everySplit(usesFastPath: Bool) throws {
        let stream = Self.wellFormed.flatMap { Array($0.0.utf8) }
        let replies = Self.wellFormed.map(\.1)
        for cut in 0...stream.count {
            let pieces = [Array(stream[..<cut]), Array(stream[cut...])]
            #expect(try decodeAll(pieces, usesFastPath: usesFastPath) == replies, "cut at \(cut)")
        }
        #expect(try decodeAll(stream.map { [$0] }, usesFastPath: usesFastPath) == replies, "byte by byte")
    }

    @Test("A string larger than any buffer arrives whole", arguments: [true, false])
    func largeString(inArray: Bool) throws {
        let bytes = [UInt8](repeating: 7, count: 3 << 20)
        let string = Array("$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8)
        let stream = (inArray ? Array("*1\r\n".utf8) : []) + string + Array(":1\r\n".utf8)
        let pieces = stride(from: 0, to: stream.count, by: 10_000).map {
            Array(stream[$0..<min($0 + 10_000, stream.count)])
        }
        #expect(try decodeAll(pieces) == [inArray ? .array([.bulk(bytes)]) : .bulk(bytes), .integer(1)])
    }

    @Test(
        "What is not RESP2 is a violation",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n", ":12a\r\n", ":\r\n", ":+5\r\n", ":007\r\n", ":99999999999999999999\r\n",
            "$-2\r\n", "$abc\r\n", "$3\r\nabcde\r\n", "*1\r\n$3\r\nabcde\r\n", "*-2\r\n", "*99999999999\r\n", "%1\r\n",
            "_\r\n", "*1\r\n%1\r\n", "\r\n", "\0",
        ])
    func malformed(text: String) {
        #expect(throws: EngineError.self) { try decodeAll([Array(text.utf8)]) }
        let error = #expect(throws: EngineError.self) { try decodeAll(Array(text.utf8).map { [$0] }) }
        #expect(error?.code == .protocolViolation)
        #expect(error?.mayHaveRun == true)
    }

    @Test("After a violation nothing more is decoded")
    func sticky() throws {
        let decoder = RESPDecoder()
        decoder.receive(Array(":1\r\n?".utf8))
        #expect(try decoder.next() == .integer(1))
        #expect(throws: EngineError.self) { try decoder.next() }
        decoder.receive(Array(":2\r\n".utf8))
        #expect(throws: EngineError.self) { try decoder.next() }
    }

    @Test("Arrays nest eight deep and no deeper")
    func nesting() throws {
        let deepest = String(repeating: "*1\r\n", count: 8) + ":1\r\n"
        var expected = RedisReply.integer(1)
        for _ in 0..<8 { expected = .array([expected]) }
        #expect(try decodeAll([Array(deepest.utf8)]) == [expected])
        #expect(throws: EngineError.self) { try decodeAll([Array(("*1\r\n" + deepest).utf8)]) }
    }

    @Test(
        "A reply beyond the limits is refused before its bytes have come",
        arguments: [
            "$101\r\n", "*1\r\n$101\r\n", "*11\r\n", "*3\r\n*9\r\n:1\r\n", "+" + String(repeating: "a", count: 60),
            "*1\r\n+" + String(repeating: "a", count: 60),
        ])
    func announcedTooLarge(text: String) {
        var limits = RESPDecoder.Limits()
        limits.replyBytes = 100
        limits.arrayElements = 10
        limits.replyNodes = 12
        limits.lineBytes = 50
        let flood = text.hasPrefix("*3") ? String(repeating: ":1\r\n", count: 8) + "*9\r\n:1\r\n" : ""
        let error = #expect(throws: EngineError.self) {
            try decodeAll([Array((text + flood).utf8)], limits: limits)
        }
        #expect(error?.code == .protocolViolation)
    }

    @Test("A reply of many small parts is bounded as a whole")
    func manyParts() {
        var limits = RESPDecoder.Limits()
        limits.replyBytes = 100
        let text = "*50\r\n" + String(repeating: "$1\r\na\r\n", count: 20)
        #expect(throws: EngineError.self) { try decodeAll([Array(text.utf8)], limits: limits) }
        // One such reply after the other is no problem.
        let small = String(repeating: "*2\r\n:1\r\n:2\r\n", count: 50)
        #expect((try? decodeAll([Array(small.utf8)], limits: limits))?.count == 50)
    }
}
