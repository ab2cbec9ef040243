import Perilune

/// Finds out whether the engine can do what the server is for.
///
/// A `PING` is answered by a server whose memory is full, and by a replica that takes no writes, while every check
/// fails. So a whole decision is made: by the default policy, with its script, as any check.
///
/// The identifier it takes from is 256 random bits, made anew with each probe: no caller's can be the same, and no two
/// servers on one engine share it. It is reset after each decision, so that the next one writes again instead of being
/// denied; if that does not happen, its key expires by itself as every key does.
struct HealthProbe: Sendable {
    private let limiter: RateLimiter
    private let identifier = "health:" + AccessTokens.randomToken()

    init(engine: any ScriptEngine, configuration: ManagementConfiguration) {
        let policy = configuration.policies.first { $0.name == ManagementConfiguration.defaultPolicyName }
        limiter = RateLimiter(engine: engine, policy: policy ?? .standard, keySpace: configuration.keySpace)
    }

    /// How long a decision takes.
    ///
    /// - Throws: Why there is none.
    /// - Complexity: Two round trips, of which the first is measured.
    func run() async throws(RateLimitError) -> Duration {
        let start = ContinuousClock.now
        _ = try await limiter.check(identifier)
        let duration = ContinuousClock.now - start
        try await limiter.reset(identifier)
        return duration
    }
}
