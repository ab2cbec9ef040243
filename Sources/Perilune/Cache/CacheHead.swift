/// What a shard of a cache region says of all its entries: field `h` of its control hash.
///
/// The bytes are `pcache01`, the epoch (8), the floor, the sequence and the number of messages (16 decimal digits each), the
/// number of rules (1), and the rules.
struct CacheHead: Sendable, Hashable {
    /// The name of the field.
    static let field = "h"
    /// What the bytes begin with.
    static let magic = Array("pcache01".utf8)

    /// Which life of the shard this is: 8 random bytes, read with the highest byte first. Entries of another are void.
    var epoch: UInt64
    /// Entries with a lower sequence are void.
    var floor: UInt64
    /// The sequence of the last invalidation. An entry that has it is valid whatever its tags are.
    var sequence: UInt64
    /// How many messages the shard has published in this epoch.
    var messages: UInt64
    /// Invalidations of entries that have all of several tags.
    var rules: [CacheRule]

    init(epoch: UInt64, floor: UInt64, sequence: UInt64, messages: UInt64, rules: [CacheRule] = []) {
        self.epoch = epoch
        self.floor = floor
        self.sequence = sequence
        self.messages = messages
        self.rules = rules
    }

    /// Reads the field.
    ///
    /// - Returns: `nil` for anything but a whole head, with nothing behind it, whose floor and rules are not above its
    ///   sequence: a shard with such a field is as one without.
    /// - Complexity: O(bytes).
    init?(_ bytes: [UInt8]) {
        var reader = CacheByteReader(bytes)
        guard reader.skip(Self.magic), let epoch = reader.epoch(), let floor = reader.sequence(),
            let sequence = reader.sequence(), let messages = reader.sequence(), let count = reader.byte(),
            floor <= sequence
        else { return nil }
        self.init(epoch: epoch, floor: floor, sequence: sequence, messages: messages)
        for _ in 0..<count {
            // A rule without tags would fit every entry: nobody writes one.
            guard let ruleSequence = reader.sequence(), ruleSequence <= sequence,
                let tagCount = reader.byte(), tagCount > 0, let tags = reader.tags(Int(tagCount))
            else { return nil }
            rules.append(CacheRule(sequence: ruleSequence, tags: tags))
        }
        guard reader.isAtEnd else { return nil }
    }

    /// Reads a sequence, such as the value of a tag's field: 16 decimal digits and nothing else.
    static func sequence(_ bytes: some Collection<UInt8>) -> UInt64? {
        guard bytes.count == 16 else { return nil }
        var value: UInt64 = 0
        for byte in bytes {
            guard case 0x30...0x39 = byte else { return nil }
            value = value &* 10 &+ UInt64(byte &- 0x30)
        }
        return value
    }
}

/// An invalidation of the entries that have all of several tags and a lower sequence.
struct CacheRule: Sendable, Hashable {
    /// The sequence of the invalidation.
    var sequence: UInt64
    /// The tags; at least one.
    var tags: [[UInt8]]
}
