import PeriluneCore

extension CacheStorage {
    /// The entry of the near cache for a key. A hit is counted.
    ///
    /// - Parameter wantsValue: Whether it is of no use to know that there is no value.
    func nearby(_ key: CacheKey, wantsValue: Bool) -> NearRecord? {
        guard near != nil else { return nil }
        let now = clock.microseconds
        // The table lives as long as this does. Threads that count its uses pass a cache line to and fro.
        let table = near.map(Unmanaged.passUnretained)
        guard let record = table?._withUnsafeGuaranteedRef({ $0.record(for: key, now: now) }) else { return nil }
        if record.isNegative {
            guard !wantsValue else {
                // Who wants a value is about to get one, and whoever asks here afterwards is to get it, too.
                near?.remove(key)
                return nil
            }
            counters.count(.negativeHit)
        } else {
            counters.nearHit(age: record.life.age(now: now), of: record.life.fresh)
        }
        return record
    }
}

extension CacheRegion {
    /// What is to be got before the engine is asked for a value that the near cache is to keep.
    func ticket(_ key: CacheKey) -> NearTicket? {
        near?.ticket(for: key, shard: storage.shard(of: key).index, now: clock.microseconds)
    }

    /// Gives the near cache what was just read.
    ///
    /// - Parameters:
    ///   - ticket: What was got before.
    ///   - asked: When the engine was asked, in microseconds of the clock.
    func keep(
        _ found: Found, _ reading: CacheReading, _ entry: StoredEntry, _ ticket: NearTicket?, asked: Int64
    ) {
        guard let near, let ticket, let head = reading.head, reading.isFresh else { return }
        let (fresh, left) = (Int64(entry.fresh) * 1_000, Int64(reading.freshFor) * 1_000)
        // By so much a reader of the engine might have it computed anew before it expires.
        let headStart = Int64(min(headStart(entry) * 1_000, Double(left)))
        let end = asked + left
        near.insert(
            found.value, ticket: ticket, epoch: head.epoch, sequence: head.sequence,
            tags: entry.tags.map { Array($0.stored) }, cost: entry.payload.count, freshUntil: end - headStart,
            life: NearLife(fresh: fresh, end: end))
    }
}
