/// Walks over all entries, and picks among them.
extension KeyTable {
    /// An entry, each with about the same chance; `nil` when there is none. O(1) on average: an eighth of the slots of a
    /// large table is taken at least.
    func randomEntry() -> Entry? {
        guard count > 0 else { return nil }
        let waiting = old?.capacity ?? 0
        while true {
            let index = Int.random(in: 0..<(slots.capacity + waiting))
            let entry = index < slots.capacity ? slots[index] : old?[index - slots.capacity]
            if let entry, entry.header.isLive { return entry }
        }
    }

    /// Some of the entries, from a cursor on.
    ///
    /// Homes are visited in the order of their bits reversed, as on a server (P. Noordhuis' algorithm in `dictScan`): a
    /// table that grows or shrinks splits or joins homes that are then visited next to each other. So an entry which is
    /// there from the first call to the last is met. While entries wait in the old slots, a home of the smaller slots is
    /// visited together with those of the larger ones that it splits into.
    ///
    /// - Parameters:
    ///   - cursor: 0 to begin, then what the last call answered.
    ///   - number: How many entries to meet.
    /// - Returns: The cursor for the next call; 0 at the end.
    func scan(from cursor: UInt64, meeting number: Int, _ body: (Entry) -> Void) -> UInt64 {
        let other = old ?? slots
        let (small, large) = other.capacity < slots.capacity ? (other, slots) : (slots, other)
        let (few, many) = (UInt64(small.capacity - 1), UInt64(large.capacity - 1))
        var cursor = cursor
        var met = 0
        repeat {
            met += small.visit(home: Int(cursor & few), body)
            if old == nil {
                cursor = Self.next(cursor, mask: few)
            } else {
                repeat {
                    met += large.visit(home: Int(cursor & many), body)
                    cursor = Self.next(cursor, mask: many)
                } while cursor & (few ^ many) != 0
            }
        } while cursor != 0 && met < number
        return cursor
    }

    private static func next(_ cursor: UInt64, mask: UInt64) -> UInt64 {
        ((cursor | ~mask).bitReversed &+ 1).bitReversed
    }
}

extension KeySlots {
    /// Calls a function with the live entries of a home: they stand between it and the next free slot.
    ///
    /// - Returns: How many there are.
    fileprivate func visit(home: Int, _ body: (Entry) -> Void) -> Int {
        var met = 0
        var index = home
        while isTaken(index) {
            if let entry = self[index], entry.header.isLive, entry.header.hash & (capacity - 1) == home {
                body(entry)
                met += 1
            }
            index = (index + 1) & (capacity - 1)
        }
        return met
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
