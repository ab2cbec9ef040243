import CLuaHost

/// Memory for the bytes that cross to C and back within one call. Grows as needed and is used again.
///
/// An object, so that its owner holds it in a constant: a change of a class's variable is checked for overlapping ones,
/// and there are several in each reply.
final class ByteArena {
    private var start: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    /// What is kept of an arena that one large call has made grow.
    private static let keptCapacity = 1 << 20

    init() {
        capacity = 4096
        start = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        start.deallocate()
    }

    /// Forgets what is in it. Pointers into it become invalid with the next append.
    func removeAll() {
        count = 0
        if capacity > Self.keptCapacity {
            start.deallocate()
            capacity = 4096
            start = .allocate(byteCount: capacity, alignment: 16)
        }
    }

    /// Makes room, so that appends of that many bytes move nothing.
    func reserve(_ additional: Int) {
        guard count + additional > capacity else { return }
        let grown = max(capacity * 2, count + additional)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
        moved.copyMemory(from: start, byteCount: count)
        start.deallocate()
        start = moved
        capacity = grown
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        if let base = bytes.baseAddress { (start + count).copyMemory(from: base, byteCount: bytes.count) }
        count += bytes.count
    }

    func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends an integer in decimal digits.
    func append(decimal value: Int) {
        reserve(20)
        var reversed: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &reversed) { digits in
            var rest = value.magnitude
            var index = digits.count
            repeat {
                index -= 1
                digits[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest != 0
            if value < 0 {
                index -= 1
                digits[index] = UInt8(ascii: "-")
            }
            append(UnsafeRawBufferPointer(rebasing: digits[index...]))
        }
    }

    /// All bytes. Valid until the next append.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// The bytes from an offset on. Valid until the next append.
    func slice(from offset: Int) -> plua_slice {
        plua_slice(data: UnsafePointer((start + offset).assumingMemoryBound(to: CChar.self)), length: count - offset)
    }

    /// The bytes of a range. Valid until the next append.
    func slice(_ offset: Int, count: Int) -> plua_slice {
        plua_slice(data: UnsafePointer((start + offset).assumingMemoryBound(to: CChar.self)), length: count)
    }
}
