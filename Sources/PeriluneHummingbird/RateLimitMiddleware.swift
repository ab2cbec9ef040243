import HTTPTypes
public import Hummingbird
import Logging
public import Perilune

/// Limits how often a client may call.
///
/// ```swift
/// let limiter = RateLimiter(engine: engine, policy: .standard)
/// router.add(middleware: RateLimitMiddleware(limiter: limiter, identifiedBy: [.apiKey(), .clientAddress()]))
/// ```
///
/// A request that is denied is answered with 429, `Retry-After` and a problem document (RFC 9457); it never reaches
/// the handlers behind. Whether denied or not, the answer carries ``RateLimitFields``: also when a handler behind
/// throws, as long as it throws an `HTTPResponseError`. Any other error passes through untouched, for the middleware
/// that knows it.
///
/// A request costs one round trip to the engine. While a Redis server cannot be reached, it costs the engine's whole
/// `RedisConfiguration.commandTimeout`, a second by default, before ``EngineFailureBehavior`` applies: a call that was
/// not sent yet waits for the connection until its deadline. A service that would rather go on without limits sooner
/// sets a shorter one.
///
/// An engine that fails is logged when it begins to, then every few seconds with the number of requests that were not
/// decided, and when it works again.
public struct RateLimitMiddleware<Context: RequestContext>: RouterMiddleware {
    private let limiter: RateLimiter
    private let ways: [ClientIdentifier<Context>]
    private let cost: @Sendable (Request, Context) -> Int
    private let isExempt: @Sendable (Request, Context) -> Bool
    private let engineFailure: EngineFailureBehavior
    private let fields: RateLimitFields
    private let highestCost: Int
    private let failures = FailureLog()

    /// Creates the middleware.
    ///
    /// - Parameters:
    ///   - limiter: Decides.
    ///   - ways: How to tell the client, tried in order. Requests that none of them can tell share the one identifier
    ///     ``ClientIdentifier/anonymous``.
    ///   - cost: What a request takes. Zero or less takes nothing and is never denied; more than the policy's
    ///     ``RateLimitPolicy/highestCost`` counts as that much, as it would otherwise be denied for ever.
    ///   - isExempt: Which requests are not limited at all, and carry no fields.
    ///   - engineFailure: What to do when the engine cannot decide. By default requests are let through: a limiter that
    ///     is down should not take the service with it.
    ///   - legacyFields: Whether answers carry `X-RateLimit-*` as well.
    public init(
        limiter: RateLimiter,
        identifiedBy ways: [ClientIdentifier<Context>],
        cost: @escaping @Sendable (Request, Context) -> Int = { _, _ in 1 },
        skip isExempt: @escaping @Sendable (Request, Context) -> Bool = { _, _ in false },
        onEngineFailure engineFailure: EngineFailureBehavior = .allow,
        legacyFields: Bool = true
    ) {
        self.limiter = limiter
        self.ways = ways
        self.cost = cost
        self.isExempt = isExempt
        self.engineFailure = engineFailure
        self.fields = RateLimitFields(policy: limiter.policy, legacy: legacyFields)
        self.highestCost = limiter.policy.highestCost
    }

    public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard !isExempt(request, context) else { return try await next(request, context) }
        let identifier = ClientIdentifier.identify(request, context, by: ways)
        let cost = min(max(cost(request, context), 0), highestCost)
        let decision: Decision
        do {
            decision = try await limiter.check(identifier, cost: cost)
        } catch {
            if !Self.isCancellation(error), let count = failures.failed() {
                // Not the identifier: it may be a user's name or address, and logs are kept.
                context.logger.warning(
                    "The rate limit could not be decided.",
                    metadata: [
                        "policy": "\(limiter.policy.name)", "error": "\(error)", "requests": "\(engineFailure)",
                        "failures": "\(count)",
                    ])
            }
            guard let seconds = engineFailure.retryAfter else { return try await next(request, context) }
            return Problem.engineUnavailable(retryAfter: seconds).response(to: request)
        }
        if let count = failures.succeeded() {
            context.logger.notice(
                "Rate limits are decided again.",
                metadata: ["policy": "\(limiter.policy.name)", "failures": "\(count)"])
        }
        guard decision.allowed || cost == 0 else {
            var response = Problem.quotaExceeded(decision).response(to: request)
            fields.add(decision, to: &response.headers)
            return response
        }
        do {
            var response = try await next(request, context)
            fields.add(decision, to: &response.headers)
            return response
        } catch var error as HTTPError {
            fields.add(decision, to: &error.headers)
            throw error
        } catch let error as any HTTPResponseError {
            throw RateLimitedError(original: error, fields: fields, decision: decision)
        }
    }

    /// Whether the client has closed its connection, which is no failure of the engine.
    private static func isCancellation(_ error: RateLimitError) -> Bool {
        if case .engine(let failure) = error { failure.code == .cancelled } else { false }
    }
}

extension RateLimitMiddleware where Context: RemoteAddressRequestContext {
    /// Creates a middleware that limits each client address.
    ///
    /// - Parameters:
    ///   - engine: Where the state lives.
    ///   - policy: What to enforce; by default 60 a minute, 1000 an hour, and no more than 10 within a second.
    ///   - trustedProxies: The proxies whose `X-Forwarded-For` is believed.
    public init(
        engine: any ScriptEngine, policy: RateLimitPolicy = .standard, trustedProxies: [IPPrefix] = []
    ) {
        self.init(
            limiter: RateLimiter(engine: engine, policy: policy),
            identifiedBy: [.clientAddress(trustedProxies: trustedProxies)])
    }
}

/// What a limiter does with requests that its engine cannot decide.
public struct EngineFailureBehavior: Sendable, Hashable, CustomStringConvertible {
    /// The value of `Retry-After`; `nil` to let requests through.
    let retryAfter: Int?

    /// Let the request through, without fields.
    public static let allow = EngineFailureBehavior(retryAfter: nil)

    /// Answer with 503, a problem document and `Retry-After: 5`.
    public static let deny = deny(retryAfter: 5)

    /// Answer with 503, a problem document and `Retry-After`.
    ///
    /// - Parameter seconds: When to try again; less than 1 counts as 1.
    public static func deny(retryAfter seconds: Int) -> EngineFailureBehavior {
        EngineFailureBehavior(retryAfter: max(1, seconds))
    }

    public var description: String { retryAfter == nil ? "allowed" : "denied" }
}

/// An error of a handler whose answer gets the fields of the decision that let the request in.
private struct RateLimitedError: HTTPResponseError {
    let original: any HTTPResponseError
    let fields: RateLimitFields
    let decision: Decision

    var status: HTTPResponse.Status { original.status }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = try original.response(from: request, context: context)
        fields.add(decision, to: &response.headers)
        return response
    }
}
