/// The hash of a key, which is another in each process, and the parts of it that choose.
struct NearHash: Sendable {
    private let value: UInt

    init(_ key: CacheKey) { value = UInt(bitPattern: key.hashValue) }

    /// For the tables of a stripe.
    var low: UInt32 { UInt32(truncatingIfNeeded: value) }
    /// One of 64 parts of a stripe's keys.
    var part: Int { Int(value >> 32 & 63) }
    /// The stripe; to be taken modulo their number.
    var stripe: UInt { value >> 40 }
}
