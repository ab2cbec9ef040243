/// The value of a hash key.
final class HashValue: StoredCollection {
    private var fields: MemberTable<StoredString>
    /// What the values take in memory beside their places, in bytes.
    private var valueSize = 0
    var memory = MemoryAccount()
    /// Whether a server would keep it as a hash table. It does not go back when the hash becomes smaller.
    private(set) var isLarge: Bool

    init() {
        fields = MemberTable()
        isLarge = false
    }

    init(_ other: HashValue) {
        fields = other.fields
        valueSize = other.valueSize
        isLarge = other.isLarge
    }

    static func collection(in value: StoredValue) -> HashValue? {
        if case .hash(let hash) = value { hash } else { nil }
    }

    var asValue: StoredValue { .hash(self) }
    var count: Int { fields.count }
    var isEmpty: Bool { fields.isEmpty }
    var memorySize: Int {
        MemorySize.object(MemoryLayout<MemberTable<StoredString>>.size + 48) + fields.memorySize + valueSize
    }

    /// All fields with their values, in the order in which they were added.
    var all: some Sequence<MemberTable<StoredString>.Element> { fields.all }

    subscript(field: ByteSlice) -> StoredString? { fields.value(of: field) }

    func contains(_ field: ByteSlice) -> Bool { fields.contains(field) }

    /// Sets a field. O(1) amortized.
    ///
    /// - Returns: Whether it is new.
    @discardableResult
    func set(_ field: ByteSlice, to value: StoredString) -> Bool {
        let old = fields.set(field, to: value)
        let isNew = old == nil
        valueSize += value.memorySize - (old?.memorySize ?? 0)
        defer { settle() }
        if !isLarge {
            isLarge =
                fields.count > Encoding.mostPackedFields || field.count > Encoding.longestPackedEntry
                || value.count > Encoding.longestPackedEntry
        }
        return isNew
    }

    /// Removes a field. O(1) amortized.
    ///
    /// - Returns: Whether it was there.
    func remove(_ field: ByteSlice) -> Bool {
        guard let old = fields.remove(field) else { return false }
        valueSize -= old.memorySize
        settle()
        return true
    }

    func randomElement() -> MemberTable<StoredString>.Element? { fields.randomElement() }

    func randomElements(_ number: Int) -> [MemberTable<StoredString>.Element] { fields.randomElements(number) }

    /// See ``MemberTable/scan(from:meeting:_:)``. A small hash is answered at once, in its order.
    func scan(from cursor: UInt64, meeting number: Int, _ body: (MemberTable<StoredString>.Element) -> Void) -> UInt64 {
        guard isLarge else {
            for element in fields.all { body(element) }
            return 0
        }
        return fields.scan(from: cursor, meeting: number, body)
    }
}

/// Where Redis, as it is configured by default, changes from compact encodings to tables. It shows in the order of
/// replies, in cursors and in `OBJECT ENCODING`.
enum Encoding {
    /// `hash-max-listpack-entries`.
    static let mostPackedFields = 512
    /// `zset-max-listpack-entries`.
    static let mostPackedMembers = 128
    /// `hash-max-listpack-value`, `zset-max-listpack-value`, in bytes.
    static let longestPackedEntry = 64
    /// `set-max-intset-entries`.
    static let mostIntegers = 512
}
