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

    /// A value as fields that are not sealed yet: they belong to no session.
    func fields(of value: some Encodable) throws(SessionError) -> [JSONMembers.Member] {
        let text: [UInt8]
        do {
            text = Array(try encoder.encode(value))
        } catch {
            throw .notEncodable(CodingFailure.text(error))
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
            throw .notDecodable(CodingFailure.text(error))
        }
    }

    func sealed(_ value: [UInt8], of session: SessionID, field: String) throws(SessionError) -> [UInt8] {
        guard let keys else { return value }
        return try keys.seal(value, for: SessionPlace(session: session, part: .field(field)))
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
            let place = SessionPlace(session: session, part: .field(field.name))
            all.append(JSONMembers.Member(name: field.name, value: try opened(field.value, of: place)))
        }
        return all
    }

    private func opened(_ value: [UInt8], of place: SessionPlace) throws(SessionError) -> [UInt8] {
        if let keys { return try keys.open(value, for: place) }
        guard !SessionKeyRing.isSealed(value) else { throw .unknownKey(value.count > 1 ? value[1] : 0) }
        return value
    }

    // MARK: Devices

    /// A device as it is stored. One that nothing was told of is sealed, too: it proves whose the session is.
    func sealed(_ device: SessionDevice?, of session: SessionID, user: String?) throws(SessionError) -> [UInt8] {
        let bytes = device?.packed ?? []
        guard let keys else { return bytes }
        return try keys.seal(bytes, for: SessionPlace(session: session, part: .device(user: user)))
    }

    func device(_ bytes: [UInt8], of session: SessionID, user: String?) throws(SessionError) -> SessionDevice? {
        let packed = try opened(bytes, of: SessionPlace(session: session, part: .device(user: user)))
        if packed.isEmpty { return nil }
        guard let device = SessionDevice(packed: packed) else { throw .corrupt }
        return device
    }
}
