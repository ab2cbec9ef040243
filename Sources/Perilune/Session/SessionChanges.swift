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

    private var list: [Change] = []
    private var failure: SessionError?
    private let encoder: JSONEncoder

    init(encoder: JSONEncoder) {
        self.encoder = encoder
    }

    /// Sets a field, which need not be there.
    ///
    /// - Parameters:
    ///   - field: Its name: 1 to 255 bytes without NUL.
    ///   - value: Any value that JSON can hold.
    public mutating func set(_ field: String, to value: some Encodable) {
        do {
            list.append(try Self.change(.set, field, text(of: value)))
        } catch {
            failure = failure ?? error
        }
    }

    /// Removes a field, if it is there.
    public mutating func remove(_ field: String) {
        append(.delete, field, [])
    }

    /// Adds to a field that is an integer, or is not there and counts as 0.
    ///
    /// The field, the amount and the sum must be within 2^53 - 1 in magnitude.
    public mutating func increment(_ field: String, by amount: Int = 1) {
        append(.increment, field, Array(String(amount).utf8))
    }

    /// Removes all fields and sets these.
    mutating func replace(with fields: [JSONMembers.Member]) {
        list.append(Change(operation: .clear, name: "", value: []))
        for field in fields { append(.set, field.name, field.value) }
    }

    /// Makes what has become different.
    mutating func make(_ difference: JSONMembers.Difference) {
        for member in difference.set { append(.set, member.name, member.value) }
        for name in difference.removed { append(.delete, name, []) }
    }

    /// The changes.
    ///
    /// - Throws: What was wrong with the first of them that cannot be made.
    func checked() throws(SessionError) -> [Change] {
        if let failure { throw failure }
        return list
    }

    private mutating func append(_ operation: Operation, _ name: String, _ value: [UInt8]) {
        do { list.append(try Self.change(operation, name, value)) } catch { failure = failure ?? error }
    }

    private static func change(
        _ operation: Operation, _ name: String, _ value: [UInt8]
    ) throws(SessionError) -> Change {
        try validate(name: name)
        return Change(operation: operation, name: name, value: value)
    }

    private func text(of value: some Encodable) throws(SessionError) -> [UInt8] {
        let text: [UInt8]
        do {
            text = Array(try encoder.encode(value))
        } catch {
            throw .notEncodable(CodingFailure.text(error))
        }
        do { try JSONMembers.validate(text) } catch { throw SessionError(error) }
        return text
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
