import CLuaHost

/// Bytes that somebody else owns for the length of a call: a command's arguments as they come from a script or a
/// caller. Nothing is copied until it is stored.
struct ByteSlice {
    let start: UnsafePointer<UInt8>
    let count: Int

    init(start: UnsafePointer<UInt8>, count: Int) {
        self.start = start
        self.count = count
    }

    init?(_ slice: plua_slice) {
        guard let data = slice.data else { return nil }
        start = UnsafeRawPointer(data).assumingMemoryBound(to: UInt8.self)
        count = slice.length
    }

    /// No bytes.
    static var empty: ByteSlice { ByteSlice(start: ("" as StaticString).utf8Start, count: 0) }

    var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    var array: [UInt8] { Array(buffer) }

    /// The bytes as text for messages, whatever they are.
    var text: String { String(decoding: buffer, as: UTF8.self) }

    /// The bytes but for the first; no bytes when there is none.
    func dropFirst() -> ByteSlice {
        count > 0 ? ByteSlice(start: start + 1, count: count - 1) : self
    }

    subscript(index: Int) -> UInt8 { start[index] }

    /// Some of the bytes, which must be there.
    subscript(range: Range<Int>) -> ByteSlice { ByteSlice(start: start + range.lowerBound, count: range.count) }
}

extension ByteSlice {
    /// The integer that the bytes are in canonical decimal form (`0`, `-12`; not `+1`, `007`, `1.0` or ` 1`), as Redis
    /// wants it.
    var integer: Int? {
        guard count > 0, count <= 20 else { return nil }
        let negative = start[0] == UInt8(ascii: "-")
        var index = negative ? 1 : 0
        guard index < count else { return nil }
        if start[index] == UInt8(ascii: "0") { return count == 1 ? 0 : nil }
        var value = 0
        while index < count {
            let digit = Int(start[index]) - Int(UInt8(ascii: "0"))
            guard digit >= 0, digit <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                negative
                ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            if overflow || carry { return nil }
            value = sum
            index += 1
        }
        return value
    }

    /// Whether the bytes are a word, in any case.
    func isWord(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        for index in 0..<count where start[index] | 0x20 != word.utf8Start[index] | 0x20 { return false }
        return true
    }
}

extension [UInt8] {
    /// Calls a function with the bytes as an argument of a command.
    func withByteSlice<Result>(_ body: (ByteSlice) throws -> Result) rethrows -> Result {
        try withUnsafeBufferPointer { buffer in
            try body(buffer.baseAddress.map { ByteSlice(start: $0, count: buffer.count) } ?? .empty)
        }
    }
}
