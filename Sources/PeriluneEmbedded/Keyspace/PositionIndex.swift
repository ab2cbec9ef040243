/// Finds positions in an array by hash.
///
/// Open addressing with linear probing over 32-bit positions, and backward shift on removal. The array's owner answers
/// what hash stands at a position, so that a slot has four bytes.
struct PositionIndex {
    /// A position plus one; 0 for a free slot.
    private var slots: [UInt32] = []
    private var count = 0

    private var mask: Int { slots.count - 1 }

    /// Whether nothing is indexed.
    var isEmpty: Bool { count == 0 }

    /// What the slots take in memory, in bytes.
    var memorySize: Int { MemorySize.elements(slots) }

    /// The position with a hash that matches. O(1).
    @inline(__always)
    func position(hash: Int, where matches: (Int) -> Bool) -> Int? {
        guard count > 0 else { return nil }
        var slot = hash & mask
        while slots[slot] != 0 {
            let position = Int(slots[slot]) - 1
            if matches(position) { return position }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// Adds a position that is not in the index. O(1) amortized.
    mutating func insert(_ position: Int, hash: Int, hashAt: (Int) -> Int) {
        if (count + 1) * 4 > slots.count * 3 { resize(to: max(slots.count * 2, 16), hashAt: hashAt) }
        place(position, hash: hash)
        count += 1
    }

    /// Removes a position that is in the index. O(1).
    mutating func remove(_ position: Int, hash: Int, hashAt: (Int) -> Int) {
        guard count > 0 else { return }
        let sought = UInt32(truncatingIfNeeded: position + 1)
        var hole = hash & mask
        while slots[hole] != sought {
            if slots[hole] == 0 { return }
            hole = (hole + 1) & mask
        }
        slots[hole] = 0
        count -= 1
        // Close the gap: whatever a probe would now not reach any more moves into it.
        var slot = (hole + 1) & mask
        while slots[slot] != 0 {
            let home = hashAt(Int(slots[slot]) - 1) & mask
            if (slot - home) & mask >= (slot - hole) & mask {
                slots[hole] = slots[slot]
                slots[slot] = 0
                hole = slot
            }
            slot = (slot + 1) & mask
        }
    }

    /// Makes an index of positions anew. O(n).
    init(positions: some Sequence<Int>, count: Int, hashAt: (Int) -> Int) {
        var capacity = 16
        while (count + 1) * 4 > capacity * 3 { capacity *= 2 }
        slots = Array(repeating: 0, count: capacity)
        for position in positions {
            place(position, hash: hashAt(position))
            self.count += 1
        }
    }

    init() {}

    private mutating func place(_ position: Int, hash: Int) {
        var slot = hash & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = UInt32(truncatingIfNeeded: position + 1)
    }

    private mutating func resize(to capacity: Int, hashAt: (Int) -> Int) {
        let old = slots
        slots = Array(repeating: 0, count: capacity)
        for slot in old where slot != 0 {
            let position = Int(slot) - 1
            place(position, hash: hashAt(position))
        }
    }
}
