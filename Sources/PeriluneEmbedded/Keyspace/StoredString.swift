import PeriluneCore

/// The value of a string key. Integers are kept as such, so that counters neither allocate nor parse.
enum StoredString: Equatable, Sendable {
    case integer(Int)
    case short(ShortBytes)
    /// Any number of bytes; few of them, too, when they were in an array already.
    case bytes([UInt8])

    init(_ slice: ByteSlice) {
        if let integer = slice.integer {
            self = .integer(integer)
        } else {
            self = .text(slice)
        }
    }

    init(_ bytes: [UInt8]) {
        if let integer = bytes.withByteSlice({ $0.integer }) {
            self = .integer(integer)
        } else {
            self = .bytes(bytes)
        }
    }

    /// Bytes that are not looked at, be they an integer.
    static func text(_ slice: ByteSlice) -> StoredString {
        ShortBytes(slice).map { .short($0) } ?? .bytes(slice.array)
    }

    /// Whether two values have the same bytes.
    static func == (lhs: StoredString, rhs: StoredString) -> Bool {
        if case (.integer(let lhs), .integer(let rhs)) = (lhs, rhs) { return lhs == rhs }
        return lhs.withSlice { lhs in rhs.withSlice { rhs in lhs.buffer.elementsEqual(rhs.buffer) } }
    }

    /// The integer that the value is, if it is one in canonical form.
    var integer: Int? {
        if case .integer(let value) = self { value } else { withSlice { $0.integer } }
    }

    /// How many bytes the value has. O(1).
    var count: Int {
        switch self {
        case .integer(let value): value.decimalLength
        case .short(let bytes): bytes.count
        case .bytes(let bytes): bytes.count
        }
    }

    /// Calls a function with the value's bytes, which it may not keep.
    func withSlice<Result>(_ body: (ByteSlice) throws -> Result) rethrows -> Result {
        if case .short(let bytes) = self { try bytes.withSlice(body) } else { try bytes.withByteSlice(body) }
    }

    /// Changes the bytes where they are; few of them are put into an array first.
    ///
    /// - Returns: How many there are now.
    mutating func modifyBytes(_ modify: (inout [UInt8]) -> Void) -> Int {
        var bytes = bytes
        self = .integer(0)  // so that the array has one owner and is not copied
        modify(&bytes)
        let count = bytes.count
        self = .bytes(bytes)
        return count
    }

    /// The value's bytes. O(n), and O(1) when they are in an array.
    var bytes: [UInt8] {
        switch self {
        case .integer(let value): Array(String(value).utf8)
        case .short(let bytes): bytes.array
        case .bytes(let bytes): bytes
        }
    }
}
