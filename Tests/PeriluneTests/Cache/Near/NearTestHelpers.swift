@testable import Perilune

extension NearCache {
    /// The value of a key, as a region gets it.
    func value(for key: CacheKey, now: Int64) -> Value? {
        table.record(for: key, now: now).map { Self.value(of: $0) }
    }

    /// Keeps a value whose age does not matter.
    @discardableResult
    func insert(
        _ value: Value, ticket: NearTicket, epoch: UInt64, sequence: UInt64, tags: [[UInt8]], cost: Int,
        freshUntil: Int64
    ) -> Bool {
        insert(
            value, ticket: ticket, epoch: epoch, sequence: sequence, tags: tags, cost: cost, freshUntil: freshUntil,
            life: NearLife(fresh: 0, end: freshUntil))
    }
}

extension NearCache {
    var statistics: NearCacheStatistics { table.statistics }

    func remove(_ key: CacheKey) { table.remove(key) }
}

extension NearRecord {
    /// An entry without a value, whose age does not matter.
    convenience init(key: CacheKey, cost: Int, shard: Int, sequence: UInt64, tags: [NearTag], freshUntil: Int64) {
        self.init(
            key: key, cost: cost, shard: shard, sequence: sequence, tags: tags, freshUntil: freshUntil,
            life: NearLife(fresh: 0, end: freshUntil), isNegative: false)
    }
}
