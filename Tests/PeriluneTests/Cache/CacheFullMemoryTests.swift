import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// What is outdated can be taken back when there is no room for anything new.
@Suite(.timeLimit(.minutes(20))) struct CacheFullMemoryTests {
    @Test(arguments: [1, 3]) func whatIsOutdatedGoes(shards: Int) async throws {
        let cache = try CacheHarness { $0.shards = shards }
        let region = cache.region
        let keys: [CacheKey] = ["any", "all", "one", "half", "rest"]
        try await region.set("v", for: "any", tags: ["t"])
        try await region.set("v", for: "all", tags: ["a", "b"])
        try await region.set("v", for: "half", tags: ["a"])
        for key: CacheKey in ["one", "rest"] { try await region.set("v", for: key, tags: ["u"]) }
        cache.engine.exclusively { $0.dataMemoryLimit = 0 }
        await #expect(throws: CacheError.self) { try await region.set("new", for: "rest") }

        try await region.invalidate(tags: ["t", "none"])
        #expect(Set(try await region.get(keys).keys) == ["all", "one", "half", "rest"])
        let other = try cache.otherProcess()
        try await other.invalidate(allOf: ["a", "b"])
        #expect(Set(try await region.get(keys).keys) == ["one", "half", "rest"])
        #expect(try await region.delete("one"))
        #expect(Set(try await other.get(keys).keys) == ["half", "rest"])
        // So many that the first one, of a and b, becomes one of a alone.
        for number in 0..<20 { try await other.invalidate(allOf: ["x\(number)", "u"]) }
        #expect(Set(try await region.get(keys).keys) == ["rest"])
        try await region.clear()
        #expect(try await other.get(keys).isEmpty)
    }

    @Test func aPatternIsGoneThrough() async throws {
        let cache = try CacheHarness()
        for key: CacheKey in ["user:1", "user:2", "item:1"] { try await cache.region.set("v", for: key) }
        cache.engine.exclusively { $0.dataMemoryLimit = 0 }
        #expect(try await cache.otherProcess().invalidate(pattern: "user:*").deleted == 2)
        #expect(try await cache.region.get(["user:1", "user:2", "item:1"]) == ["item:1": "v"])
    }

    @Test func oldInvalidationsMakeRoom() async throws {
        let cache = try CacheHarness { $0.waitLimit = .seconds(1) }
        let tags = (0..<1_100).map { CacheTag("\($0)") }
        for start in [0, 550] { try await cache.region.invalidate(tags: Array(tags[start..<start + 550])) }
        try await cache.region.set("v", for: "k", tags: ["0"])
        cache.engine.exclusively { $0.dataMemoryLimit = 0 }
        cache.clock.advance(by: .seconds(600))
        #expect(try await cache.otherProcess().storage.prune() == 1_100)
        #expect(try await cache.region.administration.shards().first?.tags == 0)
    }
}
