import Perilune
import PeriluneEmbedded
import Testing

/// What a service notices of a limiter.
@Suite struct RateLimiterTests {
    let clock = ManualClock()
    let engine: EmbeddedEngine

    init() {
        engine = EmbeddedEngine(clock: clock)
    }

    func limiter(_ limits: String..., algorithm: RateLimitPolicy.Algorithm = .tokenBucket) throws -> RateLimiter {
        let policy = try RateLimitPolicy(
            name: "test", algorithm: algorithm, limits: limits.map { try RateLimit(parsing: $0) })
        return RateLimiter(engine: engine, policy: policy)
    }

    @Test(arguments: RateLimitPolicy.Algorithm.allCases)
    func allowsTheQuotaThenDeniesUntilTheTimeItNames(_ algorithm: RateLimitPolicy.Algorithm) async throws {
        let limiter = try limiter("3/s", algorithm: algorithm)
        for remaining in [2, 1, 0] {
            let decision = try await limiter.check("a")
            #expect(decision.allowed)
            #expect(decision.remaining == remaining)
            #expect(decision.limit == 3)
            #expect(decision.retryAfter == nil)
            #expect(decision.violatedLimit == nil)
        }
        let denied = try await limiter.check("a")
        #expect(!denied.allowed)
        #expect(denied.violatedLimit == "second")
        #expect(denied.remaining == 0)
        let wait = try #require(denied.retryAfter)
        #expect(wait > .zero)
        clock.advance(by: wait - .milliseconds(1))
        #expect(try await !limiter.check("a").allowed)
        clock.advance(by: .milliseconds(1))
        #expect(try await limiter.check("a").allowed)
    }

    @Test(arguments: RateLimitPolicy.Algorithm.allCases)
    func identifiersDoNotShare(_ algorithm: RateLimitPolicy.Algorithm) async throws {
        let limiter = try limiter("1/s", algorithm: algorithm)
        #expect(try await limiter.check("a").allowed)
        #expect(try await limiter.check("b").allowed)
        #expect(try await !limiter.check("a").allowed)
    }

    @Test(arguments: RateLimitPolicy.Algorithm.allCases)
    func peekingTakesNothingAndAnswersForOne(_ algorithm: RateLimitPolicy.Algorithm) async throws {
        let limiter = try limiter("2/s", algorithm: algorithm)
        #expect(try await limiter.peek("a").remaining == 2)
        _ = try await limiter.check("a")
        for _ in 0..<5 { #expect(try await limiter.peek("a").remaining == 1) }
        _ = try await limiter.check("a")
        let peek = try await limiter.peek("a")
        let denial = try await limiter.check("a")
        #expect(!peek.allowed)
        #expect(peek.retryAfter == denial.retryAfter)
        // Looking at an identifier that was never seen leaves no key behind.
        let before = try await engine.send(RedisCommand("DBSIZE"))
        _ = try await limiter.peek("new")
        #expect(try await engine.send(RedisCommand("DBSIZE")) == before)
    }

    @Test(arguments: RateLimitPolicy.Algorithm.allCases)
    func resettingForgets(_ algorithm: RateLimitPolicy.Algorithm) async throws {
        let limiter = try limiter("1/h", algorithm: algorithm)
        #expect(try await limiter.check("a").allowed)
        #expect(try await !limiter.check("a").allowed)
        #expect(try await limiter.reset("a"))
        #expect(try await !limiter.reset("a"))
        #expect(try await limiter.check("a").allowed)
    }

    @Test(arguments: RateLimitPolicy.Algorithm.allCases)
    func aDeniedCallWritesNothing(_ algorithm: RateLimitPolicy.Algorithm) async throws {
        let limiter = try limiter("2/s", algorithm: algorithm)
        _ = try await limiter.check("a")
        let key = try limiter.key(for: "a")
        let value = try await engine.send(RedisCommand("GET", [key.argument]))
        let expiry = try await engine.send(RedisCommand("PEXPIRETIME", [key.argument]))
        clock.advance(by: .milliseconds(10))
        #expect(try await !limiter.check("a", cost: 2).allowed)
        #expect(try await engine.send(RedisCommand("GET", [key.argument])) == value)
        #expect(try await engine.send(RedisCommand("PEXPIRETIME", [key.argument])) == expiry)
    }

    @Test(arguments: RateLimitPolicy.Algorithm.allCases)
    func everyKeyExpires(_ algorithm: RateLimitPolicy.Algorithm) async throws {
        let limiter = try limiter("5/min", algorithm: algorithm)
        for cost in 0...5 {
            _ = try await limiter.check("user:\(cost)", cost: cost)
            let ttl = try await engine.send(RedisCommand("PTTL", [limiter.key(for: "user:\(cost)").argument]))
            #expect(ttl.integer != -1)
            #expect(cost == 0 || ttl.integer ?? 0 > 0)
            #expect(ttl.integer ?? 0 <= 120_000)
        }
    }

    @Test func theLimitThatDeniesIsNamed() async throws {
        let limiter = RateLimiter(engine: engine, policy: .standard)
        for _ in 0..<10 { #expect(try await limiter.check("a").allowed) }
        let burst = try await limiter.check("a")
        #expect(burst.violatedLimit == "burst")
        #expect(burst.retryAfter == .milliseconds(100))
        #expect(burst.limits.map(\.remaining) == [50, 990, 0])
        // At 10 a second the minute's 60 are used up: a token came back every second meanwhile.
        var denied: Decision?
        for _ in 0..<60 where denied == nil {
            clock.advance(by: .milliseconds(100))
            let decision = try await limiter.check("a")
            if !decision.allowed { denied = decision }
        }
        #expect(denied?.violatedLimit == "minute")
        #expect(denied?.limits.map(\.limit.name) == ["minute", "hour", "burst"])
    }

    @Test func wrongCostsAreRefusedBeforeAnythingIsSent() async throws {
        let limiter = try limiter("5/s")
        for cost in [-1, 6, Int.max, Int.min] {
            await #expect(throws: RateLimitError.costOutOfRange(cost, highest: 5)) {
                try await limiter.check("a", cost: cost)
            }
        }
        #expect(try await engine.send(RedisCommand("DBSIZE")) == .integer(0))
    }

    @Test(arguments: RateLimitPolicy.Algorithm.allCases)
    func anyTextIsAnIdentifier(_ algorithm: RateLimitPolicy.Algorithm) async throws {
        let limiter = try limiter("1/h", algorithm: algorithm)
        let identifiers = [
            "a", "A", "{", "}", "{}", "}{", "a}b", "a{b}c", "%7d", "%", "a:b", "a b", "\0", "a\0", "a\nb", "é",
            "e\u{301}", "🌘",
            "user:42", "p:{a}:tb:test", "..", "*", "?", "[a]", "\"", "'", "\\", "\r\n$1\r\n",
            String(repeating: "x", count: 128),
            String(repeating: "x", count: 129), String(repeating: "x", count: 10_240),
            String(repeating: "{", count: 50),
            String(repeating: "🌘", count: 4_000),
        ]
        // Each has a limit of its own, and a key of bounded length whose tag is the whole of what stands for it.
        for identifier in identifiers {
            #expect(try await limiter.check(identifier).allowed, "\(identifier.debugDescription)")
            #expect(try await !limiter.check(identifier).allowed, "\(identifier.debugDescription)")
            let key = try limiter.key(for: identifier).name
            #expect(key.utf8.count <= 160)
            #expect(key.filter { $0 == "{" }.count == 1 && key.filter { $0 == "}" }.count == 1)
            #expect(key.hasPrefix("p:{") && !key.hasPrefix("p:{}"))
            #expect(key.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        }
        #expect(try await engine.send(RedisCommand("DBSIZE")) == .integer(identifiers.count))
        await #expect(throws: RateLimitError.emptyIdentifier) { try await limiter.check("") }
        await #expect(throws: RateLimitError.emptyIdentifier) { try await limiter.peek("") }
        await #expect(throws: RateLimitError.emptyIdentifier) { try await limiter.reset("") }
    }

    @Test func policiesDoNotDisturbEachOther() async throws {
        let strict = RateLimiter(
            engine: engine, policy: try RateLimitPolicy(name: "strict", limits: [RateLimit(parsing: "1/h")]))
        let loose = RateLimiter(
            engine: engine, policy: try RateLimitPolicy(name: "loose", limits: [RateLimit(parsing: "2/h")]))
        #expect(try await strict.check("a").allowed)
        #expect(try await loose.check("a").remaining == 1)
        let elsewhere = RateLimiter(engine: engine, policy: strict.policy, keySpace: try KeySpace(namespace: "other"))
        #expect(try await elsewhere.check("a").allowed)
    }

    @Test func aPolicyMayGetOtherNumbersWhileItsKeysLive() async throws {
        func limiter(_ limits: String...) throws -> RateLimiter {
            RateLimiter(
                engine: engine,
                policy: try RateLimitPolicy(name: "p", limits: limits.map { try RateLimit(parsing: $0) }))
        }
        let before = try limiter("10/s", "100/min")
        for _ in 0..<10 { _ = try await before.check("a") }
        // One more limit starts whole; the others keep what they know.
        let more = try await limiter("10/s", "100/min", "1000/h").peek("a")
        #expect(more.limits.map(\.remaining) == [0, 90, 1000])
        // Debts are times: at another rate they are another number of tokens.
        _ = try await limiter("20/2s", "100/min", "1000/h").check("a", cost: 5)
        let fewer = try await limiter("20/2s", "100/min").peek("a")
        #expect(fewer.limits.map(\.remaining) == [5, 85])
    }

    @Test func hammeringStaysWithinTheBound() async throws {
        // 300 a second with bursts of 30, asked ten times as often for two seconds.
        let limiter = RateLimiter(
            engine: engine,
            policy: try RateLimitPolicy(
                name: "p", limits: [RateLimit(name: "burst", quota: 30, per: .milliseconds(100))]))
        var allowed = 0
        for _ in 0..<6_000 {
            if try await limiter.check("a").allowed { allowed += 1 }
            clock.advance(by: .microseconds(333))
        }
        #expect(allowed <= 30 + 600 + 1)
        #expect(allowed >= 627)
    }

    /// A policy that is made shorter must not keep anybody out for the length of the old one, and says the truth about
    /// how long to wait.
    @Test(arguments: RateLimitPolicy.Algorithm.allCases)
    func aPolicyMadeShorterStartsAnew(algorithm: RateLimitPolicy.Algorithm) async throws {
        for (old, new) in [("3/d", "3/s"), ("100/d", "100/min"), ("1/3660d", "1000/s"), ("7/h", "2/700ms")] {
            let clock = ManualClock(microseconds: 1_700_000_000_000_000)
            let engine = EmbeddedEngine(clock: clock)
            func limiter(_ limit: String) throws -> RateLimiter {
                RateLimiter(
                    engine: engine,
                    policy: try RateLimitPolicy(name: "p", algorithm: algorithm, limits: [RateLimit(parsing: limit)]))
            }
            let before = try limiter(old)
            #expect(try await before.check("a", cost: before.policy.highestCost).allowed)
            let after = try limiter(new)
            #expect(try await after.peek("a").allowed, "\(old) to \(new)")
            #expect(try await after.check("a", cost: after.policy.highestCost).allowed, "\(old) to \(new)")
            let denied = try await after.check("a")
            let wait = try #require(denied.retryAfter)
            #expect(wait <= .seconds(120))
            clock.advance(by: wait)
            #expect(try await after.check("a").allowed, "\(old) to \(new), after \(wait)")
        }
    }

    @Test func eachLimitOfSeveralStartsAnewByItself() async throws {
        let engine = EmbeddedEngine(clock: ManualClock(microseconds: 1_700_000_000_000_000))
        func limiter(_ limits: String...) throws -> RateLimiter {
            RateLimiter(
                engine: engine,
                policy: try RateLimitPolicy(name: "p", limits: limits.map { try RateLimit(parsing: $0) }))
        }
        #expect(try await limiter("100/d", "50/h").check("a", cost: 25).allowed)
        let decision = try await limiter("100/min", "60/h").check("a")
        #expect(decision.limits.map(\.remaining) == [99, 29])
    }

    /// An untouched identifier is whole, however one asks.
    @Test(arguments: RateLimitPolicy.Algorithm.allCases)
    func whatIsUntouchedIsWhole(algorithm: RateLimitPolicy.Algorithm) async throws {
        let policy = try RateLimitPolicy(name: "p", algorithm: algorithm, limits: [RateLimit(parsing: "10/10s")])
        let peeked = try await RateLimiter(engine: EmbeddedEngine(), policy: policy).peek("a")
        #expect(peeked.remaining == 10)
        #expect(peeked.resetAfter == .zero)
    }

    /// Of limits that are used up alike, the one that stays so longest is shown.
    @Test func theSlowestOfEqualLimitsIsDecisive() async throws {
        let policy = try RateLimitPolicy(
            name: "p", limits: [RateLimit(parsing: "60/min"), RateLimit(parsing: "60/h")])
        let limiter = RateLimiter(
            engine: EmbeddedEngine(clock: ManualClock(microseconds: 1_700_000_000_000_000)), policy: policy)
        let decision = try await limiter.check("a", cost: 60)
        #expect(decision.remaining == 0)
        #expect(decision.decisive.limit.name == "hour")
        #expect(decision.resetAfter == .seconds(3600))
    }
}
