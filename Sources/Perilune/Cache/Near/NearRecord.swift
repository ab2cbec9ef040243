import Synchronization

/// An entry of a near cache without its value, and what decides whether it still holds.
///
/// `@unchecked Sendable` because the compiler allows no other `Sendable` for a class with subclasses. All is constant but
/// one atomic number, and ``NearValue`` adds a constant.
class NearRecord: @unchecked Sendable {
    /// Bytes that an entry costs beside its value and key: this object, its place in the queues and in two tables.
    static let overhead = 160

    let key: CacheKey
    /// Bytes, the overhead included.
    let cost: Int
    /// The shard of the key.
    let shard: Int
    /// The entry is known to be valid in all that the shard had invalidated up to this sequence.
    let sequence: UInt64
    let tags: [NearTag]
    /// Until when the value is given, in microseconds of the region's clock.
    let freshUntil: Int64
    /// Until when it is fresh, which may be later, and how long it is from when it was written.
    let life: NearLife
    /// Whether it is known that there is no value; otherwise this is a ``NearValue``.
    let isNegative: Bool
    /// The version of the shard's mirror in which the entry was last found valid; see ``NearMirror/version``.
    let checkedVersion = Atomic<UInt64>(0)

    init(
        key: CacheKey, cost: Int, shard: Int, sequence: UInt64, tags: [NearTag], freshUntil: Int64, life: NearLife,
        isNegative: Bool
    ) {
        self.key = key
        let fixed = Self.overhead + key.name.utf8.count + tags.count * MemoryLayout<NearTag>.stride
        let (sum, overflow) = max(0, cost).addingReportingOverflow(fixed)
        self.cost = overflow ? .max : sum
        self.shard = shard
        self.sequence = sequence
        self.tags = tags
        self.freshUntil = freshUntil
        self.life = life
        self.isNegative = isNegative
    }
}

/// The life of an entry, in microseconds.
struct NearLife: Sendable {
    /// How long it is fresh from when it was written.
    let fresh: Int64
    /// When that ends, by the region's clock.
    let end: Int64

    /// How long ago it was written.
    func age(now: Int64) -> Int64 { fresh &- (end &- now) }
}

/// An entry of a near cache.
///
/// `@unchecked Sendable` because its superclass is, see there: the value is a constant that is `Sendable`.
final class NearValue<Value: Sendable>: NearRecord, @unchecked Sendable {
    let value: Value

    init(
        _ value: Value, key: CacheKey, cost: Int, shard: Int, sequence: UInt64, tags: [NearTag], freshUntil: Int64,
        life: NearLife
    ) {
        self.value = value
        super.init(
            key: key, cost: cost, shard: shard, sequence: sequence, tags: tags, freshUntil: freshUntil, life: life,
            isNegative: false)
    }
}

/// A tag by its hash, which is another in each process.
///
/// Two tags with one hash are invalidated together: that costs misses, and never gives a value that is void.
struct NearTag: Sendable, Hashable {
    let hash: Int

    init(_ bytes: [UInt8]) { hash = bytes.hashValue }
}
