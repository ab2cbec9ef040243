import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// Every script of `lua/ratelimit` on a real server and on the embedded engine, call by call at the same times: the
/// replies, the stored values and their expiries are the same to the byte.
@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct RateLimitScriptTests {
    static func policies() throws -> [RateLimitPolicy] {
        func limit(_ quota: Int, _ milliseconds: Int) throws -> RateLimit {
            try RateLimit(name: "l\(quota)", quota: quota, per: .milliseconds(milliseconds))
        }
        return try [
            RateLimitPolicy(name: "bucket", limits: [limit(10, 1_000)]),
            RateLimitPolicy(name: "odd", limits: [limit(7, 1_000)]),
            RateLimitPolicy(name: "slow", limits: [limit(1000, 3_600_000)]),
            RateLimitPolicy(name: "fast", limits: [limit(300, 1_000)]),
            RateLimitPolicy(name: "fixed", algorithm: .fixedWindow, limits: [limit(10, 1_000)]),
            RateLimitPolicy(name: "sliding", algorithm: .slidingWindow, limits: [limit(10, 1_000)]),
            RateLimitPolicy(name: "sliding-odd", algorithm: .slidingWindow, limits: [limit(7, 333)]),
            RateLimitPolicy(name: "three", limits: [limit(60, 60_000), limit(1000, 3_600_000), limit(10, 1_000)]),
            .standard,
        ]
    }

    @Test func repliesValuesAndExpiriesAreTheSame() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let pair = try EnginePair()
        for policy in try Self.policies() {
            // The same policy on both, through one engine that compares.
            let limiter = RateLimiter(engine: ComparingEngine(pair: pair), policy: policy)
            for _ in 0..<400 {
                switch Int.random(in: 0..<12, using: &generator) {
                case 0: pair.advance(Int64.random(in: 0...2_000_000, using: &generator))
                case 1..<5: pair.advance(Int64.random(in: 0...60_000, using: &generator))
                case 5: try await limiter.reset("user:\(Int.random(in: 0..<3, using: &generator))")
                default:
                    let identifier = "user:\(Int.random(in: 0..<3, using: &generator))"
                    let cost = Int.random(in: 0...min(5, policy.highestCost), using: &generator)
                    do {
                        _ = try await limiter.check(identifier, cost: cost)
                        let key = try limiter.key(for: identifier).argument
                        _ = try await pair.send(RedisCommand("GET", [key]))
                        _ = try await pair.send(RedisCommand("PEXPIRETIME", [key]))
                    } catch {
                        Issue.record("seed \(seed), \(policy.name): \(error)")
                        return
                    }
                }
            }
        }
    }

    @Test func wrongArgumentsAreRefusedAlikeAndWriteNothing() async throws {
        let wrong: [RateLimitPolicy.Algorithm: [[RedisArgument]]] = [
            .tokenBucket: [
                [0, 1, 1], [1, 0, 1], [1, 1, 2], [1, 1, -1], ["1.5", 1, 1], [1, "1.5", 1], [3, 1, "1.5"],
                ["nan", 1, 1],
                ["inf", 1, 1], ["9007199254740993", 9, 1], [1], [],
            ],
            .fixedWindow: [
                [0, 1, 1], [1, 0, 1], [10, 1000, "0.5"], [10, 1000, 11], [10, 1000, -1], [10, "9007199254740991", 1],
                [],
            ],
            .slidingWindow: [[67_108_864, 1000, 1], [0, 1, 1], [1, 1, 2], [10, 1000, "1.5"], [1, 1, -1], []],
        ]
        let pair = try EnginePair()
        for (algorithm, calls) in wrong {
            let policy = try RateLimitPolicy(
                name: "p", algorithm: algorithm, limits: [RateLimit(quota: 1, per: .seconds(1))])
            for arguments in calls { try await expectRefusal(policy.script, arguments, on: pair) }
        }
        for arguments: [RedisArgument] in [
            [1], [1, 10], [1, 10, 1000, 5], [-1, 10, 1000], [11, 10, 1000], [1, 0, 1000], [1, 10, 0],
            ["0.5", 10, 1000],
            [1, 10, 1000, 5, "1.5"], [1, "2.5", 1], [], [1] + Array(repeating: 10, count: 34),
        ] {
            try await expectRefusal(RateLimitPolicy.standard.script, arguments, on: pair)
        }
        // A number is a number however it is written.
        #expect(
            try await pair.call(RateLimitPolicy.standard.script, keys: ["k"], arguments: [1, "0x10", " 1e3 "]).bytes?
                .count == 8)
    }

    func expectRefusal(_ script: LuaScript, _ arguments: [RedisArgument], on pair: EnginePair) async throws {
        let reply = try await pair.call(script, keys: ["p:{a}:x:y"], arguments: arguments)
        guard case .error(let error) = reply else {
            Issue.record("\(script.name) \(arguments) gave \(reply)")
            return
        }
        #expect(error.line.hasPrefix("ERR "))
        #expect(try await pair.send("DBSIZE") == .integer(0))
    }

    /// Text that is no number is an error on both engines; only the server's names the variable.
    @Test func textWhereANumberBelongsIsAnErrorAndWritesNothing() async throws {
        let pair = try EnginePair()
        for policy in try Self.policies() {
            for engine in [pair.redis, pair.embedded] as [any ScriptEngine] {
                let key = try RateLimiter(engine: engine, policy: policy).key(for: "a")
                await #expect(throws: EngineError.self) {
                    try await engine.call(policy.script, keys: [key], arguments: ["x", "y", "z"])
                }
                #expect(try await engine.send(RedisCommand("DBSIZE")) == .integer(0))
            }
        }
    }

    @Test func aKeyOfAnotherKindIsTreatedAlike() async throws {
        let pair = try EnginePair()
        for policy in try Self.policies() {
            var values: [RedisArgument] = ["-5", "1.5", "12345678"]
            // Text where a number belongs is an error that names a variable on the server alone; see above.
            if policy.limits.count > 1 {
                values += [
                    "text", .bytes(Array(repeating: 0xFF, count: 16)), .bytes([0, 0, 0, 0, 0, 0, 0xF0, 0x7F]),
                    .bytes(Array(repeating: 1, count: 80_000)),
                ]
            }
            for value in values {
                let key = try RateLimiter(engine: pair.embedded, policy: policy).key(for: "a")
                _ = try await pair.send(RedisCommand("SET", [key.argument, value]))
                // Whatever the answer is, it is the same, and so is what is left.
                let arguments: [RedisArgument] = policy.limits.count > 1 ? [1, 5, 1000, 9, 1000] : [5, 1000, 1]
                let reply = try await pair.call(policy.script, keys: [key], arguments: arguments)
                if policy.limits.count > 1 { #expect(reply.bytes?.count == 16, "\(value): \(reply)") }
                _ = try await pair.send(RedisCommand("GET", [key.argument]))
                _ = try await pair.send(RedisCommand("PTTL", [key.argument]))
            }
        }
    }
}
