import PeriluneCore

extension SessionStore {
    /// Ends a session. However late a request comes that still has its token, it stays ended. For a minute after a rotation
    /// or a log-in, with or without a grace, the old id still ends the session: no end that meets one is lost.
    ///
    /// - Returns: Whether there was one.
    /// - Throws: ``SessionError``.
    /// - Complexity: One round trip; one more for each time its token was replaced in the minute before.
    @discardableResult
    public func revoke(_ id: SessionID) async throws(SessionError) -> Bool {
        let ended = try await follow(id) { id throws(SessionError) -> Found<SessionID> in
            let shard = try shard(of: id)
            let reply = try await ask { () throws(EngineError) in
                try await Scripts.Session.Revoke.call(
                    on: engine, session: shard.session(id), sessions: shard.sessions, wheel: shard.wheel,
                    counters: shard.counters, events: shard.events, users: shard.users, kept: configuration.keptEvents)
            }
            guard let bytes = reply else { return .nothing }
            if bytes.first == 1 { return .found(id) }
            guard case .moved(let target, _) = try read(bytes, id, for: .ending) else { throw .corrupt }
            return .moved(target)
        }
        guard let ended else { return false }
        log("A session was revoked.", ended)
        return true
    }

    /// Ends all sessions of a user.
    ///
    /// - Parameters:
    ///   - user: Whose sessions.
    ///   - id: The one that stays: that of whoever asks; `nil` for none.
    /// - Returns: How many there were.
    /// - Throws: ``SessionError``.
    /// - Complexity: One round trip for 500 sessions.
    @discardableResult
    public func revokeAll(of user: String, except id: SessionID? = nil) async throws(SessionError) -> Int {
        try await revokeAll(of: user, in: shard(of: user), except: id)
    }

    func revokeAll(
        of user: String, in shard: SessionShard, except id: SessionID?
    ) async throws(SessionError) -> Int {
        var ended = 0
        while true {
            let reply = try await ask { () throws(EngineError) in
                try await Scripts.Session.RevokeAll.call(
                    on: engine, index: shard.user(user), sessions: shard.sessions, wheel: shard.wheel,
                    counters: shard.counters, events: shard.events, user: Array(user.utf8),
                    except: Array((id?.hash ?? "").utf8), kept: configuration.keptEvents)
            }
            let (count, left) = try Self.pair(reply)
            ended += count
            if left <= 0 { break }
        }
        log("All sessions of a user were revoked.", shard, count: ended)
        return ended
    }

    /// The sessions of a user, by when they end at the latest. What has ended is forgotten on the way.
    ///
    /// Of a session whose device cannot be opened, the device is `nil`; the log is told.
    ///
    /// - Returns: The first 1000, without their data.
    /// - Throws: ``SessionError``.
    /// - Complexity: One round trip; O(number of sessions).
    public func sessions(of user: String) async throws(SessionError) -> [SessionSummary] {
        var all: [SessionSummary] = []
        for (id, record, lastSeen) in try await records(of: user, in: shard(of: user)) {
            var device: SessionDevice?
            do throws(SessionError) { device = try codec.device(record.device, of: id, user: record.user) } catch {
                audit(error, id)
            }
            all.append(SessionSummary(record, id: id, device: device, lastSeen: lastSeen))
        }
        return all
    }

    /// What is stored of the first 1000 sessions of a user, without their data, with when they were last used in
    /// milliseconds since 1970.
    func records(
        of user: String, in shard: SessionShard
    ) async throws(SessionError) -> [(id: SessionID, record: SessionRecord, lastSeen: Int)] {
        let reply = try await ask { () throws(EngineError) in
            try await Scripts.Session.List.call(on: engine, index: shard.user(user), sessions: shard.sessions)
        }
        guard let parts = reply.array, let now = parts.first?.integer, parts.count % 3 == 1 else { throw .corrupt }
        var all: [(id: SessionID, record: SessionRecord, lastSeen: Int)] = []
        for start in stride(from: 1, to: parts.count, by: 3) {
            guard let hash = parts[start].string, let left = parts[start + 1].integer,
                let bytes = parts[start + 2].bytes
            else { throw .corrupt }
            let id = SessionID(shard: shard.index, hash: hash)
            // One that cannot be read does not hide the others; the log has been told.
            guard case .session(let record)? = try? read(bytes, id) else { continue }
            all.append((id, record, now + left - record.idle))
        }
        return all
    }
}
