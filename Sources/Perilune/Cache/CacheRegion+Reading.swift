import PeriluneCore

extension CacheRegion {
    /// The fresh value of a key.
    ///
    /// - Parameter tags: Tags that the value may have: those of others cost another round trip when something in the shard
    ///   was invalidated since the value was stored.
    /// - Returns: `nil` when there is none, or when what is known is that there is none.
    /// - Throws: ``CacheError``.
    /// - Complexity: One round trip; see `tags`.
    public func get(_ key: CacheKey, tags: [CacheTag] = []) async throws(CacheError) -> Value? {
        if let record = storage.nearby(key, wantsValue: false) {
            return record.isNegative ? nil : NearCache<Value>.value(of: record)
        }
        try checkTags(tags)
        let (ticket, asked) = (ticket(key), clock.microseconds)
        let reading = try await storage.read(key, tags: tags)
        guard reading.isFresh, let stored = reading.entry, let found = decode(stored) else {
            storage.counters.count(.miss)
            return nil
        }
        count(reading, stored)
        keep(found, reading, stored, ticket, asked: asked)
        return found.value
    }

    /// The valid value of a key, fresh or stale, with what is known of it.
    ///
    /// - Returns: `nil` when there is none.
    /// - Throws: ``CacheError``.
    /// - Complexity: As ``get(_:tags:)``.
    public func entry(for key: CacheKey, tags: [CacheTag] = []) async throws(CacheError) -> CacheEntry<Value>? {
        try checkTags(tags)
        return counted(try await storage.read(key, tags: tags))
    }

    /// The fresh values of several keys; those without one are not in the result.
    ///
    /// - Throws: ``CacheError``.
    /// - Complexity: One round trip; one more for each value that has other tags, see ``get(_:tags:)``.
    public func get(_ keys: [CacheKey], tags: [CacheTag] = []) async throws(CacheError) -> [CacheKey: Value] {
        try checkTags(tags)
        var values: [CacheKey: Value] = [:]
        for (key, reading) in zip(keys, try await storage.read(keys, tags: tags)) {
            guard reading.isFresh, let stored = reading.entry, let found = decode(stored) else {
                storage.counters.count(.miss)
                continue
            }
            count(reading, stored)
            values[key] = found.value
        }
        return values
    }

    /// Whether there is a fresh value.
    ///
    /// - Throws: ``CacheError``.
    /// - Complexity: As ``get(_:tags:)``.
    public func exists(_ key: CacheKey, tags: [CacheTag] = []) async throws(CacheError) -> Bool {
        let reading = try await storage.read(key, tags: tags)
        guard reading.isFresh, let entry = reading.entry, case .value? = decode(entry) else { return false }
        return true
    }

    /// How long the value of a key is fresh from now on, or what is known of it: that there is none.
    ///
    /// - Returns: `nil` when there is neither.
    /// - Throws: ``CacheError``.
    /// - Complexity: As ``get(_:tags:)``.
    public func timeToLive(of key: CacheKey, tags: [CacheTag] = []) async throws(CacheError) -> Duration? {
        let reading = try await storage.read(key, tags: tags)
        guard reading.isFresh, let entry = reading.entry, decode(entry) != nil else { return nil }
        return .milliseconds(reading.freshFor)
    }

    private func counted(_ reading: CacheReading) -> CacheEntry<Value>? {
        guard let stored = reading.entry, let found = decode(stored) else {
            storage.counters.count(.miss)
            return nil
        }
        count(reading, stored)
        return entry(reading, stored, found)
    }

    func count(_ reading: CacheReading, _ stored: StoredEntry) {
        if !reading.isFresh {
            storage.counters.count(.staleHit)
        } else if stored.flags.contains(.negative) {
            storage.counters.count(.negativeHit)
        } else {
            storage.counters.hit(age: Int64(reading.age), of: Int64(stored.fresh))
        }
    }
}
