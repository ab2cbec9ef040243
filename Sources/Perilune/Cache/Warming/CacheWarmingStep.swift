/// Something to put into a region before anybody asks for it.
public struct CacheWarmingItem<Value: Sendable>: Sendable {
    /// The key.
    public var key: CacheKey
    /// The value; `nil` to load it.
    public var value: Value?
    /// The tags of the value.
    public var tags: [CacheTag]
    /// How long it is fresh; `nil` for ``CacheType/ttl``.
    public var ttl: Duration?

    /// Creates an item.
    public init(_ key: CacheKey, value: Value? = nil, tags: [CacheTag] = [], ttl: Duration? = nil) {
        self.key = key
        self.value = value
        self.tags = tags
        self.ttl = ttl
    }
}

/// What became of one item of a warming.
public enum CacheWarmingOutcome: Sendable {
    /// A value is stored.
    case stored
    /// There is no value, which is remembered.
    case absent
    /// There was a fresh value, which stays.
    case fresh
    /// Somebody else is computing the value, or has just stored or deleted it.
    case elsewhere
    /// The value was loaded, and what was invalidated or deleted meanwhile keeps it from being stored.
    case refused(CacheStoreOutcome.Refusal)
    /// The value was loaded, and the loader did not want it stored.
    case notStored
    /// The value could not be loaded, or is none that can be stored.
    case failed(any Error)
}

/// How far a warming has come.
public struct CacheWarmingProgress: Sendable, Hashable {
    /// How many items there are.
    public internal(set) var total = 0
    /// Items whose values are stored.
    public internal(set) var stored = 0
    /// Items of which it is remembered that there is no value.
    public internal(set) var absent = 0
    /// Items that were fresh.
    public internal(set) var fresh = 0
    /// Items that somebody else computes.
    public internal(set) var elsewhere = 0
    /// Items whose values were not stored, because of an invalidation or because the loader did not want it.
    public internal(set) var refused = 0
    /// Items that failed.
    public internal(set) var failed = 0
    /// How many items from the first on are done, without a gap: where to go on after an interruption.
    public internal(set) var position = 0

    /// How many items are done.
    public var done: Int { stored + absent + fresh + elsewhere + refused + failed }

    /// Items that are done although one before them is not. Never more than are under way at once.
    private var ahead: Set<Int> = []

    init(total: Int) { self.total = total }

    /// Counts an item.
    mutating func count(_ outcome: CacheWarmingOutcome, of index: Int) {
        switch outcome {
        case .stored: stored += 1
        case .absent: absent += 1
        case .fresh: fresh += 1
        case .elsewhere: elsewhere += 1
        case .refused, .notStored: refused += 1
        case .failed: failed += 1
        }
        ahead.insert(index)
        while ahead.remove(position) != nil { position += 1 }
    }
}

/// What a warming tells when an item is done.
public struct CacheWarmingStep: Sendable {
    /// The item's key.
    public let key: CacheKey
    /// Which of the items it is, from 0.
    public let index: Int
    /// What became of it.
    public let outcome: CacheWarmingOutcome
    /// How far the warming has come with it.
    public let progress: CacheWarmingProgress
}
