import PeriluneCore

/// The keys and channels of one shard of a region. All of them have one hash tag.
struct CacheShard: Sendable {
    let index: Int
    let control: RedisKey
    /// Where near caches hear what has changed.
    let messages: RedisChannel
    /// Where those hear of it who wait for a value.
    let done: RedisChannel
    /// Who looks through the tags.
    let pruning: RedisKey
    let entries: String
    private let leases: String
    private let stagings: String

    init(_ index: Int, name: String, keySpace: KeySpace) {
        self.index = index
        let prefix = "\(keySpace.namespace):{\(name).\(index)}:"
        control = RedisKey(prefix + "c")
        messages = RedisChannel(prefix + "m")
        done = RedisChannel(prefix + "d")
        pruning = RedisKey(prefix + "p")
        entries = prefix + "e:"
        leases = prefix + "l:"
        stagings = prefix + "w:"
    }

    func entry(_ key: CacheKey) -> RedisKey { RedisKey(entries + key.name) }
    func lease(_ key: CacheKey) -> RedisKey { RedisKey(leases + key.name) }

    /// Where a large value waits for its turn.
    func staging(_ owner: CacheOwner) -> RedisKey { RedisKey(stagings + owner.text) }

    /// What all leases of keys begin with.
    var leasePrefix: String { leases }
}

/// Somebody who computes or stores a value once: 16 random bytes.
struct CacheOwner: Sendable, Hashable {
    let bytes: [UInt8]

    init() {
        var generator = SystemRandomNumberGenerator()
        bytes = CacheStamp.bytes(generator.next()) + CacheStamp.bytes(generator.next())
    }

    var text: String { Base64URL.encode(bytes) }
}

/// What an entry is stamped with: the life of the shard, and the last invalidation before its value was looked up.
struct CacheStamp: Sendable, Hashable {
    var epoch: UInt64
    var sequence: UInt64

    /// The 24 bytes: 8 of the epoch, the highest first, and 16 digits.
    var bytes: [UInt8] { Self.bytes(epoch) + Self.digits(sequence) }

    static func bytes(_ number: UInt64) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    static func digits(_ sequence: UInt64) -> [UInt8] {
        var digits = [UInt8](repeating: 0x30, count: 16)
        var rest = sequence
        for index in digits.indices.reversed() {
            digits[index] += UInt8(rest % 10)
            rest /= 10
        }
        return digits
    }
}

/// A moment in the life of a shard: after so many messages.
///
/// Every change that can make a value outdated is a message, so what is true at a moment was so at all before it as far as
/// a caller can tell who has seen no later one.
struct CacheMoment: Sendable, Hashable {
    var epoch: UInt64
    var messages: UInt64

    /// The moment that a head tells of.
    init(_ head: CacheHead) {
        self.init(epoch: head.epoch, messages: head.messages)
    }

    init(epoch: UInt64, messages: UInt64) {
        self.epoch = epoch
        self.messages = messages
    }

    /// Whether what is known as of this moment is good enough for somebody who has seen a shard's head.
    func isNoOlder(than head: CacheHead?) -> Bool {
        guard let head else { return false }
        return epoch == head.epoch && messages >= head.messages
    }
}
