/// Reads fields from the front of bytes that may be anything. What is not there in full is `nil`.
struct CacheByteReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// Whether the bytes come next; they are passed then.
    mutating func skip(_ expected: some Collection<UInt8>) -> Bool {
        guard rest.starts(with: expected) else { return false }
        rest = rest.dropFirst(expected.count)
        return true
    }

    /// An unsigned number of up to 8 bytes, the lowest byte first.
    mutating func littleEndian(_ count: Int) -> UInt64? {
        bytes(count)?.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The 8 bytes of an epoch as a number, the highest byte first.
    mutating func epoch() -> UInt64? {
        bytes(8)?.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A sequence: 16 decimal digits.
    mutating func sequence() -> UInt64? {
        bytes(16).flatMap { CacheHead.sequence($0) }
    }

    /// So many tags, each behind its length in two bytes, the lowest byte first.
    mutating func tags(_ count: Int) -> [[UInt8]]? {
        // Each takes two bytes at least: a count that lies reserves nothing.
        guard count <= rest.count / 2 else { return nil }
        var tags: [[UInt8]] = []
        tags.reserveCapacity(count)
        for _ in 0..<count {
            guard let length = littleEndian(2), let tag = bytes(Int(length)) else { return nil }
            tags.append(Array(tag))
        }
        return tags
    }
}
