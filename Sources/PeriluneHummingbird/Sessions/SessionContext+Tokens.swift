public import Perilune

/// What gives the client another token, or takes it away. All of it must be done before the answer leaves.
extension SessionContext {
    /// Begins a session that is nobody's, under a new random token. One that the request has already ends first, so
    /// that none is left behind, whatever fails.
    ///
    /// - Parameters:
    ///   - value: Its data.
    ///   - deviceName: What the user calls the client. Its address and `User-Agent` are kept in any case.
    ///   - idleTimeout: How long it lives unused; `nil` for the store's.
    ///   - lifetime: How long it lives at most; `nil` for the store's.
    /// - Throws: ``RequestSessionError``. The one before may have ended all the same; then the request has no session.
    /// - Complexity: One round trip; two more when the request has a token.
    @discardableResult
    public func create(
        _ value: Value, deviceName: String? = nil, idleTimeout: Duration? = nil, lifetime: Duration? = nil
    ) async throws(RequestSessionError) -> Session<Value> {
        try await change { access, old throws(RequestSessionError) in
            if let old { _ = try await access.ask { store throws(SessionError) in try await store.revoke(old.id) } }
            return try await access.ask { store throws(SessionError) in
                try await store.create(
                    value, device: access.client.device(named: deviceName), idleTimeout: idleTimeout,
                    lifetime: lifetime)
            }
        }
    }

    /// Makes the session a user's, or begins one.
    ///
    /// The client gets a new token, and the one before is good for nothing at once: whoever knew it is not logged in
    /// (session fixation). Both timeouts start anew. A session that was nobody's or the user's own keeps its data; of
    /// another user's nothing is left.
    ///
    /// - Parameters:
    ///   - user: The user's id: 1 to 128 bytes without braces and control characters.
    ///   - value: The data, when there is none to keep.
    ///   - deviceName: What the user calls the client. Its address and `User-Agent` are kept in any case.
    ///   - idleTimeout: How long it lives unused from now on; `nil` for the store's.
    ///   - lifetime: How long it lives at most from now on; `nil` for the store's. Longer for users who want to be
    ///     remembered.
    /// - Throws: ``RequestSessionError``: after ``/Perilune/SessionError/limitReached(_:)`` the session is as it was.
    /// - Complexity: One round trip when there is no session. When there is one, four, and that of ``current`` if nothing
    ///   has read it.
    @discardableResult
    public func logIn(
        user: String, startingWith value: Value, deviceName: String? = nil, idleTimeout: Duration? = nil,
        lifetime: Duration? = nil
    ) async throws(RequestSessionError) -> Session<Value> {
        try await change { access, session throws(RequestSessionError) in
            let device = access.client.device(named: deviceName)
            if let session {
                // Users are bytes: two texts that look the same may be two users.
                let isAnothers = session.user.map { !$0.utf8.elementsEqual(user.utf8) } ?? false
                let new = try await access.askUnlessEnded { store throws(SessionError) in
                    try await store.logIn(
                        session.id, user: user, device: device, value: isAnothers ? value : nil,
                        idleTimeout: idleTimeout, lifetime: lifetime)
                }
                // If it has ended since it was read, the user is logged in all the same.
                if let new { return new }
            }
            return try await access.ask { store throws(SessionError) in
                try await store.create(value, user: user, device: device, idleTimeout: idleTimeout, lifetime: lifetime)
            }
        }
    }

    /// Ends the session, and makes the client forget its token. Whatever another request does, it stays ended.
    ///
    /// To end all sessions of a user, call ``/Perilune/SessionStore/revokeAll(of:except:)``.
    ///
    /// - Throws: ``RequestSessionError``. The client keeps its token then, and can log out again.
    /// - Complexity: One round trip when the request has a token.
    public func logOut() async throws(RequestSessionError) {
        let (access, slot) = try enter()
        var token = slot.token
        repeat {
            try await revoke(token, access)
            // Another call of the same request may have logged in meanwhile.
            token = withSlot { $0.end(ofToken: token) }
        } while token != nil
    }

    /// Gives the session another token, and keeps all else: against tokens that were stolen unnoticed.
    ///
    /// A request whose token was replaced a moment ago by another one, within the store's
    /// ``/Perilune/SessionConfiguration/rotationGrace``, changes nothing: its client has been given the new one already.
    /// So pages that send several requests at once may be rotated.
    ///
    /// - Throws: ``RequestSessionError``: ``/Perilune/SessionError/notFound`` when there is no session.
    /// - Complexity: Two round trips, and that of ``current`` if nothing has read it.
    @discardableResult
    public func rotate() async throws(RequestSessionError) -> Session<Value> {
        let (access, slot, session) = try await look()
        guard let session else { throw .session(.notFound) }
        if let token = slot.token, access.store.id(of: token) != session.id { return session }
        do {
            return try await change { access, _ throws(RequestSessionError) in
                try await access.ask { store throws(SessionError) in try await store.rotate(session.id) }
            }
        } catch .session(.notFound) {
            // Another request has ended it since it was read, or rotated it.
            guard let session = try await current else { throw .session(.notFound) }
            return session
        }
    }

    /// - Parameter make: Gets the session that there is.
    private func change(
        _ make: (SessionAccess<Value>, Session<Value>?) async throws(RequestSessionError) -> NewSession<Value>
    ) async throws(RequestSessionError) -> Session<Value> {
        let (access, slot, session) = try await look()
        guard !slot.isClosed else { throw .tooLate }
        let new: NewSession<Value>
        do {
            new = try await make(access, session)
        } catch {
            // How far it came is not always known.
            withSlot { $0.noteChange() }
            throw error
        }
        guard withSlot({ $0.take(new, replacing: slot.token) }) else {
            _ = try? await revoke(new.token, access)
            throw .tooLate
        }
        return new.session
    }

    private func revoke(_ token: SessionToken?, _ access: SessionAccess<Value>) async throws(RequestSessionError) {
        guard let token else { return }
        do {
            _ = try await access.ask { store throws(SessionError) in try await store.revoke(store.id(of: token)) }
        } catch .session(.unknownShard) {
            // A token of a shard that there is not leads nowhere.
        }
    }
}
