import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneCLI

@Suite struct AccessLogLineTests {
    /// The fields of a line as text.
    struct Fields: Equatable {
        var host: String
        var user: String
        var request: String
        var path: String
        var status: Int
        var referrer: String?
        var agent: String?
    }

    private func parse(_ text: String) throws(AccessLogLine.Fault) -> Fields {
        try parse(Array(text.utf8))
    }

    private func parse(_ bytes: [UInt8]) throws(AccessLogLine.Fault) -> Fields {
        let line = try AccessLogLine(parsing: bytes.span)
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        return Fields(
            host: text(line.host), user: text(line.user), request: text(line.request),
            path: text(line.path(in: bytes.span)), status: line.status, referrer: line.referrer.map(text),
            agent: line.userAgent.map(text))
    }

    @Test func readsTheCommonLogFormat() throws {
        let fields = try parse(
            "127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] \"GET /apache_pb.gif HTTP/1.0\" 200 2326")
        #expect(
            fields
                == Fields(
                    host: "127.0.0.1", user: "frank", request: "GET /apache_pb.gif HTTP/1.0", path: "/apache_pb.gif",
                    status: 200, referrer: nil, agent: nil))
    }

    @Test func readsTheCombinedLogFormat() throws {
        let fields = try parse(
            "2001:db8::7 - - [17/May/2015:10:05:03 +0000] \"GET /a/b?c=d#e HTTP/1.1\" 304 - "
                + "\"http://example.com/?q=\\\"x\\\"\" \"Mozilla/5.0 (X11; \\\\)\"")
        #expect(
            fields
                == Fields(
                    host: "2001:db8::7", user: "-", request: "GET /a/b?c=d#e HTTP/1.1", path: "/a/b", status: 304,
                    referrer: "http://example.com/?q=\\\"x\\\"", agent: "Mozilla/5.0 (X11; \\\\)"))
    }

    @Test(arguments: [
        ("GET / HTTP/1.1", "/"),
        ("OPTIONS * HTTP/1.1", "*"),
        ("GET /?q=1 HTTP/1.1", "/"),
        ("GET /old", "/old"),
        ("GET /two words HTTP/1.1", "/two words"),
        ("GET http://example.com/x?y HTTP/1.1", "http://example.com/x"),
        ("GET  /blanks  HTTP/1.1", "/blanks"),
        ("GET /a\\\"b HTTP/1.1", "/a\\\"b"),
        ("GET ?q HTTP/1.1", "GET ?q HTTP/1.1"),
        ("GET HTTP/1.1", "GET HTTP/1.1"),
        ("GET ", "GET "),
        ("-", "-"),
        ("", ""),
        ("\\x16\\x03\\x01", "\\x16\\x03\\x01"),
        ("HTTP/1.1 HTTP/1.1 HTTP/1.1", "HTTP/1.1"),
        ("GET /x HTTP/", "/x HTTP/"),
    ])
    func findsThePath(request: String, path: String) throws {
        let fields = try parse(SampleLog.line("192.0.2.1", "17/May/2015:10:05:03 +0000", request))
        #expect(fields.request == request)
        #expect(fields.path == path)
    }

    @Test(arguments: [
        // A user name with blanks, and one that looks like a time.
        ("h - frank smith [17/May/2015:10:05:03 +0000] \"\" 200 0", "frank smith"),
        ("h - \"\" [17/May/2015:10:05:03 +0000] \"\" 200 0", "\"\""),
        ("h ident frank [17/May/2015:10:05:03 +0000] \"\" 200 0", "frank"),
    ])
    func findsTheUser(line: String, user: String) throws {
        #expect(try parse(line).user == user)
    }

    @Test(arguments: [
        // Fields that servers add, and a lone referrer.
        "h - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 5 0.003",
        "h - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 5 \"-\"",
        "h - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\" \"192.0.2.1, 192.0.2.2\" 0.003",
        "h - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 5 ",
        "h - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 499 99999999999999999999999999",
    ])
    func passesOverWhatFollows(line: String) throws {
        #expect(try parse(line).path == "/")
    }

    @Test(arguments: [
        ("", AccessLogLine.Fault.fields),
        (" ", .fields),
        ("hello", .fields),
        ("h - -", .fields),
        ("h - - 17/May/2015:10:05:03 +0000 \"\" 200 0", .fields),
        ("h  - [17/May/2015:10:05:03 +0000] \"\" 200 0", .fields),
        // A virtual host before the address moves every field: not to be taken for the client.
        ("example.com:80 192.0.2.1 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 0", .fields),
        ("h - - [17/May/2015:10:05:03] \"\" 200 0", .time),
        ("h - - [17/May/2015:10:05:03 +0000 \"\" 200 0", .time),
        ("h - - [", .time),
        ("h - - [17/May/2015:10:05:03 +0000]", .request),
        ("h - - [17/May/2015:10:05:03 +0000] GET / 200 0", .request),
        ("h - - [17/May/2015:10:05:03 +0000] \"GET / 200 0", .request),
        ("h - - [17/May/2015:10:05:03 +0000] \"GET /\\\" 200 0", .request),
        ("h - - [17/May/2015:10:05:03 +0000] \"GET /\\", .request),
        ("h - - [17/May/2015:10:05:03 +0000] \"\"", .status),
        ("h - - [17/May/2015:10:05:03 +0000] \"\" 20", .status),
        ("h - - [17/May/2015:10:05:03 +0000] \"\" 2x0 0", .status),
        ("h - - [17/May/2015:10:05:03 +0000] \"\" 2000 0", .size),
        ("h - - [17/May/2015:10:05:03 +0000] \"\" 200", .size),
        ("h - - [17/May/2015:10:05:03 +0000] \"\" 200 1x", .size),
        ("h - - [17/May/2015:10:05:03 +0000] \"\" 200 - \"", .referrer),
        ("h - - [17/May/2015:10:05:03 +0000] \"\" 200 - \"-\" \"Mozilla", .userAgent),
        ("h - - [17/May/2015:10:05:03 +0000] \"\" 200 - \"-\" \"Mozilla\\\"", .userAgent),
    ])
    func refuses(line: String, fault: AccessLogLine.Fault) {
        #expect(throws: fault) { try parse(line) }
    }

    @Test func everyBeginningOfALineIsReadOrRefused() throws {
        for line in SampleLog.lines {
            let bytes = Array(line.utf8)
            for count in 0...bytes.count { _ = try? parse(Array(bytes.prefix(count))) }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func damagedLinesNeverCrash(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let lines = SampleLog.lines.map { Array($0.utf8) }
        let marks = Array(" \"\\[]-:/+".utf8) + [0, 0x7F, 0xFF]
        for _ in 0..<20_000 {
            var line = lines.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 1...6, using: &generator) where !line.isEmpty {
                let place = Int.random(in: 0..<line.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: line[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: line[place] = marks.randomElement(using: &generator) ?? 0
                case 2: line.remove(at: place)
                case 3: line.insert(marks.randomElement(using: &generator) ?? 0, at: place)
                default: line.removeSubrange(place..<min(place + 20, line.count))
                }
            }
            _ = try? parse(line)
            // A field that is asked for stays within the line: subscripts would trap.
            if let request = try? AccessLogLine(parsing: line.span) {
                for field in IdentifierField.allCases {
                    #expect(!field.identifier(of: request, in: line.span).name.isEmpty)
                }
            }
        }
    }
}
