/// The hash slots by which Redis Cluster spreads keys over its nodes.
package enum HashSlot {
    /// How many there are.
    package static let count = 16_384

    /// The slot of a key: CRC-16/XMODEM of its bytes, or of its hash tag, modulo 16384.
    ///
    /// The hash tag is what stands between the first `{` and the next `}`, unless that is nothing.
    ///
    /// - Complexity: O(bytes); allocates nothing.
    package static func of(_ key: UnsafeRawBufferPointer) -> Int {
        Int(crc16(tag(of: key))) % count
    }

    private static func tag(of key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let open = key.firstIndex(of: UInt8(ascii: "{")) else { return key }
        let rest = key[(open + 1)...]
        guard let close = rest.firstIndex(of: UInt8(ascii: "}")), close > rest.startIndex else { return key }
        return UnsafeRawBufferPointer(rebasing: rest[..<close])
    }

    private static func crc16(_ bytes: UnsafeRawBufferPointer) -> UInt16 {
        var crc: UInt16 = 0
        for byte in bytes {
            crc = crc << 8 ^ table[Int(truncatingIfNeeded: crc >> 8) ^ Int(byte)]
        }
        return crc
    }

    /// What eight more zero bits make of each first byte, by the polynomial x¹⁶ + x¹² + x⁵ + 1.
    private static let table: [UInt16] = (0..<256).map { byte in
        (0..<8).reduce(UInt16(byte) << 8) { crc, _ in crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
    }
}

extension RedisKey {
    /// The key's hash slot in Redis Cluster, from 0 to 16383. Keys with the same hash tag, the part in `{}`, have the
    /// same one, and only such keys can be in one call.
    ///
    /// - Complexity: O(length of the name).
    public var slot: Int { HashSlot.of(text: name) }
}

extension RedisArgument {
    /// The hash slot of the key that the argument is.
    package var slot: Int {
        switch self {
        case .string(let text): HashSlot.of(text: text)
        case .integer(let value): HashSlot.of(text: String(value))
        case .bytes(let bytes): bytes.withUnsafeBytes { HashSlot.of($0) }
        }
    }
}

extension HashSlot {
    fileprivate static func of(text: String) -> Int {
        // Only a string bridged from elsewhere has no contiguous UTF-8.
        text.utf8.withContiguousStorageIfAvailable { of(UnsafeRawBufferPointer($0)) }
            ?? Array(text.utf8).withUnsafeBytes { of($0) }
    }
}
