import PeriluneCore

/// How a shard of a region is.
public struct CacheShardState: Sendable, Hashable {
    /// Its number.
    public let index: Int
    /// What it says of its entries; `nil` when it was never used, or has lost it, so that none of its entries is valid.
    public let head: Head?
    /// How many tags were invalidated, and are remembered.
    public let tags: Int

    /// What a shard says of all its entries.
    public struct Head: Sendable, Hashable {
        /// Which life of the shard this is: 16 hexadecimal digits. When it changes, all entries have become void.
        public let epoch: String
        /// How many changes it has told near caches in this life.
        public let messages: UInt64
        /// How many invalidations of several tags at once it remembers.
        public let rules: Int
    }
}

extension CacheAdministration {
    /// How the region's shards are.
    ///
    /// - Throws: ``CacheError``.
    /// - Complexity: One round trip to each server, O(shards).
    public func shards() async throws(CacheError) -> [CacheShardState] {
        let storage = storage
        let commands = storage.shards.flatMap { shard in
            [
                CacheStorage.headCommand(shard, []),
                RedisCommand("HLEN", [shard.control.argument], isRepeatable: true),
                // In which run of the server the shard was last used.
                RedisCommand("HEXISTS", [shard.control.argument, "r"], isRepeatable: true),
            ]
        }
        let replies = try await CacheError.asking { () throws(EngineError) in
            try await storage.engine.pipeline(commands)
        }
        guard replies.count == commands.count else { throw .corrupt }
        var states: [CacheShardState] = []
        for shard in storage.shards {
            let (head, _) = try CacheStorage.head(replies[3 * shard.index], tags: [])
            let fields = (replies[3 * shard.index + 1].integer ?? 0) - (replies[3 * shard.index + 2].integer ?? 0)
            states.append(
                CacheShardState(
                    index: shard.index,
                    head: head.map { head in
                        .init(
                            epoch: hexadecimal(CacheStamp.bytes(head.epoch)), messages: head.messages,
                            rules: head.rules.count)
                    }, tags: head == nil ? 0 : max(0, fields - 1)))
        }
        return states
    }

    /// The key that is asked when it matters which server of a cluster a shard lies on.
    package func controlKey(ofShard index: Int) -> RedisKey? {
        storage.shards.indices.contains(index) ? storage.shards[index].control : nil
    }

    /// Does again what shards have not acknowledged, and adds what was counted to the statistics of all: what a process owes
    /// that does something with a region now and then. Unlike ``run()`` it leaves a region alone that the process has not
    /// used, and so may not know as its services do.
    ///
    /// - Complexity: No round trip when there is nothing to do.
    package func settle() async {
        do throws(CacheError) {
            try await storage.lookAfterInvalidations()
            try await storage.flushStatistics()
        } catch {
            if case .engine(let failure) = error { storage.note(failure) }
        }
    }
}
