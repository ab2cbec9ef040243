import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// Leases that cannot be had, are lost, or last too long.
@Suite(.timeLimit(.minutes(20))) struct CacheLeaseTests {
    private static let lease: RedisArgument = "p:{test.0}:l:k"

    @Test func aValueThatOthersChangeAllTheTimeIsComputedAllTheSame() async throws {
        let cache = try ScriptedCache()
        let (region, origin) = (cache.region, CacheOrigin())
        cache.engine.answer("cache.lease") { _ in .bulk("") }
        #expect(try await region.value(for: "k") { origin.value() } == "v1")
        #expect(origin.calls == 1)
        #expect(cache.engine.count(of: "cache.lease") == 8)
        guard case .busy(.milliseconds(1)) = try await region.lookup("k") else {
            Issue.record("whoever changes it all the time computes it, too")
            return
        }
        #expect(cache.engine.count(of: "cache.lease") == 16)
    }

    @Test func whoHasWaitedLongEnoughComputesTheValueForItself() async throws {
        let cache = try ScriptedCache {
            $0.leaseTime = .seconds(600)...(.seconds(600))
            $0.waitLimit = .seconds(5)
        }
        let (region, other) = (cache.region, try cache.otherProcess())
        let token = try await cache.token("k", of: other)
        let start = cache.clock.microseconds
        let end = Locked<Int64?>(nil)
        let waiting = Task {
            let value = try await region.value(for: "k") { "mine" }
            end.withLock { $0 = cache.clock.microseconds }
            return value
        }
        try await until {
            if cache.clock.sleeperCount > 0, end.withLock({ $0 == nil }) { cache.clock.advance(by: .milliseconds(10)) }
            return end.withLock { $0 != nil }
        }
        #expect(try await waiting.value == "mine")
        #expect(try #require(end.withLock { $0 }) - start >= 5_000_000)
        // It is not stored: that is for whoever has the lease.
        #expect(try await region.get("k") == nil)
        #expect(try await other.store("theirs", with: token) == .stored)
        #expect(try await region.get("k") == "theirs")
    }

    /// Lets a value be computed for as long as a body takes.
    private func computing(
        _ cache: ScriptedCache, _ body: () async throws -> Void
    ) async throws -> String {
        let (isComputing, mayFinish) = (Gate(), Gate())
        async let value = cache.region.value(for: "k") {
            isComputing.open()
            await mayFinish.wait()
            return "v"
        }
        await isComputing.wait()
        // Only the renewal sleeps.
        try await until { cache.clock.sleeperCount == 1 }
        try await body()
        mayFinish.open()
        return try await value
    }

    @Test func aLeaseThatIsLostIsNotRenewedAgainAndItsValueNotStored() async throws {
        let cache = try ScriptedCache { $0.leaseTime = .seconds(1)...(.seconds(1)) }
        let value = try await computing(cache) {
            _ = try await cache.engine.send(RedisCommand("DEL", [Self.lease]))
            cache.clock.advance(by: .milliseconds(500))
            try await until { cache.engine.count(of: "cache.renew") == 1 && cache.clock.sleeperCount == 0 }
            cache.clock.advance(by: .seconds(10))
        }
        #expect(value == "v")
        #expect(cache.engine.count(of: "cache.renew") == 1)
        #expect(cache.region.storage.counters.take()[.refusedSet] == 1)
        #expect(try await cache.region.get("k") == nil)
    }

    @Test func aRenewalThatFailsIsTriedAgainWhileThereIsALease() async throws {
        let cache = try ScriptedCache { $0.leaseTime = .seconds(8)...(.seconds(8)) }
        let value = try await computing(cache) {
            cache.engine.answer("cache.renew") { _ throws(EngineError) in
                throw EngineError(.connectionLost, "gone", mayHaveRun: true)
            }
            for (count, seconds) in [(1, 4), (2, 1)] {
                cache.clock.advance(by: .seconds(seconds))
                try await until { cache.engine.count(of: "cache.renew") == count && cache.clock.sleeperCount == 1 }
            }
            cache.engine.leave("cache.renew")
            cache.clock.advance(by: .seconds(1))
            try await until { cache.engine.count(of: "cache.renew") == 3 && cache.clock.sleeperCount == 1 }
            // It has been renewed, two seconds before its end, and so it is from then on.
            #expect(try await cache.engine.send(RedisCommand("PTTL", [Self.lease])) == .integer(8_000))
            cache.clock.advance(by: .seconds(4))
            try await until { cache.engine.count(of: "cache.renew") == 4 && cache.clock.sleeperCount == 1 }
            #expect(try await cache.engine.send(RedisCommand("PTTL", [Self.lease])) == .integer(8_000))
        }
        #expect(value == "v")
        #expect(try await cache.region.get("k") == "v")
    }

    @Test func whoIsNotToldOfMessagesLooksNowAndThenAndTriesAgainToHear() async throws {
        let cache = try ScriptedCache { $0.leaseTime = .seconds(600)...(.seconds(600)) }
        let (region, other) = (cache.region, try cache.otherProcess())
        cache.engine.answer("SSUBSCRIBE") { _ throws(EngineError) in
            throw EngineError(RedisError("NOPERM this user has no permissions to access one of the channels"))
        }
        let token = try await cache.token("k", of: other)
        let waiting = Task { try await region.value(for: "k") { "mine" } }
        // It is tried anew each time that somebody waits.
        try await cache.clock.pass { cache.engine.count(of: "SSUBSCRIBE") >= 3 }
        #expect(try await other.store("theirs", with: token) == .stored)
        try await cache.clock.pass(until: waiting)
        #expect(try await waiting.value == "theirs")
    }

    // MARK: Flights

    @Test func aFlightThatIsEmptyBeforeItBeginsIsCancelled() async throws {
        let flight = Flight<Int>()
        let passenger = Task { await flight.outcome(by: nil, clock: ManualClock()) }
        passenger.cancel()
        #expect(await passenger.value == nil)
        #expect(!flight.board())
        let task = Task { _ = try? await untilCancelled() }
        flight.begin(task)
        await task.value
        #expect(task.isCancelled)
    }

    @Test func nobodyBoardsAnEmptyFlight() async throws {
        let flights = Flights<Int>()
        let (first, isNew) = flights.join("k")
        #expect(isNew)
        #expect(!flights.join("k").isNew && flights.passengers == 2)
        for _ in 0..<2 {
            let passenger = Task { await first.outcome(by: nil, clock: ManualClock()) }
            passenger.cancel()
            #expect(await passenger.value == nil)
        }
        #expect(flights.passengers == 0)
        let (second, isAnother) = flights.join("k")
        #expect(isAnother && second !== first)
        // The end of the first is not the end of the second.
        flights.end(first, "k")
        #expect(!flights.join("k").isNew)
    }
}
