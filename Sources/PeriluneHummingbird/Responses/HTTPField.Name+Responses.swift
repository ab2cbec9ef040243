public import HTTPTypes

extension HTTPField.Name {
    /// `Cache-Status`: what a cache made of a request (RFC 9211).
    public static let cacheStatus = validated("Cache-Status")
    /// `Pragma`: before there was `Cache-Control` (RFC 9111, section 5.4).
    static let pragma = validated("Pragma")
    /// `Host`, which stands beside the fields of a request.
    static let host = validated("Host")
    /// `Surrogate-Key`: the tags of a response, with spaces between them.
    public static let surrogateKey = validated("Surrogate-Key")
    /// `Cache-Tag`: the tags of a response, with commas between them.
    public static let cacheTag = validated("Cache-Tag")
}

extension HTTPFields {
    /// The fields that mean something to the next hop only (RFC 9110, section 7.6.1), in lower case.
    private static let hopByHop: Set<String> = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authentication-info", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    /// Without those that mean something to the next hop only, among them what `Connection` names.
    var endToEnd: HTTPFields {
        let named = self[values: .connection].flatMap { $0.split(separator: ",") }
            .map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
        return HTTPFields(
            filter { field in
                let name = field.name.canonicalName
                return !Self.hopByHop.contains(name) && !named.contains(name)
            })
    }
}
