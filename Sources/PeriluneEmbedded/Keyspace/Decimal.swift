import CLuaHost

/// Numbers with a fraction as text and back, as Redis reads and writes them.
enum Decimal {
    /// What C's `strtoull` makes of digits, in front of which a sign may stand: a negative number counts from the largest
    /// down. `nil` for anything else, and for what is too large.
    static func unsigned(_ text: some Collection<UInt8>) -> UInt64? {
        var digits = text[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return isNegative ? 0 &- value : value
    }

    /// The digits of a score: 17, or fewer when these say the same.
    static func bytes(of value: Double) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(PLUA_DECIMAL_SIZE)) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) { plua_write_double(value, $0.baseAddress) }
        }
    }

    /// A number with so many digits after the point, at most 17, and without an exponent.
    ///
    /// - Parameter trimmed: Whether zeros at the end of the fraction are left out.
    static func bytes(of value: Double, digits: Int32, trimmed: Bool = false) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(PLUA_FIXED_SIZE)) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) { buffer in
                buffer.baseAddress.map { plua_write_fixed(value, digits, trimmed ? 1 : 0, $0) } ?? 0
            }
        }
    }

    /// The number that the bytes are, all of them; `nil` for none, for NaN, and for one out of range.
    static func double(of slice: ByteSlice) -> Double? {
        var value = 0.0
        return slice.withPointer { plua_read_double($0, &value) } != 0 ? value : nil
    }

    /// The bound of a range. White space in front is passed over, and no digits at all are 0, as on the server.
    static func bound(of slice: ByteSlice) -> Double? {
        var value = 0.0
        return slice.withPointer { plua_read_bound($0, &value) } != 0 ? value : nil
    }

    /// What `SORT` sorts by. As a bound, but `nil` for what is out of range.
    static func weight(of slice: ByteSlice) -> Double? {
        var value = 0.0
        return slice.withPointer { plua_read_weight($0, &value) } != 0 ? value : nil
    }

    /// A time in seconds as milliseconds, rounded up; the lowest number for one that is out of range, and `nil` for
    /// what is no number.
    static func milliseconds(of slice: ByteSlice) -> Int? {
        var value: Int64 = 0
        return slice.withPointer { plua_read_milliseconds($0, &value) } != 0 ? Int(value) : nil
    }

    /// What an addition gave.
    enum Sum {
        case bytes([UInt8])
        /// The sum is infinite or not a number.
        case outOfRange
        case firstIsNoNumber
        case secondIsNoNumber
    }

    /// Adds two numbers given as text, in C's widest floating point, as `INCRBYFLOAT` does: 17 digits after the point
    /// at most, without an exponent.
    static func sum(_ first: ByteSlice, _ second: ByteSlice) -> Sum {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PLUA_SUM_SIZE)) { buffer in
            var length = 0
            let outcome = first.withPointer { first in
                second.withPointer { second in plua_add(first, second, buffer.baseAddress, &length) }
            }
            switch outcome {
            case PLUA_SUM_OK: return .bytes(buffer.prefix(length).map { UInt8(bitPattern: $0) })
            case PLUA_SUM_FIRST: return .firstIsNoNumber
            case PLUA_SUM_SECOND: return .secondIsNoNumber
            default: return .outOfRange
            }
        }
    }
}

extension ByteSlice {
    /// The slice as C wants to see it.
    func withPointer<Result>(_ body: (plua_slice) -> Result) -> Result {
        start.withMemoryRebound(to: CChar.self, capacity: count) { body(plua_slice(data: $0, length: count)) }
    }
}
