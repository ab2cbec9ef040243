import HeapModule

/// Watches over the keys that expire, so that they go without being looked up and without scanning the table.
///
/// An entry has one valid slot. Moving an expiry later changes nothing here: when the slot's time comes, it is put back
/// for the new one. Moving it earlier, or removing the key, leaves a stale slot that is dropped when it surfaces; when
/// stale slots outnumber the keys, the queue is built anew.
struct ExpiryQueue {
    private struct Slot: Comparable {
        let deadline: Int64
        let entry: Entry

        static func < (lhs: Slot, rhs: Slot) -> Bool { lhs.deadline < rhs.deadline }
        static func == (lhs: Slot, rhs: Slot) -> Bool { lhs.deadline == rhs.deadline }
    }

    private var heap = Heap<Slot>()

    /// Makes sure that an entry's expiry is watched. O(log n), and O(1) when it only moved later.
    mutating func watch(_ entry: Entry, in table: KeyTable) {
        let expiry = entry.header.expiry
        guard expiry < entry.header.watchedUntil else { return }
        entry.header.watchedUntil = expiry
        heap.insert(Slot(deadline: expiry, entry: entry))
        if heap.count > 2 * table.count + 1024 { rebuild(from: table) }
    }

    /// Takes an entry that has expired off the queue; `nil` when there is none. O(log n).
    ///
    /// - Parameter now: In milliseconds since 1970. A key expires when the time is past its expiry, not at it.
    mutating func popExpired(now: Int64) -> Entry? {
        while let first = heap.min, first.deadline < now {
            let slot = heap.removeMin()
            let entry = slot.entry
            guard entry.header.isLive, entry.header.watchedUntil == slot.deadline else { continue }
            entry.header.watchedUntil = Entry.never
            if entry.header.expiry < now { return entry }
            if entry.header.expiry != Entry.never {
                entry.header.watchedUntil = entry.header.expiry
                heap.insert(Slot(deadline: entry.header.expiry, entry: entry))
            }
        }
        return nil
    }

    mutating func removeAll() {
        heap = Heap()
    }

    private mutating func rebuild(from table: KeyTable) {
        var slots: [Slot] = []
        for entry in table.entries {
            entry.header.watchedUntil = entry.header.expiry
            if entry.header.expiry != Entry.never { slots.append(Slot(deadline: entry.header.expiry, entry: entry)) }
        }
        heap = Heap(slots)
    }
}
