import PeriluneCore

extension CacheStorage {
    /// Invalidates in one shard what has any of some tags.
    ///
    /// - Returns: The shard's head.
    /// - Complexity: One round trip, O(tags) whatever has them.
    func invalidate(_ shard: CacheShard, anyOf tags: [CacheTag]) async throws(CacheError) -> CacheHead {
        try await invalidated(shard, .invalidatedAny(tags.map { Array($0.stored) })) { () throws(EngineError) in
            try await Scripts.Cache.Invalidate.call(
                on: engine, control: shard.control, epoch: Self.freshEpoch(), channel: shard.messages.name,
                tags: tags.map(\.field))
        }
    }

    /// Invalidates in one shard what has all of some tags.
    ///
    /// - Returns: The shard's head.
    /// - Complexity: One round trip, O(tags) whatever has them.
    func invalidate(_ shard: CacheShard, allOf tags: [CacheTag]) async throws(CacheError) -> CacheHead {
        try await invalidated(shard, .invalidatedAll(tags.map { Array($0.stored) })) { () throws(EngineError) in
            try await Scripts.Cache.InvalidateAll.call(
                on: engine, control: shard.control, epoch: Self.freshEpoch(), channel: shard.messages.name,
                tags: tags.map(\.field))
        }
    }

    /// Invalidates everything in one shard. Its head goes beyond what this process knows, should the server have lost that.
    ///
    /// - Parameter run: In which run of the server that is; empty to leave what is known of it.
    /// - Returns: The shard's head.
    /// - Complexity: One round trip, O(1); the tags that were invalidated go in the server's background.
    func clear(_ shard: CacheShard, run: [UInt8] = []) async throws(CacheError) -> CacheHead {
        let least = heads.head(of: shard).map { CacheStamp.digits($0.sequence) + CacheStamp.digits($0.messages) } ?? []
        let reply = try await CacheError.asking { () throws(EngineError) in
            try await Scripts.Cache.Clear.call(
                on: engine, control: shard.control, epoch: Self.freshEpoch(), channel: shard.messages.name,
                least: least, run: run)
        }
        let head = try Self.head(reply[...])
        _ = heads.observe(head, of: shard, known: nil)
        near?.apply(.cleared, epoch: head.epoch, sequence: head.sequence, shard: shard.index)
        return head
    }

    private func invalidated(
        _ shard: CacheShard, _ change: CacheMessage.Change, _ call: () async throws(EngineError) -> [UInt8]
    ) async throws(CacheError) -> CacheHead {
        let known = heads.head(of: shard)
        let head = try Self.head(try await CacheError.asking(call)[...])
        near?.apply(change, epoch: head.epoch, sequence: head.sequence, shard: shard.index)
        // If writes were lost, so may have been the invalidation before this one.
        _ = try await repair(head, shard, known: known)
        return head
    }

    /// Forgets, of so many fields of a shard's control hash, tags whose last invalidation is older than every value.
    ///
    /// - Returns: How many it forgot.
    /// - Complexity: One round trip, O(fields).
    func prune(_ shard: CacheShard, fields: [[UInt8]], before limit: UInt64) async throws(CacheError) -> Int {
        try await CacheError.asking { () throws(EngineError) in
            try await Scripts.Cache.Prune.call(
                on: engine, control: shard.control, limit: CacheStamp.digits(limit), tags: fields)
        }
    }
}

extension CacheStorage {
    /// How long an invalidation is tried before its caller hears that it is not acknowledged, in microseconds.
    private static let patience: Int64 = 5_000_000

    /// Invalidates something in all shards at the same time, and remembers what is not acknowledged.
    ///
    /// - Throws: ``CacheError/unacknowledged(shards:_:)``.
    func everywhere(
        _ change: CacheLedger.Change, replication: CacheReplication? = nil
    ) async throws(CacheError) {
        counters.count(.invalidation)
        let deadline = clock.microseconds + Self.patience
        var failed = shards
        var acknowledged: [Int: CacheHead] = [:]
        var failure: CacheError = .corrupt
        for attempt in 0... {
            let results = await withTaskGroup(of: (CacheShard, Result<CacheHead, CacheError>).self) { group in
                for shard in failed {
                    group.addTask {
                        do throws(CacheError) {
                            return (shard, .success(try await self.apply(change, to: shard)))
                        } catch {
                            return (shard, .failure(error))
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            failed = []
            var errors: [CacheError] = []
            for (shard, result) in results {
                switch result {
                case .success(let head): acknowledged[shard.index] = head
                case .failure(let error):
                    failed.append(shard)
                    errors.append(error)
                }
            }
            failed.sort { $0.index < $1.index }
            if failed.isEmpty {
                guard let replication else { return }
                return try await waitForReplicas(of: change, acknowledged, replication)
            }
            // What is no failure of the engine does not mend.
            for error in errors {
                if case .engine = error { continue }
                throw error
            }
            failure = errors.first ?? failure
            let pause = clock.microseconds + 20_000 << Int64(min(attempt, 6))
            if Task.isCancelled || pause > deadline { break }
            try? await clock.sleep(until: pause)
        }
        let now = clock.microseconds
        for shard in failed { ledger.add(.init(change: change, stamp: nil, time: now), to: shard.index) }
        guard case .engine(let error) = failure else { throw failure }
        throw .unacknowledged(shards: failed.map(\.index), error)
    }

    /// Invalidates something in one shard, and remembers that it did.
    ///
    /// - Returns: The shard's head.
    @discardableResult
    func apply(
        _ change: CacheLedger.Change, to shard: CacheShard
    ) async throws(CacheError) -> CacheHead {
        try await readyToRemove(shard)
        let head =
            switch change {
            case .anyOf(let tags): try await invalidate(shard, anyOf: tags)
            case .allOf(let tags): try await invalidate(shard, allOf: tags)
            case .everything: try await clear(shard)
            }
        let stamp = CacheStamp(epoch: head.epoch, sequence: head.sequence)
        ledger.add(.init(change: change, stamp: stamp, time: clock.microseconds), to: shard.index)
        return head
    }

    /// Does again what was not acknowledged, and what a server has lost since it acknowledged it.
    ///
    /// - Throws: The first error that there was; the other shards are looked after all the same.
    /// - Complexity: One round trip for each shard in which something was invalidated in the last minute, O(tags). An
    ///   invalidation is looked at six times, in intervals that grow.
    func lookAfterInvalidations() async throws(CacheError) {
        try await inEachShard { shard throws(CacheError) in try await self.lookAfterInvalidations(of: shard) }
    }

    private func lookAfterInvalidations(of shard: CacheShard) async throws(CacheError) {
        let items = ledger.due(of: shard.index, now: clock.microseconds)
        guard !items.isEmpty else { return }
        let tags = Array(Set(items.flatMap(\.tags)))
        var (head, fields): (CacheHead?, [CacheTag: UInt64]) = (nil, [:])
        for start in stride(from: 0, to: max(tags.count, 1), by: 1_000) {
            let some = Array(tags.dropFirst(start).prefix(1_000))
            let reply = try await CacheError.asking { () throws(EngineError) in
                try await engine.send(Self.headCommand(shard, some))
            }
            let (newHead, more) = try Self.head(reply, tags: some)
            head = newHead
            fields.merge(more) { max($0, $1) }
        }
        for item in items where !item.stands(in: head, fields: fields) {
            try await apply(item.change, to: shard)
            ledger.remove(item, from: shard.index)
        }
    }
}
