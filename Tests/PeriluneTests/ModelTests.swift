import Perilune
import PeriluneEmbedded
import Testing

/// Every algorithm against its definition in plain Swift, under random calls, costs and steps of the clock.
@Suite struct ModelTests {
    enum Step: Sendable, CustomStringConvertible {
        case advance(Int64)
        case take(identifier: Int, cost: Int)
        case reset(identifier: Int)

        var description: String {
            switch self {
            case .advance(let microseconds): "advance \(microseconds) us"
            case .take(let identifier, let cost): "take \(cost) by \(identifier)"
            case .reset(let identifier): "reset \(identifier)"
            }
        }
    }

    static func property(
        _ policy: RateLimitPolicy, longestPause: Int64, model: @escaping () -> any LimitModel
    ) -> Property<Step> {
        Property(
            generate: { generator in
                switch Int.random(in: 0..<20, using: &generator) {
                case 0: .reset(identifier: Int.random(in: 0..<3, using: &generator))
                case 1..<4: .advance(Int64.random(in: 0...longestPause, using: &generator))
                case 4..<10: .advance(Int64.random(in: 0...max(longestPause / 50, 1), using: &generator))
                default:
                    .take(
                        identifier: Int.random(in: 0..<3, using: &generator),
                        cost: Int.random(in: 0...min(policy.highestCost, 6), using: &generator))
                }
            },
            check: { steps in
                let clock = ManualClock(microseconds: 1_700_000_000_000_700)
                let limiter = RateLimiter(engine: EmbeddedEngine(clock: clock), policy: policy)
                var models = (0..<3).map { _ in model() }
                for step in steps {
                    switch step {
                    case .advance(let microseconds): clock.advance(by: .microseconds(microseconds))
                    case .reset(let identifier):
                        try await limiter.reset("user:\(identifier)")
                        models[identifier].reset()
                    case .take(let identifier, let cost):
                        let expected = models[identifier].take(cost, now: clock.microseconds)
                        let decision = try await limiter.check("user:\(identifier)", cost: cost)
                        let answered = decision.limits.map {
                            Expectation(
                                allowed: decision.allowed, remaining: $0.remaining,
                                retryAfter: $0.retryAfter.components.seconds * 1_000_000
                                    + $0.retryAfter.components.attoseconds / 1_000_000_000_000,
                                resetAfter: $0.resetAfter.components.seconds * 1_000_000
                                    + $0.resetAfter.components.attoseconds / 1_000_000_000_000)
                        }
                        if answered != expected { return "\(step): \(answered) instead of \(expected)" }
                    }
                }
                return nil
            })
    }

    @Test(arguments: [
        (1, Int64(1_000)), (10, 1_000_000), (7, 1_000_000), (60, 60_000_000), (300, 1_000_000), (3, 10_000),
        (1000, 3_600_000_000),
    ])
    func tokenBucket(_ quota: Int, _ period: Int64) async throws {
        let policy = try RateLimitPolicy(name: "p", limits: [RateLimit(quota: quota, per: .microseconds(period))])
        let model = BucketsModel([(quota, period)])
        try await Self.property(policy, longestPause: period / 2) { model }.verify()
    }

    @Test(arguments: [(1, Int64(1)), (10, 1_000), (7, 333), (60, 60_000)])
    func fixedWindow(_ quota: Int, _ length: Int64) async throws {
        let policy = try RateLimitPolicy(
            name: "p", algorithm: .fixedWindow, limits: [RateLimit(quota: quota, per: .milliseconds(length))])
        let model = FixedWindowModel(quota: quota, length: length * 1_000)
        try await Self.property(policy, longestPause: length * 1_500) { model }.verify()
    }

    @Test(arguments: [(1, Int64(1)), (10, 1_000), (7, 333), (60, 6_000)])
    func slidingWindow(_ quota: Int, _ length: Int64) async throws {
        let policy = try RateLimitPolicy(
            name: "p", algorithm: .slidingWindow, limits: [RateLimit(quota: quota, per: .milliseconds(length))])
        let model = SlidingWindowModel(quota: quota, length: length * 1_000)
        try await Self.property(policy, longestPause: length * 1_500) { model }.verify()
    }

    @Test func severalLimitsAreAllOrNothing() async throws {
        let policy = try RateLimitPolicy(
            name: "p",
            limits: [
                RateLimit(quota: 60, per: .seconds(60)), RateLimit(quota: 200, per: .seconds(3600)),
                RateLimit(name: "burst", quota: 10, per: .seconds(1)),
            ])
        let model = BucketsModel([(60, 60_000_000), (200, 3_600_000_000), (10, 1_000_000)])
        try await Self.property(policy, longestPause: 10_000_000) { model }.verify()
    }
}
