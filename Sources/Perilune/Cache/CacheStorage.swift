import Logging
import PeriluneCore

/// The values of a region as bytes: what does not depend on their type.
///
/// The rules by which an entry is valid, and why no late write and no lost key can make an invalidated value come back, are
/// told in `lua/cache/lease.lua` and `lua/cache/set.lua`.
final class CacheStorage: Sendable {
    /// From how many bytes on an entry is written beside the script that puts it in its place, and not through it.
    static let largeEntry = 8_192

    let type: CacheType
    let engine: any ScriptEngine
    let clock: any RedisClock
    let shards: [CacheShard]
    let logger: Logger
    let heads: CacheHeads
    let counters = CacheCounters()
    let ledger: CacheLedger
    /// The cache in this process, without the type of its values.
    let near: NearTable?
    /// How many evictions of the near cache were counted.
    private let countedEvictions = Locked(0)
    /// Of how many shards the region is, in the engine.
    private let metadata: RedisKey
    /// The statistics of all processes.
    let statisticsKey: RedisKey
    private let readiness: Locked<Readiness>
    /// Whether the engine tells in which run its server is. The embedded one does not.
    let tellsRuns = Locked(true)
    /// When the log was last told of an engine that fails, in microseconds of the clock.
    private let lastNote = Locked<Int64?>(nil)

    init(
        _ type: CacheType, engine: any ScriptEngine, keySpace: KeySpace, clock: any RedisClock, logger: Logger
    ) throws(CacheConfigurationError) {
        try type.validate()
        self.type = type
        self.engine = engine
        self.clock = clock
        self.logger = logger
        shards = (0..<type.shards).map { CacheShard($0, name: type.name, keySpace: keySpace) }
        heads = CacheHeads(shards: type.shards)
        ledger = CacheLedger(shards: type.shards)
        readiness = Locked(Readiness(shards: type.shards))
        near = type.near.map { NearTable(limit: $0, shards: type.shards, tagLimit: 4_096) }
        metadata = RedisKey("\(keySpace.namespace):{\(type.name)}:r")
        statisticsKey = RedisKey("\(keySpace.namespace):{\(type.name)}:n")
    }

    /// Keys with the same part in braces lie in one shard, as they would in one slot.
    func shard(of key: CacheKey) -> CacheShard {
        shards.count == 1 ? shards[0] : shards[RedisKey(key.name).slot % shards.count]
    }

    /// What was made sure of before a shard is used.
    private struct Readiness: Sendable {
        /// Whether all processes divide the region into the same shards; `nil` when that is not known.
        var isDivided: Bool?
        /// Whether each shard's server was looked at.
        var shards: [Bool]

        init(shards: Int) {
            self.shards = [Bool](repeating: false, count: shards)
        }
    }

    /// Sees to it that a shard can be used: see ``checkShards()`` and ``checkServer(of:)``.
    ///
    /// - Complexity: Two round trips, once; three when nobody has used the region.
    func ready(_ shard: CacheShard) async throws(CacheError) {
        let (isDivided, isReady) = readiness.withLock { ($0.isDivided, $0.shards[shard.index]) }
        if isDivided == true, isReady { return }
        // Once they differ they are looked at each time: the configuration may be mended elsewhere.
        if isDivided != true { try await checkShards() }
        if isReady { return }
        try await checkServer(of: shard)
        readiness.withLock { $0.shards[shard.index] = true }
    }

    /// Sees to it that something can be taken out of a shard. As ``ready(_:)``, but a server whose memory is full, and that
    /// does not tell of its run for that, is no hindrance: whoever reads has to ask it again.
    func readyToRemove(_ shard: CacheShard) async throws(CacheError) {
        do throws(CacheError) {
            try await ready(shard)
        } catch {
            guard case .engine(let failure) = error, failure.serverError?.kind == .outOfMemory else { throw error }
        }
    }

    /// Does something with each shard, some of them at the same time.
    ///
    /// - Throws: The first failure, when all have had their turn.
    func inEachShard(
        _ body: @escaping @Sendable (CacheShard) async throws(CacheError) -> Void
    ) async throws(CacheError) {
        let failure = await withTaskGroup(of: CacheError?.self) { group in
            var failure: CacheError?
            for shard in shards {
                if shard.index >= 16, let result = await group.next() { failure = failure ?? result }
                group.addTask {
                    do throws(CacheError) {
                        try await body(shard)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            for await result in group { failure = failure ?? result }
            return failure
        }
        if let failure { throw failure }
    }

    /// Sees to it that all processes divide the region into the same shards: an invalidation reaches those that its
    /// process knows of. To be repeated, as the engine may forget the number.
    ///
    /// - Throws: ``CacheError/shardsDiffer(stored:configured:)``.
    /// - Complexity: One round trip; two when nobody has used the region.
    func checkShards() async throws(CacheError) {
        let command = RedisCommand("GET", [metadata.argument], isRepeatable: true)
        var reply = try await CacheError.asking { () throws(EngineError) in try await engine.send(command) }
        if reply.isNull {
            // Not before: a server whose memory is full refuses it, whatever is there.
            let replies = try await CacheError.asking { () throws(EngineError) in
                try await engine.pipeline([
                    RedisCommand("SETNX", [metadata.argument, .integer(shards.count)]), command,
                ])
            }
            for case .error(let error) in replies { throw .engine(EngineError(error)) }
            reply = replies.last ?? .null
        }
        guard let stored = reply.string.flatMap({ Int($0) }) else { throw .corrupt }
        readiness.withLock { $0.isDivided = stored == shards.count }
        guard stored == shards.count else { throw .shardsDiffer(stored: stored, configured: shards.count) }
    }

    /// Invalidates everything in a shard whose server is not in the run in which the shard was last used: it may have been
    /// started with older data, or be a replica that has not got all.
    ///
    /// A server that does not tell of its runs is taken to be the same one.
    ///
    /// - Complexity: One round trip, and one more after a start.
    func checkServer(of shard: CacheShard) async throws(CacheError) {
        guard tellsRuns.withLock({ $0 }) else { return }
        let replies: [RedisReply]
        do throws(EngineError) {
            // As a transaction they are sent to the node that has the key.
            replies = try await engine.transaction([
                RedisCommand("HGET", [shard.control.argument, "r"]), RedisCommand("INFO", ["server"]),
            ])
        } catch {
            guard let refusal = error.serverError, refusal.kind == .noPermission || refusal.isUnknownCommand else {
                throw .engine(error)
            }
            let isNews = tellsRuns.withLock { tells in
                defer { tells = false }
                return tells
            }
            if isNews, refusal.kind == .noPermission {
                logger.warning(
                    "The server does not tell in which run it is, as INFO is not permitted; after a failover or a restart what was invalidated may be served.",
                    metadata: ["cache": "\(type.name)"])
            }
            return
        }
        guard replies.count == 2, let run = replies[1].bytes.flatMap(Self.run), replies[0].bytes != run else { return }
        if replies[0].bytes?.isEmpty == false {
            logger.notice(
                "The server of a cache shard was started anew; all of its values are invalid.",
                metadata: ["cache": "\(type.name)", "shard": "\(shard.index)"])
        }
        _ = try await clear(shard, run: run)
    }

    /// The identifier of the run in what `INFO` tells.
    private static func run(_ information: [UInt8]) -> [UInt8]? {
        for line in information.split(separator: UInt8(ascii: "\n")) where line.starts(with: Array("run_id:".utf8)) {
            let run = line.dropFirst(7).prefix { $0 > 0x20 }
            return run.count <= 64 && !run.isEmpty ? Array(run) : nil
        }
        return nil
    }

    /// Takes note of what a server said of a shard. If it has lost what another had acknowledged, as after a failover,
    /// everything in the shard is invalidated: what was lost may have been an invalidation.
    ///
    /// - Parameter known: The head that was known when the server was asked.
    /// - Returns: Whether writes were lost. Nothing is to be concluded then from what was read along with the head.
    func repair(_ head: CacheHead?, _ shard: CacheShard, known: CacheHead?) async throws(CacheError) -> Bool {
        guard let head, heads.observe(head, of: shard, known: known) else { return false }
        try await giveUp(shard)
        return true
    }

    /// Invalidates everything in a shard of which it is not known what else is invalid.
    func giveUp(_ shard: CacheShard) async throws(CacheError) {
        logger.warning(
            "A cache shard has lost writes; all of its values are invalid.",
            metadata: ["cache": "\(type.name)", "shard": "\(shard.index)"])
        counters.count(.lostHead)
        _ = try await clear(shard)
    }

    /// Counts what the near cache has evicted since it was last asked.
    func countEvictions() {
        guard let evictions = near?.statistics.evictions else { return }
        let more = countedEvictions.withLock { counted in
            defer { counted = evictions }
            return evictions - counted
        }
        counters.count(.nearEviction, more)
    }

    /// Counts that the engine has failed, and says so once in a while.
    func note(_ error: EngineError) {
        counters.count(.engineFailure)
        let now = clock.microseconds
        let isDue = lastNote.withLock { last in
            if let before = last, now >= before, now - before < 10_000_000 { return false }
            last = now
            return true
        }
        guard isDue else { return }
        logger.warning(
            "The engine of a cache fails; values are computed and not kept.",
            metadata: ["cache": "\(type.name)", "error": "\(error)"])
    }

    /// Reads the head that a script answered with, after the bytes that come before it.
    static func head(_ bytes: ArraySlice<UInt8>) throws(CacheError) -> CacheHead {
        var reader = CacheByteReader(Array(bytes))
        guard let epoch = reader.epoch(), let floor = reader.sequence(), let sequence = reader.sequence(),
            let messages = reader.sequence(), reader.isAtEnd
        else { throw .corrupt }
        return CacheHead(epoch: epoch, floor: floor, sequence: sequence, messages: messages)
    }

    /// An epoch for a shard that has none.
    static func freshEpoch() -> [UInt8] {
        CacheStamp.bytes(UInt64.random(in: .min ... .max))
    }
}
