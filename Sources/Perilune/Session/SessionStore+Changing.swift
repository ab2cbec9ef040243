import PeriluneCore

extension SessionStore {
    /// Changes single fields of a session's data: all of them or none. Never makes a session again that has ended, and
    /// leaves its timeouts alone.
    ///
    /// Other fields stay as whoever writes them at the same time wants them.
    ///
    /// - Parameters:
    ///   - id: The session.
    ///   - version: The version that the data must have; `nil` for any.
    ///   - change: Says what to change.
    /// - Returns: The new version.
    /// - Throws: ``SessionError``: among others ``SessionError/notFound``, ``SessionError/versionConflict(expected:found:)``.
    /// - Complexity: One round trip; O(size of the session).
    @discardableResult
    public func update(
        _ id: SessionID, expecting version: Int? = nil, _ change: (inout SessionChanges) -> Void
    ) async throws(SessionError) -> Int {
        var changes = SessionChanges(encoder: codec.encoder)
        change(&changes)
        return try await apply(changes.checked(), to: id, expecting: version)
    }

    /// Puts other data in the place of a session's, and with it of what ``Value`` does not know. See
    /// ``update(_:expecting:_:)``.
    @discardableResult
    public func replace(
        _ id: SessionID, with value: Value, expecting version: Int? = nil
    ) async throws(SessionError) -> Int {
        var changes = SessionChanges(encoder: codec.encoder)
        changes.replace(with: try codec.fields(of: value))
        return try await apply(changes.checked(), to: id, expecting: version)
    }

    /// Reads a session's data, lets it be changed, and writes it if nobody else has changed it meanwhile; otherwise again.
    ///
    /// For what depends on the data as a whole. Single fields are changed cheaper by ``update(_:expecting:_:)``. Fields
    /// that ``Value`` does not know stay.
    ///
    /// - Parameters:
    ///   - id: The session.
    ///   - attempts: How often it is tried, at least once.
    ///   - change: May be called several times. What it throws is thrown, and nothing is changed.
    /// - Returns: The session as it is then.
    /// - Throws: ``SessionError``: among others ``SessionError/contention(attempts:)``.
    /// - Complexity: Two round trips for each attempt.
    @discardableResult
    public func modify(
        _ id: SessionID, attempts: Int = 8, _ change: (inout Value) throws(SessionError) -> Void
    ) async throws(SessionError) -> Session<Value> {
        for _ in 0..<max(attempts, 1) {
            let seen = try await look(id) { record, id, lastSeen throws(SessionError) in
                try opened(record, id: id, lastSeen: lastSeen)
            }
            guard let (session, fields) = seen else { throw .notFound }
            let known = try codec.fields(of: session.value)
            var value = session.value
            try change(&value)
            let difference = JSONMembers.difference(from: fields, known: known, to: try codec.fields(of: value))
            var changes = SessionChanges(encoder: codec.encoder)
            changes.make(difference)
            do {
                let version = try await apply(changes.checked(), to: session.id, expecting: session.version)
                return Session(summary: session.summary, version: version, value: value)
            } catch .versionConflict {
                continue
            }
        }
        throw .contention(attempts: max(attempts, 1))
    }

    /// Reads the reply of a script that answers a version, negative when another was expected, or a note.
    func version(_ bytes: [UInt8], _ id: SessionID) throws(SessionError) -> Found<Int> {
        if bytes.first == 2 {
            guard case .moved(let target, _) = try read(bytes, id) else { throw .corrupt }
            return .moved(target)
        }
        guard let number = Int(String(decoding: bytes, as: UTF8.self)), number != 0, number > -(1 << 48) else {
            throw .corrupt
        }
        return .found(number)
    }

    private func apply(
        _ changes: [SessionChanges.Change], to id: SessionID, expecting version: Int?
    ) async throws(SessionError) -> Int {
        let reached = try await follow(id) { id throws(SessionError) -> Found<Int> in
            var list: [(operation: String, name: [UInt8], value: [UInt8])] = []
            list.reserveCapacity(changes.count)
            for change in changes {
                var value = change.value
                switch change.operation {
                case .set: value = try codec.sealed(value, of: id, field: change.name)
                case .increment where codec.keys != nil: throw .sealedField(change.name)
                default: break
                }
                list.append((change.operation.rawValue, Array(change.name.utf8), value))
            }
            let key = try shard(of: id).session(id)
            let reply = try await ask { () throws(EngineError) in
                try await Scripts.Session.Update.call(
                    on: engine, session: key, expected: version.map { max($0, 0) } ?? -1,
                    maximum: configuration.maximumBytes,
                    changes: list)
            }
            guard let bytes = reply else { return .nothing }
            switch try self.version(bytes, id) {
            case .moved(let target): return .moved(target)
            case .found(let found) where found > 0: return .found(found)
            case .found(let found): throw .versionConflict(expected: version ?? 0, found: -found)
            case .nothing: return .nothing
            }
        }
        guard let reached else { throw .notFound }
        return reached
    }
}
