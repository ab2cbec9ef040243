/// A hash table from key bytes to entries, looked up by bytes that stay where they are.
///
/// Linear probing over one byte a slot, as a rule two cache lines and the entry's own a lookup. A dictionary would need
/// its key type built, and allocated, for every lookup. Hashes are the standard library's seeded SipHash, so that
/// chosen keys cannot make lookups slow.
///
/// It grows and shrinks in steps: while entries wait in the old slots, every change moves some of them, so that no call
/// pays for all. Until then an entry is found in either.
final class KeyTable {
    private(set) var slots: KeySlots
    /// The slots before the last change of size, and how many of them are done with.
    private(set) var old: KeySlots?
    private var done = 0
    private(set) var count = 0

    /// Old slots to do with every change: more than enough to be through before the size changes again.
    private static let slotsAChange = 16
    private static let fewestSlots = 16

    init() {
        slots = KeySlots(capacity: Self.fewestSlots)
    }

    static func hash(of key: ByteSlice) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(key.buffer))
        return hasher.finalize()
    }

    /// The entry of a key. O(1).
    func entry(for key: ByteSlice, hash: Int) -> Entry? {
        if let entry = slots.entry(for: key, hash: hash) { return entry }
        return old?.entry(for: key, hash: hash)
    }

    /// Adds an entry whose key is not in the table. O(1), but for making room.
    func insert(_ entry: Entry) {
        moveSome()
        if (slots.takenCount + 1) * 4 > slots.capacity * 3 {
            // Where many were removed, the marks that they left are all that is to go.
            resize(to: count * 2 > slots.capacity ? slots.capacity * 2 : slots.capacity)
        }
        slots.place(Unmanaged.passRetained(entry))
        count += 1
    }

    /// Removes an entry that has just ceased to be live. O(1).
    func remove(_ entry: Entry) {
        // One that waits is left there, and is not moved when its turn comes.
        slots.remove(entry)
        count -= 1
        moveSome()
        if slots.capacity > 1024, count * 8 < slots.capacity { resize(to: slots.capacity / 2) }
    }

    /// What the table takes in memory, in bytes, but not its entries.
    var memorySize: Int { slots.memorySize + (old?.memorySize ?? 0) }

    /// All entries, in no particular order. O(capacity) to make.
    var entries: [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        for index in 0..<slots.capacity { if let entry = slots[index] { entries.append(entry) } }
        guard let old else { return entries }
        for index in done..<old.capacity { if let entry = old[index], entry.header.isLive { entries.append(entry) } }
        return entries
    }

    private func resize(to capacity: Int) {
        move(.max)  // never much: a change of size is long done with before the next
        old = slots
        done = 0
        slots = KeySlots(capacity: capacity)
    }

    private func moveSome() {
        if old != nil { move(Self.slotsAChange) }
    }

    private func move(_ limit: Int) {
        guard let old else { return }
        let end = min(old.capacity, limit == .max ? .max : done + limit)
        while done < end {
            if let entry = old.take(done) {
                if entry._withUnsafeGuaranteedRef({ $0.header.isLive }) {
                    slots.place(entry)
                } else {
                    entry.release()
                }
            }
            done += 1
        }
        if done == old.capacity { self.old = nil }
    }
}
