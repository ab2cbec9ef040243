import HTTPTypes
import Hummingbird
import Perilune
import PeriluneHummingbird

/// The operations on rate limits.
struct RateLimitController: Sendable {
    private let limiters: [String: RateLimiter]
    private let names: [String]
    private let failures: EngineFailures

    init(engine: any ScriptEngine, policies: [RateLimitPolicy], keySpace: KeySpace, failures: EngineFailures) {
        self.failures = failures
        names = policies.map(\.name)
        limiters = Dictionary(
            policies.map { ($0.name, RateLimiter(engine: engine, policy: $0, keySpace: keySpace)) },
            uniquingKeysWith: { _, last in last })
    }

    var routes: [Route] {
        [
            Route(.post, "/api/v1/rate-limit/check", scope: .admin, check),
            Route(.get, "/api/v1/cache/rate-limit/:identifier", scope: .read, peek),
            Route(.post, "/api/v1/cache/rate-limit/:identifier/reset", scope: .admin, reset),
        ]
    }

    /// Takes from an identifier's limits.
    ///
    /// The answer is 200 when the call is denied, too: the check has succeeded, and what it found stands in the body.
    /// 429 would say that the caller of this API calls too often, and so would `RateLimit` fields: a client takes
    /// them for its own.
    private func check(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let body = try await CheckRequest.read(from: request, context)
        let limiter = try limiter(named: body.policy)
        let decision = try await failures.reported(to: context.logger) { () async throws(RateLimitError) in
            try await limiter.check(body.identifier, cost: body.cost ?? 1)
        }
        return Response(json: JSONValue(decision))
    }

    /// Tells where an identifier stands.
    private func peek(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let identifier = try request.pathParameter("identifier", context)
        let limiter = try limiter(named: request.queriedPolicy)
        let decision = try await failures.reported(to: context.logger) { () async throws(RateLimitError) in
            try await limiter.peek(identifier)
        }
        return Response(json: JSONValue(decision))
    }

    /// Forgets what an identifier has taken.
    private func reset(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let identifier = try request.pathParameter("identifier", context)
        let limiter = try limiter(named: request.queriedPolicy)
        let wasReset = try await failures.reported(to: context.logger) { () async throws(RateLimitError) in
            try await limiter.reset(identifier)
        }
        return Response(json: ["reset": .bool(wasReset)])
    }

    private func limiter(named name: String?) throws(Problem) -> RateLimiter {
        guard let limiter = limiters[name ?? ManagementConfiguration.defaultPolicyName] else {
            throw Problem(.unprocessableContent, "policy: not one of \(names.joined(separator: ", ")).")
        }
        return limiter
    }
}

extension Request {
    /// The policy named in the query; `nil` when none is.
    fileprivate var queriedPolicy: String? {
        uri.queryParameters.get("policy")
    }
}

extension JSONValue {
    /// A decision; times are seconds.
    init(_ decision: Decision) {
        self = [
            "allowed": .bool(decision.allowed),
            "limit": .integer(decision.limit),
            "remaining": .integer(decision.remaining),
            "retry_after": decision.retryAfter.map(JSONValue.seconds) ?? .null,
            "reset_after": .seconds(decision.resetAfter),
            "violated_limit": decision.violatedLimit.map(JSONValue.string) ?? .null,
            "limits": .array(
                decision.limits.map { status in
                    [
                        "name": .string(status.limit.name),
                        "quota": .integer(status.limit.quota),
                        "period": .seconds(status.limit.period),
                        "remaining": .integer(status.remaining),
                        "reset_after": .seconds(status.resetAfter),
                    ]
                }),
        ]
    }
}
