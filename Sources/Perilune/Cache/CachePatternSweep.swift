import PeriluneCore

/// Deletes, step by step, the values of a region whose keys match a pattern.
///
/// All of an engine's keys are gone through twice: first for the leases, then for the entries. What is being computed when
/// the sweep begins has a lease. Either the first pass ends it, and the value is refused; or the value was stored before,
/// and is there for all of the second pass. In one pass it could become an entry where the pass has already been.
///
/// Which shard a key belongs to is part of the pattern: digits and nothing else, so that no key of another region or kind
/// can match.
package struct CachePatternSweep: Sendable {
    /// About how many keys a step looks at: the server does nothing else for as long as that takes, about 0.2 ms.
    static let keysOfStep = 500
    /// How many deletions are under way at once.
    static let deletionsAtOnce = 64

    private let storage: CacheStorage
    /// What the shards' keys begin with.
    private let places: [[UInt8]: CacheShard]
    private var passes: ArraySlice<String>
    private var scan: ScanSequence<[UInt8]>.Iterator?
    package private(set) var progress = CachePatternProgress()
    /// Told of each deletion.
    private let deleted: @Sendable (CacheKey) -> Void

    /// Creates a sweep that has not begun.
    ///
    /// - Throws: ``CacheError/invalidPattern(_:)``.
    init(
        _ pattern: String, _ storage: CacheStorage, deleted: @escaping @Sendable (CacheKey) -> Void
    ) throws(CacheError) {
        try Self.validate(pattern)
        self.storage = storage
        self.deleted = deleted
        var places: [[UInt8]: CacheShard] = [:]
        for shard in storage.shards {
            places[Array(shard.entries.utf8)] = shard
            places[Array(shard.leasePrefix.utf8)] = shard
        }
        self.places = places
        let namespace = storage.shards[0].entries.prefix { $0 != "{" }
        let shards = (1...String(storage.shards.count - 1).utf8.count).map { digits in
            storage.shards.count == 1 ? "0" : String(repeating: "[0-9]", count: digits)
        }
        passes =
            ["l", "e"].flatMap { kind in
                shards.map { "\(namespace){\(storage.type.name).\($0)}:\(kind):\(pattern)" }
            }[...]
    }

    /// Refuses what would cost a server too much: it compares the pattern with every key, and each `*` again with all of
    /// what is left.
    private static func validate(_ pattern: String) throws(CacheError) {
        guard !pattern.isEmpty else { throw .invalidPattern("the pattern is empty; * is every key") }
        guard pattern.utf8.count <= CacheKey.longest else {
            throw .invalidPattern("the pattern has \(pattern.utf8.count) bytes, and may have \(CacheKey.longest)")
        }
        let stars = pattern.utf8.count { $0 == UInt8(ascii: "*") }
        guard stars <= 16 else { throw .invalidPattern("the pattern has \(stars) asterisks, and may have 16") }
    }

    /// Looks at the next keys, and deletes what matches.
    ///
    /// - Returns: How far the sweep has come; `nil` at its end.
    /// - Throws: ``CacheError``.
    /// - Complexity: One round trip, and one for each ``deletionsAtOnce`` keys that match.
    package mutating func step() async throws(CacheError) -> CachePatternProgress? {
        let storage = storage
        if progress.total == 0 {
            try await storage.checkShards()
            let reply = try await CacheError.asking { () throws(EngineError) in
                try await storage.engine.send(RedisCommand("DBSIZE", isRepeatable: true))
            }
            progress.total = max(1, passes.count * (reply.integer ?? 0))
        }
        if scan == nil {
            guard let pattern = passes.popFirst() else { return nil }
            scan = storage.engine.scan(matching: pattern, count: Self.keysOfStep, as: [UInt8].self).makeAsyncIterator()
        }
        guard var pieces = scan else { return nil }
        let piece: ArraySlice<[UInt8]>?
        do { piece = try await pieces.nextPiece() } catch { throw .engine(error) }
        guard let piece else {
            scan = nil
            if passes.isEmpty { progress.scanned = progress.total }
            return progress
        }
        scan = pieces
        progress.scanned = min(progress.scanned + Self.keysOfStep, progress.total)
        try await delete(Array(Set(piece.compactMap(key))))
        return progress
    }

    /// The key in the name of an entry or a lease; `nil` for what is none of the region's.
    private func key(in name: [UInt8]) -> CacheKey? {
        guard let brace = name.firstIndex(of: UInt8(ascii: "}")), name.count >= brace + 4,
            let shard = places[Array(name[...(brace + 3)])], let key = CacheKey(named: Array(name[(brace + 4)...])),
            storage.shard(of: key).index == shard.index
        else { return nil }
        return key
    }

    private mutating func delete(_ keys: [CacheKey]) async throws(CacheError) {
        var rest = keys[...]
        while !rest.isEmpty {
            let batch = rest.prefix(Self.deletionsAtOnce)
            rest = rest.dropFirst(batch.count)
            let (storage, deleted) = (storage, deleted)
            let results = await withTaskGroup(of: Result<Bool, CacheError>.self) { group in
                for key in batch {
                    group.addTask {
                        do throws(CacheError) {
                            let existed = try await storage.delete(key)
                            deleted(key)
                            return .success(existed)
                        } catch {
                            return .failure(error)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for result in results where try result.get() { progress.deleted += 1 }
        }
    }
}
