import PeriluneCore

extension CacheAdministration {
    /// What was done with the region, in all processes together.
    ///
    /// - Throws: ``CacheError``.
    /// - Complexity: Two round trips, 241 bytes for each minute.
    public func statistics(_ window: CacheStatistics.Window = .hour) async throws(CacheError) -> CacheStatistics {
        try await CacheError.asking { () throws(EngineError) in
            try await CacheStatistics.read(from: storage.engine, key: storage.statisticsKey, window: window)
        }
    }

    /// Recommends how long values should be fresh, from what refreshes have found in the last day. See ``TTLAdvice``.
    ///
    /// - Throws: ``CacheError``.
    /// - Complexity: Two round trips, 350 kB.
    public func ttlAdvice(goal: TTLAdvice.Goal = .standard) async throws(CacheError) -> TTLAdvice {
        try await statistics(.day).ttlAdvice(configured: type.ttl, goal: goal)
    }
}

extension CacheRegion {
    /// What was done with the region, in all processes together. See ``CacheAdministration/statistics(_:)``.
    public func statistics(_ window: CacheStatistics.Window = .hour) async throws(CacheError) -> CacheStatistics {
        try await administration.statistics(window)
    }

    /// How the near cache of this region does; `nil` when it has none.
    ///
    /// - Complexity: O(shards), and each of 64 parts of the cache is locked for a moment.
    public var nearStatistics: NearCacheStatistics? { near?.table.statistics }

    /// Recommends how long values should be fresh. See ``CacheAdministration/ttlAdvice(goal:)``.
    public func ttlAdvice(goal: TTLAdvice.Goal = .standard) async throws(CacheError) -> TTLAdvice {
        try await administration.ttlAdvice(goal: goal)
    }
}

extension CacheStorage {
    func flushStatistics() async throws(CacheError) {
        countEvictions()
        try await CacheError.asking { () throws(EngineError) in
            try await counters.flush(to: engine, key: statisticsKey)
        }
    }
}
