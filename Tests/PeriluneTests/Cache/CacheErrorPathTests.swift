import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// A region on an engine that gives a test's own answers.
struct ScriptedCache {
    let clock = ManualClock()
    let engine: ScriptedEngine<EmbeddedEngine>
    let log = RecordedLog()
    let region: CacheRegion<String>

    init(_ change: (inout CacheType) -> Void = { _ in }) throws {
        engine = ScriptedEngine(EmbeddedEngine(clock: clock))
        region = try CacheRegion(.exact(change), of: String.self, engine: engine, clock: clock, logger: log.logger)
    }

    /// The same region as another process has it.
    func otherProcess() throws -> CacheRegion<String> {
        try CacheRegion(region.type, of: String.self, engine: engine, clock: clock, logger: log.logger)
    }

    /// The first shard's control hash.
    static let control: RedisArgument = "p:{test.0}:c"

    func token(_ key: CacheKey, of region: CacheRegion<String>? = nil) async throws -> CacheToken {
        guard case .miss(let token) = try await (region ?? self.region).lookup(key) else { throw CacheOriginError() }
        return token
    }
}

/// What a region makes of replies that mean no, and of replies that mean nothing.
@Suite(.timeLimit(.minutes(20))) struct CacheErrorPathTests {
    private static let down = EngineError(.unreachable, "nobody there")

    // MARK: Values that cannot be stored

    @Test func aLargeValueThatIsEvictedBeforeItIsInItsPlaceIsGivenAndNotStored() async throws {
        let cache = try ScriptedCache { $0.compressAbove = nil }
        let (region, large) = (cache.region, String(repeating: "x", count: 20_000))
        cache.engine.answer("SET") { _ in .status("OK") }
        let token = try await cache.token("token")
        #expect(try await region.store(large, with: token) == .refused(.evicted))
        #expect(try await region.value(for: "k") { large } == large)
        #expect(try await region.get("k") == nil)
        #expect(region.storage.counters.take()[.refusedSet] == 2)
        await #expect(throws: CacheError.engine(EngineError(RedisError("OOM the value was evicted at once")))) {
            try await region.set(large, for: "k")
        }
        // Who was refused leaves no lease behind.
        #expect(try await cache.otherProcess().value(for: "k") { "small" } == "small")
    }

    @Test func aFullServerIsNoReasonToFail() async throws {
        let cache = try ScriptedCache()
        let failure = EngineError(RedisError("OOM command not allowed when used memory > 'maxmemory'."))
        cache.engine.answer("cache.set") { _ throws(EngineError) in throw failure }
        cache.engine.answer("cache.put") { _ throws(EngineError) in throw failure }
        #expect(try await cache.region.value(for: "k") { "v" } == "v")
        #expect(try await cache.region.get("k") == nil)
        await #expect(throws: CacheError.engine(failure)) { try await cache.region.set("v", for: "k") }
        #expect(cache.log.lines.count == 1)
        // The clock stands still: nobody waits for a lease of whoever was refused.
        #expect(try await cache.otherProcess().value(for: "k") { "w" } == "w")
    }

    @Test func aServerThatCannotBeReachedKeepsTheLeaseAsLongAsItLasts() async throws {
        let cache = try ScriptedCache()
        cache.engine.answer("cache.set") { _ throws(EngineError) in throw Self.down }
        #expect(try await cache.region.value(for: "k") { "v" } == "v")
        #expect(cache.engine.count(of: "cache.release") == 0)
        guard case .busy = try await cache.otherProcess().lookup("k") else {
            Issue.record("a lease that may have been used is given to another")
            return
        }
    }

    // MARK: Several at once

    @Test func whatConcernsAShardThatFailsFailsAndTheRestIsDone() async throws {
        let cache = try ScriptedCache { $0.shards = 2 }
        let region = cache.region
        let keys = (0..<200).map { CacheKey("k\($0)") }
        let isFailing = Dictionary(uniqueKeysWithValues: keys.map { ($0, region.storage.shard(of: $0).index == 1) })
        let working = Set(keys.filter { isFailing[$0] == false })
        #expect(!working.isEmpty && working.count < keys.count)
        let values = Dictionary(uniqueKeysWithValues: keys.map { ($0, "v") })
        cache.engine.fail(Self.down) { $0.contains(".1}") }
        await #expect(throws: CacheError.engine(Self.down)) { try await region.set(values) }
        #expect(Set(try await region.get(keys).keys) == working)
        cache.engine.fail(nil)
        try await region.set(values)
        cache.engine.fail(Self.down) { $0.contains(".1}") }
        await #expect(throws: CacheError.engine(Self.down)) { try await region.delete(keys) }
        #expect(Set(try await region.get(keys).keys) == Set(keys).subtracting(working))
        cache.engine.fail(nil)
        #expect(try await region.delete(keys) == keys.count - working.count)
    }

    // MARK: Nonsense

    struct Nonsense: Sendable, CustomTestStringConvertible {
        let name: String
        let reply: RedisReply
        let call: @Sendable (CacheRegion<String>, CacheToken) async throws -> Void

        init(
            _ name: String, _ reply: RedisReply,
            _ call: @escaping @Sendable (CacheRegion<String>, CacheToken) async throws -> Void
        ) {
            (self.name, self.reply, self.call) = (name, reply, call)
        }

        var testDescription: String { "\(name): \(reply)" }

        static let all: [Nonsense] =
            ["", "x", String(repeating: "1", count: 55), String(repeating: "1", count: 57)].flatMap { text in
                [
                    Nonsense("cache.put", .bulk(text)) { region, _ in
                        // Nothing at all means that the value was evicted.
                        if text.isEmpty { throw CacheError.corrupt }
                        try await region.set("v", for: "k")
                    },
                    Nonsense("cache.delete", .bulk(text)) { region, _ in
                        // One byte more than the others.
                        if text.count == 57 { throw CacheError.corrupt }
                        try await region.delete("k")
                    },
                    Nonsense("cache.invalidate", .bulk(text)) { region, _ in try await region.invalidate(tags: ["t"]) },
                    Nonsense("cache.invalidate_all", .bulk(text)) { region, _ in
                        try await region.invalidate(allOf: ["t", "u"])
                    },
                    Nonsense("cache.clear", .bulk(text)) { region, _ in try await region.clear() },
                ]
            } + [
                Nonsense("cache.lease", .bulk("x")) { region, _ in _ = try await region.lookup("k") },
                Nonsense("cache.lease", .bulk("x")) { region, _ in _ = try await region.value(for: "k") { "v" } },
                Nonsense("cache.lease", .bulk(String(repeating: "1", count: 40) + "soon")) { region, _ in
                    _ = try await region.value(for: "k") { "v" }
                },
                Nonsense("cache.set", .integer(-5)) { region, token in _ = try await region.store("v", with: token) },
                Nonsense("cache.set", .integer(.min)) { region, token in _ = try await region.store("v", with: token) },
                Nonsense("HMGET", .bulk("x")) { region, _ in _ = try await region.get("k") },
                Nonsense("HMGET", .array([])) { region, _ in _ = try await region.value(for: "k") { "v" } },
                Nonsense("HMGET", .array([.null])) { region, _ in _ = try await region.get("k", tags: ["t"]) },
                Nonsense("HMGET", .array([.null, .null])) { region, _ in _ = try await region.get(["k"]) },
                Nonsense("HMGET", .null) { region, _ in _ = try await region.administration.shards() },
                Nonsense("TIME", .array([.bulk("1")])) { region, _ in _ = try await Self.prune(region) },
                Nonsense("TIME", .array([.bulk("99999999999999"), .bulk("1")])) { region, _ in
                    _ = try await Self.prune(region)
                },
                Nonsense("HSCAN", .array([.bulk("0")])) { region, _ in _ = try await Self.prune(region) },
                Nonsense("HSCAN", .integer(0)) { region, _ in _ = try await Self.prune(region) },
            ]

        private static func prune(_ region: CacheRegion<String>) async throws {
            for start in stride(from: 0, to: 2_000, by: 1_000) {
                try await region.invalidate(tags: (start..<start + 1_000).map { CacheTag("t\($0)") })
            }
            try await region.storage.prune()
        }
    }

    @Test(arguments: Nonsense.all) func aReplyThatMakesNoSenseIsToldAsSuch(_ nonsense: Nonsense) async throws {
        let cache = try ScriptedCache()
        let token = try await cache.token("token")
        let reply = nonsense.reply
        cache.engine.answer(nonsense.name) { _ in reply }
        await #expect(throws: CacheError.corrupt) { try await nonsense.call(cache.region, token) }
        // And nothing of it is left.
        cache.engine.leave(nonsense.name)
        #expect(try await cache.otherProcess().value(for: "k") { "v" } == "v")
    }

    @Test func aStoreThatIsAnsweredWithNonsenseIsLoggedAndItsLeaseGivenBack() async throws {
        let cache = try ScriptedCache()
        cache.engine.answer("cache.set") { _ in .integer(-5) }
        #expect(try await cache.region.value(for: "k") { "v" } == "v")
        #expect(
            cache.log.lines == [
                "warning A computed value cannot be kept. cache=test error=what is stored is not what this library stores"
            ])
        cache.engine.leave("cache.set")
        #expect(try await cache.otherProcess().value(for: "k") { "w" } == "w")
    }

    @Test(arguments: ["x", "", "0x1", "1.5", "99999999999999999999"])
    func aNumberOfShardsThatIsNoneIsToldAsSuch(text: String) async throws {
        let cache = try ScriptedCache()
        let region = cache.region
        _ = try await cache.engine.send(RedisCommand("SET", ["p:{test}:r", .string(text)]))
        await #expect(throws: CacheError.corrupt) { try await region.get("k") }
        await #expect(throws: CacheError.corrupt) { try await region.value(for: "k") { "v" } }
        await #expect(throws: CacheError.corrupt) { try await region.set("v", for: "k") }
        await #expect(throws: CacheError.corrupt) { try await region.clear() }
        // Once it is gone all is well.
        _ = try await cache.engine.send(RedisCommand("DEL", ["p:{test}:r"]))
        #expect(try await region.value(for: "k") { "v" } == "v")
        #expect(try await region.get("k") == "v")
    }

    @Test func aNumberOfShardsOfAnotherTypeIsAFailureOfTheEngine() async throws {
        let cache = try ScriptedCache()
        _ = try await cache.engine.send(RedisCommand("RPUSH", ["p:{test}:r", "1"]))
        #expect(try await cache.region.value(for: "k") { "v" } == "v")
        await #expect(throws: CacheError.self) { try await cache.region.get("k") }
        #expect(cache.log.lines.count == 1)
    }

    // MARK: Servers that load, and entries without an end

    @Test(arguments: ["PTTL", "GET", "HMGET"])
    func aServerThatBeginsToLoadInTheMiddleOfAReadIsAFailure(command: String) async throws {
        let cache = try ScriptedCache()
        let region = cache.region
        try await region.set("stored", for: "k")
        let loading = RedisError("LOADING Redis is loading the dataset in memory")
        cache.engine.answer(command) { _ in .error(loading) }
        await #expect(throws: CacheError.engine(EngineError(loading))) { try await region.get("k") }
        await #expect(throws: CacheError.engine(EngineError(loading))) { try await region.get(["other", "k"]) }
        #expect(try await region.value(for: "k") { "computed" } == "computed")
        #expect(region.storage.counters.take()[.undecodable] == 0)
        cache.engine.leave(command)
        #expect(try await region.get("k") == "stored")
    }

    @Test func anEntryWithoutAnEndIsAsOldAsItCanBe() async throws {
        let cache = try ScriptedCache { $0.staleIfError = .seconds(100) }
        let region = cache.region
        try await region.set("old", for: "k", tags: ["t"])
        let entry: RedisArgument = "p:{test.0}:e:k"
        #expect(try await cache.engine.send(RedisCommand("PERSIST", [entry])) == .integer(1))
        #expect(try await region.get("k") == nil)
        let found = try #require(try await region.entry(for: "k"))
        #expect(found.age == .seconds(160) && found.livesFor == .zero)
        await #expect(throws: CacheOriginError()) { try await region.value(for: "k") { throw CacheOriginError() } }
        #expect(try await region.value(for: "k") { "new" } == "new")
        #expect(try await region.get("k") == "new")
        #expect(try await cache.engine.send(RedisCommand("PTTL", [entry])).integer ?? 0 > 0)
    }

    @Test func aLeaseWithoutAnEndIsNobodys() async throws {
        let cache = try ScriptedCache()
        _ = try await cache.token("k")
        #expect(try await cache.engine.send(RedisCommand("PERSIST", ["p:{test.0}:l:k"])) == .integer(1))
        #expect(try await cache.otherProcess().value(for: "k") { "v" } == "v")
    }

    // MARK: The log

    @Test func thatTheEngineFailsIsToldOnceInTenSeconds() async throws {
        let clock = ManualClock()
        let engine = SwitchableEngine(EmbeddedEngine(clock: clock))
        let log = RecordedLog()
        let region = try CacheRegion(
            CacheType("test", ttl: .seconds(60)), of: String.self, engine: engine, clock: clock, logger: log.logger)
        engine.isDown = true
        func ask() async throws { for _ in 0..<3 { #expect(try await region.value(for: "k") { "v" } == "v") } }
        try await ask()
        #expect(
            log.lines == [
                "warning The engine of a cache fails; values are computed and not kept. cache=test error=unreachable: down"
            ])
        clock.advance(by: .milliseconds(9_999))
        try await ask()
        #expect(log.lines.count == 1)
        clock.advance(by: .milliseconds(1))
        try await ask()
        #expect(log.lines.count == 2)
        // A clock that is set back silences nobody.
        clock.advance(by: .seconds(-3_600))
        try await ask()
        #expect(log.lines.count == 3)
        #expect(region.storage.counters.take()[.engineFailure] >= 12)
        engine.isDown = false
        try await ask()
        #expect(try await region.get("k") == "v")
    }
}
