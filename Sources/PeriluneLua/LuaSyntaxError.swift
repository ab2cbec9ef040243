/// Why a script is not Lua 5.1, in the words of the compiler inside Redis.
///
/// Redis reports `user_script:LINE: MESSAGE`, so that text can be built from ``line`` and ``messageBytes``.
public struct LuaSyntaxError: Error, Sendable, Hashable {
    /// The line the compiler reports: where it stood, which is the last line of the offending token.
    public let line: Int
    /// Where the offending token starts; for editors and reports.
    public let position: SourcePosition
    /// The message as bytes: it quotes the script, which need not be UTF-8.
    public let messageBytes: [UInt8]

    /// The message as text; bytes that are not UTF-8 become U+FFFD.
    public var message: String { String(decoding: messageBytes, as: UTF8.self) }

    /// Makes an error from a message that is already complete.
    public init(line: Int, position: SourcePosition, messageBytes: [UInt8]) {
        self.line = line
        self.position = position
        self.messageBytes = messageBytes
    }

    /// Makes `MESSAGE near 'TEXT'`, or only `MESSAGE` when there is nothing to quote.
    init(line: Int, position: SourcePosition, message: String, near text: [UInt8]? = nil) {
        var bytes = Array(message.utf8)
        if let text {
            bytes += " near '".utf8
            // The reference prints a C string: what follows a NUL byte is not shown.
            bytes += text.prefix { $0 != 0 }
            bytes.append(UInt8(ascii: "'"))
        }
        self.init(line: line, position: position, messageBytes: bytes)
    }
}

extension LuaSyntaxError: CustomStringConvertible {
    public var description: String { "\(line): \(message)" }
}
