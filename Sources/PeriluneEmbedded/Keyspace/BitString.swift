/// The bits of a string, numbered from the most significant bit of its first byte on.
struct BitString {
    private let bytes: UnsafeRawBufferPointer

    /// - Parameter bytes: Must outlive the value.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Whether a bit is set; one beyond the end is not. O(1).
    subscript(position: Int) -> Bool {
        let index = position >> 3
        return index < bytes.count && bytes[index] & (0x80 >> UInt8(position & 7)) != 0
    }

    /// How many bits of a range are set. O(n), by words.
    ///
    /// - Parameter range: Must lie within the string.
    func setCount(in range: Range<Int>) -> Int {
        var count = 0
        visit(range) { word, _ in
            count += word.nonzeroBitCount
            return true
        }
        return count
    }

    /// The first position of a bit in a range; `nil` when all are of the other kind. O(n), by words.
    ///
    /// - Parameter range: Must lie within the string.
    func firstPosition(of bit: Bool, in range: Range<Int>) -> Int? {
        var position: Int?
        visit(range, inverted: !bit) { word, start in
            guard word != 0 else { return true }
            position = start + word.leadingZeroBitCount
            return false
        }
        return position
    }

    /// Calls a function with the bits of a range, 64 at a time, and the position of the first of these, until it
    /// answers that it needs no more. Bits outside of the range are 0.
    private func visit(_ range: Range<Int>, inverted: Bool = false, _ body: (UInt64, Int) -> Bool) {
        guard !range.isEmpty else { return }
        let flip: UInt64 = inverted ? .max : 0
        var position = range.lowerBound & ~7
        while position < range.upperBound {
            var word = word(at: position >> 3) ^ flip
            if position < range.lowerBound { word &= .max >> UInt64(range.lowerBound - position) }
            if position + 64 > range.upperBound { word &= .max << UInt64(position + 64 - range.upperBound) }
            guard body(word, position) else { return }
            position += 64
        }
    }

    /// Eight bytes from one on; those beyond the end are 0.
    private func word(at index: Int) -> UInt64 {
        if index + 8 <= bytes.count {
            return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        }
        var word: UInt64 = 0
        for offset in 0..<8 {
            word = word << 8 | (index + offset < bytes.count ? UInt64(bytes[index + offset]) : 0)
        }
        return word
    }

    /// The number that so many bits are, the most significant first. O(1).
    ///
    /// - Parameter width: 1 to 64.
    func number(at position: Int, width: Int) -> UInt64 {
        let shift = UInt64(position & 7)
        let first = word(at: position >> 3) << shift
        let ninth = (position >> 3) + 8
        let rest = ninth < bytes.count ? (UInt64(bytes[ninth]) << shift) >> 8 : 0
        return (first | rest) >> UInt64(64 - width)
    }
}

extension [UInt8] {
    /// Sets a bit, numbered as in ``BitString``. It must lie within the array.
    ///
    /// - Returns: Whether it was set before.
    mutating func setBit(_ position: Int, to bit: Bool) -> Bool {
        let mask: UInt8 = 0x80 >> UInt8(position & 7)
        let old = self[position >> 3]
        self[position >> 3] = bit ? old | mask : old & ~mask
        return old & mask != 0
    }

    /// Sets so many bits to those of a number, which must lie within the array.
    mutating func setBits(at position: Int, width: Int, to number: UInt64) {
        for offset in 0..<width {
            _ = setBit(position + offset, to: number >> UInt64(width - 1 - offset) & 1 == 1)
        }
    }

    /// Appends zeros up to a length, if it is not reached. O(what is appended) amortized.
    mutating func extend(to length: Int) {
        guard count < length else { return }
        if length / 2 > capacity { reserveCapacity(length) }
        let zeros = [UInt8](repeating: 0, count: Swift.min(length - count, 1 << 16))
        while count < length { append(contentsOf: zeros.prefix(length - count)) }
    }
}
