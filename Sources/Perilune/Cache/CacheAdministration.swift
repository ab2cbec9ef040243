public import Logging
public import PeriluneCore

/// What can be done with a region without knowing of what type its values are.
public struct CacheAdministration: Sendable {
    /// What kind of values the region holds, and how they live.
    public var type: CacheType { storage.type }

    let storage: CacheStorage

    init(storage: CacheStorage) {
        self.storage = storage
    }

    /// Creates the access to a region of a type.
    ///
    /// - Parameters: As ``CacheRegion/init(_:of:engine:codec:keySpace:clock:logger:)``.
    /// - Throws: ``CacheConfigurationError``.
    public init(
        _ type: CacheType, engine: any ScriptEngine, keySpace: KeySpace = .standard,
        clock: any RedisClock = .monotonic, logger: Logger = Logger(label: "perilune.cache")
    ) throws(CacheConfigurationError) {
        // Nobody reads values here.
        var type = type
        type.near = nil
        storage = try CacheStorage(type, engine: engine, keySpace: keySpace, clock: clock, logger: logger)
    }

    /// Invalidates every value that has any of some tags. See ``CacheRegion/invalidate(tags:replication:)``.
    public func invalidate(
        tags: [CacheTag], replication: CacheReplication? = nil
    ) async throws(CacheError) {
        guard !tags.isEmpty else { throw .noTags }
        guard tags.count <= 1_000 else { throw .tooManyTags(tags.count, limit: 1_000) }
        try await storage.everywhere(.anyOf(tags), replication: replication)
    }

    /// Invalidates every value that has all of some tags. See ``CacheRegion/invalidate(allOf:replication:)``.
    public func invalidate(
        allOf tags: [CacheTag], replication: CacheReplication? = nil
    ) async throws(CacheError) {
        var different: [CacheTag] = []
        for tag in tags where !different.contains(tag) { different.append(tag) }
        guard different.count > 1 else { return try await invalidate(tags: different, replication: replication) }
        guard different.count <= CacheType.mostTags else {
            throw .tooManyTags(different.count, limit: CacheType.mostTags)
        }
        guard different.reduce(0, { $0 + $1.stored.count + 2 }) <= 4_000 else { throw .tagsTooLong }
        try await storage.everywhere(.allOf(different), replication: replication)
    }

    /// Invalidates every value. See ``CacheRegion/clear(replication:)``.
    public func clear(replication: CacheReplication? = nil) async throws(CacheError) {
        try await storage.everywhere(.everything, replication: replication)
    }

    /// Deletes the value of a key. See ``CacheRegion/delete(_:)-(CacheKey)``.
    @discardableResult
    public func delete(_ key: CacheKey) async throws(CacheError) -> Bool {
        try await storage.delete(key)
    }

    /// The shards that have not acknowledged an invalidation of this process.
    public var pendingShards: [Int] { storage.ledger.pending }
}
