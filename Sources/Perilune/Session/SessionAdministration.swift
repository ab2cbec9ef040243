package import Logging
package import PeriluneCore

/// The sessions of a store as administrators see them: found by id or by user, whatever type their data is.
///
/// Has no token key, and can neither make nor recognize a token. It does not know either which shard a user's sessions
/// lie in, and asks all of them: so no key that is not the services' makes it overlook a session.
///
/// Nothing here starts an idle timeout anew.
package struct SessionAdministration: Sendable {
    /// The data of a session that nothing here reads.
    private struct Unread: Codable, Sendable {}

    private let store: SessionStore<Unread>

    /// Creates the access to the sessions of a store.
    ///
    /// - Parameters:
    ///   - engine: Where the sessions are.
    ///   - configuration: Of which the name, the number of shards and how many events are kept count.
    ///   - keySpace: How keys are named.
    ///   - keys: Open the data and the devices of sessions; `nil` when they are not sealed, or not to be read here.
    ///   - logger: See ``SessionStore``.
    /// - Throws: ``SessionConfigurationError``.
    package init(
        engine: any ScriptEngine, configuration: SessionConfiguration, keySpace: KeySpace, keys: SessionKeyRing?,
        logger: Logger
    ) throws(SessionConfigurationError) {
        store = try SessionStore(
            engine: engine, secrets: .withoutTokens(encryption: keys),
            configuration: configuration, keySpace: keySpace, logger: logger)
    }

    // MARK: Looking

    /// Reads what is stored of a session.
    ///
    /// - Returns: `nil` when there is none.
    /// - Throws: ``SessionError``.
    /// - Complexity: As ``SessionStore/peek(_:)``. Writes nothing.
    package func session(_ id: SessionID) async throws(SessionError) -> StoredSession? {
        try await store.look(id) { record, id, lastSeen in StoredSession(record, id: id, lastSeen: lastSeen) }
    }

    /// Reads what is stored of the sessions of a user, without their data, by when they end at the latest. What has ended
    /// is forgotten on the way.
    ///
    /// - Returns: The first 1000.
    /// - Throws: ``SessionError``.
    /// - Complexity: Two round trips, a command for each shard; O(number of sessions).
    package func sessions(of user: String) async throws(SessionError) -> [StoredSession] {
        var all: [StoredSession] = []
        for shard in try await shards(of: user) {
            for (id, record, lastSeen) in try await store.records(of: user, in: shard) {
                all.append(StoredSession(record, id: id, lastSeen: lastSeen))
            }
        }
        all.sort { $0.summary.deadline < $1.summary.deadline }
        return Array(all.prefix(1_000))
    }

    /// The device of a session.
    ///
    /// - Returns: `nil` when nothing was told of it.
    /// - Throws: ``SessionError`` when it cannot be read, which the log is told of unless there are no keys here.
    package func device(of session: StoredSession) throws(SessionError) -> SessionDevice? {
        try opening(session) { () throws(SessionError) in
            try store.codec.device(session.device, of: session.summary.id, user: session.summary.user)
        }
    }

    /// The data of a session as the text of a JSON object, in which every value stands as it was written.
    ///
    /// - Throws: ``SessionError`` when any part of it cannot be read; see ``device(of:)``.
    package func data(of session: StoredSession) throws(SessionError) -> [UInt8] {
        try opening(session) { () throws(SessionError) in
            let fields = try store.codec.opened(session.fields, of: session.summary.id)
            do { return try JSONMembers.join(fields) } catch { throw .notDecodable("\(error)") }
        }
    }

    private func opening<Opened>(
        _ session: StoredSession, _ open: () throws(SessionError) -> Opened
    ) throws(SessionError) -> Opened {
        do {
            return try open()
        } catch {
            // Without any key, an unknown one says nothing about the session.
            if case .unknownKey = error, store.codec.keys == nil { throw error }
            store.audit(error, session.summary.id)
            throw error
        }
    }

    // MARK: Ending

    /// Ends a session. See ``SessionStore/revoke(_:)``.
    package func revoke(_ id: SessionID) async throws(SessionError) -> Bool {
        try await store.revoke(id)
    }

    /// Ends all sessions of a user.
    ///
    /// - Parameters:
    ///   - user: Whose sessions.
    ///   - id: The one that stays; `nil` for none.
    /// - Returns: How many there were.
    /// - Throws: ``SessionError``.
    /// - Complexity: Two round trips, a command for each shard; another round trip for each 500 sessions.
    package func revokeAll(of user: String, except id: SessionID?) async throws(SessionError) -> Int {
        var ended = 0
        for shard in try await shards(of: user) {
            ended += try await store.revokeAll(of: user, in: shard, except: id)
        }
        return ended
    }

    /// The shards with sessions of a user: one, unless the services' keys or number of shards were changed lately.
    private func shards(of user: String) async throws(SessionError) -> [SessionShard] {
        try SessionStore<Unread>.validate(user: user)
        return try await store.shards(having: { $0.user(user) })
    }

    // MARK: All sessions

    /// How many sessions there are and were. See ``SessionStore/statistics()``.
    package func statistics() async throws(SessionError) -> SessionStatistics {
        try await store.statistics()
    }

    /// Which sessions have ended. See ``SessionStore/events(after:limit:)``.
    package func events(
        after position: SessionEventPosition, limit: Int
    ) async throws(SessionError) -> (events: [SessionEvent], position: SessionEventPosition) {
        try await store.events(after: position, limit: limit)
    }

    /// Notices, until the task is cancelled, which sessions have ended. See ``SessionStore/runSweeper(every:)``.
    package func runSweeper(every period: Duration) async {
        await store.runSweeper(every: period)
    }
}
