extension SessionStore {
    /// What a form or script of a page must send back with every request that changes something, so that no other page
    /// can make the client's browser send it (cross-site request forgery).
    ///
    /// A keyed hash of the session's id: nothing is stored, and it ends with the session or its rotation.
    public func requestToken(for id: SessionID) -> String {
        secrets.requestToken(for: id)
    }

    /// Whether a text is the session's ``requestToken(for:)``. Takes the same time whatever the text is.
    public func isRequestToken(_ text: some StringProtocol, for id: SessionID) -> Bool {
        secrets.isRequestToken(text, for: id)
    }
}
