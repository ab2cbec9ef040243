/// What a cache region counts.
///
/// The raw value is the counter's number in `cache.count`, and so its place in a slot. Every lookup is exactly one of
/// ``hit``, ``nearHit``, ``staleHit``, ``negativeHit`` and ``miss``.
enum CacheEvent: Int, CaseIterable, Sendable {
    /// A fresh value came from the engine. See ``CacheCounters/hit(age:of:)``.
    case hit
    /// A fresh value came from the near cache. See ``CacheCounters/nearHit(age:of:)``.
    case nearHit
    /// A value past its TTL was given: while it is computed anew, or because that failed.
    case staleHit
    /// It was known that there is no value.
    case negativeHit
    /// There was nothing to give.
    case miss
    /// A value was computed. See ``CacheCounters/computed(in:)``.
    case computation
    /// A value was computed before its TTL had passed.
    case earlyRefresh
    /// A value was computed while the old one was still there, and is the same. See
    /// ``CacheCounters/refreshed(age:isUnchanged:)``.
    case unchangedRefresh
    /// A value was not stored: what it was computed from had been invalidated, or the lease was another's.
    case refusedSet
    /// What was stored could not be decoded.
    case undecodable
    /// The engine gave no answer.
    case engineFailure
    /// A computation threw.
    case originFailure
    /// A computation took longer than the caller would wait.
    case timeout
    /// The near cache made room.
    case nearEviction
    /// A server had lost writes of a shard that another had acknowledged.
    case lostHead
    /// Tags were invalidated, or the region was cleared.
    case invalidation
    /// This process waited for a computation of another.
    case wait

    /// The sum of the times that computations took.
    case computeMicroseconds = 33
    /// Bytes of encoded values that were read.
    case bytesRead
    /// Bytes of entries that were written.
    case bytesWritten
    /// The sum of the ages of values that a refresh found unchanged.
    case unchangedMilliseconds
}

/// Where the counters of a minute stand in a slot of `cache.count`.
enum CacheSlot {
    /// How many slots there are: one for each minute of a day.
    static let count = 1_440
    /// How many counters a slot has.
    static let counters = 45
    /// Counters from this one on have six bytes, those before it five.
    static let firstSum = CacheEvent.computeMicroseconds.rawValue
    /// The bytes of a slot: its minute in four, then the counters.
    static let bytes = 4 + 5 * firstSum + 6 * (counters - firstSum)
    /// The bytes of all slots.
    static let allBytes = count * bytes

    /// The ages of hits, by eighths of their TTL.
    static let hitAges = 17..<25
    /// How many values a refresh found changed, in groups of their age.
    static let changes = 25..<33
    /// The sums of their ages in milliseconds, in the same groups.
    static let changedAges = 37..<45

    /// The eighth of a TTL that an age falls in: 0 when it is negative, 7 when it is past the TTL.
    ///
    /// Without branches, because ages come in no order that a processor could learn.
    @inline(__always)
    static func eighth(of ttl: Int64, at age: Int64) -> Int {
        let part = max(ttl, 0) >> 3
        var (eighth, bound) = (0, part)
        for _ in 0..<7 {
            eighth &+= age >= bound ? 1 : 0
            bound &+= part
        }
        return eighth
    }

    /// The group of an age: below 1 s, below 8 s, below 64 s, and so on; the last one has no end.
    static func ageGroup(milliseconds: Int64) -> Int {
        let seconds = UInt64(max(milliseconds, 0)) / 1_000
        let digits = (UInt64.bitWidth - seconds.leadingZeroBitCount + 2) / 3
        return min(digits, changes.count - 1)
    }
}
