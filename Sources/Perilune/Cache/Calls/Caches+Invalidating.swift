extension Caches {
    /// Invalidates the values of a type that have at least one of the tags, whatever they are values of.
    ///
    /// - Throws: ``CacheConfigurationError`` or ``CacheError``, after all regions of the type were told.
    /// - Complexity: As ``CacheRegion/invalidate(tags:replication:)``, for each near cache of the type that this process has, and
    ///   once without.
    public func invalidate(
        tags: [CacheTag], in type: CacheType, replication: CacheReplication? = nil
    ) async throws {
        try await inEach(type) { region throws(CacheError) in
            try await region.invalidate(tags: tags, replication: replication)
        }
    }

    /// Invalidates the values of a type that have all of the tags, whatever they are values of.
    ///
    /// - Throws: ``CacheConfigurationError`` or ``CacheError``, after all regions of the type were told.
    /// - Complexity: As ``CacheRegion/invalidate(allOf:replication:)``, for each near cache of the type that this process has, and
    ///   once without.
    public func invalidate(
        allOf tags: [CacheTag], in type: CacheType, replication: CacheReplication? = nil
    ) async throws {
        try await inEach(type) { region throws(CacheError) in
            try await region.invalidate(allOf: tags, replication: replication)
        }
    }

    /// Invalidates all values of a type, whatever they are values of.
    ///
    /// - Throws: ``CacheConfigurationError`` or ``CacheError``, after all regions of the type were told.
    /// - Complexity: As ``CacheRegion/clear(replication:)``, for each near cache of the type that this process has, and once without.
    public func clear(_ type: CacheType, replication: CacheReplication? = nil) async throws {
        try await inEach(type) { region throws(CacheError) in try await region.clear(replication: replication) }
    }

    private func inEach(
        _ type: CacheType, _ invalidate: (any CachesMember) async throws(CacheError) -> Void
    ) async throws {
        var failure: CacheError?
        for region in try regions(of: type) {
            do { try await invalidate(region) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }
}
