import PeriluneCore

extension SessionStore {
    /// Gives a session another token, and keeps all else: against tokens that were stolen unnoticed. Its idle timeout
    /// starts anew. The old token leads to it for the store's ``SessionConfiguration/rotationGrace``.
    ///
    /// - Returns: The session under its new id, and the token for its client.
    /// - Throws: ``SessionError``: ``SessionError/notFound`` when there is none, or when it has moved to another id already:
    ///   of requests that rotate at the same time one does, and its client gets one token.
    /// - Complexity: Two round trips; two more each time somebody changes the session between them. The second one is
    ///   one step: nobody finds the session under both ids or under none.
    public func rotate(_ id: SessionID) async throws(SessionError) -> NewSession<Value> {
        let attempts = 8
        for _ in 0..<attempts {
            guard case .found((let record, _)) = try await stored(id) else { throw .notFound }
            let session = try session(record, id: id)
            let token = SessionToken(shard: id.shard)
            let target = secrets.id(of: token)
            guard try await rotate(record, from: id, to: target) else { continue }
            log("A session got another token.", target)
            return NewSession(
                session: Session(
                    summary: SessionSummary(record, id: target, device: session.summary.device, lastSeen: nil),
                    version: record.version, value: session.value), token: token)
        }
        throw .contention(attempts: attempts)
    }

    /// Lets a session go on under another id.
    ///
    /// - Returns: Whether it was as it was read.
    private func rotate(
        _ record: SessionRecord, from id: SessionID, to target: SessionID
    ) async throws(SessionError) -> Bool {
        let shard = try shard(of: id)
        let device = try codec.resealed(record.device, from: id, to: target)
        let fields = try codec.sealed(codec.opened(record.fields, of: id), of: target)
        let reply = try await ask { () throws(EngineError) in
            try await Scripts.Session.Rotate.call(
                on: engine, session: shard.session(id), new: shard.session(target), sessions: shard.sessions,
                wheel: shard.wheel, counters: shard.counters, users: shard.users, version: record.version,
                grace: configuration.rotationGrace.millisecondsRoundedUp, target: Array(target.description.utf8),
                device: device, fields: SessionRecord.packed(fields))
        }
        guard let bytes = reply.bytes else { throw .notFound }
        return Int(String(decoding: bytes, as: UTF8.self)) == record.version
    }

    /// Makes a session a user's: it gets another token, so that nobody who knew the old one is logged in (session
    /// fixation), and moves to the shard of the user's sessions. Both timeouts start anew. The old token is nobody's at
    /// once, unless a grace is asked for.
    ///
    /// - Parameters:
    ///   - id: The session.
    ///   - user: Whose it becomes. See ``create(_:user:device:idleTimeout:lifetime:)``.
    ///   - device: What the client is; `nil` for what was known.
    ///   - value: Its data from now on; `nil` to keep it.
    ///   - grace: How long the old token leads to the user's session, at most a minute. Whoever has planted that token in
    ///     the user's browser is logged in meanwhile: only for clients whose tokens nobody can plant.
    /// - Returns: The session under its new id, and the token for its client.
    /// - Throws: ``SessionError``: after ``SessionError/limitReached(_:)`` the session is as it was.
    /// - Complexity: Two round trips, for it may lie in two slots. Whoever fails between them has ended the session: there
    ///   are never two.
    public func logIn(
        _ id: SessionID, user: String, device: SessionDevice? = nil, value: Value? = nil, grace: Duration = .zero
    ) async throws(SessionError) -> NewSession<Value> {
        let shard = try shard(of: user)
        let fields = if let value { try codec.fields(of: value) } else { [JSONMembers.Member]?.none }
        let token = SessionToken(shard: shard.index)
        let target = secrets.id(of: token)
        let (old, record) = try await take(id, target: target, grace: min(max(grace, .zero), .seconds(60)))

        var was = SessionBeginning(record, lifetime: configuration.lifetime)
        was.device = try codec.device(record.device, of: old)
        was.fields = try codec.opened(record.fields, of: old)
        var beginning = was
        beginning.user = user
        if let device { beginning.device = device }
        if let fields {
            beginning.fields = fields
            beginning.version += 1
        }
        beginning.created = 0
        beginning.deadline = 0
        beginning.idle = configuration.idleTimeout.millisecondsRoundedUp
        let new: SessionRecord
        do {
            new = try await begin(beginning, as: target, in: shard)
        } catch {
            await putBack(record, was, as: old, after: error)
            throw error
        }
        log("A session became a user's.", target)
        return NewSession(
            session: Session(
                summary: SessionSummary(new, id: target, device: beginning.device, lastSeen: nil), version: new.version,
                value: try codec.value(Value.self, of: beginning.fields)), token: token)
    }

    private func take(
        _ id: SessionID, target: SessionID, grace: Duration
    ) async throws(SessionError) -> (SessionID, SessionRecord) {
        let taken = try await follow(id) { id throws(SessionError) -> Found<(SessionID, SessionRecord)> in
            let shard = try shard(of: id)
            let reply = try await ask { () throws(EngineError) in
                try await Scripts.Session.Take.call(
                    on: engine, session: shard.session(id), sessions: shard.sessions, wheel: shard.wheel,
                    counters: shard.counters, users: shard.users,
                    grace: grace.millisecondsRoundedUp, target: Array(target.description.utf8))
            }
            guard let bytes = reply.bytes else { return .nothing }
            switch try read(bytes, id) {
            case .moved(let other): return .moved(other)
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
