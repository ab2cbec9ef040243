/// The value of a string key. Integers are kept as such, so that counters neither allocate nor parse.
enum StoredString: Equatable, Sendable {
    case integer(Int)
    case bytes([UInt8])

    init(_ slice: ByteSlice) {
        if let integer = slice.integer {
            self = .integer(integer)
        } else {
            self = .bytes(slice.array)
        }
    }

    init(_ bytes: [UInt8]) {
        if let integer = Self.integer(of: bytes) {
            self = .integer(integer)
        } else {
            self = .bytes(bytes)
        }
    }

    /// Whether two values have the same bytes.
    static func == (lhs: StoredString, rhs: StoredString) -> Bool {
        switch (lhs, rhs) {
        case (.integer(let lhs), .integer(let rhs)): lhs == rhs
        case (.bytes(let lhs), .bytes(let rhs)): lhs == rhs
        default: lhs.bytes == rhs.bytes
        }
    }

    /// The integer that the value is, if it is one in canonical form.
    var integer: Int? {
        switch self {
        case .integer(let value): value
        case .bytes(let bytes): Self.integer(of: bytes)
        }
    }

    private static func integer(of bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.flatMap { ByteSlice(start: $0, count: buffer.count).integer }
        }
    }

    /// How many bytes the value has. O(1).
    var count: Int {
        switch self {
        case .integer(let value): String(value).utf8.count
        case .bytes(let bytes): bytes.count
        }
    }

    /// Calls a function with the value's bytes, which it may not keep.
    func withSlice<Result>(_ body: (ByteSlice) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { buffer in
            var none: UInt8 = 0
            if let start = buffer.baseAddress { return body(ByteSlice(start: start, count: buffer.count)) }
            return withUnsafePointer(to: &none) { body(ByteSlice(start: $0, count: 0)) }
        }
    }

    /// Changes the bytes where they are.
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

    /// The value's bytes. O(1), and O(n) for an integer.
    var bytes: [UInt8] {
        switch self {
        case .integer(let value): Array(String(value).utf8)
        case .bytes(let bytes): bytes
        }
    }
}
