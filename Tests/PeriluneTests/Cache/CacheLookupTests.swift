import Perilune
import PeriluneCore
import PeriluneTestSupport
import Testing

/// Looking for a value, and deciding what it is good for.
@Suite(.timeLimit(.minutes(20))) struct CacheLookupTests {
    @Test func aValueThatWillNotDoIsComputedAnew() async throws {
        let region = try CacheHarness().region
        try await region.set("old", for: "k")
        var seen: [String?] = []
        let found = try await region.lookup("k") { entry in
            seen.append(entry?.value)
            return .compute
        }
        guard case .miss(let token) = found else {
            Issue.record("no token")
            return
        }
        #expect(seen == ["old"])
        #expect(try await region.get("k") == "old")
        #expect(try await region.store("new", with: token) == .stored)
        #expect(try await region.get("k") == "new")
    }

    @Test func whoeverWantsNoneTakesNoLease() async throws {
        let region = try CacheHarness().region
        for decision in [CacheLookupDecision.leave, .use] {
            guard case .busy(.zero) = try await region.lookup("k", deciding: { _ in decision }) else {
                Issue.record("something")
                return
            }
        }
        guard case .miss = try await region.lookup("k") else {
            Issue.record("no token")
            return
        }
    }

    @Test func whoeverWaitsGetsWhatOthersStore() async throws {
        let harness = try CacheHarness()
        let region = harness.region
        guard case .miss(let token) = try await region.lookup("k") else {
            Issue.record("no token")
            return
        }
        let other = try harness.otherProcess()
        guard case .busy = try await other.lookup("k") else {
            Issue.record("not busy")
            return
        }
        async let waiting = other.lookup("k", waitingFor: .seconds(60)) { $0 == nil ? .compute : .use }
        try await until { harness.clock.sleeperCount > 0 }
        try await region.store("v", with: token)
        guard case .hit(let entry) = try await waiting else {
            Issue.record("no value")
            return
        }
        #expect(entry.value == "v")
    }

    @Test func nobodyWaitsForLongerThanTheyWant() async throws {
        let harness = try CacheHarness()
        _ = try await harness.region.lookup("k")
        async let waiting = harness.otherProcess().lookup("k", waitingFor: .seconds(2)) { _ in .compute }
        for _ in 0..<2 {
            try await until { harness.clock.sleeperCount > 0 }
            harness.clock.advance(by: .milliseconds(1_001))
        }
        guard case .busy = try await waiting else {
            Issue.record("not busy")
            return
        }
    }
}
