import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// How often a value is computed, and who waits for whom.
@Suite(.timeLimit(.minutes(20))) struct CacheStampedeTests {
    @Test func sixteenProcessesWithAHundredCallersEachComputeAColdKeyOnce() async throws {
        let harness = try CacheHarness()
        let regions = try (0..<16).map { _ in try harness.otherProcess() }
        let origin = CacheOrigin()
        let values = try await withThrowingTaskGroup(of: String.self) { group in
            for region in regions {
                for _ in 0..<100 {
                    group.addTask {
                        try await region.value(for: "k", tags: ["t"]) {
                            await Task.yield()
                            return origin.value()
                        }
                    }
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(values == ["v1"])
        #expect(origin.calls == 1)
    }

    @Test func whoDiesWithTheLeaseDelaysOthersByTheLease() async throws {
        let harness = try CacheHarness { $0.leaseTime = .seconds(2)...(.seconds(2)) }
        // A process that takes the lease and is never heard of again.
        guard case .miss = try await harness.region.lookup("k") else {
            Issue.record("no token")
            return
        }
        let other = try harness.otherProcess()
        let (clock, start) = (harness.clock, harness.clock.microseconds)
        async let value = other.value(for: "k") {
            #expect(clock.microseconds - start >= 2_000_000)
            return "computed"
        }
        // It looks once a second, lest a message is lost.
        for _ in 0..<2 {
            try await until { harness.clock.sleeperCount > 0 }
            harness.clock.advance(by: .milliseconds(1_001))
        }
        #expect(try await value == "computed")
    }

    @Test func whoFailsLetsTheNextOneTry() async throws {
        let harness = try CacheHarness()
        let region = harness.region
        await #expect(throws: CacheOriginError()) {
            try await region.value(for: "k") { throw CacheOriginError() }
        }
        #expect(try await harness.otherProcess().value(for: "k") { "v" } == "v")
    }

    @Test func staleValuesAreServedWhileTheyAreComputedAnew() async throws {
        let harness = try CacheHarness { $0.staleWhileRevalidate = .seconds(30) }
        let (region, origin) = (harness.region, CacheOrigin())
        _ = try await region.value(for: "k") { origin.value() }
        harness.clock.advance(by: .seconds(61))
        let mayFinish = Gate()
        for _ in 0..<3 {
            let value = try await region.value(for: "k") {
                await mayFinish.wait()
                return origin.value()
            }
            #expect(value == "v1")
        }
        mayFinish.open()
        try await until { try await region.get("k") == "v2" }
        #expect(origin.calls == 2)
        // Beyond that time nobody gets it.
        harness.clock.advance(by: .seconds(91))
        #expect(try await region.value(for: "k") { origin.value() } == "v3")
    }

    @Test func anInvalidatedValueIsNotServedWhileItIsComputedAnew() async throws {
        let harness = try CacheHarness {
            $0.staleWhileRevalidate = .seconds(30)
            $0.staleIfError = .seconds(300)
        }
        let region = harness.region
        try await region.set("old", for: "k", tags: ["t"])
        try await region.invalidate(tags: ["t"])
        await #expect(throws: CacheOriginError()) {
            try await region.value(for: "k", tags: ["t"]) { throw CacheOriginError() }
        }
    }

    @Test func whenTheOriginFailsAStaleValueIsServed() async throws {
        let harness = try CacheHarness { $0.staleIfError = .seconds(300) }
        let region = harness.region
        try await region.set("stale", for: "k")
        harness.clock.advance(by: .seconds(120))
        #expect(try await region.value(for: "k") { throw CacheOriginError() } == "stale")
        #expect(try await region.value(for: "k") { "fresh" } == "fresh")
        harness.clock.advance(by: .seconds(361))
        await #expect(throws: CacheOriginError()) { try await region.value(for: "k") { throw CacheOriginError() } }
    }

    @Test func whoWaitsTooLongGetsTheStaleValueAndTheOthersTheNewOne() async throws {
        let harness = try CacheHarness {
            $0.staleIfError = .seconds(300)
            $0.softTimeout = .milliseconds(100)
            $0.hardTimeout = .milliseconds(500)
        }
        let region = harness.region
        try await region.set("stale", for: "k")
        harness.clock.advance(by: .seconds(61))
        let mayFinish = Gate()
        async let value = region.value(for: "k") {
            await mayFinish.wait()
            return "fresh"
        }
        async let cold = region.value(for: "cold") {
            await mayFinish.wait()
            return "late"
        }
        // Each waits with its timeout, and each keeps its lease.
        try await until { harness.clock.sleeperCount == 4 }
        harness.clock.advance(by: .milliseconds(101))
        #expect(try await value == "stale")
        harness.clock.advance(by: .milliseconds(401))
        do {
            _ = try await cold
            Issue.record("it is given as if it had come in time")
        } catch let error as CacheError {
            #expect(error == .timedOut)
        }
        mayFinish.open()
        // What took too long is stored all the same.
        try await until { try await region.get("k") == "fresh" }
        try await until { try await region.get("cold") == "late" }
    }

    @Test func aCallerThatIsCancelledLeavesAndTheOthersGetTheValue() async throws {
        let (region, origin) = (try CacheHarness().region, CacheOrigin())
        let (isComputing, mayFinish) = (Gate(), Gate())
        let compute: @Sendable () async throws -> String = {
            isComputing.open()
            await mayFinish.wait()
            return origin.value()
        }
        let impatient = Task { try await region.value(for: "k", compute) }
        await isComputing.wait()
        let patient = Task { try await region.value(for: "k", compute) }
        try await until { region.flights.passengers == 2 }
        impatient.cancel()
        await #expect(throws: CancellationError.self) { try await impatient.value }
        #expect(region.flights.passengers == 1)
        mayFinish.open()
        #expect(try await patient.value == "v1")
        #expect(origin.calls == 1)
        #expect(try await region.get("k") == "v1")
    }

    @Test func whenNobodyWaitsAnyMoreTheComputationIsCancelled() async throws {
        let region = try CacheHarness().region
        let (isComputing, wasCancelled) = (Gate(), Gate())
        let caller = Task {
            try await region.value(for: "k") {
                isComputing.open()
                do {
                    try await untilCancelled()
                } catch {
                    wasCancelled.open()
                    throw error
                }
                return "v"
            }
        }
        await isComputing.wait()
        caller.cancel()
        await wasCancelled.wait()
        await #expect(throws: CancellationError.self) { try await caller.value }
        #expect(try await region.value(for: "k") { "next" } == "next")
    }

    @Test func aLongComputationKeepsItsLease() async throws {
        let harness = try CacheHarness { $0.leaseTime = .seconds(1)...(.seconds(1)) }
        let region = harness.region
        let (isComputing, mayFinish) = (Gate(), Gate())
        async let value = region.value(for: "k") {
            isComputing.open()
            await mayFinish.wait()
            return "v"
        }
        await isComputing.wait()
        let other = try harness.otherProcess()
        for _ in 0..<5 {
            try await until { harness.clock.sleeperCount > 0 }
            let renewed = try await harness.engine.send(RedisCommand("PTTL", ["p:{test.0}:l:k"])).integer ?? 0
            #expect(renewed > 0)
            harness.clock.advance(by: .milliseconds(501))
            try await until {
                try await harness.engine.send(RedisCommand("PTTL", ["p:{test.0}:l:k"])).integer ?? 0 > 900
            }
        }
        guard case .busy = try await other.lookup("k") else {
            Issue.record("the lease is lost")
            return
        }
        mayFinish.open()
        #expect(try await value == "v")
        #expect(try await other.get("k") == "v")
    }

    @Test func aDeadEngineIsNoReasonToFail() async throws {
        let region = try CacheRegion(CacheType("t", ttl: .seconds(1)), of: String.self, engine: FailingEngine())
        let origin = CacheOrigin()
        #expect(try await region.value(for: "k") { origin.value() } == "v1")
        #expect(try await region.value(for: "k") { origin.value() } == "v2")
        await #expect(throws: CacheOriginError()) { try await region.value(for: "k") { throw CacheOriginError() } }
        await #expect(throws: CacheError.self) { try await region.get("k") }
    }

    @Test func valuesThatTakeLongAreComputedBeforeTheyExpire() async throws {
        let harness = try CacheHarness { $0.earlyRefresh = 100 }
        let (region, origin, clock) = (harness.region, CacheOrigin(), harness.clock)
        _ = try await region.value(for: "slow") {
            clock.advance(by: .seconds(20))
            return "slow\(origin.value())"
        }
        _ = try await region.value(for: "fast") { "fast" }
        clock.advance(by: .seconds(1))
        // Each call does it with a probability of 0.97.
        try await until {
            _ = try await region.value(for: "slow") { "slow\(origin.value())" }
            return try await region.get("slow") != "slowv1"
        }
        #expect(try await region.get("slow") != nil)
        for _ in 0..<20 { _ = try await region.value(for: "fast") { "other" } }
        #expect(try await region.get("fast") == "fast")
    }
}
