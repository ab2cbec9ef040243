import PeriluneCore

/// The entries of a near cache without the type of their values, and the mirrors that decide which are valid.
///
/// Not generic, so that a region of any type runs code that is compiled for it.
final class NearTable: Sendable {
    let shards: [NearShard]
    private let stripes: [Locked<NearStripe>]
    private let stripeMask: UInt

    init(limit: NearCacheLimit, shards: Int, tagLimit: Int) {
        self.shards = (0..<max(1, shards)).map { _ in NearShard(tagLimit: tagLimit) }
        // Threads seldom meet in one of 64 stripes. Smaller ones would keep too little of what their share of keys needs.
        var count = 64
        while count > 1, limit.entries / count < 256 || limit.bytes / count < 1 << 20 { count /= 2 }
        let share = NearCacheLimit(entries: min(limit.entries / count, 1 << 30), bytes: limit.bytes / count)
        stripes = (0..<count).map { _ in Locked(NearStripe(limit: share)) }
        stripeMask = UInt(count - 1)
    }

    private func stripe(_ hash: NearHash) -> Locked<NearStripe> { stripes[Int(hash.stripe & stripeMask)] }

    // MARK: Entries

    /// The entry of a key, when it is fresh and valid.
    ///
    /// - Parameter now: Microseconds of the clock by which the entries and the mirrors are told of the time.
    /// - Complexity: O(1) on average, plus O(tags) the first time after its shard had something invalidated.
    func record(for key: CacheKey, now: Int64) -> NearRecord? {
        let hash = NearHash(key)
        // Stripes and shards live as long as this does. Threads that count their uses pass a cache line to and fro.
        let stripe = Unmanaged.passUnretained(stripe(hash))
        let found = stripe._withUnsafeGuaranteedRef { $0.withLock { $0.find(key, hash) } }
        guard let record = found else { return nil }
        if now < record.freshUntil {
            let shard = Unmanaged.passUnretained(shards[record.shard])
            switch shard._withUnsafeGuaranteedRef({ $0.verdict(on: record, now: now) }) {
            case .valid: return record
            case .unknown: return nil
            case .void: break
            }
        }
        letGo(hash) { $0.remove(record, hash, removed: &$1) }
        return nil
    }

    /// Notes that an entry is asked for, before it is.
    ///
    /// - Returns: `nil` when the shard's mirror is not trusted: nothing can be kept.
    func ticket(for key: CacheKey, shard: Int, now: Int64) -> NearTicket? {
        guard shards.indices.contains(shard), let version = shards[shard].trustedVersion(now: now) else { return nil }
        let hash = NearHash(key)
        let removals = stripe(hash).withLock { $0.removals(hash) }
        return NearTicket(key: key, hash: hash, shard: shard, version: version, removals: removals)
    }

    /// Adds an entry that was asked for with a ticket.
    func insert(_ record: NearRecord, epoch: UInt64, ticket: NearTicket) -> Bool {
        guard shards[ticket.shard].admit(record, epoch: epoch, since: ticket.version) else { return false }
        var isKept = false
        letGo(ticket.hash) { stripe, removed in
            guard stripe.removals(ticket.hash) == ticket.removals else { return }
            isKept = stripe.insert(record, ticket.hash, removed: &removed)
        }
        return isKept
    }

    /// Removes the entry of a key. Whoever has asked for it before does not bring it back.
    func remove(_ key: CacheKey) {
        let hash = NearHash(key)
        letGo(hash) { $0.remove(key, hash, removed: &$1) }
    }

    /// Changes a stripe, and lets go of what it has removed outside of its lock.
    private func letGo(_ hash: NearHash, _ body: (inout NearStripe, inout [NearRecord]) -> Void) {
        var removed: [NearRecord] = []
        stripe(hash).withLock { body(&$0, &removed) }
    }

    // MARK: Invalidations

    /// Takes a message of a shard into account; one that cannot be read is a lost one.
    func apply(_ message: CacheMessage?, shard: Int) {
        if case .changedKey(let bytes) = message?.change, let key = CacheKey(named: bytes) { remove(key) }
        shards[shard].update { $0.apply(message) }
    }

    /// Takes into account at once what this process has done itself.
    ///
    /// - Parameters:
    ///   - epoch: The epoch of the shard in which it was done.
    ///   - sequence: The sequence of the shard after it.
    func apply(_ change: CacheMessage.Change, epoch: UInt64, sequence: UInt64, shard: Int) {
        if case .changedKey(let bytes) = change, let key = CacheKey(named: bytes) { remove(key) }
        shards[shard].update { $0.apply(change, epoch: epoch, sequence: sequence) }
    }

    /// Changes the mirrors of all shards.
    func updateAll(_ body: (inout NearMirror) -> Void) {
        for shard in shards { shard.update(body) }
    }

    // MARK: Statistics

    /// - Complexity: O(stripes + shards), each locked for a moment.
    var statistics: NearCacheStatistics {
        var statistics = NearCacheStatistics()
        for stripe in stripes {
            let (count, bytes, evictions) = stripe.withLock { ($0.count, $0.bytes, $0.evictions) }
            statistics.entries += count
            statistics.bytes += bytes
            statistics.evictions += evictions
        }
        for shard in shards { statistics.drops += shard.read(\.drops) }
        return statistics
    }
}

/// What was so when an entry was asked for.
struct NearTicket: Sendable {
    let key: CacheKey
    let hash: NearHash
    let shard: Int
    /// The version of the shard's mirror.
    let version: UInt64
    /// The count of removals in the key's part of its stripe.
    let removals: UInt32
}
