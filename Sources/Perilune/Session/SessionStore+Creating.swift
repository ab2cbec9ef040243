import Logging
import PeriluneCore

extension SessionStore {
    /// Begins a session.
    ///
    /// - Parameters:
    ///   - value: Its data.
    ///   - user: Whose it is: 1 to 128 bytes without braces and control characters; `nil` for nobody's.
    ///   - device: What the client is, for the list of a user's sessions.
    ///   - idleTimeout: How long it lives unused; `nil` for the store's.
    ///   - lifetime: How long it lives at most; `nil` for the store's.
    /// - Returns: The session, and the token that its client gets.
    /// - Throws: ``SessionError``: among others ``SessionError/limitReached(_:)``. Nothing was written then, unless an
    ///   ``SessionError/engine(_:)`` says that the call may have run.
    /// - Complexity: One round trip; O(number of the user's sessions) when there are as many as allowed, otherwise
    ///   O(log(sessions in the shard)).
    public func create(
        _ value: Value, user: String? = nil, device: SessionDevice? = nil, idleTimeout: Duration? = nil,
        lifetime: Duration? = nil
    ) async throws(SessionError) -> NewSession<Value> {
        let shard = if let user { try shard(of: user) } else { anyShard() }
        let beginning = SessionBeginning(
            user: user, device: device, idle: try Self.milliseconds(idleTimeout ?? configuration.idleTimeout),
            lifetime: try Self.milliseconds(lifetime ?? configuration.lifetime), fields: try codec.fields(of: value))
        let token = SessionToken(shard: shard.index)
        let id = secrets.id(of: token)
        let record = try await begin(beginning, as: id, in: shard)
        logger.debug("A session began.", metadata: ["session": "\(id)"])
        return NewSession(
            session: Session(
                summary: try summary(record, id: id, lastSeen: record.created), version: 1, value: value), token: token)
    }

    func anyShard() -> SessionShard {
        shards[Int.random(in: shards.indices)]
    }

    static func milliseconds(_ timeout: Duration) throws(SessionError) -> Int {
        do { try SessionConfiguration.validate(timeout: timeout) } catch { throw .invalidTimeout(timeout) }
        return timeout.millisecondsRoundedUp
    }

    /// Begins a session with an id.
    ///
    /// - Returns: What is stored, without its fields.
    func begin(
        _ beginning: SessionBeginning, as id: SessionID, in shard: SessionShard
    ) async throws(SessionError) -> SessionRecord {
        let device = try codec.sealed(beginning.device, of: id, user: beginning.user)
        let fields = SessionRecord.packed(try codec.sealed(beginning.fields, of: id))
        guard
            SessionRecord.size(user: beginning.user, device: device, packedFields: fields) <= configuration.maximumBytes
        else { throw .tooLarge(limit: configuration.maximumBytes) }
        let limit = configuration.limit
        let reply = try await ask { () throws(EngineError) in
            try await Scripts.Session.Create.call(
                on: engine, session: shard.session(id), sessions: shard.sessions, wheel: shard.wheel,
                counters: shard.counters, events: shard.events, index: shard.user(beginning.user),
                idle: beginning.idle, first: beginning.first ?? beginning.idle, lifetime: beginning.lifetime,
                version: beginning.version, user: Array((beginning.user ?? "").utf8), device: device, fields: fields,
                limit: limit?.count ?? 0, policy: (limit?.policy ?? .oldest).rawValue,
                except: Array((beginning.replaced?.hash ?? "").utf8), kept: configuration.keptEvents)
        }
        let (outcome, now) = try Self.pair(reply)
        if outcome < 0 { throw .limitReached(limit?.count ?? 0) }
        // An id of 128 bits that is there already was not drawn at random.
        if outcome == 0 { throw .corrupt }
        return SessionRecord(
            created: now, deadline: now + beginning.lifetime, idle: beginning.idle, version: beginning.version,
            user: beginning.user, device: device)
    }
}

/// What a session begins with. Times are in milliseconds.
struct SessionBeginning {
    var user: String?
    var device: SessionDevice?
    var idle: Int
    /// How long it waits for its first use; `nil` for `idle`.
    var first: Int?
    var lifetime: Int
    var version = 1
    var fields: [JSONMembers.Member]
    /// The session that it takes the place of, which does not count among its user's.
    var replaced: SessionID?
}
