/// Reads JSON exactly as RFC 8259 has it.
///
/// Foundation's decoder is lenient: it takes a comma before a closing bracket, other encodings than UTF-8, and numbers
/// that it rounds. Callers of a limit in other languages must not depend on what the next version of it may refuse, and
/// a cost of `1e-400` is not 0.
struct JSONReader {
    /// A value. What is in an array is checked and dropped: nothing here asks for it.
    indirect enum Value {
        case null
        case bool(Bool)
        /// A number as it was written.
        case number(String)
        case string(String)
        case array
        case object([(name: String, value: Value)])
    }

    /// That a text is not JSON, or nested deeper than ``JSONReader/deepest``.
    struct Malformed: Error {}

    /// How deep arrays and objects may be nested.
    static let deepest = 64

    private let bytes: [UInt8]
    private var position = 0

    /// Reads a text that holds one value and nothing else.
    ///
    /// - Complexity: O(length of the text).
    static func read(_ bytes: [UInt8]) throws(Malformed) -> Value {
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == bytes.count else { throw Malformed() }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    /// Takes a character if it comes next.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(Malformed) {
        guard take(character) else { throw Malformed() }
    }

    private mutating func value(depth: Int) throws(Malformed) -> Value {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try members(depth: depth + 1))
        case UInt8(ascii: "["):
            try elements(depth: depth + 1)
            return .array
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ word: StaticString, _ value: Value) throws(Malformed) -> Value {
        for character in word.description.unicodeScalars { try expect(character) }
        return value
    }

    private mutating func members(depth: Int) throws(Malformed) -> [(name: String, value: Value)] {
        guard depth <= Self.deepest else { throw Malformed() }
        try expect("{")
        skipSpace()
        var members: [(name: String, value: Value)] = []
        if take("}") { return members }
        repeat {
            skipSpace()
            let name = try string()
            skipSpace()
            try expect(":")
            members.append((name, try value(depth: depth)))
            skipSpace()
        } while take(",")
        try expect("}")
        return members
    }

    private mutating func elements(depth: Int) throws(Malformed) {
        guard depth <= Self.deepest else { throw Malformed() }
        try expect("[")
        skipSpace()
        if take("]") { return }
        repeat {
            _ = try value(depth: depth)
            skipSpace()
        } while take(",")
        try expect("]")
    }

    private mutating func number() throws(Malformed) -> String {
        let start = position
        _ = take("-")
        // No zeros before other digits.
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(Malformed) {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw Malformed() }
    }

    private mutating func string() throws(Malformed) -> String {
        try expect("\"")
        var content: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else { throw Malformed() }
                return text
            case UInt8(ascii: "\\"): try escape(into: &content)
            case 0..<0x20: throw Malformed()
            default: content.append(byte)
            }
        }
        throw Malformed()
    }

    private mutating func escape(into content: inout [UInt8]) throws(Malformed) {
        guard let byte = next else { throw Malformed() }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            var number = try codeUnit()
            if (0xD800...0xDBFF).contains(number) {
                try expect("\\")
                try expect("u")
                let low = try codeUnit()
                guard (0xDC00...0xDFFF).contains(low) else { throw Malformed() }
                number = 0x10000 + (number - 0xD800) << 10 + (low - 0xDC00)
            }
            // Half of a surrogate pair is no character.
            guard let scalar = Unicode.Scalar(number) else { throw Malformed() }
            content += String(Character(scalar)).utf8
        default: throw Malformed()
        }
    }

    /// The four hexadecimal digits of a UTF-16 code unit.
    private mutating func codeUnit() throws(Malformed) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw Malformed() }
            position += 1
            number = number << 4 | UInt32(digit)
        }
        return number
    }
}
