import PeriluneCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What holds for all states of a store.
struct StateSettings: Sendable {
    /// How many changes a call takes: room for replacing all members that a state may have.
    static let mostChanges = 2_002
    /// How many bytes an identifier or the name of a member may have.
    static let longestName = 256

    let engine: any ScriptEngine
    let limits: StateLimits
    /// How long a state lives after a change.
    let milliseconds: Int
    private let encoder: JSONEncoder
    private let decoder: JSONDecoder

    init(
        engine: any ScriptEngine, limits: StateLimits, timeToLive: Duration, encoder: JSONEncoder,
        decoder: JSONDecoder
    ) throws(StateError) {
        try limits.validate()
        let tenYears = Duration.seconds(10 * 366 * 86_400)
        guard timeToLive > .zero, timeToLive <= tenYears else {
            throw .invalidSetting("the time to live must be more than none and up to ten years, not \(timeToLive)")
        }
        self.engine = engine
        self.limits = limits
        self.milliseconds = timeToLive.millisecondsRoundedUp
        self.encoder = encoder
        self.decoder = decoder
    }

    /// The keys of a kind.
    static func family(_ kind: StaticString, name: String, in keySpace: KeySpace) throws(StateError) -> KeyFamily {
        do { return try keySpace.family(kind: kind, id: name) } catch { throw .invalidSetting("\(error)") }
    }

    static func validate(identifier: String) throws(StateError) {
        guard !identifier.isEmpty, identifier.utf8.count <= longestName else { throw .invalidIdentifier(identifier) }
    }

    // MARK: JSON

    /// A value's JSON text.
    func encode(_ value: some Encodable) throws(StateError) -> [UInt8] {
        let text = try encoded(value)
        do { try JSONMembers.validate(text) } catch { throw Self.error(error) }
        return text
    }

    /// A value's members.
    func members(of value: some Encodable) throws(StateError) -> [JSONMembers.Member] {
        let text = try encoded(value)
        do { return try JSONMembers.split(text) } catch { throw Self.error(error) }
    }

    /// Reads a value of one text.
    func decode<Value: Decodable>(_ text: [UInt8], as type: Value.Type) throws(StateError) -> Value {
        do { return try decoder.decode(type, from: Data(text)) } catch {
            throw .notDecodable(CodingFailure.text(error))
        }
    }

    /// Reads a value of its members.
    func decode<Value: Decodable>(_ members: [JSONMembers.Member], as type: Value.Type) throws(StateError) -> Value {
        let text: [UInt8]
        do { text = try JSONMembers.join(members) } catch { throw .notDecodable("\(error)") }
        return try decode(text, as: type)
    }

    private func encoded(_ value: some Encodable) throws(StateError) -> [UInt8] {
        do { return Array(try encoder.encode(value)) } catch { throw .notEncodable(CodingFailure.text(error)) }
    }

    private static func error(_ error: JSONMembersError) -> StateError {
        switch error {
        case .notAnObject: .notAnObject
        case .tooDeep: .tooDeep
        case .malformed, .duplicateName: .notEncodable("\(error)")
        }
    }

    // MARK: Changes

    /// Setting all members of a value.
    func settingMembers(of value: some Encodable) throws(StateError) -> [StateDocument.Change] {
        var changes: [StateDocument.Change] = []
        for member in try members(of: value) {
            try Self.validate(field: member.name)
            changes.append(("set", member.name, member.value))
        }
        return changes
    }

    /// Changes as the script takes them.
    func encode(_ change: (inout StateChanges) -> Void) throws(StateError) -> [StateDocument.Change] {
        var changes = StateChanges()
        change(&changes)
        var encoded: [StateDocument.Change] = []
        for change in changes.all {
            switch change {
            case .set(let field, let value): encoded.append(("set", field, try encode(value)))
            case .remove(let field): encoded.append(("delete", field, []))
            case .increment(let field, let amount):
                guard amount.magnitude < 1 << 53 else { throw .notAnInteger }
                encoded.append(("increment", field, Array("\(amount)".utf8)))
            }
        }
        for change in encoded { try Self.validate(field: change.field) }
        return encoded
    }

    private static func validate(field: String) throws(StateError) {
        guard field.utf8.count <= longestName, !field.utf8.contains(0) else { throw .invalidField(field) }
    }
}
