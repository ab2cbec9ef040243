import HTTPTypes
import Hummingbird
import Perilune
import PeriluneHummingbird

/// The operations on rate limits.
struct RateLimitController: Sendable {
    /// A limiter and the fields of its policy, which are made once.
    private struct Limiter: Sendable {
        let limiter: RateLimiter
        let fields: RateLimitFields
    }

    private let limiters: [String: Limiter]
    private let names: [String]

    init(engine: any ScriptEngine, policies: [RateLimitPolicy], keySpace: KeySpace) {
        names = policies.map(\.name)
        limiters = Dictionary(
            policies.map { policy in
                let limiter = RateLimiter(engine: engine, policy: policy, keySpace: keySpace)
                return (policy.name, Limiter(limiter: limiter, fields: RateLimitFields(policy: policy)))
            }, uniquingKeysWith: { _, last in last })
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
    /// 429 would say that the caller of this API calls too often.
    private func check(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let body = try await CheckRequest.read(from: request)
        let limiter = try limiter(named: body.policy)
        return answer(try await limiter.limiter.check(body.identifier, cost: body.cost ?? 1), limiter)
    }

    /// Tells where an identifier stands.
    private func peek(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let identifier = try request.pathParameter("identifier", context)
        let limiter = try limiter(named: request.queriedPolicy)
        return answer(try await limiter.limiter.peek(identifier), limiter)
    }

    /// Forgets what an identifier has taken.
    private func reset(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let identifier = try request.pathParameter("identifier", context)
        let limiter = try limiter(named: request.queriedPolicy)
        return Response(json: ["reset": .bool(try await limiter.limiter.reset(identifier))])
    }

    private func limiter(named name: String?) throws(Problem) -> Limiter {
        guard let limiter = limiters[name ?? ManagementConfiguration.defaultPolicyName] else {
            throw Problem(.unprocessableContent, "policy: not one of \(names.joined(separator: ", ")).")
        }
        return limiter
    }

    private func answer(_ decision: Decision, _ limiter: Limiter) -> Response {
        var response = Response(json: JSONValue(decision))
        limiter.fields.add(decision, to: &response.headers)
        return response
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
