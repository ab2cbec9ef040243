#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The slots of a hash table of entries, each of them retained. See ``KeyTable``.
///
/// Beside each slot stands a byte that tells whether it is taken, and for which seven bits of a hash: a probe seldom
/// looks at an entry that is not the one it wants.
final class KeySlots {
    let capacity: Int
    /// Slots that a probe goes on behind: those with an entry, and those that an entry was taken out of.
    private(set) var takenCount = 0
    private var entryCount = 0
    // Zeroed by the system page by page when they are first touched, so that making large ones takes no time.
    private let entries: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private let tags: UnsafeMutablePointer<UInt8>

    /// The tag of a slot that never had an entry.
    private static let untaken: UInt8 = 0
    /// The tag of a slot that an entry was taken out of.
    private static let left: UInt8 = 1

    /// - Parameter capacity: A power of two.
    init(capacity: Int) {
        self.capacity = capacity
        guard let memory = calloc(capacity, MemoryLayout<UnsafeMutableRawPointer?>.stride),
            let bytes = calloc(capacity, 1)
        else {
            // What Swift's own allocator does.
            fatalError("out of memory for \(capacity) keys")
        }
        entries = memory.bindMemory(to: UnsafeMutableRawPointer?.self, capacity: capacity)
        tags = bytes.bindMemory(to: UInt8.self, capacity: capacity)
    }

    deinit {
        if entryCount > 0 {
            for index in 0..<capacity { take(index)?.release() }
        }
        free(entries)
        free(tags)
    }

    private var mask: Int { capacity - 1 }

    /// What the slots take in memory, in bytes.
    var memorySize: Int { capacity * (MemoryLayout<UnsafeMutableRawPointer?>.stride + 1) }

    private static func tag(of hash: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: hash >> 56) | 0x80
    }

    /// The entry of a slot.
    subscript(index: Int) -> Entry? {
        guard tags[index] > Self.left, let entry = entries[index] else { return nil }
        return Unmanaged<Entry>.fromOpaque(entry).takeUnretainedValue()
    }

    /// Whether a probe goes on behind a slot.
    func isTaken(_ index: Int) -> Bool {
        tags[index] != Self.untaken
    }

    /// The live entry of a key. A removed one may stand before it.
    func entry(for key: ByteSlice, hash: Int) -> Entry? {
        let tag = Self.tag(of: hash)
        var index = hash & mask
        while tags[index] != Self.untaken {
            if tags[index] == tag, let slot = entries[index] {
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

    /// Puts a retained entry where a probe for its key ends. There must be a free slot.
    func place(_ entry: Unmanaged<Entry>) {
        let hash = entry._withUnsafeGuaranteedRef { $0.header.hash }
        var index = hash & mask
        while tags[index] > Self.left { index = (index + 1) & mask }
        if tags[index] == Self.untaken { takenCount += 1 }
        entries[index] = entry.toOpaque()
        tags[index] = Self.tag(of: hash)
        entryCount += 1
    }

    /// Takes the entry of a slot out, if there is one.
    func take(_ index: Int) -> Unmanaged<Entry>? {
        guard tags[index] > Self.left, let slot = entries[index] else { return nil }
        tags[index] = Self.left
        entryCount -= 1
        return Unmanaged<Entry>.fromOpaque(slot)
    }

    /// Removes an entry that may be here.
    func remove(_ entry: Entry) {
        let wanted = Unmanaged.passUnretained(entry).toOpaque()
        var index = entry.header.hash & mask
        while tags[index] == Self.left || tags[index] > Self.left && entries[index] != wanted {
            index = (index + 1) & mask
        }
        guard tags[index] > Self.left else { return }
        take(index)?.release()
        guard tags[(index + 1) & mask] == Self.untaken else { return }
        // No probe needs to go on behind it, nor behind those left before it.
        while tags[index] == Self.left {
            tags[index] = Self.untaken
            takenCount -= 1
            index = (index - 1) & mask
        }
    }
}
