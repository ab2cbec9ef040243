import PeriluneCore

extension CacheStorage {
    /// From how many fields on a control hash is looked through, so that small ones are left alone.
    static let prunedFields = 1_000
    /// How many fields are looked at in one step.
    private static let step = 100
    /// How long one process has the looking through to itself, in milliseconds.
    private static let turn = 50_000
    /// How far the clock of a primary may be behind that of the one before it, in microseconds.
    private static let margin: UInt64 = 60_000_000

    /// Forgets tags whose last invalidation is older than every value can be, unless another process has just done so.
    ///
    /// - Returns: How many tags were forgotten.
    /// - Complexity: Two round trips for each shard, and two for each 100 tags in shards with more than 1000.
    @discardableResult
    func prune() async throws(CacheError) -> Int {
        let count = Locked(0)
        try await inEachShard { shard throws(CacheError) in
            let forgotten = try await self.pruneInTurn(shard)
            count.withLock { $0 += forgotten }
        }
        return count.withLock { $0 }
    }

    /// Looks through one shard, if there is something to be gained and nobody else has just done so.
    private func pruneInTurn(_ shard: CacheShard) async throws(CacheError) -> Int {
        // Of the node that has the key, whose clock the sequences follow.
        let replies = try await CacheError.asking { () throws(EngineError) in
            try await engine.together([RedisCommand("TIME"), RedisCommand("HLEN", [shard.control.argument])])
        }
        guard replies.count == 2, let fields = replies[1].integer, fields > Self.prunedFields else { return 0 }
        let limit = try pruningLimit(replies[0])
        let lease = RedisCommand("SET", [shard.pruning.argument, "1", "NX", "PX", .integer(Self.turn)])
        do throws(EngineError) {
            if try await engine.send(lease).isNull { return 0 }
        } catch {
            // Then more than one at a time may do it, which is better than nobody.
            guard error.serverError?.kind == .outOfMemory else { throw .engine(error) }
        }
        return try await prune(shard, before: limit)
    }

    private func prune(_ shard: CacheShard, before limit: UInt64) async throws(CacheError) -> Int {
        var (count, cursor) = (0, "0")
        repeat {
            let reply = try await CacheError.asking { () throws(EngineError) in
                try await engine.send(
                    RedisCommand(
                        "HSCAN", [shard.control.argument, .string(cursor), "COUNT", .integer(Self.step)],
                        isRepeatable: true))
            }
            guard let parts = reply.array, parts.count == 2, let next = parts[0].string, let items = parts[1].array
            else { throw .corrupt }
            cursor = next
            var old: [[UInt8]] = []
            for index in stride(from: 0, to: items.count - 1, by: 2) {
                guard let field = items[index].bytes, field.first == UInt8(ascii: "t"),
                    let sequence = items[index + 1].bytes.flatMap({ CacheHead.sequence($0) }), sequence <= limit
                else { continue }
                old.append(field)
            }
            for start in stride(from: 0, to: old.count, by: 1_000) {
                count += try await prune(shard, fields: Array(old[start...].prefix(1_000)), before: limit)
            }
        } while cursor != "0"
        return count
    }

    /// The sequence before which nothing was invalidated that matters to a value of the type's time to live. Values that
    /// live longer are misses from then on, and never wrong.
    ///
    /// - Parameter time: The reply to `TIME`.
    private func pruningLimit(_ time: RedisReply) throws(CacheError) -> UInt64 {
        let parts = (time.array ?? []).compactMap(\.string).compactMap(UInt64.init)
        guard parts.count == 2, parts[0] < 1 << 40, parts[1] < 1_000_000 else { throw .corrupt }
        let now = parts[0] * 1_000_000 + parts[1]
        let ttl = max(type.ttl, type.negativeTTL ?? type.ttl)
        let longest = Duration.milliseconds(ttl.millisecondsRoundedUp * 3 / 2 + type.staleTime)
        let age = UInt64(longest.wholeMicroseconds) + UInt64(type.waitLimit.wholeMicroseconds) + Self.margin
        return now > age ? now - age : 0
    }
}

extension ScriptEngine {
    /// Asks one node several things, as a transaction. A server whose memory is full takes none: then one by one, and in a
    /// cluster what concerns no key may be told by another node.
    func together(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
        do throws(EngineError) {
            return try await transaction(commands)
        } catch {
            guard error.serverError?.kind == .outOfMemory else { throw error }
            return try await pipeline(commands)
        }
    }
}
