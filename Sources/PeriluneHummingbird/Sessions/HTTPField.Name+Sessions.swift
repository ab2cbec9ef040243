public import HTTPTypes

extension HTTPField.Name {
    /// `Session-Token`: the token of a session that begins or gets another one, for clients that send it as a bearer token.
    public static let sessionToken = validated("Session-Token")
    /// `X-CSRF-Token`: the session's request token; see ``RequestTokenMiddleware``.
    public static let csrfToken = validated("X-CSRF-Token")

    /// `Sec-Fetch-Site`: how the page that sends a request is related to the site that it is sent to.
    static let secFetchSite = validated("Sec-Fetch-Site")
}
