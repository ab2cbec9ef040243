import PeriluneCore

/// What one read of a key found.
struct CacheReading: Sendable {
    enum Finding: Sendable {
        /// A valid entry.
        case entry(StoredEntry)
        /// Nothing, or what is none.
        case absent
        /// An entry that was invalidated, or is of another life of the shard.
        case invalid
    }

    var finding: Finding
    /// What the shard said; `nil` when it had no head.
    var head: CacheHead?
    /// The first bytes of what was stored, valid or not; empty when nothing was.
    var seen: [UInt8]
    /// As of when the entry is known to have been there: a moment before it was asked for. `nil` when this process knows
    /// of none.
    var moment: CacheMoment?
    /// How long ago the entry was written, in milliseconds by the server's clock.
    var age = 0

    var entry: StoredEntry? {
        if case .entry(let entry) = finding { entry } else { nil }
    }

    /// Whether the entry is valid and no older than its type wants it.
    var isFresh: Bool {
        if let entry { age < entry.fresh } else { false }
    }

    /// How long the entry is fresh from now on, in milliseconds; negative when it no longer is.
    var freshFor: Int { (entry?.fresh ?? 0) - age }

    /// How long the entry lives from now on, in milliseconds.
    var livesFor: Int { (entry?.total ?? 0) - age }
}

extension CacheStorage {
    /// Reads a key.
    ///
    /// - Parameter tags: Tags that the entry may have: those of others cost another round trip when something was
    ///   invalidated since the entry was written.
    /// - Complexity: One round trip; see `tags`.
    func read(_ key: CacheKey, tags: [CacheTag]) async throws(CacheError) -> CacheReading {
        let shard = shard(of: key)
        try await ready(shard)
        let known = heads.head(of: shard)
        let replies = try await CacheError.asking { () throws(EngineError) in
            try await engine.pipeline(readCommands(key, shard, tags))
        }
        var lost: Set<Int> = []
        return try await finish(replies[...], key, shard, tags, known: known, lost: &lost)
    }

    /// Reads several keys.
    ///
    /// - Complexity: One round trip, and another for each entry with tags of its own; see ``read(_:tags:)``.
    func read(_ keys: [CacheKey], tags: [CacheTag]) async throws(CacheError) -> [CacheReading] {
        for index in Set(keys.map { shard(of: $0).index }) { try await ready(shards[index]) }
        let known = heads.all
        let commands = keys.flatMap { readCommands($0, shard(of: $0), tags) }
        let replies = try await CacheError.asking { () throws(EngineError) in try await engine.pipeline(commands) }
        var readings: [CacheReading] = []
        var lost: Set<Int> = []
        readings.reserveCapacity(keys.count)
        for (index, key) in keys.enumerated() {
            let shard = shard(of: key)
            readings.append(
                try await finish(
                    replies.dropFirst(3 * index).prefix(3), key, shard, tags, known: known[shard.index],
                    lost: &lost))
        }
        return readings
    }

    /// The life that is left comes first: when the entry is replaced in between, it seems older than it is, not younger.
    private func readCommands(_ key: CacheKey, _ shard: CacheShard, _ tags: [CacheTag]) -> [RedisCommand] {
        let entry = shard.entry(key).argument
        return [
            RedisCommand("PTTL", [entry], isRepeatable: true),
            RedisCommand("GET", [entry], isRepeatable: true),
            Self.headCommand(shard, tags),
        ]
    }

    static func headCommand(_ shard: CacheShard, _ tags: [CacheTag]) -> RedisCommand {
        RedisCommand(
            "HMGET", [shard.control.argument, "h"] + tags.map { .bytes($0.field) }, isRepeatable: true)
    }

    private func finish(
        _ replies: ArraySlice<RedisReply>, _ key: CacheKey, _ shard: CacheShard, _ tags: [CacheTag],
        known: CacheHead?, lost: inout Set<Int>
    ) async throws(CacheError) -> CacheReading {
        let replies = Array(replies)
        guard replies.count == 3 else { throw .corrupt }
        var (head, fields) = try Self.head(replies[2], tags: tags)
        if !lost.contains(shard.index) {
            if try await repair(head, shard, known: known) {
                lost.insert(shard.index)
            } else if head == nil, replies[2].array?.first?.bytes != nil {
                // What is there is no head, and scripts that look less closely may go on with it.
                try await giveUp(shard)
                lost.insert(shard.index)
            }
        }
        let isLost = lost.contains(shard.index)
        // What it says is not to be compared with what others know.
        if isLost { head = nil }
        // A key of another type is none of ours; what is written there next replaces it.
        guard let bytes = replies[1].bytes else {
            if case .error(let error) = replies[1], error.kind != .wrongType { throw .engine(EngineError(error)) }
            return CacheReading(finding: .absent, head: head, seen: [])
        }
        let seen = Array(bytes.prefix(StoredEntry.headLength))
        if isLost { return CacheReading(finding: .invalid, head: head, seen: seen) }
        if case .error(let error) = replies[0] { throw .engine(EngineError(error)) }
        guard let entry = StoredEntry(bytes), entry.schema == type.schema, let left = replies[0].integer else {
            counters.count(.undecodable)
            return CacheReading(finding: .absent, head: head, seen: seen)
        }
        guard let first = head else { return CacheReading(finding: .invalid, head: nil, seen: seen) }
        var isValid = entry.isValid(first, known: tags) { fields[$0] }
        if isValid == nil {
            // All of them once more, so that what is known of them is as of one moment.
            let reply = try await CacheError.asking { () throws(EngineError) in
                try await engine.send(Self.headCommand(shard, entry.tags))
            }
            (head, fields) = try Self.head(reply, tags: entry.tags)
            if try await repair(head, shard, known: first) {
                return CacheReading(finding: .invalid, head: nil, seen: seen)
            }
            isValid = head.flatMap { entry.isValid($0, known: entry.tags) { fields[$0] } }
        }
        guard isValid == true else { return CacheReading(finding: .invalid, head: head, seen: seen) }
        // Without a life there is no telling how old it is: as old as it can be.
        let age = left < 0 ? entry.total : max(0, entry.total - left)
        return CacheReading(
            finding: .entry(entry), head: head, seen: seen, moment: known.map(CacheMoment.init), age: age)
    }

    /// Reads a shard's head and the sequences of tags.
    static func head(
        _ reply: RedisReply, tags: [CacheTag]
    ) throws(CacheError) -> (CacheHead?, [CacheTag: UInt64]) {
        if case .error(let error) = reply { throw .engine(EngineError(error)) }
        guard let values = reply.array, values.count == 1 + tags.count else { throw .corrupt }
        var fields: [CacheTag: UInt64] = [:]
        for (tag, value) in zip(tags, values.dropFirst()) {
            guard let bytes = value.bytes else { continue }
            // What is no sequence may have been any: nothing is older than it.
            fields[tag] = CacheHead.sequence(bytes) ?? .max
        }
        return (values[0].bytes.flatMap { CacheHead($0) }, fields)
    }
}
