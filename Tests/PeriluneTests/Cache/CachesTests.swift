import Perilune
import PeriluneEmbedded
import Testing

@Suite(.timeLimit(.minutes(20))) struct CachesTests {
    let caches = Caches(engine: EmbeddedEngine())

    @Test func aRegionIsMadeOnce() throws {
        let texts = try caches.region(.outbreakData, of: String.self)
        #expect(try caches.region(.outbreakData, of: String.self) === texts)
        #expect(try caches.region(.riskAssessment, of: String.self) !== texts)
        var longer = CacheType.outbreakData
        longer.ttl = .hours(1)
        #expect(try caches.region(longer, of: String.self) !== texts)
    }

    @Test func typesThatCannotBeAreRefused() {
        #expect(throws: CacheConfigurationError.invalidName("no name")) {
            try caches.region(CacheType("no name", ttl: .minutes(1)), of: String.self)
        }
    }

    @Test func anInvalidationIsOfValuesOfAllTypes() async throws {
        let texts = try caches.region(.outbreakData, of: String.self)
        let numbers = try caches.region(.outbreakData, of: Int.self)
        func fill() async throws {
            try await texts.set("text", for: "text", tags: ["a", "b"])
            try await numbers.set(1, for: "number", tags: ["a", "b"])
        }
        for invalidate in [
            { try await caches.invalidate(tags: ["a"], in: .outbreakData) },
            { try await caches.invalidate(allOf: ["a", "b"], in: .outbreakData) },
            { try await caches.clear(.outbreakData) },
        ] as [() async throws -> Void] {
            try await fill()
            #expect(try await texts.get("text") == "text")
            #expect(try await numbers.get("number") == 1)
            try await invalidate()
            #expect(try await texts.get("text") == nil)
            #expect(try await numbers.get("number") == nil)
        }
    }

    @Test func aProcessThatHasNoRegionInvalidatesToo() async throws {
        let engine = EmbeddedEngine()
        let texts = try Caches(engine: engine).region(.outbreakData, of: String.self)
        try await texts.set("text", for: "text", tags: ["a"])
        try await Caches(engine: engine).invalidate(tags: ["a"], in: .outbreakData)
        #expect(try await texts.get("text") == nil)
        await #expect(throws: CacheError.noTags) { try await caches.invalidate(tags: [], in: .outbreakData) }
    }

    @Test func regionsAreRunWheneverTheyAreMade() async throws {
        let clock = ManualClock(microseconds: 1_700_000_000_000_000)
        let caches = Caches(engine: EmbeddedEngine(clock: clock), clock: clock)
        let texts = try caches.region(.outbreakData, of: String.self)
        let runner = Task { await caches.run() }
        let numbers = try caches.region(.riskAssessment, of: Int.self)
        _ = try await texts.get("text")
        _ = try await numbers.get("number")
        // What they count reaches the statistics of all processes, without anybody asking for it, when they are run.
        for administration in [texts.administration, numbers.administration] {
            while try await administration.statistics().total.misses == 0 {
                clock.advance(by: .seconds(1))
                await Task.yield()
            }
        }
        runner.cancel()
        await runner.value
    }
}
