import PeriluneCore

/// The invalidations that this process has asked for lately: those that not every shard has acknowledged, and those that a
/// failover may yet undo.
final class CacheLedger: Sendable {
    enum Change: Sendable, Hashable {
        case anyOf([CacheTag])
        case allOf([CacheTag])
        case everything
    }

    struct Item: Sendable, Hashable {
        var change: Change
        /// What the shard made of it; `nil` as long as it has not acknowledged it.
        var stamp: CacheStamp?
        /// When it was acknowledged, or asked for, in microseconds of the region's clock.
        var time: Int64
        /// When to look whether it stands.
        var next: Int64 = .min
    }

    /// How many items a shard's list has at most. Beyond that the oldest acknowledged ones are forgotten, and those that are
    /// not become one: an invalidation of everything.
    static let most = 1_024
    /// How many tags they have at most, all together.
    static let mostTags = 16_384
    /// How long an acknowledged invalidation is looked after, in microseconds.
    static let kept: Int64 = 60_000_000

    /// What one shard was asked for.
    private struct List {
        private(set) var items: [Item] = []
        /// How many tags they have.
        private(set) var tags = 0

        mutating func append(_ item: Item) {
            items.append(item)
            tags += item.change.tagCount
            while items.count > CacheLedger.most || tags > CacheLedger.mostTags {
                if let oldest = items.firstIndex(where: { $0.stamp != nil }) {
                    remove(at: oldest)
                } else {
                    (items, tags) = ([Item(change: .everything, stamp: nil, time: item.time)], 0)
                }
            }
        }

        mutating func remove(_ item: Item) {
            if let index = items.firstIndex(of: item) { remove(at: index) }
        }

        mutating func takeDue(now: Int64) -> [Item] {
            items.removeAll { $0.stamp != nil && $0.time < now - CacheLedger.kept }
            tags = items.reduce(0) { $0 + $1.change.tagCount }
            var due: [Item] = []
            for index in items.indices where items[index].next <= now {
                let item = items[index]
                if item.stamp != nil { items[index].next = now + max(1_000_000, now - item.time) }
                due.append(items[index])
            }
            return due
        }

        private mutating func remove(at index: Int) {
            tags -= items.remove(at: index).change.tagCount
        }
    }

    private let lists: Locked<[List]>

    init(shards: Int) {
        lists = Locked([List](repeating: List(), count: shards))
    }

    func add(_ item: Item, to shard: Int) {
        lists.withLock { $0[shard].append(item) }
    }

    /// What is to be looked at, in a shard's list: what is not acknowledged, and the rest after 0, 1, 2, 4, 8, ... seconds.
    /// What has been looked after for long enough is dropped.
    func due(of shard: Int, now: Int64) -> [Item] {
        lists.withLock { $0[shard].takeDue(now: now) }
    }

    func remove(_ item: Item, from shard: Int) {
        lists.withLock { $0[shard].remove(item) }
    }

    /// The shards that have not acknowledged everything.
    var pending: [Int] {
        lists.withLock { lists in lists.indices.filter { lists[$0].items.contains { $0.stamp == nil } } }
    }
}

extension CacheLedger.Change {
    var tagCount: Int {
        switch self {
        case .anyOf(let tags), .allOf(let tags): tags.count
        case .everything: 0
        }
    }
}

extension CacheLedger.Item {
    /// Whether a shard still holds what it acknowledged.
    ///
    /// - Parameter fields: The sequences of tags, at least those of ``tags``.
    func stands(in head: CacheHead?, fields: [CacheTag: UInt64]) -> Bool {
        guard let stamp else { return false }
        // Without a head no entry is valid.
        guard let head else { return true }
        // As in a new life of the shard. Another one without such a floor is an older one, which a failover brought back.
        if head.floor >= stamp.sequence { return true }
        func stands(_ tag: CacheTag) -> Bool { (fields[tag] ?? 0) >= stamp.sequence }
        switch change {
        case .everything: return false
        case .anyOf(let tags): return tags.allSatisfy(stands)
        case .allOf(let tags):
            // A rule that made room for others has become an invalidation of its first tag.
            return tags.first.map(stands) ?? true
                || head.rules.contains { rule in
                    rule.sequence >= stamp.sequence
                        && rule.tags.elementsEqual(tags) { $0.elementsEqual($1.stored) }
                }
        }
    }

    /// The tags whose fields tell whether it stands.
    var tags: [CacheTag] {
        switch change {
        case .everything: []
        case .anyOf(let tags): tags
        case .allOf(let tags): tags.first.map { [$0] } ?? []
        }
    }
}
