/// Reads the body of a record, see ``SnapshotFormat``. Trusts no length.
struct SnapshotDecoder {
    /// What is wrong with a body.
    struct Malformed: Error {
        let what: String
    }

    private(set) var rest: Slice<UnsafeRawBufferPointer>

    init(_ body: UnsafeRawBufferPointer) {
        rest = body[...]
    }

    /// Puts the key of a record into a database. O(size of its value).
    mutating func restore(_ kind: SnapshotFormat.Kind, into databases: Databases) throws(Malformed) {
        let database = Int(try number(UInt8.self))
        guard database < Databases.count else { throw Malformed(what: "a key in database \(database)") }
        let expiry = try number(Int64.self)
        let key = try bytes()
        let value = try value(kind)
        guard rest.isEmpty else { throw Malformed(what: "\(rest.count) bytes behind a value") }
        guard databases.restore(key, in: database, to: value, expiringAt: expiry) else {
            throw Malformed(what: "a key that is there twice")
        }
    }

    private mutating func value(_ kind: SnapshotFormat.Kind) throws(Malformed) -> StoredValue {
        switch kind {
        case .string:
            return .string(.text(try bytes(rest.count)))
        case .integer: return .string(.integer(Int(try number(Int64.self))))
        case .hash:
            return try collection(HashValue(), elementSize: 2) { hash, decoder throws(Malformed) in
                let field = try decoder.bytes()
                return hash.set(field, to: StoredString(try decoder.bytes()))
            }
        case .list:
            return try collection(ListValue(), elementSize: 1) { list, decoder throws(Malformed) in
                list.push(StoredString(try decoder.bytes()), at: .right)
                return true
            }
        case .set:
            return try collection(SetValue(), elementSize: 1) { set, decoder throws(Malformed) in
                set.insert(try decoder.bytes())
            }
        case .sortedSet:
            return try collection(SortedSetValue(), elementSize: 9) { set, decoder throws(Malformed) in
                let member = try decoder.bytes()
                let score = Double(bitPattern: try decoder.number(UInt64.self))
                guard !score.isNaN else { throw Malformed(what: "a score that is not a number") }
                guard set.score(of: member) == nil else { return false }
                set.set(member, to: score)
                return true
            }
        case .stream: return try stream()
        }
    }

    /// - Parameters:
    ///   - elementSize: The fewest bytes that an element takes.
    ///   - add: Reads an element and answers whether it is a new one.
    private mutating func collection<Value: StoredCollection>(
        _ collection: Value, elementSize: Int,
        _ add: (Value, inout SnapshotDecoder) throws(Malformed) -> Bool
    ) throws(Malformed) -> StoredValue {
        let count = try length()
        guard count > 0, count <= rest.count / elementSize else { throw Malformed(what: "\(count) elements") }
        for _ in 0..<count where !(try add(collection, &self)) {
            throw Malformed(what: "an element that is there twice")
        }
        return collection.asValue
    }

    mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) throws(Malformed) -> Number {
        let size = MemoryLayout<Number>.size
        guard rest.count >= size else { throw Malformed(what: "a number beyond the end of its record") }
        defer { rest = rest.dropFirst(size) }
        return Number(
            littleEndian: UnsafeRawBufferPointer(rebasing: rest).loadUnaligned(fromByteOffset: 0, as: Number.self))
    }

    mutating func length() throws(Malformed) -> Int {
        var length: UInt = 0
        for shift in stride(from: UInt(0), to: 63, by: 7) {
            let byte = try number(UInt8.self)
            length |= UInt(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return Int(bitPattern: length) }
        }
        throw Malformed(what: "a length without end")
    }

    /// Bytes that stay where they are.
    mutating func bytes() throws(Malformed) -> ByteSlice {
        try bytes(try length())
    }

    private mutating func bytes(_ count: Int) throws(Malformed) -> ByteSlice {
        guard count <= rest.count else { throw Malformed(what: "\(count) bytes beyond the end of their record") }
        defer { rest = rest.dropFirst(count) }
        guard count > 0, let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress else { return .empty }
        return ByteSlice(start: start.assumingMemoryBound(to: UInt8.self), count: count)
    }
}
