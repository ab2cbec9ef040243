/// A hash table from key bytes to entries, looked up by bytes that stay where they are.
///
/// Linear probing with backward shift on removal: no tombstones, one cache line a lookup as a rule. A dictionary would
/// need its key type built, and allocated, for every lookup. Hashes are the standard library's seeded SipHash, so that
/// chosen keys cannot make lookups slow.
struct KeyTable {
    private var slots: [Entry?]
    private(set) var count = 0

    init() {
        slots = Array(repeating: nil, count: 16)
    }

    private var mask: Int { slots.count - 1 }

    static func hash(of key: ByteSlice) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(key.buffer))
        return hasher.finalize()
    }

    /// The entry of a key. O(1).
    func entry(for key: ByteSlice, hash: Int) -> Entry? {
        var index = hash & mask
        while let entry = slots[index] {
            if entry.header.hash == hash, entry.hasKey(key) { return entry }
            index = (index + 1) & mask
        }
        return nil
    }

    /// Adds an entry whose key is not in the table. O(1) amortized.
    mutating func insert(_ entry: Entry) {
        if (count + 1) * 4 > slots.count * 3 { resize(to: slots.count * 2) }
        place(entry)
        count += 1
    }

    /// Removes an entry. O(1).
    mutating func remove(_ entry: Entry) {
        var hole = entry.header.hash & mask
        while let candidate = slots[hole], candidate !== entry { hole = (hole + 1) & mask }
        guard slots[hole] != nil else { return }
        slots[hole] = nil
        count -= 1
        // Close the gap: whatever a probe would now not reach any more moves into it.
        var index = (hole + 1) & mask
        while let next = slots[index] {
            let home = next.header.hash & mask
            if (index - home) & mask >= (index - hole) & mask {
                slots[hole] = next
                slots[index] = nil
                hole = index
            }
            index = (index + 1) & mask
        }
        if slots.count > 1024, count * 8 < slots.count { resize(to: slots.count / 2) }
    }

    mutating func removeAll() {
        for case let entry? in slots { entry.header.isLive = false }
        self = KeyTable()
    }

    /// All entries, in no particular order. O(capacity) to walk.
    var entries: some Sequence<Entry> {
        slots.lazy.compactMap { $0 }
    }

    private mutating func place(_ entry: Entry) {
        var index = entry.header.hash & mask
        while slots[index] != nil { index = (index + 1) & mask }
        slots[index] = entry
    }

    private mutating func resize(to capacity: Int) {
        let old = slots
        slots = Array(repeating: nil, count: capacity)
        for case let entry? in old { place(entry) }
    }
}
