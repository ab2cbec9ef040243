import Perilune
import Testing

@Suite struct RateLimitPolicyTests {
    @Test(arguments: [
        ("60/min", 60, Duration.seconds(60), "minute"), ("1000/h", 1000, .seconds(3600), "hour"),
        ("10/s", 10, .seconds(1), "second"), ("5/10s", 5, .seconds(10), "10s"),
        ("100/250ms", 100, .milliseconds(250), "250ms"),
        ("1/day", 1, .seconds(86_400), "day"), ("2/minutes", 2, .seconds(60), "minute"),
        ("7/90m", 7, .seconds(5400), "5400s"),
    ])
    func limitsAreReadAsOperatorsWriteThem(_ text: String, _ quota: Int, _ period: Duration, _ name: String) throws {
        let limit = try RateLimit(parsing: text)
        #expect(limit.quota == quota)
        #expect(limit.period == period)
        #expect(limit.name == name)
    }

    @Test(arguments: [
        "", "60", "60/", "/min", "60/fortnight", "sixty/min", "60/min/h", "6 0/min", "60 / min", "60/-1s", "60/1.5s",
        "60/99999999999999999999s", "99999999999999999999/s", "60/９s", "60/9223372036854775807d",
    ])
    func whatIsNotALimitIsUnreadable(_ text: String) {
        #expect(throws: RateLimitPolicyError.unreadable(text)) { try RateLimit(parsing: text) }
    }

    @Test func quotasAndPeriodsHaveBounds() {
        #expect(throws: RateLimitPolicyError.quotaOutOfRange(0, highest: 1_000_000_000)) {
            try RateLimit(quota: 0, per: .seconds(1))
        }
        #expect(throws: RateLimitPolicyError.quotaOutOfRange(-5, highest: 1_000_000_000)) {
            try RateLimit(parsing: "-5/s")
        }
        #expect(throws: RateLimitPolicyError.quotaOutOfRange(2_000_000_000, highest: 1_000_000_000)) {
            try RateLimit(quota: 2_000_000_000, per: .seconds(86_400))
        }
        #expect(throws: RateLimitPolicyError.periodOutOfRange(.zero)) { try RateLimit(quota: 1, per: .zero) }
        #expect(throws: RateLimitPolicyError.periodOutOfRange(.seconds(-1))) {
            try RateLimit(quota: 1, per: .seconds(-1))
        }
        #expect(throws: RateLimitPolicyError.self) { try RateLimit(quota: 1, per: .seconds(86_400 * 366 * 11)) }
        #expect(throws: RateLimitPolicyError.self) { try RateLimit(quota: 1, per: .nanoseconds(1_000_001)) }
        // 300,000 a second would need a token every 3.33 microseconds.
        #expect(throws: RateLimitPolicyError.rateTooHigh(quota: 300_000, period: .seconds(1))) {
            try RateLimitPolicy(name: "p", limits: [RateLimit(parsing: "300000/s")])
        }
        #expect(throws: Never.self) { try RateLimitPolicy(name: "p", limits: [RateLimit(parsing: "1000000/s")]) }
        // Windows have no tokens that come back.
        for algorithm in [RateLimitPolicy.Algorithm.fixedWindow, .slidingWindow] {
            #expect(throws: Never.self) {
                try RateLimitPolicy(name: "p", algorithm: algorithm, limits: [RateLimit(parsing: "300000/s")])
            }
        }
        #expect(throws: RateLimitPolicyError.quotaOutOfRange(67_108_864, highest: 67_108_863)) {
            try RateLimitPolicy(name: "p", algorithm: .slidingWindow, limits: [RateLimit(parsing: "67108864/min")])
        }
        #expect(throws: RateLimitPolicyError.quotaOutOfRange(20_000, highest: 14_240)) {
            try RateLimitPolicy(name: "p", algorithm: .fixedWindow, limits: [RateLimit(parsing: "20000/3660d")])
        }
    }

    @Test func policiesSayWhatIsWrong() throws {
        let minute = try RateLimit(parsing: "60/min")
        let hour = try RateLimit(parsing: "1000/h")
        #expect(throws: RateLimitPolicyError.noLimits) { try RateLimitPolicy(name: "p", limits: []) }
        #expect(throws: RateLimitPolicyError.duplicateName("minute")) {
            try RateLimitPolicy(name: "p", limits: [minute, minute])
        }
        #expect(throws: RateLimitPolicyError.severalLimitsNeedTokenBuckets) {
            try RateLimitPolicy(name: "p", algorithm: .fixedWindow, limits: [minute, hour])
        }
        #expect(throws: RateLimitPolicyError.invalidName("a}b")) { try RateLimitPolicy(name: "a}b", limits: [minute]) }
        #expect(throws: RateLimitPolicyError.invalidName("")) { try RateLimitPolicy(name: "", limits: [minute]) }
        #expect(throws: RateLimitPolicyError.tooManyLimits(17)) {
            try RateLimitPolicy(
                name: "p", limits: (1...17).map { try RateLimit(name: "l\($0)", quota: 1, per: .seconds(1)) })
        }
        #expect(throws: RateLimitPolicyError.self) {
            try RateLimitPolicy(
                name: "p", algorithm: .slidingWindow, limits: [RateLimit(quota: 1 << 26, per: .seconds(3600))])
        }
        #expect(throws: RateLimitPolicyError.self) {
            try RateLimitPolicy(
                name: "p", algorithm: .fixedWindow, limits: [RateLimit(quota: 1, per: .microseconds(1_500))])
        }
    }

    @Test func theStandardPolicyIsTheDocumentedOne() {
        let limits = RateLimitPolicy.standard.limits
        #expect(limits.map(\.name) == ["minute", "hour", "burst"])
        #expect(limits.map(\.quota) == [60, 1000, 10])
        #expect(RateLimitPolicy.standard.highestCost == 10)
    }
}
