import PeriluneCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Bytes that are appended at one end and consumed at the other, in memory that is used again and again.
package final class ByteBuffer {
    /// An empty buffer that holds more memory than this gives it back.
    package static let idleCapacity = 1 << 20
    private static let firstCapacity = 1 << 14

    private var base: UnsafeMutableRawPointer
    private var begin = 0
    private var end = 0
    /// The bytes there is memory for.
    package private(set) var capacity: Int

    package init() {
        capacity = Self.firstCapacity
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        base.deallocate()
    }

    /// The number of bytes appended and not yet consumed.
    @inline(__always)
    package var count: Int { end - begin }

    /// Whether all bytes are consumed.
    @inline(__always)
    package var isEmpty: Bool { begin == end }

    /// The bytes appended and not yet consumed. Valid until the buffer is changed.
    @inline(__always)
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + begin, count: end - begin)
    }

    /// Memory for at least so many more bytes, to be filled from outside and then ``commit(_:)``ted.
    package func space(for count: Int) -> UnsafeMutableRawBufferPointer {
        reserve(count)
        return UnsafeMutableRawBufferPointer(start: base + end, count: capacity - end)
    }

    /// Appends what was written into ``space(for:)``.
    package func commit(_ count: Int) {
        end = min(end + count, capacity)
    }

    /// Appends bytes.
    @inline(__always)
    package func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        if let source = bytes.baseAddress { memcpy(base + end, source, bytes.count) }
        end += bytes.count
    }

    /// Appends the UTF-8 bytes of constant text.
    @inline(__always)
    package func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends the UTF-8 bytes of text.
    package func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends one byte.
    @inline(__always)
    package func append(_ byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
        end += 1
    }

    /// Appends an integer as decimal digits.
    package func append(decimal value: Int) {
        let digits = value.decimalLength
        reserve(digits)
        var position = end + digits
        end = position
        var rest = value.magnitude
        repeat {
            position -= 1
            base.storeBytes(of: UInt8(ascii: "0") + UInt8(rest % 10), toByteOffset: position, as: UInt8.self)
            rest /= 10
        } while rest > 0
        if value < 0 { base.storeBytes(of: UInt8(ascii: "-"), toByteOffset: position - 1, as: UInt8.self) }
    }

    /// Drops bytes at the front.
    package func consume(_ count: Int) {
        begin = min(begin + count, end)
        if begin == end { reset() }
    }

    /// Drops bytes at the back, so that so many are left.
    package func truncate(to count: Int) {
        guard count < self.count else { return }
        end = begin + count
        if begin == end { reset() }
    }

    /// Drops ranges in the middle.
    ///
    /// - Parameter ranges: Ascending, without overlap, counted from the first byte not consumed.
    /// - Complexity: O(bytes left).
    package func remove(_ ranges: [Range<Int>]) {
        var target = begin
        var source = begin
        for range in ranges {
            let lower = begin + range.lowerBound
            memmove(base + target, base + source, lower - source)
            target += lower - source
            source = begin + range.upperBound
        }
        memmove(base + target, base + source, end - source)
        end = target + end - source
        if begin == end { reset() }
    }

    private func reset() {
        begin = 0
        end = 0
        guard capacity > Self.idleCapacity else { return }
        base.deallocate()
        capacity = Self.firstCapacity
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    @inline(__always)
    private func reserve(_ extra: Int) {
        if capacity - end < extra { grow(extra) }
    }

    @inline(never)
    private func grow(_ extra: Int) {
        let count = self.count
        if capacity - count >= extra, begin >= capacity / 2 {
            memmove(base, base + begin, count)
        } else {
            var larger = capacity
            while larger - count < extra { larger *= 2 }
            let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
            memcpy(moved, base + begin, count)
            base.deallocate()
            base = moved
            capacity = larger
        }
        begin = 0
        end = count
    }
}
