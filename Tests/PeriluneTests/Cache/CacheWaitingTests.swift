import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// Who waits for a value, and for how long.
@Suite(.timeLimit(.minutes(20))) struct CacheWaitingTests {
    /// An engine that counts, refuses calls of cancelled tasks as a client with connections does, and can be slow.
    struct ObservedEngine: MessageEngine, ForwardingEngine {
        let inner: EmbeddedEngine
        let clock: ManualClock
        let leases = Locked(0)
        /// How long a read takes.
        let readTime = Locked(Duration.zero)

        func call(
            _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
        ) async throws(EngineError) -> RedisReply {
            if Task.isCancelled { throw EngineError(.cancelled, "the task is cancelled") }
            if script.name == "cache.lease" { leases.withLock { $0 += 1 } }
            return try await inner.call(script, keys: keys, arguments: arguments)
        }

        func pipeline(_ commands: [RedisCommand]) async throws(EngineError) -> [RedisReply] {
            clock.advance(by: readTime.withLock { $0 })
            return try await inner.pipeline(commands)
        }
    }

    private static func region(
        _ change: (inout CacheType) -> Void = { _ in }
    ) throws -> (engine: ObservedEngine, region: CacheRegion<String>, other: CacheRegion<String>) {
        let clock = ManualClock()
        let engine = ObservedEngine(inner: EmbeddedEngine(clock: clock), clock: clock)
        var type = CacheType("test", ttl: .seconds(60))
        change(&type)
        return (
            engine, try CacheRegion(type, of: String.self, engine: engine, clock: clock),
            try CacheRegion(type, of: String.self, engine: engine, clock: clock)
        )
    }

    @Test func whoWaitsForAnotherProcessDoesNotAskAgainAndAgain() async throws {
        let (engine, region, other) = try Self.region()
        guard case .miss(let token) = try await other.lookup("k") else {
            Issue.record("no token")
            return
        }
        let waiting = Task { try await region.value(for: "k") { "mine" } }
        // It is woken once, when it is subscribed, looks again, and waits for a message.
        try await until { engine.clock.sleeperCount > 0 && engine.leases.withLock { $0 } >= 3 }
        for _ in 0..<50 { await shortPause() }
        #expect(engine.leases.withLock { $0 } <= 4)
        #expect(try await other.store("theirs", with: token) == .stored)
        #expect(try await waiting.value == "theirs")
    }

    @Test func aTimeoutThatHasPassedBeforeAnybodyWaitsCounts() async throws {
        let (engine, region, _) = try Self.region {
            $0.hardTimeout = .milliseconds(100)
            $0.softTimeout = .milliseconds(50)
            $0.staleIfError = .seconds(60)
        }
        let mayFinish = Gate()
        engine.readTime.withLock { $0 = .milliseconds(200) }
        await #expect(throws: CacheError.timedOut) {
            try await region.value(for: "k") {
                await mayFinish.wait()
                return "v"
            }
        }
        mayFinish.open()
        try await until { try await region.get("k") == "v" }
    }

    @Test func whenNobodyWaitsAnyMoreOthersNeedNotWaitForTheLease() async throws {
        let (_, region, other) = try Self.region()
        let isComputing = Gate()
        let caller = Task {
            try await region.value(for: "k") {
                isComputing.open()
                try await untilCancelled()
                return "v"
            }
        }
        await isComputing.wait()
        caller.cancel()
        await #expect(throws: CancellationError.self) { try await caller.value }
        #expect(try await other.value(for: "k") { "next" } == "next")
    }

    @Test func whoJoinsAfterADeletionGetsNothingThatWasReadBeforeIt() async throws {
        let (_, region, other) = try Self.region()
        let (isComputing, mayFinish) = (Gate(), Gate())
        async let early = region.value(for: "k") {
            isComputing.open()
            await mayFinish.wait()
            return "old"
        }
        await isComputing.wait()
        try await other.delete("k")
        async let late = region.value(for: "k") { "new" }
        try await until { region.flights.passengers == 2 }
        mayFinish.open()
        #expect(try await early == "old")
        #expect(try await late == "new")
    }
}
