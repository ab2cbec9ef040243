import Logging
import PeriluneCore

/// What came of a computation.
enum FlightOutcome<Value: Sendable>: Sendable {
    /// A value, and as of when it is known to be right; `nil` when nobody could tell.
    case found(CacheRegion<Value>.Found, CacheMoment?)
    /// The computation failed.
    case failed(any Error)
    /// Somebody else computes it, and nobody waits for it here.
    case notNeeded
}

extension CacheRegion {
    /// Finds a value out, for all who wait for it in this process: by computing it, or from the process that does.
    func fly(_ plan: Plan, _ reading: CacheReading?, isRefresh: Bool) async -> FlightOutcome<Value> {
        // Without an engine nobody can tell more than that it is no older than what this process has seen.
        let takeoff = storage.heads.head(of: storage.shard(of: plan.key)).map(CacheMoment.init)
        guard var reading else { return await compute(plan, as: takeoff, previous: nil) }
        let watch = wakeups.watch(plan.key)
        defer { wakeups.end(watch, of: plan.key) }
        let owner = CacheOwner()
        let deadline = clock.microseconds + type.waitLimit.wholeMicroseconds
        var (tries, changes) = (0, 0)
        do throws(CacheError) {
            while true {
                switch try await storage.lease(plan.key, owner: owner, seen: reading.seen, time: leaseTime) {
                case .granted(let stamp, let moment):
                    return await lead(plan, owner, stamp, moment, previous: reading)
                case .taken(let moment, let milliseconds):
                    if isRefresh { return .notNeeded }
                    let now = clock.microseconds
                    if now >= deadline { return await compute(plan, as: moment, previous: reading.entry) }
                    if tries == 0 { storage.counters.count(.wait) }
                    await wakeups.wait(
                        watch, for: plan.key, until: min(deadline, now + Int64(milliseconds) * 1_000), tries: tries)
                    if Task.isCancelled { return .failed(CancellationError()) }
                    tries += 1
                case .changed:
                    if isRefresh { return .notNeeded }
                    changes += 1
                    // Whoever changes it all the time keeps nobody from computing it.
                    if changes == Self.mostTries {
                        return await compute(plan, as: takeoff, previous: reading.entry)
                    }
                }
                reading = try await storage.read(plan.key, tags: plan.tags)
                if reading.isFresh, let entry = reading.entry, let found = decode(entry) {
                    return .found(found, reading.moment)
                }
            }
        } catch {
            guard case .engine(let failure) = error else { return .failed(error) }
            if Task.isCancelled {
                // Nobody waits any more. The server may have granted the lease all the same.
                await giveBack(plan.key, owner)
                return .failed(CancellationError())
            }
            storage.note(failure)
            return await compute(plan, as: takeoff, previous: reading.entry)
        }
    }

    /// Three times what computing took lately, within bounds.
    var leaseTime: Duration {
        let lately = Duration.microseconds(Int64(min(computeTime.withLock { $0 } * 3, 1e12)))
        return min(max(lately, type.leaseTime.lowerBound), type.leaseTime.upperBound)
    }

    /// Computes a value that is not stored.
    private func compute(_ plan: Plan, as moment: CacheMoment?, previous: StoredEntry?) async -> FlightOutcome<Value> {
        let computation = CacheComputation(tags: plan.tags, ttl: plan.ttl, isRefresh: previous != nil)
        do {
            return .found(try await timed(plan, computation).found, moment)
        } catch {
            return .failed(error)
        }
    }

    /// Computes a value, and measures how long it takes.
    func timed(
        _ plan: Plan, _ computation: CacheComputation
    ) async throws -> (found: Found, microseconds: Int64) {
        let start = clock.microseconds
        do {
            let found = try await plan.compute(computation)
            let time = max(0, clock.microseconds - start)
            storage.counters.computed(in: .microseconds(time))
            computeTime.withLock { $0 = $0 == 0 ? Double(time) : 0.8 * $0 + 0.2 * Double(time) }
            return (found, time)
        } catch {
            if !Task.isCancelled { storage.counters.count(.originFailure) }
            throw error
        }
    }

    /// Computes a value under a lease, and stores it.
    func lead(
        _ plan: Plan, _ owner: CacheOwner, _ stamp: CacheStamp, _ moment: CacheMoment, previous: CacheReading
    ) async -> FlightOutcome<Value> {
        let computation = CacheComputation(tags: plan.tags, ttl: plan.ttl, isRefresh: previous.entry != nil)
        let renewer = Task { [weak self] in await self?.keepLease(plan.key, owner) }
        defer { renewer.cancel() }
        let found: Found
        let microseconds: Int64
        do {
            (found, microseconds) = try await timed(plan, computation)
        } catch {
            await giveBack(plan.key, owner)
            return .failed(error)
        }
        let wishes = computation.wishes
        guard wishes.isStored else {
            await giveBack(plan.key, owner)
            return .found(found, moment)
        }
        do throws(CacheError) {
            let ttl = if case .nothing = found { plan.negativeTTL } else { wishes.ttl }
            let entry = try entry(
                found.value, tags: wishes.tags, ttl: ttl, stamp: stamp, computed: Int(microseconds / 1_000))
            countRefresh(entry, previous)
            let key = plan.key
            let outcome = try await evenIfCancelled { storage throws(CacheError) in
                try await storage.store(entry, for: key, owner: owner)
            }
            switch outcome {
            case .success(let moment):
                plan.onStore?(.success(.stored))
                return .found(found, moment)
            case .failure(let refusal):
                plan.onStore?(.success(.refused(refusal)))
                storage.counters.count(.refusedSet)
                if refusal != .leaseLost { await giveBack(plan.key, owner) }
                return .found(found, moment)
            }
        } catch {
            plan.onStore?(.failure(error))
            var failure: EngineError?
            if case .engine(let error) = error { failure = error }
            if let failure {
                storage.note(failure)
            } else {
                storage.logger.warning(
                    "A computed value cannot be kept.",
                    metadata: ["cache": "\(type.name)", "error": "\(error)"])
            }
            // A server that answers refuses this value, and not necessarily another's.
            if failure == nil || failure?.serverError != nil { await giveBack(plan.key, owner) }
            return .found(found, moment)
        }
    }

    /// Keeps a lease for as long as others may want to wait for the value, until the task is cancelled.
    private func keepLease(_ key: CacheKey, _ owner: CacheOwner) async {
        let time = leaseTime
        let longest = max(type.waitLimit, type.hardTimeout ?? .zero)
        let end = clock.microseconds + longest.wholeMicroseconds
        // Half of its time is for the renewal to get through.
        var pause = time.wholeMicroseconds / 2
        while clock.microseconds < end {
            do { try await clock.sleep(until: clock.microseconds + pause) } catch { return }
            do throws(CacheError) {
                guard try await storage.renew(key, owner: owner, time: time) else { return }
                pause = time.wholeMicroseconds / 2
            } catch {
                // It is tried again while there may be a lease.
                pause = time.wholeMicroseconds / 8
            }
        }
    }

    /// Gives a lease back. If that fails it runs out.
    private func giveBack(_ key: CacheKey, _ owner: CacheOwner) async {
        do throws(CacheError) {
            try await evenIfCancelled { storage throws(CacheError) in try await storage.release(key, owner: owner) }
        } catch {
            if case .engine(let failure) = error { storage.note(failure) }
        }
    }

    /// Makes a call on which others wait, and once more in a task that nobody cancels if the flight is cancelled.
    private func evenIfCancelled<Reply: Sendable>(
        _ call: @escaping @Sendable (CacheStorage) async throws(CacheError) -> Reply
    ) async throws(CacheError) -> Reply {
        do throws(CacheError) {
            return try await call(storage)
        } catch {
            guard case .engine = error, Task.isCancelled else { throw error }
        }
        let result = await Task { [storage] () -> Result<Reply, CacheError> in
            do throws(CacheError) {
                return .success(try await call(storage))
            } catch {
                return .failure(error)
            }
        }.value
        return try result.get()
    }

    /// Counts whether a value that replaces another is another.
    private func countRefresh(_ entry: StoredEntry, _ previous: CacheReading) {
        guard let old = previous.entry else { return }
        let isSame = old.flags == entry.flags && old.payload == entry.payload
        storage.counters.refreshed(age: .milliseconds(previous.age), isUnchanged: isSame)
    }
}
