import Perilune
import PeriluneEmbedded

let policy = try RateLimitPolicy(
    name: "api", limits: [RateLimit(quota: 60, per: .seconds(60)), RateLimit(quota: 1000, per: .seconds(3600))])
let limiter = RateLimiter(engine: EmbeddedEngine(), policy: policy)

let decision = try await limiter.check("user:42")
print(decision.allowed ? "go on, \(decision.remaining) left" : "wait \(decision.retryAfter ?? .zero)")
