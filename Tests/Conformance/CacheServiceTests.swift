import PeriluneCore
import PeriluneEmbedded
import PeriluneRedis
import PeriluneTestSupport
import Testing

@testable import Perilune

/// What a service notices of a cache is the same on every engine, in one slot or in several.
@Suite(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"), .timeLimit(.minutes(20)))
struct CacheServiceTests {
    /// Where a cache is.
    struct Place: Sendable, CustomTestStringConvertible {
        enum Kind: CaseIterable { case embedded, server, cluster }

        let kind: Kind
        let shards: Int

        var testDescription: String { "\(kind), \(shards) shards" }

        static let all = Kind.allCases.flatMap { kind in [1, 5].map { Place(kind: kind, shards: $0) } }
    }

    private static let cluster = Task { try await RedisCluster.start() }

    /// A region of a test's own, and what it takes to have it in another process.
    private struct Setting {
        let engine: any MessageEngine
        let region: CacheRegion<String>

        func otherProcess() throws -> CacheRegion<String> {
            try CacheRegion(region.type, of: String.self, engine: engine)
        }

        /// The value's entry, and the head of its shard.
        func entry(_ key: CacheKey) -> RedisArgument { region.storage.shard(of: key).entry(key).argument }
        func control(_ key: CacheKey) -> RedisArgument { region.storage.shard(of: key).control.argument }
        func lease(_ key: CacheKey) -> RedisArgument { region.storage.shard(of: key).lease(key).argument }

        func send(_ name: String, _ arguments: [RedisArgument]) async throws {
            _ = try await engine.send(RedisCommand(name, arguments))
        }
    }

    private func with(
        _ place: Place, change: ((inout CacheType) -> Void)? = nil, _ body: (Setting) async throws -> Void
    ) async throws {
        var type = CacheSurroundings.type("t-\(UInt64.random(in: 0...UInt64.max))", shards: place.shards)
        change?(&type)
        func run(_ engine: any MessageEngine) async throws {
            try await body(Setting(engine: engine, region: try CacheRegion(type, of: String.self, engine: engine)))
        }
        guard let engine = try await Self.redis(place.kind) else { return try await run(EmbeddedEngine()) }
        do {
            try await run(engine)
        } catch {
            await engine.shutdown(deadline: .zero)
            throw error
        }
        await engine.shutdown()
    }

    private static func redis(_ kind: Place.Kind) async throws -> RedisEngine? {
        let url =
            switch kind {
            case .embedded: nil as String?
            case .server: try RedisServer.shared().url
            case .cluster: try await cluster.value.url
            }
        guard let url else { return nil }
        var configuration = try RedisConfiguration(url: url)
        // The machine may be busy with other tests.
        configuration.connectTimeout = .seconds(60)
        configuration.commandTimeout = .seconds(60)
        return RedisEngine(configuration)
    }

    // MARK: Values

    @Test(arguments: Place.all) func valuesAreComputedOnceAndSharedAndTakenBack(_ place: Place) async throws {
        try await with(place) { setting in
            let (region, other, origin) = (setting.region, try setting.otherProcess(), CacheOrigin())
            for key: CacheKey in ["a", "b", "c", "d", "e"] {
                for region in [region, other, region] {
                    let value = try await region.value(for: key, tags: ["all", "\(key)"]) { origin.value("\(key)") }
                    #expect(value.hasPrefix("\(key)"))
                }
            }
            #expect(origin.calls == 5)
            try await other.invalidate(tags: ["a", "none"])
            #expect(try await region.get("a") == nil)
            #expect(try await region.get(["a", "b", "c", "d", "e"]).count == 4)
            try await region.invalidate(allOf: ["all", "b"])
            #expect(try await other.get(["a", "b", "c", "d", "e"]).count == 3)
            try await region.delete("c")
            #expect(try await other.get(["c", "d", "e"], tags: ["all"]).count == 2)
            try await other.set("put", for: "a", tags: ["all"])
            #expect(try await region.get("a") == "put")
            try await region.clear()
            #expect(try await other.get(["a", "b", "c", "d", "e"]).isEmpty)
            #expect(try await region.value(for: "a", tags: ["all"]) { origin.value() } == "v6")
            #expect(try await other.get("a") == "v6")
        }
    }

    @Test(arguments: Place.all) func rulesThatAreTooManyTakeMoreAndNeverLess(_ place: Place) async throws {
        try await with(place) { setting in
            let region = setting.region
            for number in 0..<20 { try await region.set("v", for: "\(number)", tags: ["a\(number)", "b"]) }
            for number in 0..<20 { try await region.invalidate(allOf: ["a\(number)", "b"]) }
            #expect(try await region.get((0..<20).map { CacheKey("\($0)") }).isEmpty)
        }
    }

    @Test(arguments: Place.all) func largeValuesAndNoneComeBackAsTheyWere(_ place: Place) async throws {
        let change: (inout CacheType) -> Void = { $0.compressAbove = 1_000 }
        try await with(place, change: change) { setting in
            let (region, other) = (setting.region, try setting.otherProcess())
            var generator = SeededGenerator(seed: 3)
            let random = String(
                decoding: (0..<200_000).map { _ in UInt8.random(in: 33...126, using: &generator) }, as: UTF8.self)
            try await region.set(random, for: "put", tags: ["t"])
            #expect(try await region.value(for: "computed", tags: ["t"]) { random } == random)
            #expect(try await other.get(["put", "computed"]) == ["put": random, "computed": random])
            #expect(try await region.valueIfFound(for: "none", tags: ["t"]) { nil } == nil)
            #expect(try await other.valueIfFound(for: "none", tags: ["t"]) { "there" } == nil)
            try await region.invalidate(tags: ["t"])
            #expect(try await other.get(["put", "computed"]).isEmpty)
            #expect(try await other.valueIfFound(for: "none", tags: ["t"]) { "there" } == "there")
            // Nothing is left of what was laid down to be put in its place, and was not.
            guard case .miss(let token) = try await other.lookup("lost") else { throw CacheOriginError() }
            try await region.delete("lost")
            #expect(try await other.store(random, with: token) == .refused(.leaseLost))
            var left: [String] = []
            for try await key in setting.engine.scan(matching: "p:{\(region.type.name).*}:w:*", count: 1_000) {
                left.append(key)
            }
            #expect(left == [])
        }
    }

    @Test(arguments: Place.all) func timesAreTheServers(_ place: Place) async throws {
        let change: (inout CacheType) -> Void = { $0.staleIfError = .seconds(3_600) }
        try await with(place, change: change) { setting in
            let region = setting.region
            try await region.set("v", for: "k", ttl: .milliseconds(30))
            try await until { try await region.get("k") == nil }
            #expect(try await region.entry(for: "k")?.value == "v")
            #expect(try await region.value(for: "k") { throw CacheOriginError() } == "v")
            #expect(try await region.extend("k", ttl: .seconds(100)))
            let left = try #require(try await region.timeToLive(of: "k"))
            #expect((.seconds(30)...(.seconds(100))).contains(left))
        }
    }

    // MARK: Late writes

    enum Interference: CaseIterable {
        case invalidateTag, invalidateFoundTag, invalidateAll, clear, delete, set, evictHead, evictLease
    }

    @Test(arguments: Place.all, Interference.allCases)
    func aValueComputedBeforeAChangeIsNotServedAfterIt(_ place: Place, _ interference: Interference) async throws {
        try await with(place) { setting in
            let (region, other) = (setting.region, try setting.otherProcess())
            let (isComputing, mayFinish) = (Gate(), Gate())
            async let late = region.value(for: "k", tags: ["x"]) { computation in
                computation.tag("found")
                isComputing.open()
                await mayFinish.wait()
                return "old"
            }
            await isComputing.wait()
            switch interference {
            case .invalidateTag: try await other.invalidate(tags: ["x"])
            case .invalidateFoundTag: try await other.invalidate(tags: ["found"])
            case .invalidateAll: try await other.invalidate(allOf: ["x", "found"])
            case .clear: try await other.clear()
            case .delete: try await other.delete("k")
            case .set: try await other.set("put", for: "k", tags: ["x"])
            case .evictHead: try await setting.send("DEL", [setting.control("k")])
            case .evictLease: try await setting.send("DEL", [setting.lease("k")])
            }
            // Whoever comes from now on to the process that still computes does not get what comes of it, unless nothing was
            // changed: who has lost the lease computes what is right all the same.
            async let next = region.value(for: "k", tags: ["x"]) { "new" }
            if interference != .set { try await until { region.flights.passengers == 2 } }
            mayFinish.open()
            #expect(try await late == "old")
            switch interference {
            case .set: #expect(try await next == "put")
            case .evictLease: #expect(try await next == "old")
            default: #expect(try await next == "new")
            }
            let expected = interference == .set ? "put" : "new"
            #expect(try await other.value(for: "k", tags: ["x"]) { "new" } == expected)
        }
    }

    @Test(arguments: Place.all) func tokensAreGoodOnceAndUntilSomethingChanges(_ place: Place) async throws {
        try await with(place) { setting in
            let (region, other) = (setting.region, try setting.otherProcess())
            func token(_ key: CacheKey) async throws -> CacheToken {
                guard case .miss(let token) = try await region.lookup(key) else { throw CacheOriginError() }
                return token
            }
            let first = try await token("k")
            guard case .busy(let time) = try await other.lookup("k") else { throw CacheOriginError() }
            #expect(time > .zero && time <= region.type.leaseTime.upperBound)
            #expect(try await other.store("v", with: first, tags: ["t"]) == .stored)
            #expect(try await other.store("w", with: first) == .refused(.leaseLost))
            let (a, b, c, d) = (
                try await token("a"), try await token("b"), try await token("c"), try await token("d")
            )
            try await setting.send("DEL", [setting.control("d")])
            #expect(try await region.store("old", with: d) == .refused(.flushed))
            try await other.delete("a")
            #expect(try await region.store("old", with: a) == .refused(.leaseLost))
            try await other.invalidate(tags: ["t"])
            // A shard whose head is another refuses all that was looked up before.
            let lost = region.storage.shard(of: "d").index
            let (isLostB, isLostC) = (
                region.storage.shard(of: "b").index == lost, region.storage.shard(of: "c").index == lost
            )
            #expect(
                try await region.store("old", with: b, tags: ["t"])
                    == .refused(isLostB ? .flushed : .invalidated))
            #expect(
                try await region.store("new", with: c, tags: ["u"]) == (isLostC ? .refused(.flushed) : .stored))
        }
    }

    @Test(arguments: Place.all) func whatIsLostOnlyMakesMisses(_ place: Place) async throws {
        try await with(place) { setting in
            let (region, other) = (setting.region, try setting.otherProcess())
            let (entry, control) = (setting.entry("k"), setting.control("k"))
            func name(_ what: String) -> RedisArgument {
                .string("backup:\(what):{\(region.type.name).\(region.storage.shard(of: "k").index)}")
            }
            try await region.set("v", for: "k", tags: ["t"])
            try await setting.send("COPY", [entry, name("entry")])
            try await setting.send("COPY", [control, name("control")])
            try await region.invalidate(tags: ["t"])
            // The server has lost what it acknowledged, which the process that asked for it finds out, and then all do.
            try await setting.send("COPY", [name("control"), control, "REPLACE"])
            #expect(try await region.get("k") == nil)
            #expect(try await other.get("k") == nil)
            // An entry and a head from an old backup.
            try await region.set("w", for: "k")
            try await setting.send("DEL", [control])
            #expect(try await other.get("k") == nil)
            try await other.set("other", for: "l")
            try await setting.send("COPY", [name("entry"), entry, "REPLACE"])
            #expect(try await other.get("k") == nil)
            #expect(try await region.value(for: "k") { "new" } == "new")
        }
    }

    // MARK: Many callers

    @Test(arguments: Place.all) func sixteenProcessesComputeAColdKeyOnce(_ place: Place) async throws {
        try await with(place) { setting in
            let origin = CacheOrigin()
            let regions = try (0..<16).map { _ in try setting.otherProcess() }
            let values = try await CacheOrigin.ask(regions, callers: 100, origin)
            #expect(values == ["v1"])
            #expect(origin.calls == 1)
        }
    }

    @Test(arguments: Place.all) func whoDiesWithTheLeaseDelaysOthersByTheLease(_ place: Place) async throws {
        let change: (inout CacheType) -> Void = { $0.leaseTime = .milliseconds(300)...(.milliseconds(300)) }
        try await with(place, change: change) { setting in
            let other = try setting.otherProcess()
            let start = ContinuousClock.now
            guard case .miss = try await setting.region.lookup("k") else { throw CacheOriginError() }
            #expect(try await other.value(for: "k") { "computed" } == "computed")
            let time = ContinuousClock.now - start
            // The lease began after the start, and what a busy machine takes comes on top.
            #expect(time > .milliseconds(250) && time < .seconds(60))
        }
    }

    @Test(arguments: Place.all) func whoFailsOrGoesLetsTheNextOneTryAtOnce(_ place: Place) async throws {
        let change: (inout CacheType) -> Void = { $0.leaseTime = .seconds(3_000)...(.seconds(3_000)) }
        try await with(place, change: change) { setting in
            let (region, other) = (setting.region, try setting.otherProcess())
            await #expect(throws: CacheOriginError()) { try await region.value(for: "k") { throw CacheOriginError() } }
            #expect(try await other.value(for: "k") { "v" } == "v")
            // With nobody left who waits the computation is cancelled, and the lease is given back.
            let isComputing = Gate()
            let caller = Task {
                try await region.value(for: "l") {
                    isComputing.open()
                    try await untilCancelled()
                    return "never"
                }
            }
            await isComputing.wait()
            async let next = other.value(for: "l") { "next" }
            caller.cancel()
            await #expect(throws: CancellationError.self) { try await caller.value }
            #expect(try await next == "next")
            // One that does not heed it is kept.
            let mayFinish = Gate()
            let isDeaf = Gate()
            let deaf = Task {
                try await region.value(for: "m") {
                    isDeaf.open()
                    await mayFinish.waitEvenIfCancelled()
                    return "late"
                }
            }
            await isDeaf.wait()
            deaf.cancel()
            _ = await deaf.result
            mayFinish.open()
            #expect(try await other.value(for: "m") { "another" } == "late")
        }
    }

    @Test(arguments: Place.all) func staleValuesAreServedWhileTheyAreComputedAnew(_ place: Place) async throws {
        let change: (inout CacheType) -> Void = { $0.staleWhileRevalidate = .seconds(3_600) }
        try await with(place, change: change) { setting in
            let (region, origin, mayFinish) = (setting.region, CacheOrigin(), Gate())
            try await region.set("stale", for: "k", ttl: .milliseconds(1))
            try await until { try await region.get("k") == nil }
            for region in [region, try setting.otherProcess(), region] {
                let value = try await region.value(for: "k") {
                    await mayFinish.wait()
                    return origin.value()
                }
                #expect(value == "stale")
            }
            mayFinish.open()
            try await until { try await region.get("k") == "v1" }
            #expect(origin.calls == 1)
        }
    }

    // MARK: Random

    @Test(arguments: Place.all) func nothingOutdatedIsServedAndWhatIsNotIsFound(_ place: Place) async throws {
        try await with(place) { setting in
            let seed = UInt64.random(in: 0...UInt64.max)
            var generator = SeededGenerator(seed: seed)
            var model = try CacheModel(CacheSurroundings.make(setting.region.type, setting.engine))
            let hasReplica = place.shards == 1
            let steps = (0..<(LongTests.areWanted ? 20_000 : 600)).map { _ in
                CacheStep.random(hasClock: false, hasReplica: hasReplica, using: &generator)
            }
            let complaint = try await model.run(steps)
            #expect(complaint == nil, "seed \(seed)")
            #expect(model.tally.hits > 30 && model.tally.stored > 10)
        }
    }

    @Test(arguments: Place.all) func callersAtTheSameTimeGetNothingOutdated(_ place: Place) async throws {
        let change: (inout CacheType) -> Void = { $0.ttl = .milliseconds(500) }
        try await with(place, change: change) { setting in
            let regions = try (0..<3).map { _ in try setting.otherProcess() }
            let keys = (0..<4).map { CacheKey("k\($0)") }
            let tally = await CacheCrowd(regions) { generator in
                let key = keys.randomElement(using: &generator) ?? "k0"
                let kinds = [setting.entry(key), setting.lease(key), setting.control(key)]
                try? await setting.send("DEL", [kinds.randomElement(using: &generator) ?? setting.entry(key)])
            }.run(callers: 12, steps: LongTests.areWanted ? 200 : 60)
            #expect(tally.complaints.isEmpty, "\(tally.complaints)")
            #expect(tally.failures == 0)
            #expect(tally.shared > 30 && tally.computed > 30 && tally.changes > 20)
        }
    }
}

extension CacheOrigin {
    /// Asks each region as often at the same time for one key.
    static func ask(
        _ regions: [CacheRegion<String>], callers: Int, _ origin: CacheOrigin
    ) async throws -> Set<String> {
        try await withThrowingTaskGroup(of: String.self) { group in
            for region in regions {
                for _ in 0..<callers {
                    group.addTask {
                        try await region.value(for: "cold", tags: ["t"]) {
                            await shortPause()
                            return origin.value()
                        }
                    }
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
    }
}
