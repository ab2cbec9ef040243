import HTTPTypes

/// Tells whether a page of another site has made a browser send a request.
///
/// Browsers say so themselves in `Sec-Fetch-Site`, which no page can write. Those before 2023, and all of them over
/// connections without encryption, send `Origin` alone, which is compared with the host of the request. Without both the
/// request does not come from a page.
struct RequestOrigin: Sendable {
    /// The origins whose pages may send any request, as browsers write them: `https://app.example.com`.
    var trusted: Set<String> = []

    /// Whether a page of another origin, which is not trusted, has made a browser send the request.
    ///
    /// - Parameters:
    ///   - fields: The fields of the request.
    ///   - authority: The host and port that the request is for, as its client wrote them.
    func isForeign(_ fields: HTTPFields, authority: String?) -> Bool {
        let origin = fields[.origin]
        if let origin, trusted.contains(origin) { return false }
        if let site = fields[.secFetchSite] { return site != "same-origin" && site != "none" }
        guard let origin else { return false }
        guard let authority, let scheme = origin.firstRange(of: "://") else { return true }
        return origin[scheme.upperBound...].lowercased() != authority.lowercased()
    }
}
