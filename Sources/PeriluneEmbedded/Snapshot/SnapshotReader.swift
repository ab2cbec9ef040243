/// Reads a snapshot file from its beginning to its end. Holds one record at a time.
struct SnapshotReader {
    private let path: String
    private let file: FileDescriptor
    /// Bytes of the file that were not read yet.
    private var left: Int
    private var checksum = Checksum()
    private var buffer: [UInt8] = []
    /// Where the bytes of the buffer begin that were not taken yet.
    private var position = 0

    private static let chunk = 1 << 18

    /// Opens a file.
    init(path: String) throws(SnapshotError) {
        self.path = path
        file = try FileDescriptor(opening: path)
        left = try file.size(of: path)
    }

    /// Reads the whole file into databases that are empty.
    mutating func restore(into databases: Databases) throws(SnapshotError) {
        guard left >= SnapshotFormat.magic.utf8CodeUnitCount else { throw failure(.notASnapshot) }
        let magic = try take(SnapshotFormat.magic.utf8CodeUnitCount) { $0.elementsEqual("PERILUNE".utf8) }
        guard magic else { throw failure(.notASnapshot) }
        let version = try number(UInt32.self)
        guard version == SnapshotFormat.version else { throw failure(.unknownVersion(version)) }
        var records: UInt64 = 0
        while true {
            let kind = try number(UInt8.self)
            let size = try length()
            if kind == SnapshotFormat.end {
                guard size == SnapshotFormat.endSize else { throw failure(.damaged("an end of \(size) bytes")) }
                break
            }
            guard let kind = SnapshotFormat.Kind(rawValue: kind) else {
                throw failure(.damaged("a record of kind \(kind)"))
            }
            let malformed = try take(size) { body -> String? in
                var decoder = SnapshotDecoder(body)
                do throws(SnapshotDecoder.Malformed) {
                    try decoder.restore(kind, into: databases)
                    return nil
                } catch {
                    return error.what
                }
            }
            if let malformed { throw failure(.damaged(malformed)) }
            records += 1
        }
        let written = try number(UInt64.self)
        guard written == records else { throw failure(.damaged("\(records) records where \(written) were written")) }
        let expected = checksum.value
        guard try number(UInt64.self) == expected else { throw failure(.damaged("its checksum is another")) }
        guard unread == 0 else { throw failure(.damaged("\(unread) bytes behind its end")) }
    }

    private func failure(_ reason: SnapshotError.Reason) -> SnapshotError {
        SnapshotError(path, reason)
    }

    /// Bytes that were not taken yet.
    private var unread: Int { buffer.count - position + left }

    private mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) throws(SnapshotError) -> Number {
        try take(MemoryLayout<Number>.size) {
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: 0, as: Number.self))
        }
    }

    private mutating func length() throws(SnapshotError) -> Int {
        var length: UInt = 0
        for shift in stride(from: UInt(0), to: 63, by: 7) {
            let byte = try number(UInt8.self)
            length |= UInt(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return Int(bitPattern: length) }
        }
        throw failure(.damaged("a length without end"))
    }

    /// Takes so many bytes, which are valid for the length of the call.
    private mutating func take<Result>(
        _ count: Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(SnapshotError) -> Result {
        // Before memory is taken for them.
        guard count <= unread else { throw failure(.truncated) }
        if buffer.count - position < count { try fill(count) }
        defer { position += count }
        return buffer.withUnsafeBytes { bytes in
            let taken = UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)])
            checksum.update(taken)
            return body(taken)
        }
    }

    /// Reads on until so many bytes are in the buffer.
    private mutating func fill(_ count: Int) throws(SnapshotError) {
        buffer.removeFirst(position)
        position = 0
        let wanted = min(max(count - buffer.count, Self.chunk), left)
        let old = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: wanted))
        try file.read(into: &buffer, from: old, of: path)
        left -= wanted
    }
}
