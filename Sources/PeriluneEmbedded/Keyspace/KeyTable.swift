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

    /// An entry, each with about the same chance; `nil` when there is none. O(1) on average: an eighth of the slots of a
    /// large table is taken at least.
    func randomEntry() -> Entry? {
        guard count > 0 else { return nil }
        while true {
            if let entry = slots[Int.random(in: slots.indices)] { return entry }
        }
    }

    /// Some of the entries, from a cursor on.
    ///
    /// Homes are visited in the order of their bits reversed, as on a server (P. Noordhuis' algorithm in `dictScan`): a
    /// table that grows or shrinks splits or joins homes that are then visited next to each other. So an entry which is
    /// there from the first call to the last is met.
    ///
    /// - Parameters:
    ///   - cursor: 0 to begin, then what the last call answered.
    ///   - number: How many entries to meet.
    /// - Returns: The cursor for the next call; 0 at the end.
    func scan(from cursor: UInt64, meeting number: Int, _ body: (Entry) -> Void) -> UInt64 {
        let bits = UInt64(mask)
        var cursor = cursor
        var met = 0
        repeat {
            // The entries of a home stand between it and the next free slot.
            let home = Int(cursor & bits)
            var index = home
            while let entry = slots[index] {
                if entry.header.hash & mask == home {
                    body(entry)
                    met += 1
                }
                index = (index + 1) & mask
            }
            cursor |= ~bits
            cursor = (cursor.bitReversed &+ 1).bitReversed
        } while cursor != 0 && met < number
        return cursor
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

extension UInt64 {
    /// The lowest bit first.
    fileprivate var bitReversed: UInt64 {
        var value = self
        value = (value >> 1) & 0x5555_5555_5555_5555 | (value & 0x5555_5555_5555_5555) << 1
        value = (value >> 2) & 0x3333_3333_3333_3333 | (value & 0x3333_3333_3333_3333) << 2
        value = (value >> 4) & 0x0F0F_0F0F_0F0F_0F0F | (value & 0x0F0F_0F0F_0F0F_0F0F) << 4
        return value.byteSwapped
    }
}
