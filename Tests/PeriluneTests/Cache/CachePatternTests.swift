import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// What invalidating by a pattern deletes, and what it leaves.
@Suite(.timeLimit(.minutes(20))) struct CachePatternTests {
    @Test(arguments: [1, 2, 12, 101])
    func whatMatchesIsDeletedInAllShardsAndNothingElse(shards: Int) async throws {
        let harness = try CacheHarness { $0.shards = shards }
        let region = harness.region
        for number in 0..<300 {
            try await region.set("v", for: "user:\(number)")
            try await region.set("v", for: "place:\(number)")
        }
        let end = try await region.invalidate(pattern: "user:*")
        #expect(end.deleted == 300)
        #expect(end.scanned == end.total)
        for number in 0..<300 {
            #expect(try await region.get("user:\(number)") == nil)
            #expect(try await region.get("place:\(number)") == "v")
        }
        #expect(try await region.invalidate(pattern: "*").deleted == 300)
    }

    /// Names with dots can look like a shard of another region's.
    @Test func otherRegionsAreLeftAlone() async throws {
        let harness = try CacheHarness { type in (type.name, type.shards) = ("a", 2) }
        let others = try ["a.0", "a.1", "aa", "b"].map { name in
            try harness.otherProcess { type in (type.name, type.shards) = (name, 2) }
        }
        for region in others + [harness.region] {
            for number in 0..<20 { try await region.set("v", for: "\(number)") }
        }
        // What looks like an entry behind the name of a shard that there is not, and a key that holds one in its text.
        for name in ["p:{a.7}:e:1", "p:{a.0}:x:1", "p:{a.0}:e", "x}:e:1", "p:{a.00}:e:1"] {
            _ = try await harness.engine.send(RedisCommand("SET", [.string(name), "v"]))
        }
        try await others[3].set("v", for: "0}:e:1")
        #expect(try await harness.region.invalidate(pattern: "*").deleted == 20)
        for region in others {
            for number in 0..<20 { #expect(try await region.get("\(number)") == "v") }
        }
        #expect(try await others[3].get("0}:e:1") == "v")
        #expect(try await harness.engine.send(RedisCommand("EXISTS", ["p:{a.7}:e:1", "p:{a.0}:x:1"])).integer == 2)
    }

    static let patterns: [(String, [String])] = [
        ("a?c", ["abc", "a*c", "axc"]), ("a[a-b]c", ["abc"]), ("a[^b]c", ["a*c", "axc"]), (#"a\*c"#, ["a*c"]),
        ("%%*", ["%x"]),
        ("%sha256-*", [String(repeating: "l", count: 2_000)]), ("}*", ["}:e:"]), ("nothing", []),
        ("*", ["%x", "a*c", "abc", "axc", String(repeating: "l", count: 2_000), "}:e:"]),
    ]

    @Test(arguments: patterns)
    func patternsAreThoseOfRedis(pattern: String, keys: [String]) async throws {
        let harness = try CacheHarness()
        let all = ["abc", "a*c", "axc", "%x", String(repeating: "l", count: 2_000), "}:e:"]
        for key in all { try await harness.region.set("v", for: CacheKey(key)) }
        #expect(try await harness.region.invalidate(pattern: pattern).deleted == keys.count)
        for key in all {
            #expect(
                try await harness.region.get(CacheKey(key)) == (keys.contains(key) ? nil : "v"), "\(key.prefix(20))")
        }
    }

    @Test func whatIsBeingComputedIsRefused() async throws {
        let harness = try CacheHarness()
        guard case .miss(let token) = try await harness.region.lookup("user:1"),
            case .miss(let other) = try await harness.region.lookup("place:1")
        else {
            Issue.record("there is a value")
            return
        }
        try await harness.otherProcess().invalidate(pattern: "user:*")
        #expect(try await harness.region.store("old", with: token) == .refused(.leaseLost))
        #expect(try await harness.region.store("v", with: other) == .stored)
    }

    /// A lease that is not met because it has become an entry is met as one, wherever the sweep was meanwhile.
    @Test(arguments: [":l:", ":e:"]) func aValueStoredDuringTheSweepGoes(pass: String) async throws {
        let clock = ManualClock()
        let engine = ScanHook(inner: EmbeddedEngine(clock: clock))
        let region = try CacheRegion(
            CacheType("test", ttl: .seconds(60)), of: String.self, engine: engine, clock: clock)
        guard case .miss(let token) = try await region.lookup("k") else {
            Issue.record("there is a value")
            return
        }
        let outcome = Locked<CacheStoreOutcome?>(nil)
        engine.beforeScan.withLock { hook in
            hook = { pattern in
                guard pattern.contains(pass), outcome.withLock({ $0 }) == nil else { return }
                let stored = try? await region.store("old", with: token)
                outcome.withLock { $0 = stored }
            }
        }
        try await region.administration.invalidate(pattern: "k")
        #expect(outcome.withLock { $0 } == (pass == ":l:" ? .stored : .refused(.leaseLost)))
        #expect(try await region.get("k") == nil)
    }

    @Test func progressOnlyRisesAndEndsAtTheTotal() async throws {
        let harness = try CacheHarness()
        for number in 0..<2_000 {
            _ = try await harness.engine.send(RedisCommand("SET", [.string("other:\(number)"), "v"]))
        }
        for number in 0..<100 { try await harness.region.set("v", for: "\(number)") }
        var steps: [CachePatternProgress] = []
        let end = try await harness.region.administration.invalidate(pattern: "*") { steps.append($0) }
        #expect(steps.last == end)
        #expect(steps.count > 4)
        #expect(end.total >= 4_200)
        #expect(steps.allSatisfy { $0.scanned <= $0.total && $0.total == end.total })
        for (one, next) in zip(steps, steps.dropFirst()) {
            #expect(one.scanned <= next.scanned && one.deleted <= next.deleted)
        }
    }

    @Test func itCanBeCancelled() async throws {
        let harness = try CacheHarness()
        for number in 0..<2_000 { try await harness.region.set("v", for: "\(number)") }
        let administration = harness.region.administration
        let error = await #expect(throws: CacheError.self) {
            try await Task {
                try await administration.invalidate(pattern: "*") { progress in
                    if progress.deleted > 0 { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }.value
        }
        guard case .engine(let cause) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(cause.code == .cancelled)
        let left = try await harness.engine.send(RedisCommand("DBSIZE")).integer ?? 0
        #expect((500..<2_000).contains(left))
        #expect(try await administration.invalidate(pattern: "*").deleted > 0)
    }

    @Test(arguments: ["", String(repeating: "x", count: 1_025), String(repeating: "*a", count: 17)])
    func patternsThatAskTooMuchAreRefused(pattern: String) async throws {
        let harness = try CacheHarness()
        let error = await #expect(throws: CacheError.self) { try await harness.region.invalidate(pattern: pattern) }
        guard case .invalidPattern = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}

/// Does something before each `SCAN`.
private final class ScanHook: ForwardingEngine {
    let inner: EmbeddedEngine
    let beforeScan = Locked<(@Sendable (String) async -> Void)?>(nil)

    init(inner: EmbeddedEngine) { self.inner = inner }

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        try await inner.call(script, keys: keys, arguments: arguments)
    }

    func send(_ command: RedisCommand) async throws(EngineError) -> RedisReply {
        if command.name == "SCAN", let hook = beforeScan.withLock({ $0 }) {
            await hook(command.arguments.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: " "))
        }
        return try await inner.send(command)
    }
}
