/// Reads over JSON text (RFC 8259) and refuses what is none.
///
/// A string may not have half of a surrogate pair, which no Swift string can hold.
package struct JSONScanner {
    private let text: [UInt8]
    private var offset = 0

    /// - Parameter text: JSON, which ``finish()`` wants to be valid UTF-8.
    package init(_ text: [UInt8]) {
        self.text = text
    }

    private var malformed: JSONMembersError { .malformed(offset: offset) }

    private var byte: UInt8? { offset < text.count ? text[offset] : nil }

    /// The next byte that is no white space, which is not read yet; `nil` at the end.
    package mutating func next() -> UInt8? {
        while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
        return byte
    }

    /// Reads one byte after white space.
    package mutating func read(_ expected: UInt8) throws(JSONMembersError) {
        guard next() == expected else { throw malformed }
        offset += 1
    }

    /// Reads to the end, where nothing but white space may be left.
    package mutating func finish() throws(JSONMembersError) {
        guard next() == nil else { throw malformed }
        guard text.allSatisfy({ $0 < 0x80 }) || String(validating: text, as: UTF8.self) != nil else {
            throw .malformed(offset: text.firstIndex { $0 >= 0x80 } ?? 0)
        }
    }

    // MARK: Values

    /// Reads a value.
    ///
    /// - Parameter depth: How many arrays and objects it lies in.
    /// - Returns: Where it stands.
    package mutating func readValue(inside depth: Int) throws(JSONMembersError) -> Range<Int> {
        let first = next()
        let start = offset
        switch first {
        case UInt8(ascii: "{"):
            try readObject(inside: depth) { scanner throws(JSONMembersError) in
                try scanner.skipString()
                try scanner.read(UInt8(ascii: ":"))
                _ = try scanner.readValue(inside: depth + 1)
            }
        case UInt8(ascii: "["):
            try readArray(inside: depth) { scanner throws(JSONMembersError) in
                _ = try scanner.readValue(inside: depth + 1)
            }
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "t"): try skipWord("true")
        case UInt8(ascii: "f"): try skipWord("false")
        case UInt8(ascii: "n"): try skipWord("null")
        default: try skipNumber()
        }
        return start..<offset
    }

    /// Reads an object, whose brace is next.
    ///
    /// - Parameters:
    ///   - depth: How many arrays and objects it lies in.
    ///   - readMember: Reads a name, the colon and a value.
    package mutating func readObject(
        inside depth: Int, _ readMember: (inout JSONScanner) throws(JSONMembersError) -> Void
    ) throws(JSONMembersError) {
        try readElements(inside: depth, to: UInt8(ascii: "}"), readMember)
    }

    /// Reads an array, whose bracket is next.
    ///
    /// - Parameters:
    ///   - depth: How many arrays and objects it lies in.
    ///   - readElement: Reads an element.
    package mutating func readArray(
        inside depth: Int, _ readElement: (inout JSONScanner) throws(JSONMembersError) -> Void
    ) throws(JSONMembersError) {
        try readElements(inside: depth, to: UInt8(ascii: "]"), readElement)
    }

    private mutating func readElements(
        inside depth: Int, to close: UInt8, _ readElement: (inout JSONScanner) throws(JSONMembersError) -> Void
    ) throws(JSONMembersError) {
        guard depth < JSONMembers.deepestNesting else { throw .tooDeep }
        offset += 1
        if next() == close {
            offset += 1
            return
        }
        while true {
            try readElement(&self)
            let separator = next()
            guard separator == close || separator == UInt8(ascii: ",") else { throw malformed }
            offset += 1
            if separator == close { return }
        }
    }

    private mutating func skipWord(_ word: StaticString) throws(JSONMembersError) {
        for index in 0..<word.utf8CodeUnitCount {
            guard byte == word.utf8Start[index] else { throw malformed }
            offset += 1
        }
    }

    private mutating func skipNumber() throws(JSONMembersError) {
        if byte == UInt8(ascii: "-") { offset += 1 }
        if byte == UInt8(ascii: "0") { offset += 1 } else { try skipDigits() }
        if byte == UInt8(ascii: ".") {
            offset += 1
            try skipDigits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            offset += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { offset += 1 }
            try skipDigits()
        }
    }

    /// Reads over one digit or more.
    private mutating func skipDigits() throws(JSONMembersError) {
        let start = offset
        while let byte, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { offset += 1 }
        guard offset > start else { throw malformed }
    }

    // MARK: Strings

    /// Reads a string after white space.
    ///
    /// - Returns: The string without escapes.
    package mutating func readName() throws(JSONMembersError) -> String {
        try read(UInt8(ascii: "\""))
        let start = offset
        var bytes: [UInt8] = []
        while true {
            let run = try readRun()
            bytes += text[run]
            offset += 1
            if text[run.upperBound] == UInt8(ascii: "\"") { break }
            bytes += try readEscape().utf8
        }
        guard let name = String(validating: bytes, as: UTF8.self) else { throw .malformed(offset: start) }
        return name
    }

    private mutating func skipString() throws(JSONMembersError) {
        try read(UInt8(ascii: "\""))
        while true {
            let run = try readRun()
            offset += 1
            if text[run.upperBound] == UInt8(ascii: "\"") { return }
            _ = try readEscape()
        }
    }

    /// Reads up to the next quotation mark or backslash, one of which is there.
    private mutating func readRun() throws(JSONMembersError) -> Range<Int> {
        let start = offset
        while let byte, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { offset += 1 }
        guard let byte, byte >= 0x20 else { throw malformed }
        return start..<offset
    }

    /// Reads what comes after a backslash.
    private mutating func readEscape() throws(JSONMembersError) -> Unicode.Scalar {
        guard let kind = byte else { throw malformed }
        offset += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(kind)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw .malformed(offset: offset - 1)
        }
        let start = offset
        var value = try readHexadecimal()
        if (0xD800..<0xDC00).contains(value), byte == UInt8(ascii: "\\") {
            offset += 1
            guard byte == UInt8(ascii: "u") else { throw malformed }
            offset += 1
            let low = try readHexadecimal()
            guard (0xDC00..<0xE000).contains(low) else { throw .malformed(offset: start) }
            value = 0x1_0000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw .malformed(offset: start) }
        return scalar
    }

    /// Reads four hexadecimal digits.
    private mutating func readHexadecimal() throws(JSONMembersError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw malformed }
            value = value << 4 + UInt32(digit)
            offset += 1
        }
        return value
    }
}
