/// How much a near cache keeps in this process.
public struct NearCacheLimit: Sendable, Hashable {
    /// Entries.
    public var entries: Int
    /// Bytes: of the values as they are stored, the keys, and 160 for each entry.
    ///
    /// The cache is divided into parts of at least 1 MiB. A value larger than a part is not kept.
    public var bytes: Int

    /// Creates a limit. Less than 1 counts as 1.
    public init(entries: Int = 10_000, bytes: Int = 64 << 20) {
        self.entries = max(1, entries)
        self.bytes = max(1, bytes)
    }
}

/// How a near cache does, at one moment.
public struct NearCacheStatistics: Sendable, Hashable {
    /// Entries kept, void ones that nobody has asked for since included.
    public var entries = 0
    /// Bytes that count against ``NearCacheLimit/bytes``.
    public var bytes = 0
    /// Entries that had to make room, since the cache was made.
    public var evictions = 0
    /// How often all entries of a shard were given up because messages may have been missed, since the cache was made.
    public var drops = 0
}
