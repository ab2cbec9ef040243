import PeriluneCore

/// The newest heads that this process has seen of a region's shards.
///
/// Replies reach their callers in any order, so a head is compared only with one that was seen before it was asked for: one
/// that is older all the same is that of a server which has lost what another had acknowledged.
final class CacheHeads: Sendable {
    private let heads: Locked<[CacheHead?]>

    init(shards: Int) {
        heads = Locked([CacheHead?](repeating: nil, count: shards))
    }

    func head(of shard: CacheShard) -> CacheHead? {
        heads.withLock { $0[shard.index] }
    }

    var all: [CacheHead?] { heads.withLock { $0 } }

    /// Remembers a head that the server has just told of, if it is the newest.
    ///
    /// - Parameter known: The head that was known when the server was asked.
    /// - Returns: Whether the server has lost what it had acknowledged.
    func observe(_ head: CacheHead, of shard: CacheShard, known: CacheHead?) -> Bool {
        // The sequence of a new life is of the server's clock, and so beyond that of the one before it.
        if let known, known.sequence > head.sequence || known.epoch == head.epoch && known.messages > head.messages {
            return true
        }
        heads.withLock { heads in
            if let newest = heads[shard.index], newest.epoch == head.epoch {
                if newest.sequence > head.sequence || newest.messages > head.messages { return }
            }
            var head = head
            // Only what is compared is kept.
            head.rules = []
            heads[shard.index] = head
        }
        return false
    }
}
