import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// A near cache that listens to an engine, with messages and heads written by hand.
@Suite(.timeLimit(.minutes(20))) struct NearCacheListenerTests {
    /// An engine whose answers and subscriptions can be disturbed.
    final class DisturbedEngine: MessageEngine, ForwardingEngine {
        struct Disturbance {
            var refusesShardChannels: EngineError?
            var failsHeartbeats = false
            var heartbeats = 0
        }

        let inner: EmbeddedEngine
        let disturbance = Locked(Disturbance())

        init(_ inner: EmbeddedEngine) { self.inner = inner }

        func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
            let fails = disturbance.withLock { disturbance in
                disturbance.heartbeats += 1
                return disturbance.failsHeartbeats
            }
            if fails { throw EngineError(.connectionLost, "down") }
            return try await inner.pipeline(commands)
        }

        func subscribe(
            to channels: [RedisChannel], patterns: [RedisChannel], shardChannels: [RedisChannel],
            buffer: RedisMessages.BufferLimit
        ) async throws(EngineError) -> RedisMessages {
            if !shardChannels.isEmpty, let error = disturbance.withLock({ $0.refusesShardChannels }) { throw error }
            return try await inner.subscribe(
                to: channels, patterns: patterns, shardChannels: shardChannels, buffer: buffer)
        }
    }

    final class Harness: Sendable {
        let clock = ManualClock()
        let engine: DisturbedEngine
        let cache = NearCache<String>(table: NearTable(limit: NearCacheLimit(), shards: 2, tagLimit: 4_096))
        let log = RecordedLog()
        let shards = (0..<2).map {
            NearCacheListener.Shard(control: RedisKey("p:{T.\($0)}:c"), channel: RedisChannel("p:{T.\($0)}:m"))
        }

        init() { engine = DisturbedEngine(EmbeddedEngine(clock: clock)) }

        var listener: NearCacheListener {
            NearCacheListener(cache.table, shards: shards, engine: engine, clock: clock, logger: log.logger)
        }

        func write(messages: UInt64, sequence: UInt64 = 10, shard: Int = 0) async throws {
            let head =
                Array("pcache01".utf8) + CacheHeadTests.epoch + CacheHeadTests.digits(1)
                + CacheHeadTests.digits(sequence) + CacheHeadTests.digits(messages) + [0]
            _ = try await engine.send(RedisCommand("HSET", [shards[shard].control.argument, "h", .bytes(head)]))
        }

        func fill(_ key: String, tag: String, shard: Int = 0, sequence: UInt64 = 10) -> Bool {
            guard let ticket = cache.ticket(for: CacheKey(key), shard: shard, now: clock.microseconds) else {
                return false
            }
            return cache.insert(
                key, ticket: ticket, epoch: 0x0102_0304_0506_07FF, sequence: sequence, tags: [Array(tag.utf8)], cost: 1,
                freshUntil: .max)
        }

        func has(_ key: String) -> Bool { cache.value(for: CacheKey(key), now: clock.microseconds) == key }

        /// Lets the listener send heartbeats until one has come after this call.
        func waitForTrust(_ shard: Int = 0) async throws {
            try await until { cache.ticket(for: CacheKey(""), shard: shard, now: clock.microseconds) != nil }
        }

        /// Runs the body while the listener runs.
        func listening(_ body: () async throws -> Void) async throws {
            let task = Task { await listener.run() }
            do { try await body() } catch {
                task.cancel()
                throw error
            }
            task.cancel()
            await task.value
        }
    }

    @Test func messagesVoidAndHeartbeatsKeep() async throws {
        let harness = Harness()
        for shard in 0..<2 { try await harness.write(messages: 0, shard: shard) }
        try await harness.listening {
            try await harness.waitForTrust()
            #expect(harness.fill("a", tag: "x") && harness.fill("b", tag: "y"))
            // Hits for as long as heartbeats come.
            for _ in 0..<8 {
                let heartbeats = harness.engine.disturbance.withLock { $0.heartbeats }
                try await until { harness.clock.sleeperCount > 0 }
                harness.clock.advance(by: .milliseconds(400))
                try await until { harness.engine.disturbance.withLock { $0.heartbeats } > heartbeats }
                try await harness.waitForTrust()
                #expect(harness.has("a") && harness.has("b"))
            }
            try await harness.write(messages: 1, sequence: 11)
            try await harness.engine.publish(
                .bytes(CacheMessageTests.message(1, number: 1, sequence: 11, [1, 0] + CacheHeadTests.tag("x"))),
                toShardChannel: harness.shards[0].channel)
            try await until { !harness.has("a") }
            #expect(harness.has("b"))
            #expect(harness.cache.statistics.drops == 0)
        }
        // Who does not listen does not know.
        #expect(!harness.has("b"))
    }

    @Test func aLostMessageIsNoticedWithoutAnother() async throws {
        let harness = Harness()
        try await harness.write(messages: 0)
        try await harness.listening {
            try await harness.waitForTrust()
            #expect(harness.fill("a", tag: "x"))
            try await harness.write(messages: 1, sequence: 11)
            for _ in 0..<2 {
                try await until { harness.clock.sleeperCount > 0 }
                harness.clock.advance(by: .milliseconds(400))
                try await until { harness.cache.statistics.drops > 0 || harness.clock.sleeperCount > 0 }
            }
            try await until { harness.cache.statistics.drops > 0 }
            #expect(!harness.has("a"))
        }
    }

    @Test func aLostMessageIsNoticedByTheNext() async throws {
        let harness = Harness()
        try await harness.write(messages: 0)
        try await harness.listening {
            try await harness.waitForTrust()
            #expect(harness.fill("a", tag: "x"))
            try await harness.engine.publish(
                .bytes(CacheMessageTests.message(4, number: 2, sequence: 11, [0])),
                toShardChannel: harness.shards[0].channel)
            try await until { harness.cache.statistics.drops > 0 }
            #expect(!harness.has("a"))
        }
    }

    @Test func withoutHeartbeatsThereIsNoHitAfterASecond() async throws {
        let harness = Harness()
        try await harness.write(messages: 0)
        try await harness.listening {
            try await harness.waitForTrust()
            #expect(harness.fill("a", tag: "x"))
            harness.engine.disturbance.withLock { $0.failsHeartbeats = true }
            harness.clock.advance(by: .microseconds(999_999))
            #expect(harness.has("a"))
            harness.clock.advance(by: .microseconds(1))
            #expect(!harness.has("a"))
            // Nothing was missed: with the next heartbeat it is back.
            harness.engine.disturbance.withLock { $0.failsHeartbeats = false }
            try await until { harness.clock.sleeperCount > 0 }
            harness.clock.advance(by: .milliseconds(400))
            try await until { harness.has("a") }
        }
    }

    @Test func aServerWithoutShardChannelsPublishesInChannels() async throws {
        let harness = Harness()
        try await harness.write(messages: 0)
        harness.engine.disturbance.withLock {
            $0.refusesShardChannels = EngineError(
                RedisError("ERR unknown command `SSUBSCRIBE`, with args beginning with:"))
        }
        try await harness.listening {
            try await harness.waitForTrust()
            #expect(harness.fill("a", tag: "x"))
            try await harness.engine.publish(
                .bytes(CacheMessageTests.message(4, number: 1, sequence: 10, Array("a".utf8))),
                to: harness.shards[0].channel)
            try await until { !harness.has("a") }
            #expect(harness.cache.statistics.drops == 0)
        }
    }

    @Test func aRefusedSubscriptionIsTriedAgainAndToldOfOnce() async throws {
        let harness = Harness()
        try await harness.write(messages: 0)
        harness.engine.disturbance.withLock {
            $0.refusesShardChannels = EngineError(RedisError("NOPERM no permissions"))
        }
        try await harness.listening {
            for _ in 0..<3 {
                try await until { harness.clock.sleeperCount > 0 }
                harness.clock.advance(by: .seconds(1))
            }
            #expect(harness.cache.ticket(for: CacheKey("a"), shard: 0, now: harness.clock.microseconds) == nil)
            harness.engine.disturbance.withLock { $0.refusesShardChannels = nil }
            try await until { harness.clock.sleeperCount > 0 }
            harness.clock.advance(by: .seconds(1))
            try await harness.waitForTrust()
            #expect(harness.fill("a", tag: "x"))
        }
        #expect(harness.log.lines.count == 2)
    }
}
