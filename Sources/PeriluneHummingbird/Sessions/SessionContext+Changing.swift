public import Perilune

extension SessionContext {
    /// Changes single fields of the session's data: all of them or none.
    ///
    /// A session that was ended meanwhile, for example by a log-out in another request, stays ended.
    ///
    /// - Parameters:
    ///   - version: The version that the data must have; `nil` for any.
    ///   - change: Says what to change.
    /// - Returns: The new version.
    /// - Throws: ``RequestSessionError``: among others ``/Perilune/SessionError/notFound`` when there is no session.
    /// - Complexity: One round trip, and that of ``current`` if nothing has read it: to be changed is to be used.
    @discardableResult
    public func update(
        expecting version: Int? = nil, _ change: (inout SessionChanges) -> Void
    ) async throws(RequestSessionError) -> Int {
        try await alter { store, id throws(SessionError) in
            try await store.update(id, expecting: version, change)
        }
    }

    /// Puts other data in the place of the session's. See ``update(expecting:_:)``.
    @discardableResult
    public func replace(with value: Value, expecting version: Int? = nil) async throws(RequestSessionError) -> Int {
        try await alter { store, id throws(SessionError) in
            try await store.replace(id, with: value, expecting: version)
        }
    }

    /// Reads the session's data, lets it be changed, and writes it if nobody else has changed it meanwhile; otherwise
    /// again.
    ///
    /// For what depends on the data as a whole. Single fields are changed cheaper by ``update(expecting:_:)``.
    ///
    /// - Parameters:
    ///   - attempts: How often it is tried, at least once.
    ///   - change: May be called several times. What it throws is thrown, and nothing is changed.
    /// - Returns: The session as it is then.
    /// - Throws: ``RequestSessionError``: among others ``/Perilune/SessionError/contention(attempts:)``.
    /// - Complexity: Two round trips for each attempt, and that of ``current`` if nothing has read it.
    @discardableResult
    public func modify(
        attempts: Int = 8, _ change: (inout Value) throws(SessionError) -> Void
    ) async throws(RequestSessionError) -> Session<Value> {
        try await alter { store, id throws(SessionError) in
            try await store.modify(id, attempts: attempts, change)
        } known: {
            $0
        }
    }

    /// - Parameter known: What is known of the session after the change.
    private func alter<Reply>(
        _ call: (SessionStore<Value>, SessionID) async throws(SessionError) -> Reply,
        known: (Reply) -> Session<Value>? = { _ in nil }
    ) async throws(RequestSessionError) -> Reply {
        let (access, slot, session) = try await look()
        guard let session else { throw .session(.notFound) }
        do {
            let reply = try await access.ask { store throws(SessionError) in try await call(store, session.id) }
            let changed = known(reply)
            withSlot { $0.noteChange(to: changed, since: slot.changes) }
            return reply
        } catch {
            // What was read is not what there is.
            withSlot { $0.noteChange() }
            throw error
        }
    }
}
