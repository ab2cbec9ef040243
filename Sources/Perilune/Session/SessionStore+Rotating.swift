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
        for _ in 0..<Self.attempts {
            guard case .found(let seen) = try await stored(id) else { throw .notFound }
            let (session, fields) = try opened(seen.record, id: id)
            let token = SessionToken(shard: id.shard)
            let target = secrets.id(of: token)
            guard try await rotate(session, fields, to: target) else { continue }
            log("A session got another token.", target)
            return NewSession(
                session: Session(
                    summary: SessionSummary(
                        seen.record, id: target, device: session.summary.device, lastSeen: seen.now),
                    version: seen.record.version, value: session.value), token: token)
        }
        throw .contention(attempts: Self.attempts)
    }

    private static var attempts: Int { 8 }

    /// Lets a session go on under another id.
    ///
    /// - Returns: Whether it was as it was read.
    private func rotate(
        _ session: Session<Value>, _ fields: [JSONMembers.Member], to target: SessionID
    ) async throws(SessionError) -> Bool {
        let (id, grace) = (session.id, configuration.rotationGrace)
        let shard = try shard(of: id)
        let device = try codec.sealed(session.summary.device, of: target, user: session.user)
        let fields = try codec.sealed(fields, of: target)
        let reply = try await ask { () throws(EngineError) in
            try await Scripts.Session.Rotate.call(
                on: engine, session: shard.session(id), new: shard.session(target), sessions: shard.sessions,
                wheel: shard.wheel, counters: shard.counters, users: shard.users, version: session.version,
                grace: grace.millisecondsRoundedUp,
                target: Array(secrets.note(from: id, to: target, for: .init(grace: grace)).utf8), device: device,
                fields: SessionRecord.packed(fields))
        }
        return try isDone(reply, id)
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
    ///   - idleTimeout: How long it lives unused; `nil` for the store's.
    ///   - lifetime: How long it lives at most; `nil` for the store's.
    ///   - grace: How long the old token leads to the user's session, at most a minute. Whoever has planted that token in
    ///     the user's browser is logged in meanwhile: only for clients whose tokens nobody can plant.
    /// - Returns: The session under its new id, and the token for its client.
    /// - Throws: ``SessionError``: ``SessionError/notFound`` when there is none, or when it has moved to another id already.
    ///   The session is as it was then, unless an ``SessionError/engine(_:)`` says that the call may have run.
    /// - Complexity: Four round trips, for it may lie in two slots; more when somebody changes the session meanwhile.
    ///   Whoever fails between them has logged nobody in: nobody can use the session under both ids.
    public func logIn(
        _ id: SessionID, user: String, device: SessionDevice? = nil, value: Value? = nil, idleTimeout: Duration? = nil,
        lifetime: Duration? = nil, grace: Duration = .zero
    ) async throws(SessionError) -> NewSession<Value> {
        let shard = try shard(of: user)
        var beginning = SessionBeginning(
            user: user, device: device, idle: try Self.milliseconds(idleTimeout ?? configuration.idleTimeout),
            // As long as the log-in may take: what it leaves behind when it fails does not count for longer.
            first: 10_000, lifetime: try Self.milliseconds(lifetime ?? configuration.lifetime), fields: [])
        let fields = if let value { try codec.fields(of: value) } else { [JSONMembers.Member]?.none }
        for _ in 0..<Self.attempts {
            guard case .found(let seen) = try await stored(id) else { throw .notFound }
            // Read before anything is changed: it may not be readable.
            let (old, oldFields) = try opened(seen.record, id: id)
            beginning.device = device ?? old.summary.device
            beginning.fields = fields ?? oldFields
            beginning.version = seen.record.version + (fields == nil ? 0 : 1)

            beginning.replaced = id

            let token = SessionToken(shard: shard.index)
            let target = secrets.id(of: token)
            let new = try await begin(beginning, as: target, in: shard)
            let isTaken: Bool
            do throws(SessionError) {
                isTaken = try await take(id, version: seen.record.version, target: target, grace: grace)
            } catch {
                _ = try? await revoke(target)
                throw error
            }
            guard isTaken else {
                try await revoke(target)
                continue
            }
            // Its first use. Whoever has ended all of the user's sessions meanwhile has ended this one, too.
            let used: Found<SessionRecord>
            do throws(SessionError) { used = try await touched(target) } catch {
                _ = try? await revoke(target)
                throw error
            }
            guard case .found = used else { throw .notFound }
            log("A session became a user's.", target)
            return NewSession(
                session: Session(
                    summary: SessionSummary(new, id: target, device: beginning.device, lastSeen: new.created),
                    version: new.version, value: value ?? old.value), token: token)
        }
        throw .contention(attempts: Self.attempts)
    }

    /// Takes a session away from an id.
    ///
    /// - Returns: Whether it was as it was read.
    private func take(
        _ id: SessionID, version: Int, target: SessionID, grace: Duration
    ) async throws(SessionError) -> Bool {
        let (shard, grace) = (try shard(of: id), min(max(grace, .zero), .seconds(60)))
        let reply = try await ask { () throws(EngineError) in
            try await Scripts.Session.Take.call(
                on: engine, session: shard.session(id), sessions: shard.sessions, wheel: shard.wheel,
                counters: shard.counters, users: shard.users, version: version,
                grace: grace.millisecondsRoundedUp,
                target: Array(secrets.note(from: id, to: target, for: .init(grace: grace)).utf8))
        }
        return try isDone(reply, id)
    }

    /// Whether a session was moved, and not changed by somebody since it was read.
    private func isDone(_ reply: [UInt8]?, _ id: SessionID) throws(SessionError) -> Bool {
        guard let bytes = reply, case .found(let version) = try version(bytes, id) else { throw .notFound }
        return version > 0
    }
}
