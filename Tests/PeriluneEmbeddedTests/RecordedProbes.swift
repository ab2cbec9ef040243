import Foundation
import PeriluneCore

/// One call that was recorded on redis-server 7.0.15, with its reply.
struct RecordedProbe: CustomStringConvertible {
    let section: String
    /// The command and its arguments.
    let words: [[UInt8]]
    /// The reply in RESP2, byte for byte where the recording kept the bytes.
    let reply: String

    /// The script or the command, for messages.
    var description: String { String(decoding: words.count > 1 ? words[1] : words[0], as: UTF8.self) }

    /// The recording, in its order. The calls share one server, so the order matters.
    static func all() throws -> [RecordedProbe] {
        let url = Bundle.module.url(forResource: "redis-7.0-probes", withExtension: "txt", subdirectory: "Resources")
        guard let url else { throw CocoaError(.fileNoSuchFile) }
        var probes: [RecordedProbe] = []
        var section = ""
        var source = ""
        for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("## ") {
                section = String(line.dropFirst(3))
            } else if line.hasPrefix("    -> ") {
                let reply = String(decoding: unescape(line.dropFirst(7)), as: UTF8.self)
                let words = section == "EVAL misc" ? tuple(source) : [Array("eval".utf8), unescape(source[...]), [48]]
                probes.append(RecordedProbe(section: section, words: words, reply: reply))
            } else {
                source = String(line)
            }
        }
        return probes
    }

    /// The bytes of text with escapes as in Python; characters stand for single bytes.
    private static func unescape(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "\\", let escape = rest.popFirst() else {
                bytes += character.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
                continue
            }
            switch escape {
            case "n": bytes.append(10)
            case "r": bytes.append(13)
            case "t": bytes.append(9)
            case "x":
                bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            default: bytes += String(escape).utf8
            }
        }
        return bytes
    }

    /// The words of `('eval', 'return 1', '0')`.
    private static func tuple(_ text: String) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "'") {
            var end = rest.index(after: open)
            while end < rest.endIndex, rest[end] != "'" {
                if rest[end] == "\\" { end = rest.index(after: end) }
                end = rest.index(after: end)
            }
            words.append(unescape(rest[rest.index(after: open)..<end]))
            rest = rest[rest.index(after: end)...]
        }
        return words
    }
}

/// A reply as RESP2 text.
func resp(_ reply: RedisReply) -> String {
    switch reply {
    case .integer(let value): ":\(value)\r\n"
    case .bulk(let bytes): "$\(bytes.count)\r\n\(String(decoding: bytes, as: UTF8.self))\r\n"
    case .status(let text): "+\(text)\r\n"
    case .null: "$-1\r\n"
    case .error(let error): "-\(error.line)\r\n"
    case .array(let elements): "*\(elements.count)\r\n" + elements.map(resp).joined()
    }
}
