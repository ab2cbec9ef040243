import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// What a service notices of a cache.
@Suite(.timeLimit(.minutes(20))) struct CacheRegionTests {
    @Test func aValueIsComputedOnceWhileItIsFresh() async throws {
        let harness = try CacheHarness()
        let origin = CacheOrigin()
        for _ in 0..<3 {
            #expect(try await harness.region.value(for: "k") { origin.value() } == "v1")
        }
        harness.clock.advance(by: .milliseconds(59_999))
        #expect(try await harness.region.value(for: "k") { origin.value() } == "v1")
        harness.clock.advance(by: .milliseconds(2))
        #expect(try await harness.region.value(for: "k") { origin.value() } == "v2")
        #expect(origin.calls == 2)
    }

    @Test func anotherProcessGetsTheValue() async throws {
        let harness = try CacheHarness()
        let origin = CacheOrigin()
        _ = try await harness.region.value(for: "k") { origin.value() }
        #expect(try await harness.otherProcess().value(for: "k") { origin.value() } == "v1")
    }

    @Test func anInvalidatedTagMakesItsValuesMisses() async throws {
        let harness = try CacheHarness()
        let (region, origin) = (harness.region, CacheOrigin())
        _ = try await region.value(for: "a", tags: ["x", "y"]) { origin.value("a") }
        _ = try await region.value(for: "b", tags: ["y"]) { origin.value("b") }
        _ = try await region.value(for: "c") { computation in
            computation.tag("x")
            return origin.value("c")
        }
        try await region.invalidate(tags: ["x"])
        #expect(try await region.get("a") == nil)
        #expect(try await region.get("b") == "b2")
        #expect(try await region.get("b", tags: ["y"]) == "b2")
        #expect(try await region.get("c") == nil)
        #expect(try await region.value(for: "a", tags: ["x", "y"]) { origin.value("a") } == "a4")
        #expect(try await region.get("a") == "a4")
    }

    @Test func invalidatingAllOfSeveralTagsTakesOnlyWhatHasAllOfThem() async throws {
        let harness = try CacheHarness()
        let region = harness.region
        try await region.set("1", for: "both", tags: ["x", "y", "z"])
        try await region.set("2", for: "x", tags: ["x"])
        try await region.set("3", for: "y", tags: ["y", "z"])
        try await region.invalidate(allOf: ["y", "x", "x"])
        #expect(try await region.get("both") == nil)
        #expect(try await region.get("both", tags: ["x", "y", "z"]) == nil)
        #expect(try await region.get("x") == "2")
        #expect(try await region.get("y") == "3")
        try await region.set("4", for: "both", tags: ["x", "y", "z"])
        #expect(try await region.get("both") == "4")
    }

    @Test func moreRulesThanAreKeptBecomeInvalidationsOfTheirFirstTag() async throws {
        let harness = try CacheHarness()
        let region = harness.region
        for number in 0..<20 {
            try await region.set("pair", for: "pair\(number)", tags: ["a\(number)", "b"])
            try await region.set("single", for: "single\(number)", tags: ["a\(number)"])
        }
        for number in 0..<20 { try await region.invalidate(allOf: ["a\(number)", "b"]) }
        for number in 0..<20 {
            #expect(try await region.get("pair\(number)") == nil)
            #expect(try await region.get("single\(number)") == (number < 4 ? nil : "single"))
        }
    }

    @Test func clearingInvalidatesEverything() async throws {
        let harness = try CacheHarness { $0.shards = 3 }
        let region = harness.region
        let keys = (0..<20).map { CacheKey("k\($0)") }
        try await region.set(Dictionary(uniqueKeysWithValues: keys.map { ($0, "v") }), tags: ["t"])
        #expect(try await region.get(keys).count == 20)
        try await region.clear()
        #expect(try await region.get(keys).isEmpty)
        try await region.set("new", for: "k0")
        #expect(try await region.get("k0") == "new")
    }

    @Test func aDeletedValueIsGoneAndOthersStay() async throws {
        let region = try CacheHarness().region
        try await region.set(["a": "1", "b": "2", "c": "3"])
        #expect(try await region.delete("a"))
        #expect(try await !region.delete("a"))
        #expect(try await region.delete(["b", "nothing"]) == 1)
        #expect(try await region.get(["a", "b", "c"]) == ["c": "3"])
    }

    @Test func thatThereIsNoValueIsRememberedForItsOwnTime() async throws {
        let harness = try CacheHarness { $0.negativeTTL = .seconds(5) }
        let (region, origin) = (harness.region, CacheOrigin())
        for _ in 0..<3 {
            let value = try await region.valueIfFound(for: "k") { () -> String? in
                _ = origin.value()
                return nil
            }
            #expect(value == nil)
        }
        #expect(origin.calls == 1)
        #expect(try await !region.exists("k"))
        // Whoever wants a value in any case has it computed.
        #expect(try await region.value(for: "k") { "there" } == "there")
        #expect(try await region.valueIfFound(for: "k") { nil } == "there")
        try await region.delete("k")
        _ = try await region.valueIfFound(for: "k") { nil }
        harness.clock.advance(by: .milliseconds(5_001))
        #expect(try await region.valueIfFound(for: "k") { "now" } == "now")
    }

    @Test func aValueCanBeExtendedAndTellsHowLongItLives() async throws {
        let harness = try CacheHarness { $0.staleIfError = .seconds(30) }
        let region = harness.region
        try await region.set("v", for: "k", tags: ["t"], ttl: .seconds(10))
        harness.clock.advance(by: .seconds(4))
        let entry = try #require(try await region.entry(for: "k"))
        #expect(entry.age == .seconds(4))
        #expect(entry.freshFor == .seconds(6))
        #expect(entry.livesFor == .seconds(36))
        #expect(entry.tags == ["t"])
        #expect(try await region.extend("k", ttl: .seconds(20)))
        #expect(try await region.timeToLive(of: "k") == .seconds(20))
        harness.clock.advance(by: .seconds(21))
        #expect(try await region.timeToLive(of: "k") == nil)
        #expect(try await region.get("k") == nil)
        #expect(try await region.entry(for: "k")?.isFresh == false)
        #expect(try await !region.extend("nothing"))
        try await region.set("v", for: "k", tags: ["t"])
        try await region.invalidate(tags: ["t"])
        #expect(try await region.extend("k", ttl: .seconds(20)))
        #expect(try await region.get("k") == nil)
    }

    @Test func largeAndCompressedValuesComeBackAsTheyWere() async throws {
        let harness = try CacheHarness { $0.compressAbove = 1_000 }
        let region = harness.region
        let random = String((0..<40_000).map { _ in Character(Unicode.Scalar(UInt8.random(in: 33...126))) })
        let uniform = String(repeating: "abc", count: 100_000)
        try await region.set(random, for: "random", tags: ["t"])
        try await region.set(uniform, for: "uniform", tags: ["t"])
        #expect(try await region.value(for: "computed", tags: ["t"]) { random } == random)
        #expect(try await region.get("random") == random)
        #expect(try await region.get("uniform") == uniform)
        #expect(try await region.get("computed") == random)
        let stored = try await harness.engine.send(RedisCommand("STRLEN", ["p:{test.0}:e:uniform"])).integer
        #expect(try #require(stored) < 3_000)
        // Nothing waits any more, and everything expires.
        guard case .array(let keys) = try await harness.engine.send(RedisCommand("KEYS", ["*"])) else { return }
        for key in keys.compactMap(\.string) where !key.hasSuffix(":c") && !key.hasSuffix(":r") {
            let ttl = try await harness.engine.send(RedisCommand("PTTL", [.string(key)])).integer
            #expect(try #require(ttl) > 0, "\(key)")
            #expect(!key.contains(":w:"))
        }
    }
}
