#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The slots of a hash table of entries, each of them retained. See ``KeyTable``.
final class KeySlots {
    let capacity: Int
    /// Zeroed by the system page by page when it is first touched, so that making a large one takes no time.
    private let base: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    /// Whether all entries were taken out, so that none is left to be released.
    var isEmptied = false

    /// Stands where an entry was taken out: a probe goes on behind it.
    private static var taken: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: 1) }

    /// - Parameter capacity: A power of two.
    init(capacity: Int) {
        self.capacity = capacity
        guard let memory = calloc(capacity, MemoryLayout<UnsafeMutableRawPointer?>.stride) else {
            // What Swift's own allocator does.
            fatalError("out of memory for \(capacity) keys")
        }
        base = memory.bindMemory(to: UnsafeMutableRawPointer?.self, capacity: capacity)
    }

    deinit {
        if !isEmptied {
            for index in 0..<capacity {
                if let entry = base[index], entry != Self.taken { Unmanaged<Entry>.fromOpaque(entry).release() }
            }
        }
        free(base)
    }

    private var mask: Int { capacity - 1 }

    /// The entry of a slot.
    subscript(index: Int) -> Entry? {
        guard let entry = base[index], entry != Self.taken else { return nil }
        return Unmanaged<Entry>.fromOpaque(entry).takeUnretainedValue()
    }

    /// Whether a probe goes on behind a slot.
    func isTaken(_ index: Int) -> Bool {
        base[index] != nil
    }

    /// The entry of a key, where none was taken out.
    func entry(for key: ByteSlice, hash: Int) -> Entry? {
        var index = hash & mask
        while let slot = base[index] {
            let entry = Unmanaged<Entry>.fromOpaque(slot)
            let isIt = entry._withUnsafeGuaranteedRef { $0.header.hash == hash && $0.hasKey(key) }
            if isIt { return entry.takeUnretainedValue() }
            index = (index + 1) & mask
        }
        return nil
    }

    /// The live entry of a key, where some were taken out. A removed one may stand before it.
    func entryLeft(for key: ByteSlice, hash: Int) -> Entry? {
        var index = hash & mask
        while let slot = base[index] {
            if slot != Self.taken {
                let entry = Unmanaged<Entry>.fromOpaque(slot)
                let isIt = entry._withUnsafeGuaranteedRef {
                    $0.header.hash == hash && $0.header.isLive && $0.hasKey(key)
                }
                if isIt { return entry.takeUnretainedValue() }
            }
            index = (index + 1) & mask
        }
        return nil
    }

    /// Puts a retained entry where a probe for its key ends. There must be room.
    func place(_ entry: Unmanaged<Entry>) {
        var index = entry._withUnsafeGuaranteedRef { $0.header.hash } & mask
        while base[index] != nil { index = (index + 1) & mask }
        base[index] = entry.toOpaque()
    }

    /// Takes an entry out and leaves a mark; for slots that get no more entries.
    func take(_ index: Int) -> Unmanaged<Entry>? {
        guard let slot = base[index], slot != Self.taken else { return nil }
        base[index] = Self.taken
        return Unmanaged<Entry>.fromOpaque(slot)
    }

    /// Removes an entry that may be here, and closes the gap.
    func remove(_ entry: Entry) {
        let wanted = Unmanaged.passUnretained(entry).toOpaque()
        var hole = entry.header.hash & mask
        while let slot = base[hole], slot != wanted { hole = (hole + 1) & mask }
        guard base[hole] != nil else { return }
        base[hole] = nil
        // Whatever a probe would now not reach any more moves into the gap.
        var index = (hole + 1) & mask
        while let slot = base[index] {
            let home = Unmanaged<Entry>.fromOpaque(slot)._withUnsafeGuaranteedRef { $0.header.hash } & mask
            if (index - home) & mask >= (index - hole) & mask {
                base[hole] = slot
                base[index] = nil
                hole = index
            }
            index = (index + 1) & mask
        }
        Unmanaged<Entry>.fromOpaque(wanted).release()
    }
}
