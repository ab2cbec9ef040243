import PeriluneCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Makes stored fields of values and values of stored fields, sealed when there are keys.
struct SessionCodec: Sendable {
    let encoder: JSONEncoder
    let decoder: JSONDecoder
    let keys: SessionKeyRing?

    /// The name that a device is sealed under. No field can have it.
    private static let deviceField = ""

    /// A value as fields that are not sealed yet: they belong to no session.
    func fields(of value: some Encodable) throws(SessionError) -> [JSONMembers.Member] {
        let text: [UInt8]
        do {
            text = Array(try encoder.encode(value))
        } catch {
            throw .notEncodable("\(error)")
        }
        let fields: [JSONMembers.Member]
        do { fields = try JSONMembers.split(text) } catch { throw SessionError(error) }
        for field in fields { try SessionChanges.validate(name: field.name) }
        return fields
    }

    func value<Value: Decodable>(
        _ type: Value.Type, of fields: [JSONMembers.Member]
    ) throws(SessionError) -> Value {
        let text: [UInt8]
        do { text = try JSONMembers.join(fields) } catch { throw .notDecodable("\(error)") }
        do {
            return try decoder.decode(Value.self, from: Data(text))
        } catch {
            throw .notDecodable("\(error)")
        }
    }

    func sealed(_ value: [UInt8], of session: SessionID, field: String) throws(SessionError) -> [UInt8] {
        guard let keys else { return value }
        return try keys.seal(value, session: session, field: field)
    }

    func sealed(_ fields: [JSONMembers.Member], of session: SessionID) throws(SessionError) -> [JSONMembers.Member] {
        guard keys != nil else { return fields }
        var all: [JSONMembers.Member] = []
        for field in fields {
            let value = try sealed(field.value, of: session, field: field.name)
            all.append(JSONMembers.Member(name: field.name, value: value))
        }
        return all
    }

    func opened(_ fields: [JSONMembers.Member], of session: SessionID) throws(SessionError) -> [JSONMembers.Member] {
        var all: [JSONMembers.Member] = []
        for field in fields {
            let value = try opened(field.value, of: session, field: field.name)
            all.append(JSONMembers.Member(name: field.name, value: value))
        }
        return all
    }

    private func opened(_ value: [UInt8], of session: SessionID, field: String) throws(SessionError) -> [UInt8] {
        if let keys { return try keys.open(value, session: session, field: field) }
        guard !SessionKeyRing.isSealed(value) else { throw .unknownKey(value.count > 1 ? value[1] : 0) }
        return value
    }

    // MARK: Devices

    func sealed(_ device: SessionDevice?, of session: SessionID) throws(SessionError) -> [UInt8] {
        guard let device else { return [] }
        let text: [UInt8]
        do {
            text = Array(try JSONEncoder().encode(device))
        } catch {
            throw .notEncodable("\(error)")
        }
        let bytes = try sealed(text, of: session, field: Self.deviceField)
        guard bytes.count <= 768 else { throw .deviceTooLarge }
        return bytes
    }

    /// A device's bytes for another id.
    func resealed(_ bytes: [UInt8], from session: SessionID, to other: SessionID) throws(SessionError) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        return try sealed(opened(bytes, of: session, field: Self.deviceField), of: other, field: Self.deviceField)
    }

    func device(_ bytes: [UInt8], of session: SessionID) throws(SessionError) -> SessionDevice? {
        guard !bytes.isEmpty else { return nil }
        let text = try opened(bytes, of: session, field: Self.deviceField)
        do {
            return try JSONDecoder().decode(SessionDevice.self, from: Data(text))
        } catch {
            throw .notDecodable("\(error)")
        }
    }
}
