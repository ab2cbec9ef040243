extension StateDocument {
    /// How often a change is tried that others come in between.
    static let mostAttempts = 4

    /// Reads a document, changes it here, and writes what has become different unless others have changed it since; then
    /// all again.
    ///
    /// - Parameters:
    ///   - initial: What to change when there is no document.
    ///   - change: May run more than once. What it throws is thrown, and nothing is written.
    /// - Throws: ``StateError``.
    func modify<Value: Codable>(
        _ type: Value.Type, creating initial: Value?, _ change: (inout Value) throws(StateError) -> Void
    ) async throws(StateError) -> StoredState<Value> {
        for _ in 0..<Self.mostAttempts {
            let snapshot = try await read()
            let stored = snapshot?.members ?? []
            guard var value = snapshot == nil ? initial : try settings.decode(stored, as: type) else {
                throw .notFound
            }
            let known = snapshot == nil ? [] : try settings.members(of: value)
            try change(&value)
            let changes = try changes(of: stored, known: known, to: value)
            if let version = try await write(changes, over: snapshot) {
                return StoredState(value: value, version: version)
            }
        }
        throw .contention(attempts: Self.mostAttempts)
    }

    /// Changes a document if it still is what was read.
    ///
    /// - Returns: The new version; `nil` when others have changed, made or deleted it.
    private func write(_ changes: [Change], over snapshot: Snapshot?) async throws(StateError) -> Int? {
        let condition = snapshot.map { StateCondition.version($0.version) } ?? .ifMissing
        do {
            return try await update(.merge, changes, if: condition).version
        } catch {
            switch error {
            case .versionConflict, .notFound: return nil
            default: throw error
            }
        }
    }

    /// What to change so that a document becomes a value. Members that the value's type does not know stay.
    ///
    /// - Parameters:
    ///   - stored: The document's members.
    ///   - known: Those of them that the type knows.
    private func changes(
        of stored: [JSONMembers.Member], known: [JSONMembers.Member], to value: some Encodable
    ) throws(StateError) -> [Change] {
        let new = try settings.settingMembers(of: value).map { JSONMembers.Member(name: $0.field, value: $0.value) }
        let difference = JSONMembers.difference(from: stored, known: known, to: new)
        return difference.set.map { ("set", $0.name, $0.value) } + difference.removed.map { ("delete", $0, []) }
    }
}
