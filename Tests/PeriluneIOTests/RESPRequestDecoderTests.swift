import PeriluneCore
import PeriluneIO
import PeriluneTestSupport
import Testing

@Suite("RESP request decoder") struct RESPRequestDecoderTests {
    /// The requests in some bytes, fed in pieces, and the error that ends them.
    static func decode(
        _ pieces: [[UInt8]], limits: RESPRequestDecoder.Limits = .init()
    ) -> (requests: [[String]], error: String?) {
        let decoder = RESPRequestDecoder(limits: limits)
        var requests: [[String]] = []
        for piece in pieces {
            decoder.receive(piece)
            do throws(RESPRequestError) {
                while try decoder.withNext({ request in
                    requests.append((0..<request.count).map { String(decoding: request[$0], as: UTF8.self) })
                }) {}
            } catch {
                return (requests, error.message)
            }
        }
        return (requests, decoder.isEmpty ? nil : "incomplete")
    }

    static let requests: [(String, [[String]])] = [
        ("*1\r\n$4\r\nPING\r\n", [["PING"]]),
        ("*2\r\n$3\r\nGET\r\n$0\r\n\r\n", [["GET", ""]]),
        ("*2\r\n$4\r\nECHO\r\n$4\r\n\r\n\r\n\r\n", [["ECHO", "\r\n\r\n"]]),
        ("*0\r\n*-1\r\n*1\r\n$1\r\na\r\n", [["a"]]),
        ("PING\r\n", [["PING"]]), ("PING\n", [["PING"]]), ("\r\n  \n\nPING a  b \r\n", [["PING", "a", "b"]]),
        (#"SET "a b" 'c d'"# + "\n", [["SET", "a b", "c d"]]),
        (#"SET "\x41\n\"\q\xzz" 'it\'s \n'"# + "\n", [["SET", "A\n\"qxzz", "it's \\n"]]),
        (#"SET "" ''"# + "\n", [["SET", "", ""]]),
        ("\n*0\r\n\n*1\r\n$1\r\na\r\nb\n*1\r\n$1\r\nc\r\n", [["a"], ["b"], ["c"]]),
        ("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n*1\r\n$4\r\nPING\r\n", [["SET", "a", "b"], ["PING"]]),
        ("*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n", [["PING"], ["PING"]]),
    ]

    @Test(arguments: requests) func requestsAreRead(text: String, expected: [[String]]) {
        let bytes = Array(text.utf8)
        #expect(Self.decode([bytes]).requests == expected)
        // However they are cut.
        #expect(Self.decode(bytes.map { [$0] }).requests == expected)
        for cut in 0...bytes.count {
            let (requests, error) = Self.decode([Array(bytes[..<cut]), Array(bytes[cut...])])
            #expect(requests == expected)
            #expect(error == nil)
        }
    }

    @Test(arguments: [
        ("*x\r\n", "invalid multibulk length"), ("*1048577\r\n", "invalid multibulk length"),
        ("*99999999999999999999\r\n", "invalid multibulk length"), ("*\r\n", "invalid multibulk length"),
        ("*1x\r\n", "invalid multibulk length"), ("*--1\r\n", "invalid multibulk length"),
        ("*1\r\n:1\r\n", "expected '$', got ':'"), ("*1\r\n\0", "expected '$', got '?'"),
        ("*1\r\n$-1\r\n", "invalid bulk length"), ("*1\r\n$536870913\r\n", "invalid bulk length"),
        ("*1\r\n$x\r\n", "invalid bulk length"), ("*1\r\n$1x\r\na\r\n", "invalid bulk length"),
        ("SET \"a\n", "unbalanced quotes in request"), ("SET 'a\n", "unbalanced quotes in request"),
        ("SET \"a\"b\n", "unbalanced quotes in request"),
        (String(repeating: "x", count: 70_000), "too big inline request"),
        ("*" + String(repeating: "1", count: 70_000), "too big mbulk count string"),
        ("*1\r\n$" + String(repeating: "0", count: 70_000), "too big bulk count string"),
    ])
    func garbageIsAnErrorInTheServersWords(text: String, reason: String) {
        #expect(Self.decode([Array(text.utf8)]).error == "Protocol error: " + reason)
    }

    @Test func aClientWithoutPasswordMaySendLittle() {
        let limits = RESPRequestDecoder.Limits.unauthenticated
        #expect(
            Self.decode([Array("*11\r\n".utf8)], limits: limits).error == "Protocol error: invalid multibulk length")
        #expect(
            Self.decode([Array("*1\r\n$16385\r\n".utf8)], limits: limits).error == "Protocol error: invalid bulk length"
        )
        #expect(Self.decode([Array("*1\r\n$4\r\nPING\r\n".utf8)], limits: limits).requests == [["PING"]])
    }

    @Test func aRequestAsAWholeIsBounded() {
        var limits = RESPRequestDecoder.Limits()
        limits.requestBytes = 1000
        let piece = "$300\r\n" + String(repeating: "x", count: 300) + "\r\n"
        let text = "*9\r\n" + String(repeating: piece, count: 9)
        let pieces = stride(from: 0, to: text.utf8.count, by: 100).map { Array(text.utf8.dropFirst($0).prefix(100)) }
        #expect(Self.decode(pieces, limits: limits).error == "Protocol error: too big request")
    }

    /// Whatever comes, it is a request, an error or a wait for more.
    @Test func anyBytesAreSurvived() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "*", "$", "1", "2", "-", "\r\n", "\n", "\r", "a", "\"", "'", "\\x", " ", "*1\r\n$1\r\na\r\n", "\0", "9",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 0...20, using: &generator))
                .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let bytes = Array(text.utf8)
            let whole = Self.decode([bytes])
            let cut = Self.decode(bytes.map { [$0] })
            #expect(whole.requests == cut.requests, "seed \(seed): \(text.debugDescription)")
        }
    }
}
