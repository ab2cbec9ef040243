import PeriluneCore

extension SessionStore {
    /// Gives a session another token, and keeps all else: against tokens that were stolen unnoticed.
    ///
    /// Of several calls for one id at the same time one does, whatever the grace: the answers may reach the client in any
    /// order, and all but one of several new tokens would soon be dead.
    ///
    /// - Returns: The session under its new id, and the token for its client.
    /// - Throws: ``SessionError``: ``SessionError/notFound`` when there is none, or not under this id any more.
    /// - Complexity: Three round trips. Whoever fails between the last two has ended the session: there are never two.
    public func rotate(_ id: SessionID) async throws(SessionError) -> NewSession<Value> {
        try await move(id, follows: false) { $0 }
    }

    /// Makes a session a user's: it gets another token, so that nobody who knew the old one is logged in (session
    /// fixation), and moves to the shard of the user's sessions. Both timeouts start anew.
    ///
    /// - Parameters:
    ///   - id: The session.
    ///   - user: Whose it becomes. See ``create(_:user:device:idleTimeout:lifetime:)``.
    ///   - device: What the client is; `nil` for what was known.
    ///   - value: Its data from now on; `nil` to keep it.
    /// - Returns: The session under its new id, and the token for its client.
    /// - Throws: ``SessionError``: after ``SessionError/limitReached(_:)`` the session is as it was.
    /// - Complexity: See ``rotate(_:)``.
    public func logIn(
        _ id: SessionID, user: String, device: SessionDevice? = nil, value: Value? = nil
    ) async throws(SessionError) -> NewSession<Value> {
        _ = try shard(of: user)
        let fields = if let value { try codec.fields(of: value) } else { [JSONMembers.Member]?.none }
        return try await move(id, follows: true) { beginning in
            var beginning = beginning
            beginning.user = user
            if let device { beginning.device = device }
            if let fields {
                beginning.fields = fields
                beginning.version += 1
            }
            beginning.created = 0
            beginning.deadline = 0
            beginning.idle = configuration.idleTimeout.millisecondsRoundedUp
            return beginning
        }
    }

    /// - Parameter follows: Whether a session that has just moved to another id is meant as well.
    private func move(
        _ id: SessionID, follows: Bool, _ change: (SessionBeginning) -> SessionBeginning
    ) async throws(SessionError) -> NewSession<Value> {
        // Looked at first, for whose it will be decides where it goes.
        guard let before = try await summary(id), follows || before.id == id else { throw .notFound }
        let lifetime = configuration.lifetime.millisecondsRoundedUp
        let user = change(SessionBeginning(user: before.user, idle: 1, lifetime: lifetime)).user
        let shard = if let user { try shard(of: user) } else { anyShard() }
        let token = SessionToken(shard: shard.index)
        let target = secrets.id(of: token)
        let (old, record) = try await take(before.id, target: target, follows: follows)

        let was = SessionBeginning(
            user: record.user, device: try codec.device(record.device, of: old), idle: record.idle, lifetime: lifetime,
            created: record.created, deadline: record.deadline, version: record.version,
            fields: try codec.opened(record.fields, of: old))
        let beginning = change(was)
        let new: SessionRecord
        do {
            new = try await begin(beginning, as: target, in: shard)
        } catch {
            await putBack(record, was, as: old, after: error)
            throw error
        }
        log("A session got another token.", target)
        let value = try codec.value(Value.self, of: beginning.fields)
        return NewSession(
            session: Session(
                summary: try summary(new, id: target, lastSeen: nil), version: new.version, value: value), token: token)
    }

    private func take(
        _ id: SessionID, target: SessionID, follows: Bool
    ) async throws(SessionError) -> (SessionID, SessionRecord) {
        let taken = try await follow(id) { id throws(SessionError) -> Found<(SessionID, SessionRecord)> in
            let shard = try shard(of: id)
            let reply = try await ask { () throws(EngineError) in
                try await Scripts.Session.Take.call(
                    on: engine, session: shard.session(id), sessions: shard.sessions, wheel: shard.wheel,
                    counters: shard.counters, users: shard.users,
                    grace: configuration.rotationGrace.millisecondsRoundedUp, target: Array(target.description.utf8))
            }
            guard let bytes = reply.bytes else { return .nothing }
            switch try read(bytes, id) {
            case .moved(let other): return follows ? .moved(other) : .nothing
            case .session(let record): return .found((id, record))
            }
        }
        guard let taken else { throw .notFound }
        return taken
    }

    /// Puts a session back that could not move, if it is certain that it did not: there are never two.
    private func putBack(
        _ record: SessionRecord, _ was: SessionBeginning, as id: SessionID, after error: SessionError
    ) async {
        if case .engine(let error) = error, error.mayHaveRun { return }
        var was = was
        was.isLimited = false
        do {
            _ = try await begin(
                was, device: record.device, fields: SessionRecord.packed(record.fields), as: id, in: try shard(of: id))
        } catch {
            log("A session ended because it could not move.", id)
        }
    }
}
