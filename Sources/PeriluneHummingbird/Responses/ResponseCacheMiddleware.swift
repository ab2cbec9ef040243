import HTTPTypes
public import Hummingbird
import Logging
public import Perilune
import PeriluneCore

/// A shared HTTP cache before handlers, in all processes of a service (RFC 9111).
///
/// ```swift
/// var pages = CacheType("pages", ttl: .seconds(60))
/// pages.staleIfError = .seconds(3_600)
/// let cache = ResponseCacheMiddleware(try CacheRegion(pages, engine: redis, codec: .response))
/// router.add(middleware: cache)
/// router.get("products/:id") { request, context in
///     Response(
///         status: .ok, headers: [.cacheControl: "public, max-age=60", .surrogateKey: "product:1"], body: …)
/// }
/// try await cache.region.invalidate(tags: ["product:1"])   // after the database's transaction
/// ```
///
/// A response is stored if its `Cache-Control` or `Expires` says for how long it is fresh, or the policy does; never if it
/// says `private`, `no-store` or `no-cache`, has cookies, varies by anything, or answers a request with credentials without
/// saying `public`, `s-maxage` or `must-revalidate`. How a response is chosen that has a `Vary` is told at
/// ``ResponseCachePolicy/maximumVariants``. Errors that are answers count as responses; of HEAD nothing is stored, and
/// responses of GET are served. A response that is served from the cache has an `Age`, and answers `If-None-Match` and
/// `If-Modified-Since` with 304. Parts of responses are not served: a request with `Range` goes to the handler.
///
/// One request of all processes fetches a response that is missing, in its own task; the others wait for it. When the client
/// of that request closes its connection, one of the others fetches the response. When what it brings cannot be stored, none
/// of the others waits for the next few seconds.
/// A stale response is served within its `stale-while-revalidate` while one request fetches it anew, and within its
/// `stale-if-error` when that ends in an error or a status of 500, 502, 503 or 504 (RFC 5861); without these directives, for
/// as long as the region's type says. The request that fetches waits for the handler; see ``refresh(atMost:by:)`` for having
/// that done in the background.
///
/// A handler may look at the URL, at the host, and at fields that it names in `Vary`. What it makes of any other field of a
/// request, such as `X-Forwarded-Host`, others would get: a client could have made it up.
///
/// Put it behind what lets clients in or not, such as rate limits and authentication by credentials, and before what makes the
/// content. When the engine fails, requests go to the handlers as if there were no cache. That is logged when it begins, then
/// every few seconds with the number of requests, and when it works again.
///
/// A session is part of what makes the content: add the cache first, then ``SessionMiddleware``, which adds to a response that
/// depends on a session the `Vary` that the cache goes by.
///
/// ```swift
/// router.add(middleware: cache)
/// router.add(middleware: SessionMiddleware(store: store))
/// ```
///
/// The other way round nobody gets another's page either. A response that was made while its request's session was in use,
/// by the handler or by what stands before the cache, is stored only if it names `Cookie` (`Authorization` for bearer tokens)
/// in `Vary` by itself, and never if it gives the session a token; and a request whose session is in use is served only such
/// a response.
public struct ResponseCacheMiddleware<Context: RequestContext>: RouterMiddleware {
    typealias Next = @concurrent (Request, Context) async throws -> Response

    /// Where the responses are: for invalidating by tags, clearing, and running what the region needs.
    public let region: CacheRegion<CachedResponse>
    let policy: ResponseCachePolicy
    let isExempt: @Sendable (Request, Context) -> Bool
    let mayPurge: (@Sendable (Request, Context) async throws -> Bool)?
    let clock: any RedisClock
    let wallClock: any RedisClock
    let tags: ResponseTags
    let flights = Flights<FlightEnd>()
    let failures = FailureLog()
    let refresher = ResponseRefresher<Context>()

    /// Creates the middleware.
    ///
    /// - Parameters:
    ///   - region: Where the responses are, with the codec ``/Perilune/CacheCodec/response``.
    ///   - policy: What is stored, for whom, and how it is told.
    ///   - isExempt: Which requests the cache has nothing to do with.
    ///   - mayPurge: Who may have responses forgotten by a request of the method `PURGE`: see ``purge(_:host:)``. Without
    ///     it `PURGE` is a method like any other.
    ///   - clock: Measures how long others are waited for.
    ///   - wallClock: Tells the date, for responses with `Date` or `Expires`.
    public init(
        _ region: CacheRegion<CachedResponse>, policy: ResponseCachePolicy = ResponseCachePolicy(),
        skip isExempt: @escaping @Sendable (Request, Context) -> Bool = { _, _ in false },
        purgeWhere mayPurge: (@Sendable (Request, Context) async throws -> Bool)? = nil,
        clock: any RedisClock = .monotonic, wallClock: any RedisClock = .system
    ) {
        self.region = region
        self.policy = policy
        self.isExempt = isExempt
        self.mayPurge = mayPurge
        self.clock = clock
        self.wallClock = wallClock
        tags = ResponseTags(policy.tagFields)
    }

    public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        if isExempt(request, context) { return try await next(request, context) }
        if let mayPurge, request.method.rawValue == "PURGE" {
            guard try await mayPurge(request, context) else {
                return Problem(.forbidden, "PURGE is not allowed.").response(to: request)
            }
            return await purge(by: request, context)
        }
        switch CacheableRequest.treatment(of: request.head, policy: policy) {
        case .passed(let forward):
            return try await told(CacheStatus(forward: forward)) { try await next(request, context) }
        case .unsafe(let url):
            return try await told(CacheStatus(forward: .method)) {
                let forget = policy.invalidatesOnUnsafeMethods ? url : nil
                do {
                    let response = try await next(request, context)
                    if let forget, response.status.code < 400 {
                        await self.forget(forget, response.headers, authority: request.head.authority, context)
                    }
                    return response
                } catch let error as any HTTPResponseError where error.status.code < 400 {
                    if let forget { await self.forget(forget, [:], authority: request.head.authority, context) }
                    throw error
                }
            }
        case .cached(var asked):
            asked.sessionFields = SessionUses.current?.fields ?? []
            if let lead = ResponseRefresh.current?.take(for: flights, asked.url) {
                return try await fetch(lead, asked, request, context, next)
            }
            return try await serve(asked, request, context, next)
        }
    }

    /// What a handler answers, or throws, as it leaves when it is not stored.
    func told(_ status: CacheStatus, _ respond: () async throws -> Response) async throws -> Response {
        do {
            return told(status, try await respond())
        } catch var error as HTTPError {
            tell(status, in: &error.headers)
            throw error
        }
    }

    /// A response as it leaves that is not stored.
    func told(_ status: CacheStatus, _ response: Response) -> Response {
        var response = response
        tell(status, in: &response.headers)
        return response
    }

    /// Adds what the cache has made of a request, and removes what is only for the cache.
    func tell(_ status: CacheStatus, in fields: inout HTTPFields) {
        if !policy.showsTags { tags.remove(from: &fields) }
        if let member = policy.name.flatMap({ status.member(name: $0) }) {
            fields.append(HTTPField(name: .cacheStatus, value: member))
        }
    }

    /// Notes that the engine has failed. A client that has closed its connection is no failure of the engine.
    func note(_ error: CacheError, _ context: Context) {
        guard !error.isCancellation, let count = failures.failed() else { return }
        context.logger.warning(
            "The response cache cannot be used; handlers are called.",
            metadata: ["cache": "\(region.type.name)", "error": "\(error)", "failures": "\(count)"])
    }

    /// Notes that the engine has answered.
    func noteSuccess(_ context: Context) {
        guard let count = failures.succeeded() else { return }
        context.logger.notice(
            "The response cache can be used again.",
            metadata: ["cache": "\(region.type.name)", "failures": "\(count)"])
    }
}
