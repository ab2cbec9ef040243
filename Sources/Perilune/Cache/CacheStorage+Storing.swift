import PeriluneCore

extension CacheStorage {
    /// What somebody who wants to compute a value is told.
    enum LeaseAnswer: Sendable {
        /// It is theirs to compute.
        case granted(CacheStamp, CacheMoment)
        /// Somebody else computes it, and has a lease for so many milliseconds more.
        case taken(CacheMoment, milliseconds: Int)
        /// Somebody has stored or deleted a value since they looked.
        case changed
    }

    /// Asks for the lease on computing a value.
    ///
    /// - Parameters:
    ///   - seen: What a read had seen of the entry; see ``CacheReading/seen``.
    ///   - time: How long the lease lasts.
    /// - Complexity: One round trip.
    func lease(
        _ key: CacheKey, owner: CacheOwner, seen: [UInt8], time: Duration
    ) async throws(CacheError) -> LeaseAnswer {
        let shard = shard(of: key)
        let reply = try await CacheError.asking { () throws(EngineError) in
            try await Scripts.Cache.Lease.call(
                on: engine, control: shard.control, entry: shard.entry(key), lease: shard.lease(key),
                owner: owner.bytes, time: time.millisecondsRoundedUp, epoch: Self.freshEpoch(), seen: seen)
        }
        if reply.isEmpty { return .changed }
        var reader = CacheByteReader(reply)
        guard let epoch = reader.epoch(), let sequence = reader.sequence(), let messages = reader.sequence(),
            let left = Int(String(decoding: reader.rest, as: UTF8.self))
        else { throw .corrupt }
        // No lease lasts longer than a day.
        let milliseconds = min(max(0, left), 86_400_000)
        _ = heads.observe(
            CacheHead(epoch: epoch, floor: 0, sequence: sequence, messages: messages), of: shard, known: nil)
        let moment = CacheMoment(epoch: epoch, messages: messages)
        return milliseconds == 0
            ? .granted(CacheStamp(epoch: epoch, sequence: sequence), moment)
            : .taken(moment, milliseconds: milliseconds)
    }

    /// Keeps a lease for longer.
    ///
    /// - Returns: `false` when it is lost: the value was deleted or put meanwhile, or the lease ran out.
    func renew(_ key: CacheKey, owner: CacheOwner, time: Duration) async throws(CacheError) -> Bool {
        let lease = shard(of: key).lease(key)
        return try await CacheError.asking { () throws(EngineError) in
            try await Scripts.Cache.Renew.call(
                on: engine, lease: lease, owner: owner.bytes, time: time.millisecondsRoundedUp)
        } == 1
    }

    /// Gives a lease back.
    func release(_ key: CacheKey, owner: CacheOwner) async throws(CacheError) {
        let shard = shard(of: key)
        _ = try await CacheError.asking { () throws(EngineError) in
            try await Scripts.Cache.Release.call(
                on: engine, lease: shard.lease(key), owner: owner.bytes, channel: shard.done.name,
                key: Array(key.name.utf8))
        }
    }

    /// Stores an entry that was computed under a lease. A refusal leaves the lease as it is.
    ///
    /// - Returns: What became of it; for one that is stored, as of when it was checked.
    /// - Complexity: One round trip; two for entries from ``largeEntry`` bytes on, and three when those are refused.
    func store(
        _ entry: StoredEntry, for key: CacheKey, owner: CacheOwner
    ) async throws(CacheError) -> Result<CacheMoment, CacheStoreOutcome.Refusal> {
        let shard = shard(of: key)
        let bytes = entry.bytes
        let value = try await staged(bytes, shard, owner)
        let reply = try await CacheError.asking { () throws(EngineError) in
            try await Scripts.Cache.Set.call(
                on: engine, control: shard.control, entry: shard.entry(key), lease: shard.lease(key),
                staging: shard.staging(owner), owner: owner.bytes, stamp: entry.stamp.bytes, ttl: entry.total,
                value: value, channel: shard.done.name, key: Array(key.name.utf8), tags: entry.tags.map(\.field))
        }
        if reply < 0, value.isEmpty { await discard(shard.staging(owner)) }
        switch reply {
        case 0...:
            counters.count(.bytesWritten, bytes.count)
            return .success(CacheMoment(epoch: entry.stamp.epoch, messages: UInt64(reply)))
        case -1: return .failure(.leaseLost)
        case -2: return .failure(.flushed)
        case -3: return .failure(.invalidated)
        // The value that was to wait was evicted meanwhile.
        case -4: return .failure(.evicted)
        default: throw .corrupt
        }
    }

    /// Stores an entry whatever is being computed.
    ///
    /// - Complexity: One round trip; two for entries from ``largeEntry`` bytes on.
    func put(_ entry: StoredEntry, for key: CacheKey) async throws(CacheError) {
        let shard = shard(of: key)
        try await ready(shard)
        let owner = CacheOwner()
        let bytes = entry.bytes
        let known = heads.head(of: shard)
        let value = try await staged(bytes, shard, owner)
        let reply = try await CacheError.asking { () throws(EngineError) in
            try await Scripts.Cache.Put.call(
                on: engine, control: shard.control, entry: shard.entry(key), lease: shard.lease(key),
                staging: shard.staging(owner), epoch: Self.freshEpoch(), ttl: entry.total, value: value,
                messages: shard.messages.name, done: shard.done.name, key: Array(key.name.utf8))
        }
        // The value that was to wait was evicted at once: the engine is full of what must not go.
        guard !reply.isEmpty else { throw .engine(EngineError(RedisError("OOM the value was evicted at once"))) }
        counters.count(.bytesWritten, bytes.count)
        let head = try Self.head(reply[...])
        changed(key, head, shard)
        _ = try await repair(head, shard, known: known)
    }

    /// Deletes a value.
    ///
    /// - Returns: Whether there was one, valid or not.
    /// - Complexity: One round trip.
    func delete(_ key: CacheKey) async throws(CacheError) -> Bool {
        let shard = shard(of: key)
        try await readyToRemove(shard)
        let known = heads.head(of: shard)
        let reply = try await CacheError.asking { () throws(EngineError) in
            try await Scripts.Cache.Delete.call(
                on: engine, control: shard.control, entry: shard.entry(key), lease: shard.lease(key),
                epoch: Self.freshEpoch(), messages: shard.messages.name, done: shard.done.name,
                key: Array(key.name.utf8))
        }
        guard let flag = reply.first else { throw .corrupt }
        let head = try Self.head(reply.dropFirst())
        changed(key, head, shard)
        _ = try await repair(head, shard, known: known)
        return flag == UInt8(ascii: "1")
    }

    /// What the near cache remembers of a key is outdated; so it is in other processes, which hear of it.
    private func changed(_ key: CacheKey, _ head: CacheHead, _ shard: CacheShard) {
        near?.apply(
            .changedKey(Array(key.name.utf8)), epoch: head.epoch, sequence: head.sequence, shard: shard.index)
    }

    /// Lets a value be fresh, and live, for longer.
    ///
    /// - Complexity: One round trip.
    func extend(_ key: CacheKey, fresh: Int, total: Int) async throws(CacheError) -> Bool {
        let entry = shard(of: key).entry(key)
        return try await CacheError.asking { () throws(EngineError) in
            try await Scripts.Cache.Extend.call(on: engine, entry: entry, fresh: fresh, ttl: total)
        } == 1
    }

    /// Lays a large entry down where a script finds it: the bytes do not pass through Lua, which copies them several times.
    ///
    /// - Returns: The entry when it is not large; nothing when it waits.
    private func staged(
        _ bytes: [UInt8], _ shard: CacheShard, _ owner: CacheOwner
    ) async throws(CacheError) -> [UInt8] {
        guard bytes.count >= Self.largeEntry else { return bytes }
        let command = RedisCommand(
            "SET", [shard.staging(owner).argument, .bytes(bytes), "PX", .integer(Self.stagingTime)], isRepeatable: true)
        _ = try await CacheError.asking { () throws(EngineError) in try await engine.send(command) }
        return []
    }

    /// How long a large entry waits for the script that puts it in its place, in milliseconds.
    private static let stagingTime = 60_000

    /// Deletes what waits in vain. If that fails it expires.
    private func discard(_ staging: RedisKey) async {
        _ = try? await engine.send(RedisCommand("UNLINK", [staging.argument]))
    }
}
