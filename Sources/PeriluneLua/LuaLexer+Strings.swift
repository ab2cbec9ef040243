extension LuaLexer {
    /// What stands at a `[` or `]`.
    enum LongBracket {
        /// `[`, `=` times `level`, and a second bracket follows.
        case level(Int)
        /// A bracket alone.
        case bracket
        /// `[=` without a second bracket.
        case malformed
    }

    /// Steps over a bracket and the `=` after it, not over the second bracket.
    mutating func skipLongBracket(_ bracket: UInt8) -> LongBracket {
        offset += 1
        var level = 0
        while peek() == UInt8(ascii: "=") {
            level += 1
            offset += 1
        }
        if peek() == bracket { return .level(level) }
        return level == 0 ? .bracket : .malformed
    }

    /// Reads a long string or comment from its second opening bracket to the end.
    mutating func readLongString(
        level: Int, start: Int, startLine: Int, isComment: Bool
    ) throws(LuaSyntaxError) {
        offset += 1
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "]"):
                if case .level(level) = skipLongBracket(byte) {
                    offset += 1
                    return
                }
            case UInt8(ascii: "["):
                // Lua 5.0 nested these strings; 5.1 refuses the form at level 0, in comments as well.
                if case .level(level) = skipLongBracket(byte) {
                    offset += 1
                    if level == 0 {
                        throw failure(
                            "nesting of [[...]] is deprecated", from: start, startLine: startLine, near: [byte])
                    }
                }
            case .lineFeed, .carriageReturn:
                skipLineBreak()
            default:
                offset += 1
            }
        }
        let message = isComment ? "unfinished long comment" : "unfinished long string"
        throw failure(message, from: start, startLine: startLine, near: Array("<eof>".utf8))
    }

    /// Reads a quoted string.
    mutating func readString(delimiter: UInt8) throws(LuaSyntaxError) {
        let start = offset
        let startLine = line
        offset += 1
        while let byte = peek() {
            switch byte {
            case delimiter:
                offset += 1
                append(.string, from: start, line: startLine)
                return
            case .lineFeed, .carriageReturn:
                throw failure(
                    "unfinished string", from: start, startLine: startLine, near: readSoFar(from: start))
            case UInt8(ascii: "\\"):
                try skipEscape(from: start, startLine: startLine)
            default:
                offset += 1
            }
        }
        throw failure("unfinished string", from: start, startLine: startLine, near: Array("<eof>".utf8))
    }

    private mutating func skipEscape(from start: Int, startLine: Int) throws(LuaSyntaxError) {
        let escape = offset
        offset += 1
        guard let byte = peek() else { return }
        if byte == .lineFeed || byte == .carriageReturn {
            skipLineBreak()
        } else if byte.isDigit {
            var value = 0
            var digits = 0
            while digits < 3, let digit = peek(), digit.isDigit {
                value = value * 10 + Int(digit - UInt8(ascii: "0"))
                digits += 1
                offset += 1
            }
            if value > 255 {
                let text = Self.decode(bytes, from: start + 1, to: escape)
                throw failure(
                    "escape sequence too large", from: start, startLine: startLine, near: [bytes[start]] + text)
            }
        } else {
            offset += 1
        }
    }

    private func readSoFar(from start: Int) -> [UInt8] {
        [bytes[start]] + Self.decode(bytes, from: start + 1, to: offset)
    }

    // MARK: Values

    /// The bytes that a string token stands for. O(n) in its length.
    package static func value(of token: LuaToken, in source: [UInt8]) -> [UInt8] {
        guard token.end <= source.count, token.end - token.start >= 2 else { return [] }
        if token.kind == .longString {
            let level = longLevel(of: token, in: source)
            return normalizeLineBreaks(source, from: token.start + level + 2, to: token.end - level - 2)
        }
        return decode(source, from: token.start + 1, to: token.end - 1)
    }

    /// What messages show of a string token: its delimiters around its value, as the reference's buffer has it.
    static func quotedText(of token: LuaToken, in source: [UInt8]) -> [UInt8] {
        let width = token.kind == .longString ? longLevel(of: token, in: source) + 2 : 1
        guard token.start + width <= token.end else { return [] }
        let opening = source[token.start..<token.start + width]
        let closing = source[token.end - width..<token.end]
        return opening + value(of: token, in: source) + closing
    }

    private static func longLevel(of token: LuaToken, in source: [UInt8]) -> Int {
        var level = 0
        while token.start + 1 + level < token.end, source[token.start + 1 + level] == UInt8(ascii: "=") { level += 1 }
        return level
    }

    /// Resolves the escapes of 5.1, where an unknown escape is the character itself.
    private static func decode(_ source: [UInt8], from start: Int, to end: Int) -> [UInt8] {
        guard start < end else { return [] }
        let body = source[start..<end]
        guard body.contains(UInt8(ascii: "\\")) else { return Array(body) }
        var result: [UInt8] = []
        result.reserveCapacity(end - start)
        var index = start
        while index < end {
            let byte = source[index]
            index += 1
            guard byte == UInt8(ascii: "\\"), index < end else {
                if byte != UInt8(ascii: "\\") { result.append(byte) }
                continue
            }
            let escaped = source[index]
            index += 1
            switch escaped {
            case UInt8(ascii: "a"): result.append(0x07)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "v"): result.append(0x0B)
            case .lineFeed, .carriageReturn:
                result.append(.lineFeed)
                index = skipSecondHalf(source, at: index, after: escaped, end: end)
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                var value = Int(escaped - UInt8(ascii: "0"))
                var digits = 1
                while digits < 3, index < end, source[index].isDigit {
                    value = value * 10 + Int(source[index] - UInt8(ascii: "0"))
                    digits += 1
                    index += 1
                }
                result.append(UInt8(truncatingIfNeeded: value))
            default: result.append(escaped)
            }
        }
        return result
    }

    /// A long string drops a line break right after its opening; every other line break becomes LF.
    private static func normalizeLineBreaks(_ source: [UInt8], from start: Int, to end: Int) -> [UInt8] {
        var result: [UInt8] = []
        var index = start
        while index < end {
            let byte = source[index]
            index += 1
            if byte == .lineFeed || byte == .carriageReturn {
                let isFirst = index - 1 == start
                index = skipSecondHalf(source, at: index, after: byte, end: end)
                if !isFirst { result.append(.lineFeed) }
            } else {
                result.append(byte)
            }
        }
        return result
    }

    private static func skipSecondHalf(_ source: [UInt8], at index: Int, after first: UInt8, end: Int) -> Int {
        guard index < end, source[index] != first else { return index }
        return source[index] == .lineFeed || source[index] == .carriageReturn ? index + 1 : index
    }
}
