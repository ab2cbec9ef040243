/// A few bytes that stand in the value itself, so that storing and answering them allocates nothing.
///
/// As many as fit into what an ``Entry`` has for its value anyway: a key is no larger for it.
struct ShortBytes: Sendable {
    /// How many fit.
    static let capacity = 14

    private var storage: (UInt64, UInt32, UInt16) = (0, 0, 0)
    private let length: UInt8

    /// - Returns: `nil` when there are too many.
    @inline(__always)
    init?(_ slice: ByteSlice) {
        guard slice.count <= Self.capacity else { return nil }
        length = UInt8(truncatingIfNeeded: slice.count)
        withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: UnsafeRawBufferPointer(slice.buffer)) }
    }

    /// How many there are.
    var count: Int { Int(length) }

    /// Calls a function with the bytes, which it may not keep.
    @inline(__always)
    func withSlice<Result>(_ body: (ByteSlice) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: storage) { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return try body(start.map { ByteSlice(start: $0, count: count) } ?? .empty)
        }
    }

    /// A copy of the bytes.
    var array: [UInt8] { withSlice { $0.array } }
}
