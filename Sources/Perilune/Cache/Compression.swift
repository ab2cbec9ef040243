import CZlib

/// DEFLATE in the form of zlib, with the size of what it comes from before it: four bytes, the lowest first.
enum Compression {
    /// Makes bytes smaller.
    ///
    /// - Returns: `nil` when they would not be.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count <= Int(UInt32.max) else { return nil }
        var length = compressBound(uLong(bytes.count))
        var compressed = [UInt8](repeating: 0, count: 4 + Int(length))
        let status = bytes.withUnsafeBufferPointer { source in
            compressed.withUnsafeMutableBufferPointer { target -> Int32 in
                guard let start = target.baseAddress else { return Z_BUF_ERROR }
                // The fastest: a cache is read often, and the ratio differs by a tenth.
                return compress2(start + 4, &length, source.baseAddress, uLong(source.count), 1)
            }
        }
        guard status == Z_OK, 4 + Int(length) < bytes.count else { return nil }
        compressed.removeLast(compressed.count - 4 - Int(length))
        for index in 0..<4 { compressed[index] = UInt8(truncatingIfNeeded: bytes.count >> (8 * index)) }
        return compressed
    }

    /// Makes of compressed bytes what they come from.
    ///
    /// - Parameter limit: How many bytes that may be; no more memory is taken, whatever they claim.
    /// - Returns: `nil` for what was not compressed, or is larger.
    static func decompress(_ compressed: ArraySlice<UInt8>, limit: Int) -> [UInt8]? {
        guard compressed.count > 4 else { return nil }
        let size = compressed.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard size <= limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: size)
        var length = uLong(size)
        let status = compressed.dropFirst(4).withUnsafeBufferPointer { source in
            bytes.withUnsafeMutableBufferPointer { target in
                uncompress(target.baseAddress, &length, source.baseAddress, uLong(source.count))
            }
        }
        return status == Z_OK && Int(length) == size ? bytes : nil
    }
}
