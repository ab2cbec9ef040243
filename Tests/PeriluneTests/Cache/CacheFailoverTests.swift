import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// What a replica had not got when it became the primary: a process that knows of it serves nothing that was outdated.
@Suite(.timeLimit(.minutes(20))) struct CacheFailoverTests {
    /// The only shard's head and one value, which a replica has.
    private struct Replica {
        let engine: EmbeddedEngine
        private static let keys: [RedisArgument] = ["p:{test.0}:c", "p:{test.0}:e:k", "p:{test.0}:l:k"]

        func follow() async throws {
            for key in Self.keys { try await copy(key, Self.backup(key)) }
        }

        func takeOver() async throws {
            for key in Self.keys { try await copy(Self.backup(key), key) }
        }

        private static func backup(_ key: RedisArgument) -> RedisArgument { .bytes(Array("backup:".utf8) + key.bytes) }

        private func copy(_ source: RedisArgument, _ target: RedisArgument) async throws {
            _ = try await engine.send(RedisCommand("DEL", [target]))
            _ = try await engine.send(RedisCommand("COPY", [source, target]))
        }
    }

    /// The head is evicted, which begins another life of the shard, and the failover brings the one before it back.
    @Test func anOlderLifeOfAShardIsKnown() async throws {
        let harness = try CacheHarness()
        let (region, replica) = (harness.region, Replica(engine: harness.engine))
        try await region.set("old", for: "k", tags: ["t"])
        try await replica.follow()
        harness.clock.advance(by: .seconds(1))
        _ = try await harness.engine.send(RedisCommand("DEL", ["p:{test.0}:c"]))
        try await region.invalidate(tags: ["t"])
        try await replica.takeOver()
        #expect(try await region.get("k") == nil)
        #expect(try await harness.otherProcess().get("k") == nil)
        #expect(try await region.value(for: "k") { "new" } == "new")
        #expect(try await region.get("k") == "new")
    }

    @Test func whatWasInvalidatedInALostLifeIsInvalidatedAgain() async throws {
        let harness = try CacheHarness()
        let (region, replica) = (harness.region, Replica(engine: harness.engine))
        try await region.set("old", for: "k", tags: ["t"])
        try await replica.follow()
        harness.clock.advance(by: .seconds(1))
        _ = try await harness.engine.send(RedisCommand("DEL", ["p:{test.0}:c"]))
        try await region.invalidate(tags: ["t"])
        try await replica.takeOver()
        try await region.storage.lookAfterInvalidations()
        #expect(try await harness.otherProcess().get("k") == nil)
    }

    /// The tags of an entry are looked at on the new primary, and the entry was read on the old one.
    @Test func aFailoverWhileAValueIsReadIsKnown() async throws {
        let harness = try CacheHarness()
        let replica = Replica(engine: harness.engine)
        try await harness.region.set("old", for: "k", tags: ["t"])
        try await replica.follow()
        try await harness.region.invalidate(tags: ["other"])
        let between = Between(inner: harness.engine) { try await replica.takeOver() }
        let region = try CacheRegion(harness.region.type, of: String.self, engine: between, clock: harness.clock)
        #expect(try await region.get("k") == nil)
    }

    private final class Between: ForwardingEngine {
        let inner: EmbeddedEngine
        private let event: @Sendable () async throws -> Void

        init(inner: EmbeddedEngine, _ event: @escaping @Sendable () async throws -> Void) {
            self.inner = inner
            self.event = event
        }

        func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
            if command.name == "HMGET" { try? await event() }
            return try await inner.send(command)
        }
    }

    @Test func whoComesAfterALostInvalidationDoesNotGetWhatIsBeingComputed() async throws {
        let harness = try CacheHarness()
        let (region, replica) = (harness.region, Replica(engine: harness.engine))
        let (isComputing, mayFinish) = (Gate(), Gate())
        async let early = region.value(for: "k", tags: ["t"]) {
            isComputing.open()
            await mayFinish.wait()
            return "old"
        }
        await isComputing.wait()
        try await replica.follow()
        try await region.invalidate(tags: ["t"])
        try await replica.takeOver()
        async let late = region.value(for: "k", tags: ["t"]) { "new" }
        // It has seen the head that came back.
        try await until { region.storage.counters.take()[.lostHead] > 0 }
        try await until { region.flights.passengers == 2 }
        mayFinish.open()
        #expect(try await early == "old")
        #expect(try await late == "new")
        #expect(try await region.get("k") != "old")
    }

    // MARK: Cancelled computations

    /// An engine that does nothing for cancelled tasks, as one over a network.
    private struct HeedingCancellation: ForwardingEngine {
        let inner: EmbeddedEngine

        func call(
            _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
        ) async throws(EngineError) -> RedisReply {
            guard !Task.isCancelled else { throw EngineError(.cancelled, "cancelled") }
            return try await inner.call(script, keys: keys, arguments: arguments)
        }
    }

    @Test func aCancelledComputationGivesItsLeaseBackAndKeepsWhatItHas() async throws {
        let harness = try CacheHarness()
        let region = try CacheRegion(
            harness.region.type, of: String.self, engine: HeedingCancellation(inner: harness.engine),
            clock: harness.clock)
        for heedsIt in [true, false] {
            let (isComputing, mayFinish) = (Gate(), Gate())
            let key = CacheKey("\(heedsIt)")
            let caller = Task {
                try await region.value(for: key) {
                    isComputing.open()
                    if heedsIt { try await untilCancelled() } else { await mayFinish.waitEvenIfCancelled() }
                    return "late"
                }
            }
            await isComputing.wait()
            caller.cancel()
            await #expect(throws: CancellationError.self) { try await caller.value }
            mayFinish.open()
            // The clock stands still, and no lease runs out.
            try await until {
                if case .busy = try await harness.region.lookup(key) { false } else { true }
            }
            #expect(try await harness.region.get(key) == (heedsIt ? nil : "late"))
        }
    }
}
