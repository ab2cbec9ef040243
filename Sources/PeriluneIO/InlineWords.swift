/// The words of a request typed by hand, by redis-server's rules: divided by blanks; "..." with the escapes of C and
/// `\xHH`, '...' with `\'`; a closing quote ends its word.
package struct InlineWords {
    /// The words one after the other.
    private(set) var bytes: [UInt8] = []
    private(set) var ranges: [Range<Int>] = []

    /// - Returns: `nil` when a quote is not closed, or is followed by more than a blank.
    package init?(_ line: UnsafeRawBufferPointer.SubSequence) {
        var rest = line
        while true {
            rest = rest.drop(while: Self.isBlank)
            if rest.isEmpty { return }
            let start = bytes.count
            guard readWord(&rest) else { return nil }
            ranges.append(start..<bytes.count)
        }
    }

    /// The words as arrays of their own.
    package var words: [[UInt8]] { ranges.map { Array(bytes[$0]) } }

    /// Calls a function with the words as the arguments of a request.
    func withRequest(_ body: (RESPRequest) -> Void) {
        bytes.withUnsafeBytes { bytes in
            ranges.withUnsafeBufferPointer { body(RESPRequest(bytes: bytes, ranges: $0)) }
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (9...13).contains(byte) || byte == 0
    }

    /// - Returns: Whether the word is well formed.
    private mutating func readWord(_ rest: inout UnsafeRawBufferPointer.SubSequence) -> Bool {
        while let byte = rest.first, !Self.isBlank(byte) {
            rest.removeFirst()
            switch byte {
            case UInt8(ascii: "\""):
                guard readQuoted(&rest, until: byte) else { return false }
                return rest.first.map(Self.isBlank) ?? true
            case UInt8(ascii: "'"):
                guard readSingleQuoted(&rest) else { return false }
                return rest.first.map(Self.isBlank) ?? true
            default:
                bytes.append(byte)
            }
        }
        return true
    }

    private mutating func readQuoted(
        _ rest: inout UnsafeRawBufferPointer.SubSequence, until quote: UInt8
    ) -> Bool {
        while let byte = rest.popFirst() {
            if byte == quote { return true }
            guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            switch escaped {
            case UInt8(ascii: "x"):
                if rest.count >= 2, let high = Self.hex(rest[rest.startIndex]),
                    let low = Self.hex(rest[rest.startIndex + 1])
                {
                    bytes.append(high << 4 | low)
                    rest.removeFirst(2)
                } else {
                    bytes.append(escaped)
                }
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "b"): bytes.append(8)
            case UInt8(ascii: "a"): bytes.append(7)
            default: bytes.append(escaped)
            }
        }
        return false
    }

    private mutating func readSingleQuoted(_ rest: inout UnsafeRawBufferPointer.SubSequence) -> Bool {
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "'") { return true }
            if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "'") {
                rest.removeFirst()
                bytes.append(UInt8(ascii: "'"))
            } else {
                bytes.append(byte)
            }
        }
        return false
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
