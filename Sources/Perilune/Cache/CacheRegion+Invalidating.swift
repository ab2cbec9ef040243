import PeriluneCore

extension CacheRegion {
    /// Invalidates every value that has any of some tags. Call it after the change of the data is committed.
    ///
    /// When this returns, all shards have acknowledged it, and no call that begins from then on gets such a value, in
    /// whichever process; but for near caches, which hear of it by a message, and within a second if that is lost. This
    /// region's near cache has heard of it. Shards that do not answer are asked again for up to five seconds, and then by ``run()``; doing it
    /// twice does no harm.
    ///
    /// - Parameters:
    ///   - tags: From 1 to 1000.
    ///   - replication: How many replicas must have it, too, so that it survives a failover; `nil` for none. Without it a
    ///     primary that is lost may take the invalidation with it; see ``run()`` for what is done about that.
    /// - Throws: ``CacheError``: ``CacheError/noTags``, ``CacheError/tooManyTags(_:limit:)``,
    ///   ``CacheError/unacknowledged(shards:_:)``, ``CacheError/shardsDiffer(stored:configured:)``, or
    ///   ``CacheError/notReplicated(shards:)``.
    /// - Complexity: One round trip to all shards at the same time. O(tags), however many values have them.
    public func invalidate(
        tags: [CacheTag], replication: CacheReplication? = nil
    ) async throws(CacheError) {
        try await administration.invalidate(tags: tags, replication: replication)
    }

    /// Invalidates every value that has all of some tags. See ``invalidate(tags:replication:)``.
    ///
    /// A shard keeps 16 such invalidations. When there are more, the oldest becomes one of its first tag alone, as of its
    /// time: more values go than must, and never fewer. So name the rarest tag first.
    ///
    /// - Parameter tags: From 1 to 64.
    /// - Throws: As ``invalidate(tags:replication:)``; ``CacheError/tagsTooLong``.
    /// - Complexity: As ``invalidate(tags:replication:)``.
    public func invalidate(
        allOf tags: [CacheTag], replication: CacheReplication? = nil
    ) async throws(CacheError) {
        try await administration.invalidate(allOf: tags, replication: replication)
    }

    /// Invalidates every value of the region. See ``invalidate(tags:replication:)``.
    ///
    /// - Complexity: One round trip to all shards at the same time, O(1).
    public func clear(replication: CacheReplication? = nil) async throws(CacheError) {
        try await administration.clear(replication: replication)
    }

    /// Deletes the values whose keys match a pattern. See ``CacheAdministration/invalidate(pattern:progress:)``.
    @discardableResult
    public func invalidate(
        pattern: String, progress: (CachePatternProgress) async -> Void = { _ in }
    ) async throws(CacheError) -> CachePatternProgress {
        try await administration.invalidate(
            pattern: pattern, deleted: { [flights] in flights.detach($0) }, progress: progress)
    }

    /// The region without its values, for those who manage it.
    public var administration: CacheAdministration { CacheAdministration(storage: storage) }
}
