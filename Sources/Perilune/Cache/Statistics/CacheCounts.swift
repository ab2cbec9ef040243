/// What a cache region did in some time, in all processes together.
///
/// Every lookup is counted as exactly one of ``hits``, ``nearHits``, ``staleHits``, ``negativeHits`` and ``misses``.
public struct CacheCounts: Sendable, Hashable {
    /// One number for each counter of a slot, none negative.
    private var values: [Int]

    /// Nothing has happened.
    public init() {
        values = Array(repeating: 0, count: CacheSlot.counters)
    }

    /// The counter at a place in a slot. Setting a negative number sets zero.
    subscript(_ counter: Int) -> Int {
        get { values[counter] }
        set { values[counter] = max(newValue, 0) }
    }

    subscript(_ event: CacheEvent) -> Int {
        get { self[event.rawValue] }
        set { self[event.rawValue] = newValue }
    }

    /// Adds to a counter, which stays at the highest number that an integer holds.
    mutating func add(_ amount: Int, to counter: Int) {
        let (sum, overflow) = values[counter].addingReportingOverflow(max(amount, 0))
        values[counter] = overflow ? .max : sum
    }

    /// Adds what was counted elsewhere or at another time. Sums stay at the highest number that an integer holds.
    public static func += (counts: inout CacheCounts, others: CacheCounts) {
        for counter in 0..<CacheSlot.counters { counts.add(others[counter], to: counter) }
    }

    /// Whether nothing has happened.
    public var isEmpty: Bool { values.allSatisfy { $0 == 0 } }
}

extension CacheCounts {
    /// Lookups to which the engine gave a fresh value.
    public var hits: Int { self[.hit] }
    /// Lookups to which the near cache gave a fresh value.
    public var nearHits: Int { self[.nearHit] }
    /// Lookups that got a value past its TTL: while it was computed anew, or because that failed.
    public var staleHits: Int { self[.staleHit] }
    /// Lookups for which it was known that there is no value.
    public var negativeHits: Int { self[.negativeHit] }
    /// Lookups for which there was nothing.
    public var misses: Int { self[.miss] }
    /// Values that were computed.
    public var computations: Int { self[.computation] }
    /// Computations that began before the TTL of the old value had passed.
    public var earlyRefreshes: Int { self[.earlyRefresh] }
    /// Computations that ended while the old value was still there to compare with.
    public var refreshes: Int { Self.sum([unchangedRefreshes, changedRefreshes]) }
    /// Refreshes that gave another value.
    public var changedRefreshes: Int { Self.sum(CacheSlot.changes.map { self[$0] }) }
    /// Refreshes that gave the same value.
    public var unchangedRefreshes: Int { self[.unchangedRefresh] }
    /// Values that were not stored: what they were computed from was invalidated meanwhile, or the lease had passed on.
    public var refusedSets: Int { self[.refusedSet] }
    /// Entries that could not be decoded, and were misses.
    public var undecodable: Int { self[.undecodable] }
    /// Calls of the engine that failed.
    public var engineFailures: Int { self[.engineFailure] }
    /// Computations that threw.
    public var originFailures: Int { self[.originFailure] }
    /// Computations that took longer than their caller would wait.
    public var timeouts: Int { self[.timeout] }
    /// Entries that left a near cache to make room.
    public var nearEvictions: Int { self[.nearEviction] }
    /// How often a server was found to have lost writes of a shard, or to hold no head of it but something else, so that the
    /// shard was cleared.
    public var lostHeads: Int { self[.lostHead] }
    /// Invalidations by tags, and clearings.
    public var invalidations: Int { self[.invalidation] }
    /// How often a process waited for another's computation.
    public var waits: Int { self[.wait] }
    /// The bytes of the encoded values that were read from the engine, decompressed.
    public var bytesRead: Int { self[.bytesRead] }
    /// The bytes of the entries that were written to the engine: compressed values with their stamps and tags.
    public var bytesWritten: Int { self[.bytesWritten] }

    /// How old values were when they were hit: eight numbers, one for each eighth of the TTL they were written with.
    ///
    /// Of ``hits`` and ``nearHits`` whose age was known.
    public var hitAges: [Int] { CacheSlot.hitAges.map { self[$0] } }
}

// MARK: What follows from them

extension CacheCounts {
    /// All lookups.
    public var lookups: Int { Self.sum([answeredLookups, misses]) }

    /// The share of lookups that were answered from the cache, 0 to 1; `nil` when there were none.
    ///
    /// Stale and negative answers are answers.
    public var hitRatio: Double? { Self.ratio(answeredLookups, to: lookups) }

    /// The share of refreshes that gave the same value, 0 to 1; `nil` when there were none.
    public var unchangedRatio: Double? { Self.ratio(unchangedRefreshes, to: refreshes) }

    /// How long a computation took on average; `nil` when there were none.
    public var meanComputeTime: Duration? {
        guard computations > 0 else { return nil }
        return .microseconds(self[.computeMicroseconds] / computations)
    }

    /// How long the computations would have taken that the cache made needless: one of average length for each lookup
    /// it answered. Zero when nothing was computed.
    public var savedComputeTime: Duration {
        guard computations > 0 else { return .zero }
        let saved = Double(self[.computeMicroseconds]) / Double(computations) * Double(answeredLookups)
        return .microseconds(Int64(exactly: saved.rounded()) ?? .max)
    }

    private var answeredLookups: Int { Self.sum([hits, nearHits, staleHits, negativeHits]) }

    private static func sum(_ numbers: [Int]) -> Int {
        numbers.reduce(0) { sum, number in
            let (result, overflow) = sum.addingReportingOverflow(number)
            return overflow ? .max : result
        }
    }

    private static func ratio(_ part: Int, to whole: Int) -> Double? {
        whole > 0 ? Double(part) / Double(whole) : nil
    }
}
