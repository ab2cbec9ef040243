import Logging
import PeriluneCore

extension CacheRegion {
    /// The value for a key: the stored one, or what is computed and then stored.
    ///
    /// A fresh value is given as it is. One that is stale is given at once within
    /// ``CacheType/staleWhileRevalidate``, and computed anew meanwhile; within ``CacheType/staleIfError`` it is given when
    /// computing fails or takes longer than ``CacheType/softTimeout``. Otherwise the caller waits for the value, which is
    /// computed once in all processes.
    ///
    /// The computation runs in a task of its own, with the caller's task-local values. It is cancelled when all who wait for
    /// it are. One that asks for its own key, or for one whose computation asks for its own, waits for itself, until
    /// ``CacheType/hardTimeout``.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - tags: The tags of the value. Naming them here rather than in the computation saves a round trip when the value is
    ///     read.
    ///   - ttl: How long the value is fresh; `nil` for ``CacheType/ttl``.
    ///   - compute: Finds the value out.
    /// - Throws: What `compute` throws; ``CacheError``: ``CacheError/tooManyTags(_:limit:)`` and
    ///   ``CacheError/timeOutOfRange(_:)`` before anything is computed, ``CacheError/timedOut``,
    ///   ``CacheError/shardsDiffer(stored:configured:)``, ``CacheError/corrupt``; `CancellationError`. An
    ///   engine that fails is no reason.
    /// - Complexity: One round trip for a hit; one more when the value has tags that are not named here and something in its
    ///   shard was invalidated since it was stored. Three in all for a computed value.
    public func value(
        for key: CacheKey, tags: [CacheTag] = [], ttl: Duration? = nil,
        _ compute: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        if let record = storage.nearby(key, wantsValue: true) { return NearCache<Value>.value(of: record) }
        return try await value(
            Plan(key: key, tags: tags, ttl: ttl, negativeTTL: nil, wantsValue: true) { _ in
                .value(try await compute())
            })
    }

    /// The value for a key, as ``value(for:tags:ttl:_:)-(_,_,_,()->Value)``, with a computation that finds out tags and time
    /// to live, too.
    public func value(
        for key: CacheKey, tags: [CacheTag] = [], ttl: Duration? = nil,
        _ compute: @escaping @Sendable (CacheComputation) async throws -> Value
    ) async throws -> Value {
        if let record = storage.nearby(key, wantsValue: true) { return NearCache<Value>.value(of: record) }
        let plan = Plan(key: key, tags: tags, ttl: ttl, negativeTTL: nil, wantsValue: true) {
            .value(try await compute($0))
        }
        return try await value(plan)
    }

    private func value(_ plan: Plan) async throws -> Value {
        guard case .value(let value) = try await found(plan) else { throw CacheError.corrupt }
        return value
    }

    /// The value for a key if there is one: that there is none is remembered as well.
    ///
    /// - Parameters:
    ///   - negativeTTL: How long it is remembered that there is none; `nil` for ``CacheType/negativeTTL``.
    ///   - compute: Finds the value out, or that there is none.
    /// - Throws: As ``value(for:tags:ttl:_:)-(_,_,_,()->Value)``.
    /// - Complexity: As ``value(for:tags:ttl:_:)-(_,_,_,()->Value)``.
    public func valueIfFound(
        for key: CacheKey, tags: [CacheTag] = [], ttl: Duration? = nil, negativeTTL: Duration? = nil,
        _ compute: @escaping @Sendable (CacheComputation) async throws -> Value?
    ) async throws -> Value? {
        if let record = storage.nearby(key, wantsValue: false) {
            return record.isNegative ? nil : NearCache<Value>.value(of: record)
        }
        let plan = Plan(key: key, tags: tags, ttl: ttl, negativeTTL: negativeTTL, wantsValue: false) {
            try await compute($0).map { .value($0) } ?? .nothing
        }
        return try await found(plan).value
    }

    /// The value for a key if there is one, as ``valueIfFound(for:tags:ttl:negativeTTL:_:)-(_,_,_,_,(CacheComputation)->Value?)``.
    public func valueIfFound(
        for key: CacheKey, tags: [CacheTag] = [], ttl: Duration? = nil, negativeTTL: Duration? = nil,
        _ compute: @escaping @Sendable () async throws -> Value?
    ) async throws -> Value? {
        try await valueIfFound(for: key, tags: tags, ttl: ttl, negativeTTL: negativeTTL) { _ in try await compute() }
    }

    /// What is to be found out, and how.
    struct Plan: Sendable {
        let key: CacheKey
        let tags: [CacheTag]
        let ttl: Duration?
        let negativeTTL: Duration?
        /// Whether it is of no use to know that there is no value.
        let wantsValue: Bool
        let compute: @Sendable (CacheComputation) async throws -> Found
        /// Told what became of a value that was computed under a lease and was to be stored.
        var onStore: (@Sendable (Result<CacheStoreOutcome, CacheError>) -> Void)?
    }

    /// How often a caller starts over because others change the value faster than it can be read or computed.
    static var mostTries: Int { 8 }

    private func found(_ plan: Plan) async throws -> Found {
        try checkTags(plan.tags)
        for time in [plan.ttl, plan.negativeTTL] { if let time { try Self.check(time: time) } }
        let shard = storage.shard(of: plan.key)
        let start = clock.microseconds
        for round in 0..<Self.mostTries {
            let (ticket, asked) = (ticket(plan.key), clock.microseconds)
            let reading = try await readOrNothing(plan)
            var stale: Found?
            // A lookup is counted once, however often it starts over.
            let isCounted = round == 0
            switch reading.map({ serve($0, plan, ticket, asked, isCounted: isCounted) }) ?? .never {
            case .now(let found): return found
            case .ifNeeded(let found): stale = found
            case .never: break
            }
            let (flight, isNew) = flights.join(plan.key)
            if isNew { begin(flight, plan, reading, isRefresh: false) }
            let deadlines = [stale == nil ? nil : type.softTimeout, type.hardTimeout]
            let deadline = deadlines.compactMap { $0.map { start + $0.wholeMicroseconds } }.min()
            guard let outcome = await flight.outcome(by: deadline, clock: clock) else {
                try Task.checkCancellation()
                storage.counters.count(.timeout)
                guard let stale else {
                    if isCounted { storage.counters.count(.miss) }
                    throw CacheError.timedOut
                }
                if isCounted { storage.counters.count(.staleHit) }
                return stale
            }
            if case .failed(let error) = outcome, let stale {
                if error is CancellationError { try Task.checkCancellation() }
                if isCounted { storage.counters.count(.staleHit) }
                return stale
            }
            if isCounted { storage.counters.count(.miss) }
            switch outcome {
            case .failed(let error): throw error
            case .found(let found, let moment):
                if plan.wantsValue, case .nothing = found { continue }
                // Who came late must not get what was looked up before an invalidation that they may know of.
                let seen = reading.map(\.head) ?? storage.heads.head(of: shard)
                if isNew || moment?.isNoOlder(than: seen) == true || (reading == nil && seen == nil) { return found }
            case .notNeeded: continue
            }
        }
        return try await timed(plan, CacheComputation(tags: plan.tags, ttl: plan.ttl, isRefresh: false)).found
    }

    /// Reads; `nil` when the engine does not answer.
    private func readOrNothing(_ plan: Plan) async throws -> CacheReading? {
        do {
            return try await storage.read(plan.key, tags: plan.tags)
        } catch .engine(let error) {
            try Task.checkCancellation()
            storage.note(error)
            return nil
        }
    }

    private enum Service {
        case now(Found)
        case ifNeeded(Found)
        case never
    }

    /// Decides what a reading is good for, and has the value computed anew if it is time to.
    private func serve(
        _ reading: CacheReading, _ plan: Plan, _ ticket: NearTicket?, _ asked: Int64, isCounted: Bool
    ) -> Service {
        guard let entry = reading.entry, let found = decode(entry) else { return .never }
        if plan.wantsValue, case .nothing = found { return .never }
        guard reading.isFresh else {
            let stale = -reading.freshFor
            if stale < type.staleWhileRevalidate.millisecondsRoundedUp {
                if isCounted { storage.counters.count(.staleHit) }
                _ = refresh(plan, reading)
                return .now(found)
            }
            return stale < type.staleIfError.millisecondsRoundedUp ? .ifNeeded(found) : .never
        }
        if isCounted { count(reading, entry) }
        keep(found, reading, entry, ticket, asked: asked)
        if Double(reading.age) + headStart(entry) >= Double(entry.fresh), refresh(plan, reading) {
            storage.counters.count(.earlyRefresh)
        }
        return .now(found)
    }

    /// How much earlier than it expires an entry is computed anew, in milliseconds, this time.
    ///
    /// XFetch: the time it takes, times beta, times an exponentially distributed number. So the longer a value takes, and the
    /// more callers there are, the earlier one of them does it.
    func headStart(_ entry: StoredEntry) -> Double {
        guard type.earlyRefresh > 0, entry.computed > 0 else { return 0 }
        return -Double(entry.computed) * type.earlyRefresh * logarithm(1 - Double.random(in: 0..<1))
    }

    /// Has a value computed anew while the old one is served.
    ///
    /// - Returns: `false` when that is under way in this process.
    private func refresh(_ plan: Plan, _ reading: CacheReading) -> Bool {
        guard let flight = flights.refresh(plan.key) else { return false }
        begin(flight, plan, reading, isRefresh: true)
        return true
    }

    private func begin(
        _ flight: Flight<FlightOutcome<Value>>, _ plan: Plan, _ reading: CacheReading?, isRefresh: Bool
    ) {
        flight.begin(
            Task {
                let outcome = await self.fly(plan, reading, isRefresh: isRefresh)
                self.flights.end(flight, plan.key)
                flight.land(outcome)
            })
    }
}
