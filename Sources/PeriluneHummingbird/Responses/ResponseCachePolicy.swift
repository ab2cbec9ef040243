/// What a ``ResponseCacheMiddleware`` stores, for whom, and how it tells.
public struct ResponseCachePolicy: Sendable {
    /// What the order of a query's parameters means.
    public enum Query: Sendable, Hashable {
        /// Something: `?a=1&b=2` and `?b=2&a=1` are two URLs.
        case asSent
        /// Nothing: parameters are sorted by their names; those of one name keep their order.
        case sorted
    }

    /// What the order of a query's parameters means.
    public var query = Query.asSent
    /// Whether the same path of another host is another URL. Leave it so unless handlers do not look at the host: else a
    /// client could have a response stored that was made for a host of its own.
    public var usesHost = true
    /// The statuses of responses that are stored. By default those that RFC 9110 calls heuristically cacheable, without 206,
    /// and temporary redirects.
    public var statuses: Set<Int> = [200, 203, 204, 300, 301, 302, 307, 308, 404, 405, 410, 414, 501]
    /// How long a response is fresh that does not say it; `nil` to store only those that do.
    public var implicitTTL: Duration?
    /// The largest content that is stored, in bytes. Larger ones pass through, and no more than this of them is held.
    public var maximumBody = 1 << 20
    /// The most bytes that the fields of a stored response have, names and values.
    public var maximumFields = 16_384
    /// How many variants of a URL are stored at most, by what the request says in the fields that `Vary` names: from 1 to
    /// 65536.
    public var maximumVariants = 32
    /// Whether a response with `Set-Cookie` is stored and its cookies given to everybody. They had better not be anybody's.
    public var sharesCookies = false
    /// Whether clients can ask for something newer, or for nothing but what is stored (`Cache-Control: no-cache`, `max-age`,
    /// `min-fresh`, `only-if-cached`, `Pragma: no-cache`). That is HTTP; and it lets any client have handlers called.
    public var heedsClients = true
    /// For how long it is remembered that the response of a URL could not be stored: requests for it do not wait for each
    /// other meanwhile. Zero to remember nothing.
    public var uncacheableTime = Duration.seconds(5)
    /// How long a response whose length is not known may take to be written before it passes through, and is not stored.
    public var streamPatience = Duration.seconds(1)
    /// Whether responses without `ETag` get one, made of their content (200 only).
    public var makesETags = true
    /// Whether the response of a URL is forgotten when a request of another method than GET, HEAD, OPTIONS and TRACE
    /// succeeds for it (RFC 9111, section 4.4).
    public var invalidatesOnUnsafeMethods = true
    /// The fields in which a response names its tags: `Surrogate-Key` with spaces between them, `Cache-Tag` with commas, and
    /// any other with spaces.
    public var tagFields = ["Surrogate-Key", "Cache-Tag"]
    /// Whether responses leave with the fields that name their tags.
    public var showsTags = false
    /// The cache's name in `Cache-Status` (RFC 9211); `nil` to leave that field alone. A name with other characters than
    /// strings in fields have is not written.
    public var name: String? = "Perilune"

    /// Creates a policy.
    public init() {}
}
