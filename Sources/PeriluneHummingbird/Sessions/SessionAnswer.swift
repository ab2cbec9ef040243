import HTTPTypes

/// What an answer says of the session of its request.
struct SessionAnswer: Sendable {
    let transport: SessionTransport
    /// Whether the request had anything in the token's place.
    let isTokenPresent: Bool
    let news: SessionNews?
    /// Whether the answer would be another one without the session, or with another.
    let isDependent: Bool

    /// Adds the fields.
    ///
    /// What tells a token is never stored by a cache: `Cache-Control` is `no-store` unless it says so already. What only
    /// depends on the session gets `Vary`, and is cached as the handler wants. If it is a 401 that depends on the session,
    /// and does not say what to show, it says so (RFC 9110, 15.5.2).
    func write(to fields: inout HTTPFields, status: HTTPResponse.Status) {
        if isDependent {
            Self.add(transport.requestField, toVary: &fields)
            if status == .unauthorized, fields[.wwwAuthenticate] == nil {
                fields[.wwwAuthenticate] = transport.challenge(isTokenPresent: isTokenPresent)
            }
        }
        guard let news else { return }
        transport.write(news, to: &fields)
        if !Self.elements(of: .cacheControl, in: fields).contains("no-store") { fields[.cacheControl] = "no-store" }
    }

    private static func add(_ name: HTTPField.Name, toVary fields: inout HTTPFields) {
        let names = elements(of: .vary, in: fields)
        guard !names.contains("*"), !names.contains(name.canonicalName) else { return }
        fields.append(HTTPField(name: .vary, value: name.rawName))
    }

    /// The elements of a field that is a list of words, in lower case.
    private static func elements(of name: HTTPField.Name, in fields: HTTPFields) -> [String] {
        fields[values: name].flatMap { $0.split(separator: ",") }.map { $0.filter { !$0.isWhitespace }.lowercased() }
    }
}
