/// Bytes as a key that has an order: that of the bytes, shorter ones in front of what begins with them.
struct ByteString: Hashable, Comparable, Sendable {
    let bytes: [UInt8]

    init(_ slice: ByteSlice) {
        bytes = slice.array
    }

    static func < (lhs: ByteString, rhs: ByteString) -> Bool {
        ScoredMember.precedes(lhs.bytes, rhs.bytes)
    }
}
