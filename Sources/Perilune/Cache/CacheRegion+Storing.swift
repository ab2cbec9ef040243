import PeriluneCore

extension CacheRegion {
    /// Looks for a value, and gets the right to store it when there is none.
    ///
    /// For whoever cannot put the computation into a closure; otherwise see ``value(for:tags:ttl:_:)-(_,_,_,()->Value)``.
    ///
    /// - Parameter tags: Tags that the value may have; see there.
    /// - Returns: A valid value, fresh or within ``CacheType/staleWhileRevalidate``; or a token to store one with; or that
    ///   somebody else has one. A token is good for as long as ``CacheType/leaseTime`` says at most. Give it back with
    ///   ``abandon(_:)`` when nothing comes of it.
    /// - Throws: ``CacheError``.
    /// - Complexity: One round trip for a hit, two for a miss.
    public func lookup(_ key: CacheKey, tags: [CacheTag] = []) async throws(CacheError) -> CacheLookup<Value> {
        try await lookup(key, tags: tags) { entry in
            guard let entry, entry.freshFor + type.staleWhileRevalidate > .zero else { return .compute }
            return .use
        }
    }

    /// Looks for a value that will do, and gets the right to store one when there is none. See ``lookup(_:tags:)``.
    ///
    /// - Parameters:
    ///   - tags: Tags that the value may have; see there.
    ///   - limit: How long to wait, at most, while somebody else computes the value.
    ///   - decide: What to do with the valid value that was found, fresh or stale, or `nil`. Asked again whenever somebody
    ///     may have stored another one.
    /// - Returns: A value that will do; or a token to store one with; or that somebody else has one, or that the caller does
    ///   not want one.
    /// - Throws: ``CacheError``.
    /// - Complexity: One round trip for a hit, two for a miss; two more each time that somebody else is waited for.
    public func lookup(
        _ key: CacheKey, tags: [CacheTag] = [], waitingFor limit: Duration = .zero,
        deciding decide: (CacheEntry<Value>?) -> CacheLookupDecision
    ) async throws(CacheError) -> CacheLookup<Value> {
        try checkTags(tags)
        lazy var owner = CacheOwner()
        let deadline = clock.microseconds.addingReportingOverflow(limit.wholeMicroseconds)
        var watch: Int?
        defer { if let watch { wakeups.end(watch, of: key) } }
        var (waits, changes) = (0, 0)
        while true {
            let reading = try await storage.read(key, tags: tags)
            var found: (stored: StoredEntry, entry: CacheEntry<Value>)?
            if let stored = reading.entry, let value = decode(stored) {
                found = (stored, entry(reading, stored, value))
            }
            switch decide(found?.entry) {
            case .use:
                guard let found else { break }
                count(reading, found.stored)
                return .hit(found.entry)
            case .leave: break
            case .compute:
                // What becomes of the value matters from here on: before somebody else is asked for the lease.
                if watch == nil, limit > .zero { watch = wakeups.watch(key) }
                switch try await storage.lease(
                    key, owner: owner, seen: reading.seen, time: type.leaseTime.upperBound)
                {
                case .granted(let stamp, _):
                    storage.counters.count(.miss)
                    return .miss(CacheToken(key: key, owner: owner, stamp: stamp))
                case .taken(_, let milliseconds):
                    let now = clock.microseconds
                    guard let watch, !Task.isCancelled, deadline.overflow || now < deadline.partialValue else {
                        storage.counters.count(.miss)
                        return .busy(.milliseconds(milliseconds))
                    }
                    if waits == 0 { storage.counters.count(.wait) }
                    let end = now + Int64(milliseconds) * 1_000
                    await wakeups.wait(
                        watch, for: key, until: deadline.overflow ? end : min(end, deadline.partialValue), tries: waits)
                    waits += 1
                case .changed:
                    changes += 1
                    // Whoever changes it all the time computes it, too.
                    if changes == Self.mostTries {
                        storage.counters.count(.miss)
                        return .busy(.milliseconds(1))
                    }
                }
                continue
            }
            storage.counters.count(.miss)
            return .busy(.zero)
        }
    }

    /// Stores a value that was computed with a token.
    ///
    /// - Returns: Whether it is stored, and if not, why.
    /// - Throws: ``CacheError``.
    /// - Complexity: One round trip; two for entries of 8 kB and more.
    @discardableResult
    public func store(
        _ value: Value, with token: CacheToken, tags: [CacheTag] = [], ttl: Duration? = nil
    ) async throws(CacheError) -> CacheStoreOutcome {
        let entry = try entry(value, tags: tags, ttl: ttl, stamp: token.stamp, computed: 0)
        switch try await storage.store(entry, for: token.key, owner: token.owner) {
        case .success: return .stored
        case .failure(let refusal):
            storage.counters.count(.refusedSet)
            return .refused(refusal)
        }
    }

    /// Gives a token back: somebody else may compute the value.
    ///
    /// - Complexity: One round trip.
    public func abandon(_ token: CacheToken) async throws(CacheError) {
        try await storage.release(token.key, owner: token.owner)
    }

    /// Sets a value: from now on it is the truth, and what is being computed for the key is refused.
    ///
    /// - Throws: ``CacheError``.
    /// - Complexity: One round trip; two for entries of 8 kB and more.
    public func set(
        _ value: Value, for key: CacheKey, tags: [CacheTag] = [], ttl: Duration? = nil
    ) async throws(CacheError) {
        let entry = try entry(value, tags: tags, ttl: ttl, stamp: nil, computed: 0)
        try await storage.put(entry, for: key)
        flights.detach(key)
    }

    /// Sets several values. See ``set(_:for:tags:ttl:)``.
    ///
    /// - Throws: ``CacheError``, the first that there was; the other values may be set.
    /// - Complexity: As many scripts as values, sent together.
    public func set(
        _ values: [CacheKey: Value], tags: [CacheTag] = [], ttl: Duration? = nil
    ) async throws(CacheError) {
        try await all(values) { item throws(CacheError) in
            try await self.set(item.value, for: item.key, tags: tags, ttl: ttl)
        }
    }

    /// Deletes a value; what is being computed for the key is refused.
    ///
    /// - Returns: Whether one was stored, valid or not.
    /// - Throws: ``CacheError``.
    /// - Complexity: One round trip.
    @discardableResult
    public func delete(_ key: CacheKey) async throws(CacheError) -> Bool {
        let existed = try await storage.delete(key)
        flights.detach(key)
        return existed
    }

    /// Deletes several values. See ``delete(_:)``.
    ///
    /// - Returns: How many were stored.
    /// - Throws: ``CacheError``, the first that there was; other values may be deleted.
    /// - Complexity: As many scripts as keys, sent together.
    @discardableResult
    public func delete(_ keys: [CacheKey]) async throws(CacheError) -> Int {
        let count = Locked(0)
        try await all(keys) { key throws(CacheError) in
            if try await self.delete(key) { count.withLock { $0 += 1 } }
        }
        return count.withLock { $0 }
    }

    /// Lets a value be fresh for a time counted from now, as if it had just been stored. A value that was invalidated stays
    /// so; near caches keep what they know.
    ///
    /// - Parameter ttl: `nil` for ``CacheType/ttl``.
    /// - Returns: Whether one was stored.
    /// - Throws: ``CacheError``.
    /// - Complexity: One round trip.
    @discardableResult
    public func extend(_ key: CacheKey, ttl: Duration? = nil) async throws(CacheError) -> Bool {
        let ttl = ttl ?? type.ttl
        try Self.check(time: ttl)
        let fresh = ttl.millisecondsRoundedUp
        return try await storage.extend(key, fresh: fresh, total: fresh + type.staleTime)
    }

    /// Does something with each of several items at the same time, up to 64 of them.
    private func all<Item: Sendable>(
        _ items: some Collection<Item>, _ body: @escaping @Sendable (Item) async throws(CacheError) -> Void
    ) async throws(CacheError) {
        let failure = await withTaskGroup(of: CacheError?.self) { group in
            var failure: CacheError?
            for (index, item) in items.enumerated() {
                if index >= 64, let result = await group.next(), let error = result { failure = failure ?? error }
                group.addTask {
                    do throws(CacheError) {
                        try await body(item)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            for await case let error? in group { failure = failure ?? error }
            return failure
        }
        if let failure { throw failure }
    }
}
