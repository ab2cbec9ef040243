import PeriluneCore

extension CacheCounters {
    /// Adds what was counted to the statistics that all processes share.
    ///
    /// When the call certainly had no effect, what was counted is there for the next one. When it may have had one,
    /// that is not counted again: a minute may lack what happened in the seconds before a connection broke, and none has
    /// it twice.
    ///
    /// - Parameters:
    ///   - engine: Where the statistics are.
    ///   - key: The key of the region's statistics.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; none when nothing happened.
    func flush(to engine: any ScriptEngine, key: RedisKey) async throws(EngineError) {
        let counts = take()
        guard !counts.isEmpty else { return }
        do throws(EngineError) {
            _ = try await Scripts.Cache.Count.call(on: engine, counters: key, counts: counts.groups)
        } catch {
            if !error.mayHaveRun { giveBack(counts) }
            throw error
        }
    }
}

extension CacheCounts {
    /// The highest number that a double holds exactly, as it does all below it.
    private static let highestExact = 9_007_199_254_740_991

    /// The counters that are not zero, as `cache.count` takes them.
    var groups: [(counter: Int, amount: Int)] {
        (0..<CacheSlot.counters).compactMap { counter in
            self[counter] > 0 ? (counter, min(self[counter], Self.highestExact)) : nil
        }
    }
}
