import PeriluneCore

/// An entry as `cache.set` describes it: a stamp, times, tags, and the encoded value.
struct StoredEntry: Sendable {
    /// How many bytes come before the tags; by these a script knows whether the entry is the one that was seen.
    static let headLength = 41
    /// The longest time that the form can hold, in milliseconds.
    static let longestTime = (1 << 40) - 1

    struct Flags: OptionSet, Sendable, Hashable {
        let rawValue: UInt8
        /// The value is compressed; see ``Compression``.
        static let compressed = Flags(rawValue: 1)
        /// There is no value, which is what was found out.
        static let negative = Flags(rawValue: 2)
    }

    var flags: Flags
    var stamp: CacheStamp
    /// How long the entry is fresh, in milliseconds from when it was written.
    var fresh: Int
    /// How long the entry lives, in milliseconds from when it was written.
    var total: Int
    /// How long it took to compute the value, in milliseconds.
    var computed: Int
    var schema: UInt8
    var tags: [CacheTag]
    /// The value, encoded and maybe compressed.
    var payload: ArraySlice<UInt8>

    var bytes: [UInt8] {
        var bytes: [UInt8] = [0x71, flags.rawValue]
        bytes.reserveCapacity(
            Self.headLength + tags.reduce(0) { $0 + $1.field.count + 1 } + payload.count)
        bytes += stamp.bytes
        Self.append(min(max(fresh, 0), Self.longestTime), bytes: 5, to: &bytes)
        Self.append(min(max(total, 0), Self.longestTime), bytes: 5, to: &bytes)
        Self.append(min(max(computed, 0), 0xFF_FFFF), bytes: 3, to: &bytes)
        bytes.append(schema)
        bytes.append(UInt8(truncatingIfNeeded: tags.count))
        for tag in tags {
            let count = tag.stored.count
            if count < 0x80 {
                bytes.append(UInt8(count))
            } else {
                bytes.append(UInt8(count & 0x7F) | 0x80)
                bytes.append(UInt8(truncatingIfNeeded: count >> 7))
            }
            bytes += tag.stored
        }
        bytes += payload
        return bytes
    }

    private static func append(_ number: Int, bytes count: Int, to bytes: inout [UInt8]) {
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
    }
}

extension StoredEntry {
    /// Reads an entry.
    ///
    /// - Returns: `nil` for what is none, which is as good as nothing.
    init?(_ bytes: [UInt8]) {
        var reader = CacheByteReader(bytes)
        guard reader.byte() == 0x71, let flags = reader.byte(), let epoch = reader.epoch(),
            let sequence = reader.sequence(), let fresh = reader.littleEndian(5), let total = reader.littleEndian(5),
            let computed = reader.littleEndian(3), let schema = reader.byte(), let count = reader.byte()
        else { return nil }
        var tags: [CacheTag] = []
        for _ in 0..<count {
            guard let low = reader.byte() else { return nil }
            var length = Int(low)
            if low >= 0x80 {
                guard let high = reader.byte() else { return nil }
                length = Int(low & 0x7F) | Int(high) << 7
            }
            guard let tag = reader.bytes(length) else { return nil }
            tags.append(CacheTag(stored: tag))
        }
        // A flag that is not known changes what the value means, and of a value that there is not there are no bytes.
        guard flags & ~3 == 0, flags & 2 == 0 || flags == 2 && reader.isAtEnd else { return nil }
        self.init(
            flags: Flags(rawValue: flags), stamp: CacheStamp(epoch: epoch, sequence: sequence), fresh: Int(fresh),
            total: Int(total), computed: Int(computed), schema: schema, tags: tags, payload: reader.rest)
    }

    /// Whether the entry holds against a shard's head, and what is known of its tags.
    ///
    /// - Parameter invalidated: The sequences of the tags' last invalidations, those that there were.
    /// - Returns: `nil` when a tag of the entry is not among `known`, so that it depends on what is not known.
    func isValid(
        _ head: CacheHead, known: [CacheTag], invalidated: (CacheTag) -> UInt64?
    ) -> Bool? {
        guard stamp.epoch == head.epoch, stamp.sequence >= head.floor else { return false }
        // Nothing at all was invalidated since.
        if stamp.sequence >= head.sequence { return true }
        let newer = head.rules.filter { $0.sequence > stamp.sequence }
        if newer.contains(where: { rule in
            rule.tags.allSatisfy { tag in tags.contains { $0.stored.elementsEqual(tag) } }
        }) {
            return false
        }
        if tags.contains(where: { (invalidated($0) ?? 0) > stamp.sequence }) { return false }
        return tags.allSatisfy(known.contains) ? true : nil
    }
}
