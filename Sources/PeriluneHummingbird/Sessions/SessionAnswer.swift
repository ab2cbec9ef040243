import HTTPTypes

/// What an answer says of the session of its request.
struct SessionAnswer: Sendable {
    let transport: SessionTransport
    let news: SessionNews?
    /// Whether the answer would be another one without the session, or with another.
    let isDependent: Bool

    /// Adds the fields.
    ///
    /// What tells a token is never stored by a cache: `Cache-Control` is `no-store` unless it says so already. What only
    /// depends on the session gets `Vary`, and is cached as the handler wants.
    func write(to fields: inout HTTPFields) {
        if isDependent { Self.add(transport.requestField, toVary: &fields) }
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
