/// What a shard of a cache region publishes when something in it stops to be true.
///
/// The bytes are the kind (1), the epoch (8), the number and the sequence (7 each, the lowest byte first), and what the kind
/// needs: for tags their number (2) and each behind its length (2), for a key the key itself.
struct CacheMessage: Sendable, Hashable {
    /// What has happened.
    enum Change: Sendable, Hashable {
        /// Entries with any of the tags are void. At least one tag.
        case invalidatedAny([[UInt8]])
        /// Entries with all of the tags are void. At least one tag.
        case invalidatedAll([[UInt8]])
        /// All entries are void.
        case cleared
        /// The entry of a key is gone, or another value has been put in its place.
        case changedKey([UInt8])
    }

    /// The shard's epoch; see ``CacheHead/epoch``.
    var epoch: UInt64
    /// The shard's count of messages with this one: one more than that of the message before.
    var number: UInt64
    /// The shard's sequence after the change. ``Change/changedKey(_:)`` does not move it.
    var sequence: UInt64
    /// What has happened.
    var change: Change

    init(epoch: UInt64, number: UInt64, sequence: UInt64, change: Change) {
        self.epoch = epoch
        self.number = number
        self.sequence = sequence
        self.change = change
    }

    /// Reads a message.
    ///
    /// - Returns: `nil` for anything but a whole message of a known kind with nothing behind it.
    /// - Complexity: O(bytes).
    init?(_ bytes: [UInt8]) {
        var reader = CacheByteReader(bytes)
        guard let kind = reader.byte(), let epoch = reader.epoch(), let number = reader.littleEndian(7),
            let sequence = reader.littleEndian(7), let change = Self.change(kind, &reader)
        else { return nil }
        self.init(epoch: epoch, number: number, sequence: sequence, change: change)
    }

    private static func change(_ kind: UInt8, _ reader: inout CacheByteReader) -> Change? {
        switch kind {
        case 1, 2:
            guard let count = reader.littleEndian(2), count > 0, let tags = reader.tags(Int(count)), reader.isAtEnd
            else { return nil }
            return kind == 1 ? .invalidatedAny(tags) : .invalidatedAll(tags)
        case 3:
            return reader.isAtEnd ? .cleared : nil
        case 4:
            return .changedKey(Array(reader.rest))
        default:
            return nil
        }
    }
}
