#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One key with its value and expiry.
///
/// The key's bytes stand behind the object's fields in the same allocation, so that a key costs one allocation and a
/// small value none.
final class Entry: ManagedBuffer<Entry.Fields, UInt8> {
    struct Fields {
        let hash: Int
        let keyLength: Int
        var value: StoredValue
        /// When the key expires, in milliseconds since 1970; `Int64.max` for never.
        var expiry: Int64
        /// The entry's place in the expiry queue; -1 when it is not there.
        var queueIndex: Int32
        /// ``isLive`` and ``isRaw`` in the lowest bits, and ``epoch`` in the others.
        fileprivate var marks: UInt32

        /// Whether the entry is in the table, and not only left in its old slots.
        var isLive: Bool {
            get { marks & 1 != 0 }
            set { marks = marks & ~1 | (newValue ? 1 : 0) }
        }

        /// Whether a string was changed in part, which shows in `OBJECT ENCODING`.
        var isRaw: Bool {
            get { marks & 2 != 0 }
            set { marks = marks & ~2 | (newValue ? 2 : 0) }
        }

        /// The walk that has saved the entry, or that was under way when it was made, in 30 bits; see ``SnapshotWalk``.
        var epoch: UInt32 {
            get { marks >> 2 }
            set { marks = marks & 3 | newValue << 2 }
        }
    }

    static let never = Int64.max

    static func make(key: ByteSlice, hash: Int, value: StoredValue, epoch: UInt32 = 0) -> Entry {
        let buffer = Entry.create(minimumCapacity: key.count) { _ in
            Fields(
                hash: hash, keyLength: key.count, value: value, expiry: never, queueIndex: -1, marks: epoch << 2 | 1)
        }
        buffer.withUnsafeMutablePointerToElements { $0.initialize(from: key.start, count: key.count) }
        // `create` is typed to the superclass but makes an instance of the class it is called on.
        return unsafeDowncast(buffer, to: Entry.self)
    }

    /// The string that the value is; 0 when it is of another type, which the caller has ruled out.
    var string: StoredString {
        if case .string(let string) = header.value { string } else { .integer(0) }
    }

    /// Changes the bytes of a string where they are.
    ///
    /// - Returns: How many there are now.
    func modifyString(_ modify: (inout [UInt8]) -> Void) -> Int {
        guard case .string(var string) = header.value else { return 0 }
        header.value = .string(.integer(0))  // so that the bytes have one owner and are not copied
        let count = string.modifyBytes(modify)
        header.value = .string(string)
        header.isRaw = true
        return count
    }

    /// What the entry takes in memory, in bytes, but not its value.
    var memorySize: Int { MemorySize.object(MemoryLayout<Fields>.stride + header.keyLength) }

    func hasKey(_ key: ByteSlice) -> Bool {
        withUnsafeMutablePointers { fields, bytes in
            guard fields.pointee.keyLength == key.count else { return false }
            return memcmp(bytes, key.start, key.count) == 0
        }
    }

    /// The key's bytes. O(n).
    var key: [UInt8] {
        withUnsafeMutablePointers { fields, bytes in
            Array(UnsafeBufferPointer(start: bytes, count: fields.pointee.keyLength))
        }
    }
}
