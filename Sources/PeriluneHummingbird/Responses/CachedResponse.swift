public import HTTPTypes
public import NIOCore

/// A response as it is stored: the answer to many requests.
public struct CachedResponse: Sendable, Hashable {
    /// The status code; 0 when there is no response, and what is known is that there is none to store.
    public internal(set) var status: Int
    /// The fields, without `Age` and those that mean something to the next hop only.
    public internal(set) var fields: HTTPFields
    /// The content.
    public internal(set) var body: ByteBuffer

    /// How long it is fresh, in milliseconds of its age.
    var lifetime: Int
    /// How old it was when it was stored, in milliseconds.
    var initialAge: Int
    /// How long after that it is served while it is fetched anew, in milliseconds.
    var staleWhileRevalidate: Int
    /// How long after that it is served when it cannot be fetched anew, in milliseconds.
    var staleIfError: Int
    /// Whether requests with credentials may have it.
    var isForAuthorized: Bool
    /// Whether clients that take stale responses may have a stale one.
    var allowsStale: Bool
    /// By which fields of a request it was chosen; `nil` when every request may have it.
    var variance: ResponseVariance?

    /// What is stored for a URL whose last response could not be: nobody waits then for what another request brings.
    static let uncacheable = CachedResponse(
        status: 0, fields: [:], body: ByteBuffer(), lifetime: 0, initialAge: 0, staleWhileRevalidate: 0,
        staleIfError: 0, isForAuthorized: false, allowsStale: false)

    var isUncacheable: Bool { status == 0 }
}

extension CachedResponse {
    /// What a response of some age is good for.
    enum Standing: Sendable, Hashable {
        /// It can be served as it is.
        case usable
        /// It can be served as it is, and should be fetched anew.
        case whileRevalidate
        /// It can be served if it cannot be fetched anew.
        case ifError
        /// It cannot be served.
        case useless
    }

    /// What the response is good for to a request.
    ///
    /// - Parameters:
    ///   - age: In milliseconds, what it was when it was stored included.
    ///   - directives: What the request says.
    func standing(at age: Int, for directives: CacheDirectives) -> Standing {
        guard !directives.flags.contains(.noCache) else { return .useless }
        let staleness = age - lifetime
        let onError: Standing = staleness < staleIfError && staleIfError > 0 ? .ifError : .useless
        if let most = directives.maxAge, age > most * 1_000 { return onError }
        if let least = directives.minFresh, -staleness < least * 1_000 { return onError }
        if staleness < 0 { return .usable }
        if staleness < staleWhileRevalidate { return .whileRevalidate }
        if allowsStale, let most = directives.maxStale, staleness <= most * 1_000 { return .usable }
        return onError
    }
}
