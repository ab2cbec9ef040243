import DequeModule

/// Writes records, see ``SnapshotFormat``.
struct SnapshotEncoder {
    /// What was written and not yet taken.
    private(set) var output: [UInt8] = []
    private var body: [UInt8] = []
    private var records: UInt64 = 0
    private var checksum = Checksum()

    init() {
        SnapshotFormat.magic.withUTF8Buffer { output += $0 }
        output.append(number: SnapshotFormat.version)
    }

    /// Hands out what was written, and forgets it.
    mutating func take(_ body: (UnsafeRawBufferPointer) throws(SnapshotError) -> Void) throws(SnapshotError) {
        checksum.update(output)
        try output.withBytes(body)
        output.removeAll(keepingCapacity: true)
    }

    /// Writes one key. O(size of its value).
    mutating func append(_ record: SnapshotRecord) {
        body.removeAll(keepingCapacity: body.capacity <= 1 << 20)
        body.append(UInt8(truncatingIfNeeded: record.database))
        body.append(number: record.expiry)
        body.append(bytes: record.key)
        let kind = append(record.value)
        output.append(kind.rawValue)
        output.append(length: body.count)
        output += body
        records += 1
    }

    /// Appends a value to the body.
    private mutating func append(_ value: StoredValue) -> SnapshotFormat.Kind {
        switch value {
        case .string(.integer(let value)):
            body.append(number: Int64(value))
            return .integer
        case .string(let string):
            string.withSlice { body += $0.buffer }
            return .string
        case .hash(let hash):
            body.append(length: hash.count)
            for field in hash.all {
                body.append(bytes: field.key)
                body.append(bytes: field.value.bytes)
            }
            return .hash
        case .list(let list):
            body.append(length: list.count)
            for element in list.elements { body.append(bytes: element.bytes) }
            return .list
        case .set(let set):
            body.append(length: set.count)
            set.visit { member in
                body.append(bytes: member.bytes)
                return true
            }
            return .set
        case .sortedSet(let set):
            body.append(length: set.count)
            set.visit(in: 0..<set.count) { entry in
                body.append(bytes: entry.member)
                body.append(number: entry.score.bitPattern)
                return true
            }
            return .sortedSet
        case .stream(let stream):
            body.append(stream: stream)
            return .stream
        }
    }

    /// Writes the end.
    mutating func finish() {
        output.append(SnapshotFormat.end)
        output.append(length: SnapshotFormat.endSize)
        output.append(number: records)
        checksum.update(output)
        let sum = checksum.value
        output.append(number: sum)
    }
}

extension Checksum {
    mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }
}

extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    mutating func append(length: Int) {
        var rest = UInt(bitPattern: length)
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func append(bytes: [UInt8]) {
        append(length: bytes.count)
        self += bytes
    }

    /// As `withUnsafeBytes`, with an error of one type.
    func withBytes<Result, Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Result) throws(Failure)
        -> Result
    {
        try withUnsafeBytes { bytes -> Swift.Result<Result, Failure> in
            do throws(Failure) { return .success(try body(bytes)) } catch { return .failure(error) }
        }.get()
    }
}
