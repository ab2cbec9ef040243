import PeriluneCore

/// A reply as redis-cli shows it: strings in quotation marks with escapes for what is not printable ASCII, arrays with
/// numbered elements. What is too long is cut, and says so.
struct ReplyText {
    /// Bytes from which on nothing is added.
    static let longest = 1 << 16

    /// The text so far, without a line feed at the end.
    private(set) var text = ""

    /// The text of a reply.
    static func text(of reply: RedisReply) -> String {
        var reader = ReplyText()
        reader.append(reply, indent: 0)
        if reader.isFull { reader.text += "\n... (cut: the reply is longer)" }
        return reader.text
    }

    /// Bytes in quotation marks.
    ///
    /// - Parameter length: How many of the bytes are shown at most; three dots stand for those that are left out.
    static func quoted(_ bytes: [UInt8], atMost length: Int) -> String {
        var text = "\""
        for byte in bytes.prefix(length) {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += "\\\(Character(Unicode.Scalar(byte)))"
            case 7: text += "\\a"
            case 8: text += "\\b"
            case 9: text += "\\t"
            case 10: text += "\\n"
            case 13: text += "\\r"
            case 0x20..<0x7F: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "\\x" + hexadecimal(CollectionOfOne(byte))
            }
        }
        return text + (bytes.count > length ? "\"..." : "\"")
    }

    private var isFull: Bool { text.utf8.count >= Self.longest }

    /// - Parameter indent: The width of what stands before the reply on its first line.
    private mutating func append(_ reply: RedisReply, indent: Int) {
        switch reply {
        case .integer(let value): text += "(integer) \(value)"
        case .bulk(let bytes): text += Self.quoted(bytes, atMost: Self.longest)
        case .status(let line): text += printable(line, atMost: Self.longest)
        case .error(let error): text += "(error) " + printable(error.line, atMost: Self.longest)
        case .null: text += "(nil)"
        case .array(let elements) where elements.isEmpty: text += "(empty array)"
        case .array(let elements):
            let width = String(elements.count).count
            for (index, element) in elements.enumerated() where !isFull {
                if index > 0 { text += "\n" + String(repeating: " ", count: indent) }
                text += String(index + 1).aligned(width) + ") "
                append(element, indent: indent + width + 2)
            }
        }
    }
}
