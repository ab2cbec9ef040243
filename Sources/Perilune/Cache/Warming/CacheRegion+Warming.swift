import PeriluneCore

extension CacheRegion {
    /// The most items of a warming that are under way at once.
    private static var mostAtOnce: Int { 256 }

    /// Loads values before anybody asks for them.
    ///
    /// ```swift
    /// try await outbreaks.warm(ids.map { "outbreak:\($0)" }, concurrency: 8) { key, _ in
    ///     try await database.outbreak(key)
    /// }
    /// ```
    ///
    /// Values that are fresh stay and are not loaded. So a warming that was interrupted is done again, and goes on where it
    /// was. It takes the same leases as every computation: what somebody else computes is not loaded here, who asks for
    /// what is being loaded waits for it, and an invalidation meanwhile lets the value be refused.
    ///
    /// When the task is cancelled, or `progress` throws, what is being loaded is cancelled, and its leases are given back.
    ///
    /// - Parameters:
    ///   - keys: The keys.
    ///   - concurrency: How many values are loaded at once, from 1 to 256.
    ///   - tags: The tags of all the values; see ``CacheComputation/tag(_:)-([CacheTag])`` for those of one.
    ///   - ttl: How long the values are fresh; `nil` for ``CacheType/ttl``.
    ///   - force: Whether fresh values are loaded as well.
    ///   - load: Finds a value out; `nil` when there is none, which is remembered for ``CacheType/negativeTTL``.
    ///   - progress: Called after each key, one at a time. The next keys wait for it.
    /// - Returns: What became of the keys.
    /// - Throws: ``CacheError`` when the engine fails or the region is divided otherwise; what `progress` throws;
    ///   `CancellationError`. A value that cannot be loaded or stored is counted, and stops none of the others.
    /// - Complexity: One round trip for a fresh value, three for one that is loaded.
    @discardableResult
    public func warm(
        _ keys: [CacheKey], concurrency: Int = 8, tags: [CacheTag] = [], ttl: Duration? = nil, force: Bool = false,
        load: @escaping @Sendable (CacheKey, CacheComputation) async throws -> Value?,
        progress: (CacheWarmingStep) async throws -> Void = { _ in }
    ) async throws -> CacheWarmingProgress {
        try await warm(
            keys.map { CacheWarmingItem($0, tags: tags, ttl: ttl) }, concurrency: concurrency, force: force, load: load,
            progress: progress)
    }

    /// Puts values into the region before anybody asks for them: those that are given as they are, the others as
    /// ``warm(_:concurrency:tags:ttl:force:load:progress:)`` loads them.
    ///
    /// A value that is given is set, as by ``set(_:for:tags:ttl:)``, whatever there was.
    @discardableResult
    public func warm(
        _ items: [CacheWarmingItem<Value>], concurrency: Int = 8, force: Bool = false,
        load: @escaping @Sendable (CacheKey, CacheComputation) async throws -> Value?,
        progress: (CacheWarmingStep) async throws -> Void = { _ in }
    ) async throws -> CacheWarmingProgress {
        try Task.checkCancellation()
        try await storage.checkShards()
        return try await withThrowingTaskGroup(of: (Int, CacheWarmingOutcome).self) { group in
            var made = CacheWarmingProgress(total: items.count)
            var next = 0
            let atOnce = min(max(concurrency, 1), Self.mostAtOnce)
            while made.done < items.count {
                while next < items.count, next - made.done < atOnce {
                    let (index, item) = (next, items[next])
                    group.addTask { (index, try await self.warm(item, force: force, load)) }
                    next += 1
                }
                guard let (index, outcome) = try await group.next() else { break }
                made.count(outcome, of: index)
                try await progress(
                    CacheWarmingStep(key: items[index].key, index: index, outcome: outcome, progress: made))
            }
            return made
        }
    }

    /// Warms one item.
    ///
    /// - Throws: ``CacheError`` for what is no better with the next item; `CancellationError`.
    private func warm(
        _ item: CacheWarmingItem<Value>, force: Bool,
        _ load: @escaping @Sendable (CacheKey, CacheComputation) async throws -> Value?
    ) async throws -> CacheWarmingOutcome {
        try Task.checkCancellation()
        do throws(CacheError) {
            try checkTags(item.tags)
            if let ttl = item.ttl { try Self.check(time: ttl) }
            if let value = item.value {
                try await set(value, for: item.key, tags: item.tags, ttl: item.ttl)
                return .stored
            }
            let outcome = try await loaded(item, force: force, load)
            // What a loader throws when it is cancelled is no reason of its own.
            if case .failed = outcome, Task.isCancelled {
                throw CacheError.engine(EngineError(.cancelled, "cancelled"))
            }
            return outcome
        } catch {
            try Task.checkCancellation()
            guard error.isOfOneValue else { throw error }
            return .failed(error)
        }
    }

    /// Loads a value, unless it is fresh or somebody else does.
    private func loaded(
        _ item: CacheWarmingItem<Value>, force: Bool,
        _ load: @escaping @Sendable (CacheKey, CacheComputation) async throws -> Value?
    ) async throws(CacheError) -> CacheWarmingOutcome {
        let reading = try await storage.read(item.key, tags: item.tags)
        if !force, reading.isFresh, let entry = reading.entry, decode(entry) != nil { return .fresh }
        let owner = CacheOwner()
        guard
            case .granted(let stamp, let moment) = try await storage.lease(
                item.key, owner: owner, seen: reading.seen, time: leaseTime)
        else { return .elsewhere }
        let stored = Locked<Result<CacheStoreOutcome, CacheError>?>(nil)
        var plan = Plan(key: item.key, tags: item.tags, ttl: item.ttl, negativeTTL: nil, wantsValue: false) {
            try await load(item.key, $0).map { .value($0) } ?? .nothing
        }
        plan.onStore = { result in stored.withLock { $0 = result } }
        switch (await lead(plan, owner, stamp, moment, previous: reading), stored.withLock { $0 }) {
        case (.failed(let error), _): return .failed(error)
        case (.found(.value, _), .success(.stored)): return .stored
        case (.found(.nothing, _), .success(.stored)): return .absent
        case (_, .success(.refused(let refusal))): return .refused(refusal)
        case (_, .failure(let error)): throw error
        case (_, .success(.stored)), (_, nil): return .notStored
        }
    }
}

extension CacheError {
    /// Whether it is about one value, so that another may do better.
    fileprivate var isOfOneValue: Bool {
        switch self {
        case .tooManyTags, .noTags, .tagsTooLong, .tooLarge, .coding, .timeOutOfRange, .invalidPattern: true
        case .engine, .unacknowledged, .notReplicated, .timedOut, .shardsDiffer, .corrupt: false
        }
    }
}
