package import Perilune
package import PeriluneCore

/// Processes that share a cache, what they are computing, and what befalls the engine: one step after the other.
///
/// Whatever happens, no value is served that was outdated when the cache acknowledged it; and as long as nothing happens to
/// a value it is stored and found.
///
/// After a failover that lost writes the model demands what the cache promises, and no more:
/// - A process that had seen a later head of the shard than there is now serves nothing, and invalidates the shard.
/// - Invalidations by tags, and of everything, count again once the process that asked for them has looked at them, which
///   it does within a minute, in intervals that grow.
/// - Of other writes that were lost nobody can know.
package struct CacheModel {
    /// Where the processes' cache is.
    package struct Surroundings: Sendable {
        package var type: CacheType
        package var engine: any ScriptEngine
        package var clock: any RedisClock
        /// Moves the clock of the server and of the processes by so many microseconds; `nil` when it runs by itself.
        package var advance: (@Sendable (Int64) -> Void)?
        /// Forgets tags invalidated longer than so many seconds ago: how many.
        package var prune: @Sendable (CacheRegion<String>, _ seconds: Int) async throws -> Int
        package var lookAfter: @Sendable (CacheRegion<String>) async throws -> Void

        package init(
            type: CacheType, engine: any ScriptEngine, clock: any RedisClock = .monotonic,
            advance: (@Sendable (Int64) -> Void)? = nil,
            prune: @escaping @Sendable (CacheRegion<String>, _ seconds: Int) async throws -> Int,
            lookAfter: @escaping @Sendable (CacheRegion<String>) async throws -> Void
        ) {
            self.type = type
            self.engine = engine
            self.clock = clock
            self.advance = advance
            self.prune = prune
            self.lookAfter = lookAfter
        }
    }

    /// How often something came of the steps.
    package struct Tally: Sendable {
        package var hits = 0
        package var misses = 0
        package var stored = 0
        package var refused = 0
        package var failovers = 0
        package var repairs = 0

        package init() {}
    }

    struct Computation {
        let token: CacheToken
        let number: Int
        /// When the lease runs out, by the server's clock.
        let deadline: Int64
        var mayBeOver = false
    }

    /// An invalidation that a process looks after.
    struct Acknowledged {
        let process: Int
        let change: CacheOracle.Change
        let time: Int
        let clock: Int64
        /// When it is looked at again.
        var next: Int64 = .min
    }

    /// What a replica has got.
    struct Replica {
        let demands: CacheOracle.Demands
    }

    /// What of a shard's head moves only forward, unless writes are lost.
    struct Head: Equatable {
        let epoch: [UInt8]
        let sequence: Int
        let messages: Int

        /// - Parameter bytes: What the engine holds.
        init?(_ bytes: [UInt8]) {
            guard bytes.count >= 64, let sequence = Int(String(decoding: bytes[32..<48], as: UTF8.self)),
                let messages = Int(String(decoding: bytes[48..<64], as: UTF8.self))
            else { return nil }
            (epoch, self.sequence, self.messages) = (Array(bytes[8..<16]), sequence, messages)
        }
    }

    /// What must be found.
    struct Expected {
        let number: Int
        var deadline: Int64
    }

    package internal(set) var tally = Tally()
    var oracle = CacheOracle()
    let surroundings: Surroundings
    let regions: [CacheRegion<String>]
    let keys = (0..<CacheStep.keys).map { CacheKey("k\($0)") }
    var computations: [Computation] = []
    var expected: [Int: Expected] = [:]
    /// Until when somebody may have the lease of a key.
    var leases: [Int: Int64] = [:]
    var acknowledged: [Acknowledged] = []
    var replica: Replica?
    /// The shards' heads before the step that is being taken.
    var heads: [Head?]
    /// The last head of each shard that each process was told of.
    var seen: [[Head?]]
    /// The processes that are told of a shard's head in the step that is being taken.
    var told: [(process: Int, shard: Int)] = []
    /// The processes that have seen a shard's head since one was lost: others may still find that out.
    var settled: [Set<Int>]
    /// When something was invalidated by what is not told of in the demands.
    var lastLoss = 0
    var lastFlush = 0
    var lastTaking: [Int: Int] = [:]
    /// When a rule that begins with a tag came, which may become an invalidation of the tag.
    var lastRule: [CacheTagSet: Int] = [:]
    var clockWasSetBack = false
    var headWasEvicted = false

    package init(_ surroundings: Surroundings) throws {
        self.surroundings = surroundings
        let shards = surroundings.type.shards
        heads = Array(repeating: nil, count: shards)
        seen = Array(repeating: Array(repeating: nil, count: shards), count: CacheStep.processes)
        settled = Array(repeating: Set(0..<CacheStep.processes), count: shards)
        regions = try (0..<CacheStep.processes).map { _ in
            try CacheRegion(
                surroundings.type, of: String.self, engine: surroundings.engine,
                clock: surroundings.clock, logger: RecordedLog().logger)
        }
    }

    /// Takes steps, and reads everything at the end.
    ///
    /// - Returns: What is wrong, or `nil`.
    package mutating func run(_ steps: [CacheStep]) async throws -> String? {
        for (number, step) in steps.enumerated() {
            if let complaint = try await take(step) { return "step \(number), \(step): \(complaint)" }
        }
        for process in 0..<CacheStep.processes {
            for key in 0..<CacheStep.keys {
                if let complaint = try await take(.read(process: process, key: key, naming: [])) {
                    return "at the end, process \(process), key \(key): \(complaint)"
                }
            }
        }
        return nil
    }

    /// The time by a clock that stands still during a step.
    var now: Int64 { surroundings.advance == nil ? 0 : surroundings.clock.microseconds }
    var ttl: Int64 { surroundings.type.ttl.wholeMicroseconds }
    /// How long after it was fresh a value is still found.
    var stale: Int64 {
        max(surroundings.type.staleIfError, surroundings.type.staleWhileRevalidate).wholeMicroseconds
    }

    // MARK: What is known of heads

    /// A process is told of a shard's head. If it knows of a later one it invalidates the shard.
    ///
    /// - Parameter isChange: Whether it changes something, and so is told of the head after that.
    mutating func observe(_ shard: Int, by process: Int, isChange: Bool = false) {
        told.append((process, shard))
        guard let head = heads[shard] else { return }
        if settled[shard].insert(process).inserted {
            // It may find out more than it must.
            expected = [:]
            lastLoss = oracle.time
        }
        guard let known = seen[process][shard] else { return }
        let isLost =
            known.epoch == head.epoch && known.messages > head.messages + (isChange ? 1 : 0)
            // What invalidates makes the head as late as the clock is.
            || !isChange && known.sequence > head.sequence
        guard isLost else { return }
        tally.repairs += 1
        for key in keys.indices where self.shard(of: key) == shard {
            oracle.demands.add(.key(key), at: oracle.time)
        }
    }

    /// Something was lost, and processes may find that out later.
    mutating func unsettle() {
        settled = Array(repeating: [], count: heads.count)
        expected = [:]
        lastLoss = oracle.time
    }

    /// What must be found for a key now.
    func expectedNumber(_ key: Int) -> Int? {
        // A failover may cost any value, and more than one: what is demanded after it is that nothing is outdated.
        guard tally.failovers == 0, let value = expected[key], now < value.deadline,
            settled[shard(of: key)].count == CacheStep.processes
        else { return nil }
        return value.number
    }

    // MARK: Keys

    func shard(of key: Int) -> Int {
        RedisKey(keys[key].name).slot % surroundings.type.shards
    }

    func name(_ shard: Int, _ rest: String) -> RedisArgument {
        .string("p:{\(surroundings.type.name).\(shard)}:\(rest)")
    }

    func send(_ name: String, _ arguments: [RedisArgument]) async throws {
        _ = try await surroundings.engine.send(RedisCommand(name, arguments))
    }

    /// All keys there may be of the only shard.
    var everything: [RedisArgument] {
        [name(0, "c")] + keys.flatMap { [name(0, "e:\($0)"), name(0, "l:\($0)")] }
    }

    static func backup(_ key: RedisArgument) -> RedisArgument {
        .bytes(Array("backup:".utf8) + key.bytes)
    }

    /// Copies keys, and deletes what has nothing to be copied from.
    func copy(_ pairs: [(from: RedisArgument, to: RedisArgument)]) async throws {
        for (from, to) in pairs {
            try await send("DEL", [to])
            try await send("COPY", [from, to])
        }
    }
}
