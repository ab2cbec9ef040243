import PeriluneCore

extension SessionStore {
    /// Reads the session of a token and starts its idle timeout anew.
    ///
    /// - Returns: `nil` when there is none: it has ended, or the token is nobody's.
    /// - Throws: ``SessionError``.
    /// - Complexity: One round trip; one more for each time the token was replaced within the grace of a rotation.
    public func session(for token: SessionToken) async throws(SessionError) -> Session<Value>? {
        // Of a shard that is not there, or no more.
        guard shards.indices.contains(token.shard) else { return nil }
        return try await touch(secrets.id(of: token))
    }

    /// Reads a session as its user would, and starts its idle timeout anew. See ``session(for:)``.
    public func touch(_ id: SessionID) async throws(SessionError) -> Session<Value>? {
        try await follow(id) { id throws(SessionError) in
            switch try await touched(id) {
            case .nothing: return .nothing
            case .moved(let target): return .moved(target)
            case .found(let record): return .found(try session(record, id: id))
            }
        }
    }

    /// Starts the idle timeout of what is stored at an id anew.
    func touched(_ id: SessionID) async throws(SessionError) -> Found<SessionRecord> {
        let key = try shard(of: id).session(id)
        let reply = try await ask { () throws(EngineError) in
            try await Scripts.Session.Touch.call(
                on: engine, session: key, idle: configuration.idleTimeout.millisecondsRoundedUp)
        }
        guard let bytes = reply else { return .nothing }
        switch try read(bytes, id) {
        case .moved(let target, _): return .moved(target)
        case .session(let record): return .found(record)
        }
    }

    /// Reads a session as somebody who only looks: its idle timeout goes on.
    ///
    /// - Returns: The session with when it was last used; `nil` when there is none.
    /// - Throws: ``SessionError``.
    /// - Complexity: As ``session(for:)``. Writes nothing.
    public func peek(_ id: SessionID) async throws(SessionError) -> Session<Value>? {
        try await look(id) { record, id, lastSeen throws(SessionError) in
            try session(record, id: id, lastSeen: lastSeen)
        }
    }

    /// What is known of a session without its data, which is not opened. Its idle timeout goes on.
    ///
    /// - Returns: `nil` when there is no such session.
    /// - Throws: ``SessionError``.
    /// - Complexity: As ``session(for:)``. Writes nothing.
    public func summary(_ id: SessionID) async throws(SessionError) -> SessionSummary? {
        try await look(id) { record, id, lastSeen throws(SessionError) in
            try summary(record, id: id, lastSeen: lastSeen)
        }
    }

    /// Reads what is stored of a session, and writes nothing.
    ///
    /// - Parameter view: Gets when the session was last used in milliseconds since 1970.
    func look<Seen>(
        _ id: SessionID, _ view: (SessionRecord, SessionID, Int) throws(SessionError) -> Seen
    ) async throws(SessionError) -> Seen? {
        try await follow(id) { id throws(SessionError) in
            switch try await stored(id) {
            case .nothing: return .nothing
            case .moved(let target): return .moved(target)
            case .found(let seen): return .found(try view(seen.record, id, seen.lastSeen))
            }
        }
    }

    /// What is stored at an id, with when it was last used and the time, both in milliseconds since 1970.
    func stored(_ id: SessionID) async throws(SessionError) -> Found<(record: SessionRecord, lastSeen: Int, now: Int)> {
        let key = try shard(of: id).session(id)
        let reply = try await ask { () throws(EngineError) in
            try await Scripts.Session.Peek.call(on: engine, session: key)
        }
        guard let parts = reply.array else { return .nothing }
        guard parts.count == 3, let bytes = parts[0].bytes, let left = parts[1].integer, let now = parts[2].integer
        else { throw .corrupt }
        switch try read(bytes, id) {
        case .moved(let target, _): return .moved(target)
        case .session(let record): return .found((record, now + left - record.idle, now))
        }
    }

    /// What a call found at an id.
    enum Found<Result> {
        case found(Result)
        case moved(SessionID)
        case nothing
    }

    /// Makes a call with an id, and with the id that its session has moved to.
    func follow<Result>(
        _ id: SessionID, _ call: (SessionID) async throws(SessionError) -> Found<Result>
    ) async throws(SessionError) -> Result? {
        var id = id
        // A session may be rotated again while the note of the time before still stands, but not for ever.
        for _ in 0..<64 {
            switch try await call(id) {
            case .found(let result): return result
            case .moved(let target): id = target
            case .nothing: return nil
            }
        }
        return nil
    }

    /// Reads what is stored at an id.
    ///
    /// - Parameter purpose: What a note must be for.
    func read(
        _ bytes: [UInt8], _ id: SessionID, for purpose: SessionSecrets.NotePurpose = .reading
    ) throws(SessionError) -> SessionRecord.Stored {
        do throws(SessionError) {
            let stored = try SessionRecord.read(bytes)
            if case .moved(let target, let code) = stored, !secrets.isNote(code, from: id, to: target, for: purpose) {
                throw SessionError.tampered
            }
            return stored
        } catch {
            audit(error, id)
            throw error
        }
    }
}
