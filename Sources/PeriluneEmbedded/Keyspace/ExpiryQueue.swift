/// The keys that expire, the next one first, so that they go without being looked up and without scanning the table.
///
/// A heap in which each node has four children, and each entry knows its place: what is removed from the table is
/// removed from here. Moving an expiry later changes nothing: when the slot's time comes, it is put back for the new
/// one. It lies in pieces of the same size, so that no growth moves what is there.
final class ExpiryQueue {
    private struct Slot {
        let deadline: Int64
        /// Kept by the table for as long as it is here.
        let entry: Unmanaged<Entry>
    }

    private var pieces: [UnsafeMutablePointer<Slot>] = []
    private var count = 0

    private static let pieceBits = 12
    private static let pieceLength = 1 << pieceBits

    deinit {
        for piece in pieces { piece.deallocate() }
    }

    /// What the slots in use take in memory, in bytes. The system gives memory to the others when they are first used.
    var memorySize: Int { count * MemoryLayout<Slot>.stride }

    /// Makes sure that an entry's expiry is watched. O(log n), and O(1) when it only moved later.
    func watch(_ entry: Entry) {
        let expiry = entry.header.expiry
        let index = Int(entry.header.queueIndex)
        if index < 0 {
            guard expiry != Entry.never else { return }
            if count == pieces.count << Self.pieceBits { pieces.append(.allocate(capacity: Self.pieceLength)) }
            count += 1
            raise(Slot(deadline: expiry, entry: Unmanaged.passUnretained(entry)), from: count - 1)
        } else if expiry < self[index].deadline {
            raise(Slot(deadline: expiry, entry: Unmanaged.passUnretained(entry)), from: index)
        }
    }

    /// Forgets an entry, if it is here. O(log n).
    func remove(_ entry: Entry) {
        let index = Int(entry.header.queueIndex)
        guard index >= 0 else { return }
        entry.header.queueIndex = -1
        removeSlot(index)
    }

    /// Takes an entry that has expired off the queue; `nil` when there is none. O(log n).
    ///
    /// - Parameter now: In milliseconds since 1970. A key expires when the time is past its expiry, not at it.
    func popExpired(now: Int64) -> Entry? {
        while count > 0, self[0].deadline < now {
            let entry = self[0].entry.takeUnretainedValue()
            remove(entry)
            if entry.header.expiry < now { return entry }
            watch(entry)
        }
        return nil
    }

    /// Forgets all entries, which are not used any more.
    func removeAll() {
        count = 0
        for piece in pieces { piece.deallocate() }
        pieces = []
    }

    // MARK: The heap

    private subscript(index: Int) -> Slot {
        get { pieces[index >> Self.pieceBits][index & (Self.pieceLength - 1)] }
        set { (pieces[index >> Self.pieceBits] + (index & (Self.pieceLength - 1))).initialize(to: newValue) }
    }

    private func place(_ slot: Slot, at index: Int) {
        self[index] = slot
        slot.entry._withUnsafeGuaranteedRef { $0.header.queueIndex = Int32(truncatingIfNeeded: index) }
    }

    /// Fills a gap with the last slot.
    private func removeSlot(_ index: Int) {
        count -= 1
        let last = self[count]
        if index < count {
            if last.deadline < self[index].deadline {
                raise(last, from: index)
            } else {
                lower(last, from: index)
            }
        }
        // One piece is kept, for what comes and goes at its border.
        if pieces.count - 1 > (count >> Self.pieceBits) + 1 { pieces.removeLast().deallocate() }
    }

    /// Puts a slot into a gap, or above it.
    private func raise(_ slot: Slot, from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) >> 2
            guard slot.deadline < self[parent].deadline else { break }
            place(self[parent], at: index)
            index = parent
        }
        place(slot, at: index)
    }

    /// Puts a slot into a gap, or below it.
    private func lower(_ slot: Slot, from start: Int) {
        var index = start
        while true {
            let first = index << 2 + 1
            guard first < count else { break }
            var least = first
            for child in (first + 1)..<(first + 4) where child < count && self[child].deadline < self[least].deadline {
                least = child
            }
            guard self[least].deadline < slot.deadline else { break }
            place(self[least], at: index)
            index = least
        }
        place(slot, at: index)
    }
}
