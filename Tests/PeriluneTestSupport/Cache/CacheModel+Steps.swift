import Perilune
import PeriluneCore

extension CacheModel {
    /// Takes a step.
    ///
    /// - Returns: What is wrong, or `nil`.
    mutating func take(_ step: CacheStep) async throws -> String? {
        heads = try await storedHeads()
        let complaint = try await attempt(step)
        let after = try await storedHeads()
        for (process, shard) in told {
            seen[process][shard] = after[shard] ?? seen[process][shard]
        }
        told = []
        return complaint
    }

    private mutating func attempt(_ step: CacheStep) async throws -> String? {
        let time = oracle.tick()
        // On a server an invalidation takes longer than a microsecond: sequences do not run ahead of the clock.
        surroundings.advance?(100)
        let now = now
        expected = expected.filter { $0.value.deadline > now }
        for index in computations.indices where computations[index].deadline <= now {
            computations[index].mayBeOver = true
        }
        switch step {
        case .read(let process, let key, let tags): return try await read(process, key, tags)
        case .miss(let process, let key, let tags): return try await miss(process, key, tags)
        case .store(let number, let tags, let isLarge): return try await store(number, tags, isLarge)
        case .abandon(let number):
            guard let computation = takeComputation(number) else { return nil }
            try await regions[0].abandon(computation.token)
        case .die(let number): _ = takeComputation(number)
        case .put(let process, let key, let tags): try await put(process, key, tags)
        case .delete(let process, let key):
            try await regions[process].delete(keys[key])
            changeKey(process, key)
        case .invalidate(let process, let tags):
            guard !tags.isEmpty else { return nil }
            try await regions[process].invalidate(tags: tags.tags)
            invalidated(process, .anyOf(tags))
        case .invalidateAll(let process, let tags):
            guard tags.single.count > 1 else { return nil }
            try await regions[process].invalidate(allOf: tags.tags)
            invalidated(process, .allOf(tags))
        case .clear(let process):
            try await regions[process].clear()
            invalidated(process, .everything)
        case .extend(let process, let key, let seconds):
            let isThere = try await regions[process].extend(keys[key], ttl: .seconds(seconds))
            if let number = expectedNumber(key), !isThere { return "value \(number) not extended" }
            let deadline = self.now + Int64(seconds) * 1_000_000 + stale
            expected[key]?.deadline = deadline
        case .prune(let process, let seconds):
            if try await surroundings.prune(regions[process], seconds) > 0 {
                expected = [:]
                lastLoss = time
            }
        case .wait(let milliseconds): surroundings.advance?(Int64(milliseconds) * 1_000)
        case .setBack(let milliseconds):
            clockWasSetBack = true
            surroundings.advance?(Int64(milliseconds) * -1_000)
        default: try await befall(step)
        }
        return nil
    }

    // MARK: Processes

    private mutating func read(_ process: Int, _ key: Int, _ tags: CacheTagSet) async throws -> String? {
        let entry = try await regions[process].entry(for: keys[key], tags: tags.tags)
        observe(shard(of: key), by: process)
        return check(entry, key)
    }

    private mutating func miss(_ process: Int, _ key: Int, _ tags: CacheTagSet) async throws -> String? {
        let found = try await regions[process].lookup(keys[key], tags: tags.tags)
        let shard = shard(of: key)
        observe(shard, by: process)
        switch found {
        case .hit(let entry): return check(entry, key)
        case .miss(let token):
            let number = oracle.make(key: key, tags: [])
            let deadline = now + surroundings.type.leaseTime.upperBound.wholeMicroseconds
            leases[key] = deadline
            computations.append(Computation(token: token, number: number, deadline: deadline))
        case .busy:
            guard now < leases[key] ?? 0 else { return "nobody has the lease" }
        }
        return check(nil, key)
    }

    private mutating func check(_ entry: CacheEntry<String>?, _ key: Int) -> String? {
        guard let entry else {
            tally.misses += 1
            return expectedNumber(key).map { "value \($0) not found" }
        }
        tally.hits += 1
        guard let text = entry.value else { return "no value in the entry" }
        if let complaint = oracle.complaint(about: text, for: key, oracle.demands) { return complaint }
        guard let number = CacheOracle.number(of: text) else { return "foreign: \(text)" }
        guard entry.tags == oracle.values[number].tags.tags else { return "value \(number) with tags \(entry.tags)" }
        if let wanted = expectedNumber(key), wanted != number { return "value \(number) instead of \(wanted)" }
        return nil
    }

    private mutating func takeComputation(_ number: Int) -> Computation? {
        computations.isEmpty ? nil : computations.remove(at: number % computations.count)
    }

    private mutating func store(_ number: Int, _ tags: CacheTagSet, _ isLarge: Bool) async throws -> String? {
        guard let computation = takeComputation(number) else { return nil }
        oracle.change(computation.number, tags: tags)
        let value = oracle.values[computation.number]
        let text = CacheOracle.text(of: computation.number, padding: isLarge ? 20_000 : 0)
        let outcome = try await regions[number % regions.count].store(text, with: computation.token, tags: tags.tags)
        switch outcome {
        case .stored:
            tally.stored += 1
            leases[value.key] = nil
            let lastRule = tags.single.compactMap { self.lastRule[$0] }.max() ?? 0
            if lastRule < value.born, lastLoss < value.born {
                expected[value.key] = Expected(number: computation.number, deadline: now + ttl + stale)
            } else {
                expected[value.key] = nil
            }
            return nil
        case .refused(let reason):
            tally.refused += 1
            if reason != .leaseLost { try await regions[0].abandon(computation.token) }
            return check(reason, computation, value)
        }
    }

    /// Whether there is a reason not to store a value.
    private func check(
        _ reason: CacheStoreOutcome.Refusal, _ computation: Computation, _ value: CacheOracle.Value
    ) -> String? {
        let isRight =
            switch reason {
            case .leaseLost: computation.mayBeOver || max(lastTaking[value.key] ?? 0, lastFlush) > value.born
            case .flushed: lastFlush > value.born
            case .invalidated:
                max(oracle.demands.lastChange(of: value), lastLoss) > value.born
                    || value.tags.single.contains { lastRule[$0] ?? 0 > value.born }
            case .evicted: false
            }
        return isRight ? nil : "value \(computation.number) of \(value.born) refused: \(reason)"
    }

    private mutating func put(_ process: Int, _ key: Int, _ tags: CacheTagSet) async throws {
        let number = oracle.make(key: key, tags: tags)
        try await regions[process].set(CacheOracle.text(of: number), for: keys[key], tags: tags.tags)
        let isSettled = settled[shard(of: key)].contains(process)
        changeKey(process, key, at: oracle.values[number].born)
        // Whoever finds out while putting that writes were lost invalidates what it has put, too.
        if isSettled { expected[key] = Expected(number: number, deadline: now + ttl + stale) }
    }

    private mutating func changeKey(_ process: Int, _ key: Int, at time: Int? = nil) {
        let time = time ?? oracle.time
        oracle.demands.add(.key(key), at: time)
        lastTaking[key] = oracle.time
        leases[key] = nil
        expected[key] = nil
        observe(shard(of: key), by: process, isChange: true)
    }

    private mutating func invalidated(_ process: Int, _ change: CacheOracle.Change) {
        oracle.demands.add(change, at: oracle.time)
        acknowledged.append(Acknowledged(process: process, change: change, time: oracle.time, clock: now))
        if case .allOf(let tags) = change, let first = tags.single.first { lastRule[first] = oracle.time }
        let values = oracle.values
        expected = expected.filter { _, expected in
            let value = values[expected.number]
            return switch change {
            case .anyOf(let tags): value.tags.isDisjoint(with: tags)
            // The rule may become an invalidation of its first tag.
            case .allOf(let tags): value.tags.isDisjoint(with: tags.single.first ?? [])
            default: false
            }
        }
        for shard in heads.indices { observe(shard, by: process, isChange: true) }
    }

    // MARK: The engine

    private mutating func befall(_ step: CacheStep) async throws {
        switch step {
        case .evictEntry(let key):
            try await send("DEL", [name(shard(of: key), "e:k\(key)")])
            expected[key] = nil
        case .evictLease(let key):
            try await send("DEL", [name(shard(of: key), "l:k\(key)")])
            lastTaking[key] = oracle.time
            leases[key] = nil
        case .evictHead:
            for shard in heads.indices {
                try await send("DEL", [name(shard, "c")])
            }
            headWasEvicted = true
            lastFlush = oracle.time
            unsettle()
        case .replicate:
            try await copy(everything.map { ($0, Self.backup($0)) })
            replica = Replica(demands: oracle.demands)
            headWasEvicted = false
        case .failOver:
            guard let replica else { return }
            try await copy(everything.map { (Self.backup($0), $0) })
            tally.failovers += 1
            failOver(to: replica)
        case .lookAfter(let process): try await lookAfter(process)
        default: break
        }
    }

    private mutating func failOver(to replica: Replica) {
        // What the replica has not got counts no more, but for those who know of it.
        oracle.demands = replica.demands
        // The head that was made then may seem older than the one that comes back.
        if headWasEvicted, clockWasSetBack { acknowledged = [] }
        lastFlush = oracle.time
        for key in keys.indices {
            // One that was given before the clock was set back lasts longer, and nobody remembers when that was.
            let time = surroundings.type.leaseTime.upperBound.wholeMicroseconds
            leases[key] = clockWasSetBack ? .max : now + time
        }
        unsettle()
    }

    private mutating func lookAfter(_ process: Int) async throws {
        try await surroundings.lookAfter(regions[process])
        let now = now
        acknowledged.removeAll { $0.clock < now - 60_000_000 }
        for (index, item) in acknowledged.enumerated() where item.process == process && item.next <= now {
            oracle.demands.add(item.change, at: item.time)
            acknowledged[index].next = now + max(1_000_000, now - item.clock)
        }
        let after = try await storedHeads()
        for shard in heads.indices where heads[shard] != after[shard] {
            expected = [:]
            lastLoss = oracle.time
        }
    }

    private func storedHeads() async throws -> [Head?] {
        var found: [Head?] = []
        for shard in heads.indices {
            let reply = try await surroundings.engine.send(RedisCommand("HGET", [name(shard, "c"), "h"]))
            if case .bulk(let bytes) = reply { found.append(Head(bytes)) } else { found.append(nil) }
        }
        return found
    }
}
