import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// What a warming loads, leaves and tells.
@Suite(.timeLimit(.minutes(20))) struct CacheWarmingTests {
    private let keys = (0..<20).map { CacheKey("k\($0)") }

    @Test func eachKeyIsLoadedOnceAndStored() async throws {
        let harness = try CacheHarness()
        let origin = CacheOrigin()
        let made = try await harness.region.warm(keys, tags: ["t"]) { _, _ in origin.value() }
        #expect((made.total, made.done, made.stored, made.position) == (20, 20, 20, 20))
        #expect(origin.calls == 20)
        for key in keys { #expect(try await harness.otherProcess().get(key) != nil) }
        try await harness.region.invalidate(tags: ["t"])
        for key in keys { #expect(try await harness.region.get(key) == nil) }
    }

    @Test func whatIsFreshStaysUnlessForced() async throws {
        let harness = try CacheHarness()
        try await harness.region.set("there", for: "k3")
        _ = try await harness.region.valueIfFound(for: "k4") { nil }
        let origin = CacheOrigin()
        let made = try await harness.region.warm(keys) { _, _ in origin.value() }
        #expect((made.stored, made.fresh, origin.calls) == (18, 2, 18))
        #expect(try await harness.region.get("k3") == "there")
        #expect(try await harness.region.warm(keys, force: true) { _, _ in origin.value("new") }.stored == 20)
        #expect(try await harness.region.get("k3")?.hasPrefix("new") == true)
    }

    @Test func whatIsStaleIsLoadedAnew() async throws {
        let harness = try CacheHarness { $0.staleWhileRevalidate = .seconds(60) }
        try await harness.region.set("old", for: "k1")
        harness.clock.advance(by: .seconds(61))
        #expect(try await harness.region.warm(["k1"]) { _, _ in "new" }.stored == 1)
        #expect(try await harness.region.get("k1") == "new")
    }

    @Test func thatThereIsNoValueIsRemembered() async throws {
        let harness = try CacheHarness()
        let made = try await harness.region.warm(["a", "b"]) { key, _ in key == "a" ? "v" : nil }
        #expect((made.stored, made.absent) == (1, 1))
        let origin = CacheOrigin()
        #expect(try await harness.region.valueIfFound(for: "b") { origin.value() } == nil)
        #expect(origin.calls == 0)
    }

    @Test func whatFailsStopsNoneOfTheOthers() async throws {
        let harness = try CacheHarness { $0.maximumBytes = 10 }
        var failed: [CacheKey] = []
        let made = try await harness.region.warm(keys) { key, computation in
            if key == "k1" { throw CacheOriginError() }
            if key == "k2" { return "much more than ten bytes" }
            if key == "k3" { computation.doNotStore() }
            return "v"
        } progress: { step in
            if case .failed = step.outcome { failed.append(step.key) }
        }
        #expect((made.stored, made.failed, made.refused, made.position) == (17, 2, 1, 20))
        #expect(Set(failed) == ["k1", "k2"])
        #expect(try await harness.region.get("k2") == nil)
        #expect(try await harness.region.warm(["k1", "k2", "k3"]) { _, _ in "v" }.stored == 3)
    }

    @Test func tooManyTagsAreNotedBeforeAnythingIsLoaded() async throws {
        let harness = try CacheHarness { $0.maximumTags = 1 }
        let origin = CacheOrigin()
        let made = try await harness.region.warm(["a"], tags: ["x", "y"]) { _, _ in origin.value() }
        #expect((made.failed, origin.calls) == (1, 0))
        #expect(try await harness.region.warm(["a"], ttl: .zero) { _, _ in origin.value() }.failed == 1)
        #expect(origin.calls == 0)
    }

    @Test func whatSomebodyElseComputesIsLeftToThem() async throws {
        let harness = try CacheHarness()
        guard case .miss(let token) = try await harness.otherProcess().lookup("k1") else {
            Issue.record("there is a value")
            return
        }
        let origin = CacheOrigin()
        let made = try await harness.region.warm(["k1", "k2"]) { _, _ in origin.value() }
        #expect((made.stored, made.elsewhere, origin.calls) == (1, 1, 1))
        #expect(try await harness.otherProcess().store("theirs", with: token) == .stored)
    }

    @Test func anInvalidationMeanwhileRefusesTheValue() async throws {
        let harness = try CacheHarness()
        let other = try harness.otherProcess()
        let made = try await harness.region.warm(["k"], tags: ["t"]) { _, _ in
            try await other.invalidate(tags: ["t"])
            return "old"
        }
        #expect((made.stored, made.refused) == (0, 1))
        #expect(try await harness.region.get("k") == nil)
    }

    @Test func noMoreAreLoadedAtOnceThanAskedFor() async throws {
        let harness = try CacheHarness()
        let counts = Locked((now: 0, most: 0))
        try await harness.region.warm(keys, concurrency: 3) { _, _ in
            counts.withLock { counts in
                counts.now += 1
                counts.most = max(counts.most, counts.now)
            }
            for _ in 0..<5 { await Task.yield() }
            counts.withLock { $0.now -= 1 }
            return "v"
        }
        #expect((1...3).contains(counts.withLock { $0.most }))
    }

    /// Who goes on where the position is, skips nothing that was not done.
    @Test func thePositionWaitsForTheFirstThatIsNotDone() async throws {
        let harness = try CacheHarness()
        let gate = Gate()
        var steps: [CacheWarmingStep] = []
        try await harness.region.warm(keys, concurrency: 4) { key, _ in
            if key == "k0" { await gate.wait() }
            return "v"
        } progress: { step in
            steps.append(step)
            if steps.count == 19 { gate.open() }
        }
        #expect(steps.map(\.progress.done) == Array(1...20))
        // Others go on; the first one keeps the position where it is.
        #expect(steps.dropLast().allSatisfy { $0.index != 0 && $0.progress.position == 0 })
        #expect(steps.last?.index == 0)
        #expect(steps.last?.progress.position == 20)
    }

    @Test func valuesAreSetWhateverThereIs() async throws {
        let harness = try CacheHarness()
        try await harness.region.set("old", for: "a")
        let items = [
            CacheWarmingItem("a", value: "new", tags: ["t"]), CacheWarmingItem<String>("b", ttl: .seconds(5)),
        ]
        let made = try await harness.region.warm(items) { _, _ in "loaded" }
        #expect(made.stored == 2)
        #expect(try await harness.region.get("a") == "new")
        #expect(try await harness.region.timeToLive(of: "b") == .seconds(5))
        try await harness.region.invalidate(tags: ["t"])
        #expect(try await harness.region.get("a") == nil)
        #expect(try await harness.region.get("b") == "loaded")
    }

    @Test func anEngineThatFailsEndsIt() async throws {
        let region = try CacheRegion(
            CacheType("test", ttl: .seconds(60)), of: String.self, engine: FailingEngine(), clock: ManualClock())
        let origin = CacheOrigin()
        await #expect(throws: CacheError.self) { try await region.warm(keys) { _, _ in origin.value() } }
        #expect(origin.calls == 0)
    }

    @Test func whoStopsItGivesTheLeasesBack() async throws {
        let harness = try CacheHarness()
        let region = harness.region
        await #expect(throws: CacheOriginError.self) {
            try await region.warm(keys, concurrency: 4) { key, _ in
                if key != "k0" { try await untilCancelled() }
                return "v"
            } progress: { _ in
                throw CacheOriginError()
            }
        }
        for key in keys.dropFirst() {
            guard case .miss(let token) = try await region.lookup(key) else {
                Issue.record("\(key) is still held")
                return
            }
            try await region.abandon(token)
        }
    }

    @Test func aCancelledTaskEndsIt() async throws {
        let harness = try CacheHarness()
        let region = harness.region
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await region.warm(keys) { _, _ in
                start.yield()
                try await untilCancelled()
                return "v"
            }
        }
        for await _ in started { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func whoAsksMeanwhileWaitsForTheWarming() async throws {
        let harness = try CacheHarness()
        let (region, origin) = (harness.region, CacheOrigin())
        let asked = Gate()
        async let made = region.warm(["k"]) { _, _ in
            await asked.wait()
            return origin.value("warm")
        }
        // The lease is taken before anybody asks.
        try await until {
            try await harness.engine.send(RedisCommand("EXISTS", ["p:{test.0}:l:k"])).integer == 1
        }
        async let value = region.value(for: "k") { origin.value("asked") }
        // That somebody waits stands in the lease.
        try await until {
            try await harness.engine.send(RedisCommand("GETRANGE", ["p:{test.0}:l:k", "16", "16"])).string == "1"
        }
        asked.open()
        #expect(try await value == "warm1")
        #expect(try await made.stored == 1)
    }
}
