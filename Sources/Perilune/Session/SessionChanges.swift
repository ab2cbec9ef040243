import PeriluneCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Changes of single fields of a session's data, made all or none and in their order.
///
/// A field is a member of the JSON object that the data is encoded as.
public struct SessionChanges {
    enum Operation: String {
        case set, delete, increment, clear
    }

    struct Change {
        let operation: Operation
        let name: String
        /// JSON, or the text of an integer.
        let value: [UInt8]
    }

    private(set) var list: [Change] = []
    private let encoder: JSONEncoder

    init(encoder: JSONEncoder) {
        self.encoder = encoder
    }

    /// Sets a field, which need not be there.
    ///
    /// - Throws: ``SessionError/invalidField(_:)``, ``SessionError/notEncodable(_:)``, ``SessionError/tooDeep``.
    public mutating func set(_ field: String, to value: some Encodable) throws(SessionError) {
        let text: [UInt8]
        do {
            text = Array(try encoder.encode(value))
        } catch {
            throw .notEncodable(CodingFailure.text(error))
        }
        do { try JSONMembers.validate(text) } catch { throw SessionError(error) }
        try append(.set, field, text)
    }

    /// Removes a field, if it is there.
    ///
    /// - Throws: ``SessionError/invalidField(_:)``.
    public mutating func remove(_ field: String) throws(SessionError) {
        try append(.delete, field, [])
    }

    /// Adds to an integer; to 0 when the field is not there.
    ///
    /// - Throws: ``SessionError/invalidField(_:)``.
    public mutating func increment(_ field: String, by amount: Int = 1) throws(SessionError) {
        try append(.increment, field, Array(String(amount).utf8))
    }

    /// Removes all fields and sets these.
    mutating func replace(with fields: [JSONMembers.Member]) throws(SessionError) {
        list.append(Change(operation: .clear, name: "", value: []))
        for field in fields { try append(.set, field.name, field.value) }
    }

    private mutating func append(_ operation: Operation, _ name: String, _ value: [UInt8]) throws(SessionError) {
        try Self.validate(name: name)
        list.append(Change(operation: operation, name: name, value: value))
    }

    static func validate(name: String) throws(SessionError) {
        guard (1...255).contains(name.utf8.count), !name.utf8.contains(0) else { throw .invalidField(name) }
    }
}

extension SessionError {
    init(_ error: JSONMembersError) {
        self = error == .tooDeep ? .tooDeep : .notEncodable("\(error)")
    }
}
