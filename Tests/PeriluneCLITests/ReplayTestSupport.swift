import CZlib
import Foundation
import PeriluneTestSupport
import Testing

@testable import PeriluneCLI

/// A log of the same shape as real ones: lines out of order within a minute, a scanner's odd requests, a line that was
/// cut off, and one client that asks too often.
enum SampleLog {
    static let lines: [String] = [
        line("192.0.2.10", "17/May/2015:10:05:03 +0000", "GET /images/kibana-search.png HTTP/1.1"),
        line("192.0.2.10", "17/May/2015:10:05:43 +0000", "GET /images/kibana-dashboard3.png?size=large HTTP/1.1"),
        line("198.51.100.7", "17/May/2015:10:05:12 +0000", "GET / HTTP/1.1", agent: "curl/7.88.1"),
        line("198.51.100.7", "17/May/2015:10:05:07 +0000", "GET /feed HTTP/1.0", agent: "curl/7.88.1"),
        line("203.0.113.99", "17/May/2015:10:06:00 +0000", "\\x16\\x03\\x01", agent: "-"),
        line("203.0.113.99", "17/May/2015:10:06:00 +0000", "-", agent: "-"),
        line("203.0.113.99", "17/May/2015:10:06:00 +0000", "", agent: "-"),
        line("203.0.113.99", "17/May/2015:10:06:00 +0000", "GET /a\\\"b HTTP/1.1", agent: "-"),
        line("203.0.113.99", "17/May/2015:10:06:01 +0000", "OPTIONS / HTTP/1.1", agent: "-"),
        "192.0.2.127 - - [17/May/2015:10:06:17 +0000] \"GET /x.py HTTP/1.1\" 200 235 \"-\" \"Mozilla/5.0 (compatible",
        line("192.0.2.10", "17/May/2015:10:06:30 +0000", "POST /form HTTP/1.1", user: "frank"),
    ]

    static let text = lines.joined(separator: "\n") + "\n"

    static func line(
        _ host: String, _ time: String, _ request: String, user: String = "-", agent: String = "Mozilla/5.0 (X11)"
    ) -> String {
        "\(host) - \(user) [\(time)] \"\(request)\" 200 203023 \"http://example.com/\" \"\(agent)\""
    }
}

/// Files that are gone after the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        // Short, wherever temporary files are: programs make Unix sockets in it.
        path = try TemporaryDirectory.make()
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ bytes: [UInt8], named name: String = "access.log") throws -> String {
        let file = path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    func file(_ text: String, named name: String = "access.log") throws -> String {
        try file(Array(text.utf8), named: name)
    }
}

/// Bytes that come in pieces of given sizes, over and over.
final class PieceSource: ByteSource {
    private var rest: ArraySlice<UInt8>
    private let sizes: [Int]
    private var reads = 0

    init(_ bytes: [UInt8], pieces sizes: [Int] = [.max]) {
        self.rest = bytes[...]
        self.sizes = sizes
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReplayError) -> Int {
        let count = min(sizes[reads % sizes.count], buffer.count, rest.count)
        reads += 1
        buffer.copyBytes(from: rest.prefix(count))
        rest = rest.dropFirst(count)
        return count
    }
}

/// All bytes of a source, read in pieces.
func allBytes(of source: any ByteSource, piece: Int = 1000) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: piece)
    while true {
        let count = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
        guard count > 0 else { return bytes }
        bytes += buffer.prefix(count)
    }
}

/// One gzip member.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(
        &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
    let count = input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            #expect(deflate(&stream, Z_FINISH) == Z_STREAM_END)
            return output.count - Int(stream.avail_out)
        }
    }
    return Array(output.prefix(count))
}

/// What a command wrote.
final class Transcript {
    var output = ""
    var errors = ""

    var console: ReplayConsole {
        ReplayConsole(write: { self.output += $0 }, writeError: { self.errors += $0 })
    }
}
