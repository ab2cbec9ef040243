import PeriluneCore

/// What is stored of a session, as `lua/session` packs it.
///
/// | bytes | |
/// |---:|---|
/// | 1 | 1 |
/// | 4 × 6 | when it began, its deadline, its idle timeout (milliseconds), its version; little-endian |
/// | 1 + n | its user |
/// | 2 + n | its device |
/// | 1 + 1 + n + m | each field: sizes of name and value, name, value |
///
/// A value of 255 bytes or more has the size 255, and its real one in four more bytes.
struct SessionRecord: Equatable {
    var created: Int
    var deadline: Int
    var idle: Int
    var version: Int
    var user: String?
    var device: [UInt8] = []
    var fields: [JSONMembers.Member] = []

    /// What stands at a session's place.
    enum Stored: Equatable {
        case session(SessionRecord)
        /// The session has moved to another id; with the code of the note that says so.
        case moved(SessionID, code: String)
    }

    static func read(_ bytes: [UInt8]) throws(SessionError) -> Stored {
        switch bytes.first {
        case 1:
            return .session(try SessionRecord(bytes))
        case 2:
            // With the same times before it; none of them is of use here.
            let text = String(decoding: bytes.dropFirst(19), as: UTF8.self)
            let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { throw .corrupt }
            do { return .moved(try SessionID("\(parts[0]).\(parts[1])"), code: String(parts[2])) } catch {
                throw .corrupt
            }
        default:
            throw .corrupt
        }
    }

    /// The fields as they are stored.
    static func packed(_ fields: [JSONMembers.Member]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(fields.reduce(0) { $0 + 6 + $1.name.utf8.count + $1.value.count })
        for field in fields {
            append(field.name.utf8.count, size: 1, to: &bytes)
            append(min(field.value.count, 255), size: 1, to: &bytes)
            if field.value.count >= 255 { append(field.value.count, size: 4, to: &bytes) }
            bytes += field.name.utf8
            bytes += field.value
        }
        return bytes
    }

    /// How many bytes a session with these parts has.
    static func size(user: String?, device: [UInt8], packedFields: [UInt8]) -> Int {
        28 + (user?.utf8.count ?? 0) + device.count + packedFields.count
    }

    private static func append(_ number: Int, size: Int, to bytes: inout [UInt8]) {
        for shift in 0..<size { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * shift))) }
    }

    fileprivate static func take(_ bytes: inout ArraySlice<UInt8>, _ count: Int) throws(SessionError) -> ArraySlice<
        UInt8
    > {
        guard count <= bytes.count else { throw .corrupt }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }

    fileprivate static func integer(_ bytes: inout ArraySlice<UInt8>, _ size: Int) throws(SessionError) -> Int {
        try take(&bytes, size).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    fileprivate static func text(_ bytes: inout ArraySlice<UInt8>, _ size: Int) throws(SessionError) -> String {
        guard let text = String(validating: try take(&bytes, size), as: UTF8.self) else { throw .corrupt }
        return text
    }
}

extension SessionRecord {
    /// Reads a session, or what stands before its data.
    fileprivate init(_ bytes: [UInt8]) throws(SessionError) {
        var rest = bytes.dropFirst()[...]
        created = try Self.integer(&rest, 6)
        deadline = try Self.integer(&rest, 6)
        idle = try Self.integer(&rest, 6)
        version = try Self.integer(&rest, 6)
        let user = try Self.text(&rest, Self.integer(&rest, 1))
        self.user = user.isEmpty ? nil : user
        device = Array(try Self.take(&rest, Self.integer(&rest, 2)))
        while !rest.isEmpty {
            let nameSize = try Self.integer(&rest, 1)
            var valueSize = try Self.integer(&rest, 1)
            if valueSize == 255 { valueSize = try Self.integer(&rest, 4) }
            let name = try Self.text(&rest, nameSize)
            fields.append(JSONMembers.Member(name: name, value: Array(try Self.take(&rest, valueSize))))
        }
    }
}
