import HTTPTypes
import PeriluneCore

/// On what terms a response may be stored (RFC 9111, section 3).
struct ResponseTerms: Sendable, Hashable {
    /// Why a response is not stored.
    enum Refusal: String, Error, Sendable, Hashable {
        case status
        case noStore = "no-store"
        case noCache = "no-cache"
        case isPrivate = "private"
        case credentials
        case cookies
        case session
        case vary
        case notFresh = "not-fresh"
        case fieldsTooLarge = "fields-too-large"
        case tooManyTags = "too-many-tags"
        case bodyTooLarge = "body-too-large"
        case stream
        case trailers
    }

    /// Times in milliseconds; see ``CachedResponse``.
    var lifetime: Int
    var initialAge: Int
    var staleWhileRevalidate: Int
    var staleIfError: Int
    var isForAuthorized: Bool
    var allowsStale: Bool
    /// The names in `Vary`.
    var names: [String]

    /// How long there is a use for it, in milliseconds.
    var retention: Int { lifetime + max(staleWhileRevalidate, staleIfError) - initialAge }

    /// Finds out whether a response may be stored.
    ///
    /// - Parameters:
    ///   - status: The status code.
    ///   - fields: The fields.
    ///   - isAuthorized: Whether the request had credentials.
    ///   - stale: How long responses are served when they are stale that do not say it, in milliseconds.
    ///   - now: In seconds since 1970-01-01 00:00 UTC.
    static func of(
        status: Int, fields: HTTPFields, isAuthorized: Bool, policy: ResponseCachePolicy,
        stale: (whileRevalidate: Int, ifError: Int), now: Int64
    ) -> Result<ResponseTerms, Refusal> {
        let directives = CacheDirectives(fields)
        let flags = directives.flags
        guard policy.statuses.contains(status), (200...599).contains(status), status != 206, status != 304 else {
            return .failure(.status)
        }
        if flags.contains(.noStore) { return .failure(.noStore) }
        if flags.contains(.isPrivate) { return .failure(.isPrivate) }
        if flags.contains(.noCache) { return .failure(.noCache) }
        let isShared =
            flags.contains(.isPublic) || flags.contains(.mustRevalidate) || directives.sharedMaxAge != nil
        guard isShared || !isAuthorized else { return .failure(.credentials) }
        guard policy.sharesCookies || !fields.contains(.setCookie) else { return .failure(.cookies) }
        guard let names = ResponseVariance.names(in: fields) else { return .failure(.vary) }

        guard let lifetime = lifetime(directives, fields, policy, now: now) else { return .failure(.notFresh) }
        let initialAge = initialAge(fields, now: now)
        let mayBeStale = !flags.contains(.mustRevalidate) && !flags.contains(.proxyRevalidate)
        // A shared max-age forbids to serve stale responses, too, but for those who say how long.
        let mayBeByDefault = mayBeStale && directives.sharedMaxAge == nil
        func time(_ directive: Int?, _ other: Int) -> Int {
            guard mayBeStale else { return 0 }
            return directive.map { $0 * 1_000 } ?? (mayBeByDefault ? other : 0)
        }
        let terms = ResponseTerms(
            lifetime: lifetime, initialAge: initialAge,
            staleWhileRevalidate: time(directives.staleWhileRevalidate, stale.whileRevalidate),
            staleIfError: time(directives.staleIfError, stale.ifError), isForAuthorized: isShared,
            allowsStale: mayBeByDefault, names: names)
        return terms.retention > 0 ? .success(terms) : .failure(.notFresh)
    }

    /// How long a response is fresh, in milliseconds of its age; `nil` when nobody says it.
    private static func lifetime(
        _ directives: CacheDirectives, _ fields: HTTPFields, _ policy: ResponseCachePolicy, now: Int64
    ) -> Int? {
        if let seconds = directives.sharedMaxAge ?? directives.maxAge { return seconds * 1_000 }
        if let expires = fields[.expires] {
            // What is no date lies in the past.
            guard let end = HTTPDate.time(expires) else { return 0 }
            let begin = fields[.date].flatMap { HTTPDate.time($0) } ?? now
            return Int(min(max(0, end - begin), Int64(CacheDirectives.longest))) * 1_000
        }
        return policy.implicitTTL.map { min(max(0, $0.millisecondsRoundedUp), CacheDirectives.longest * 1_000) }
    }

    /// How old a response is when it comes, in milliseconds: what another cache says, or what its date tells.
    private static func initialAge(_ fields: HTTPFields, now: Int64) -> Int {
        let age = fields[.age].map { CacheDirectives.seconds($0.utf8) } ?? 0
        let apparent = fields[.date].flatMap { HTTPDate.time($0) }.map { now - $0 } ?? 0
        return max(age, Int(min(max(0, apparent), Int64(CacheDirectives.longest)))) * 1_000
    }
}
