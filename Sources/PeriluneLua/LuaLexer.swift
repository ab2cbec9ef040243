/// The lexer of Lua 5.1, as Redis runs it.
///
/// It works on bytes, since a script need not be UTF-8, and takes exactly what the reference takes, including its
/// quirks with NUL bytes (see `readNumber()`).
package struct LuaLexer {
    var list: LuaTokenList
    let bytes: [UInt8]
    var offset = 0
    var line = 1
    private var symbols: [String: Int32] = [:]

    private init(_ source: [UInt8]) {
        bytes = source
        list = LuaTokenList(source: source)
        list.tokens.reserveCapacity(source.count / 4 + 8)
        for keyword in LuaToken.Kind.keywords { _ = intern(keyword.spelling) }
    }

    /// Splits a source into tokens. An error ends the list and is kept in it. O(n).
    package static func tokenize(_ source: [UInt8]) -> LuaTokenList {
        // Positions are 32 bits wide; Redis itself refuses anything above 512 MB.
        guard source.count < Int(Int32.max) - 1 else {
            var list = LuaTokenList(source: [])
            list.failure = LuaSyntaxError(line: 1, position: .start, message: "script too large")
            return list
        }
        var lexer = LuaLexer(source)
        do throws(LuaSyntaxError) {
            while try lexer.readToken() {}
        } catch {
            lexer.list.failure = error
        }
        return lexer.list
    }

    // MARK: Bytes

    /// The byte at a distance from the current one, or nil past the end.
    @inline(__always)
    func peek(_ distance: Int = 0) -> UInt8? {
        let index = offset + distance
        return index < bytes.count ? bytes[index] : nil
    }

    /// Steps over a line break; CR LF and LF CR count as one.
    mutating func skipLineBreak() {
        guard let first = peek() else { return }
        offset += 1
        if let second = peek(), second != first, second == .lineFeed || second == .carriageReturn { offset += 1 }
        line += 1
        list.lineStarts.append(Int32(truncatingIfNeeded: offset))
    }

    mutating func intern(_ name: String) -> Int32 {
        if let known = symbols[name] { return known }
        let symbol = Int32(truncatingIfNeeded: list.names.count)
        symbols[name] = symbol
        list.names.append(name)
        return symbol
    }

    func failure(_ message: String, from start: Int, startLine: Int, near text: [UInt8]) -> LuaSyntaxError {
        LuaSyntaxError(
            line: line, position: list.position(offset: start, line: startLine), message: message, near: text)
    }

    mutating func append(_ kind: LuaToken.Kind, from start: Int, line startLine: Int, payload: Int32 = 0) {
        list.tokens.append(
            LuaToken(
                kind: kind, payload: payload, rawStart: Int32(truncatingIfNeeded: start),
                rawEnd: Int32(truncatingIfNeeded: offset), rawLine: Int32(truncatingIfNeeded: startLine),
                rawEndLine: Int32(truncatingIfNeeded: line)))
    }

    // MARK: Tokens

    /// Reads one token, or skips one comment or stretch of blanks; false at the end.
    private mutating func readToken() throws(LuaSyntaxError) -> Bool {
        guard let byte = peek() else {
            append(.endOfFile, from: offset, line: line)
            return false
        }
        switch byte {
        case .lineFeed, .carriageReturn:
            skipLineBreak()
        case 0x20, 0x09, 0x0B, 0x0C:
            offset += 1
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
            readName()
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            try readNumber()
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            try readString(delimiter: byte)
        case UInt8(ascii: "["):
            try readBracket()
        case UInt8(ascii: "-"):
            if peek(1) == UInt8(ascii: "-") { try readComment() } else { single(.minus) }
        case UInt8(ascii: "."):
            try readDots()
        default:
            readOperator(byte)
        }
        return true
    }

    private mutating func readName() {
        let start = offset
        while let byte = peek(), byte.isAlphanumeric || byte == UInt8(ascii: "_") { offset += 1 }
        let symbol = intern(String(decoding: bytes[start..<offset], as: UTF8.self))
        let keyword = LuaToken.Kind(rawValue: UInt8(clamping: symbol))
        if let keyword, keyword.rawValue <= LuaToken.Kind.while.rawValue {
            append(keyword, from: start, line: line)
        } else {
            append(.name, from: start, line: line, payload: symbol)
        }
    }

    /// `.`, `..`, `...` or a number. As in the reference, where `strchr` finds the terminator, a NUL byte counts as
    /// the second or third dot.
    private mutating func readDots() throws(LuaSyntaxError) {
        let start = offset
        if let next = peek(1), next == UInt8(ascii: ".") || next == 0 {
            offset += 2
            if let third = peek(), third == UInt8(ascii: ".") || third == 0 {
                offset += 1
                append(.ellipsis, from: start, line: line)
            } else {
                append(.concat, from: start, line: line)
            }
        } else if let next = peek(1), next.isDigit {
            try readNumber()
        } else {
            single(.dot)
        }
    }

    private mutating func single(_ kind: LuaToken.Kind, count: Int = 1) {
        let start = offset
        offset += count
        append(kind, from: start, line: line)
    }

    private mutating func readOperator(_ byte: UInt8) {
        let equalsNext = peek(1) == UInt8(ascii: "=")
        switch byte {
        case UInt8(ascii: "="): equalsNext ? single(.equal, count: 2) : single(.assign)
        case UInt8(ascii: "<"): equalsNext ? single(.lessOrEqual, count: 2) : single(.less)
        case UInt8(ascii: ">"): equalsNext ? single(.greaterOrEqual, count: 2) : single(.greater)
        case UInt8(ascii: "~"): equalsNext ? single(.notEqual, count: 2) : single(.unknown)
        case UInt8(ascii: "+"): single(.plus)
        case UInt8(ascii: "*"): single(.star)
        case UInt8(ascii: "/"): single(.slash)
        case UInt8(ascii: "%"): single(.percent)
        case UInt8(ascii: "^"): single(.caret)
        case UInt8(ascii: "#"): single(.hash)
        case UInt8(ascii: "("): single(.leftParenthesis)
        case UInt8(ascii: ")"): single(.rightParenthesis)
        case UInt8(ascii: "{"): single(.leftBrace)
        case UInt8(ascii: "}"): single(.rightBrace)
        case UInt8(ascii: "]"): single(.rightBracket)
        case UInt8(ascii: ";"): single(.semicolon)
        case UInt8(ascii: ":"): single(.colon)
        case UInt8(ascii: ","): single(.comma)
        default: single(.unknown)
        }
    }

    /// `[`, or a long string.
    private mutating func readBracket() throws(LuaSyntaxError) {
        let start = offset
        let startLine = line
        switch skipLongBracket(UInt8(ascii: "[")) {
        case .level(let level):
            try readLongString(level: level, start: start, startLine: startLine, isComment: false)
            append(.longString, from: start, line: startLine)
        case .bracket:
            append(.leftBracket, from: start, line: line)
        case .malformed:
            throw failure(
                "invalid long string delimiter", from: start, startLine: startLine, near: Array(bytes[start..<offset]))
        }
    }

    private mutating func readComment() throws(LuaSyntaxError) {
        let start = offset
        let startLine = line
        offset += 2
        var isLong = false
        if peek() == UInt8(ascii: "["), case .level(let level) = skipLongBracket(UInt8(ascii: "[")) {
            try readLongString(level: level, start: start, startLine: startLine, isComment: true)
            isLong = true
        } else {
            while let byte = peek(), byte != .lineFeed, byte != .carriageReturn { offset += 1 }
        }
        let range = SourceRange(
            start: list.position(offset: start, line: startLine), end: list.position(offset: offset, line: line))
        list.comments.append(LuaComment(range: range, isLong: isLong))
    }
}

extension UInt8 {
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D

    @inline(__always)
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    @inline(__always)
    var isAlphanumeric: Bool {
        let lowered = self | 0x20
        return isDigit || (lowered >= UInt8(ascii: "a") && lowered <= UInt8(ascii: "z"))
    }
}
