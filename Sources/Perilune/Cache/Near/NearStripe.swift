/// Entries up to a number and a sum of bytes, of which those make room that are the least asked for.
///
/// The policy is S3-FIFO (Yang, Zhang, Qiu, Yue, Vinayak: "FIFO queues are all you need for cache eviction", SOSP 2023): a
/// tenth is a queue on probation, from which what was not asked for again leaves soon, so that a scan pushes out nothing
/// else; the rest is a queue in which what was asked for passes the end again; what left is remembered by its hash, and
/// comes back past the probation. A hit changes a counter of two bits and moves nothing.
struct NearStripe: Sendable {
    private enum Place: UInt8 { case small, main }

    private struct Slot {
        /// Beside the record, for what is compared is not to be counted as used.
        var key: CacheKey
        /// `nil` when the slot is free; `next` is the next free one then.
        var record: NearRecord?
        var hash: UInt32
        /// Towards the head.
        var previous: UInt32
        /// Towards the tail.
        var next: UInt32
        var place: Place
        var hits: UInt8

        var bytes: Int { record?.cost ?? 0 }
    }

    private static let mostHits: UInt8 = 3

    private let limit: NearCacheLimit
    private var slots: [Slot] = []
    private var free = NearQueue.none
    private var index = NearIndex()
    private var small = NearQueue()
    private var main = NearQueue()
    private var ghosts = NearGhosts()
    /// How many entries had to make room.
    private(set) var evictions = 0
    /// For each of 64 parts of the keys, how often one of them was removed. They wrap.
    private var removals = [UInt32](repeating: 0, count: 64)

    init(limit: NearCacheLimit) { self.limit = limit }

    var count: Int { small.count + main.count }
    var bytes: Int { small.bytes + main.bytes }

    /// The count of removals that ``remove(_:_:)`` of the key moves.
    func removals(_ hash: NearHash) -> UInt32 { removals[hash.part] }

    /// Finds an entry, and notes that it was asked for.
    ///
    /// - Complexity: O(1) on average.
    mutating func find(_ key: CacheKey, _ hash: NearHash) -> NearRecord? {
        guard let slot = slot(key, hash) else { return nil }
        if slots[slot].hits < Self.mostHits { slots[slot].hits += 1 }
        return slots[slot].record
    }

    /// Adds an entry, or replaces that of its key.
    ///
    /// - Parameter removed: Takes what had to go. Let go of it outside of a lock.
    /// - Returns: Whether the entry is kept: it is not when it is larger than all there is room for.
    /// - Complexity: Amortized O(1) on average, plus the number of entries that make room.
    mutating func insert(_ record: NearRecord, _ hash: NearHash, removed: inout [NearRecord]) -> Bool {
        var (place, hits) = (Place.small, UInt8(0))
        if let slot = slot(record.key, hash) {
            (place, hits) = (slots[slot].place, slots[slot].hits)
            take(slot, &removed)
        } else if ghosts.remove(hash.low) {
            place = .main
        }
        guard record.cost <= limit.bytes else { return false }
        while count >= limit.entries || bytes > limit.bytes - record.cost { evict(&removed) }
        add(record, hash.low, to: place, hits: hits)
        return true
    }

    /// Removes the entry of a key, and lets nothing in that was asked for before.
    mutating func remove(_ key: CacheKey, _ hash: NearHash, removed: inout [NearRecord]) {
        removals[hash.part] &+= 1
        if let slot = slot(key, hash) { take(slot, &removed) }
    }

    /// Removes an entry if it is still there.
    mutating func remove(_ record: NearRecord, _ hash: NearHash, removed: inout [NearRecord]) {
        guard let slot = slot(record.key, hash), slots[slot].record === record else { return }
        take(slot, &removed)
    }

    private func slot(_ key: CacheKey, _ hash: NearHash) -> Int? {
        index.find(hash.low) { slots[$0].key == key }
    }
}

// MARK: - Eviction

extension NearStripe {
    /// Makes room for one entry at least. There is one.
    private mutating func evict(_ removed: inout [NearRecord]) {
        while true {
            let isSmallFull =
                count >= limit.entries ? small.count * 10 >= limit.entries : small.bytes >= limit.bytes / 10
            let queue: Place = small.count > 0 && (isSmallFull || main.count == 0) ? .small : .main
            let slot = Int(self[queue].tail)
            switch queue {
            case .small where slots[slot].hits > 1:
                move(slot, to: .main, hits: 0)
            case .main where slots[slot].hits > 0:
                move(slot, to: .main, hits: slots[slot].hits - 1)
            case .small:
                ghosts.insert(slots[slot].hash, capacity: count)
                evictions += 1
                return take(slot, &removed)
            case .main:
                evictions += 1
                return take(slot, &removed)
            }
        }
    }

    private mutating func move(_ slot: Int, to place: Place, hits: UInt8) {
        unlink(slot)
        link(slot, to: place)
        slots[slot].hits = hits
    }
}

// MARK: - Slots and their queues

extension NearStripe {
    private subscript(place: Place) -> NearQueue {
        get { place == .small ? small : main }
        _modify { if place == .small { yield &small } else { yield &main } }
    }

    private mutating func add(_ record: NearRecord, _ hash: UInt32, to place: Place, hits: UInt8) {
        let new = Slot(
            key: record.key, record: record, hash: hash, previous: NearQueue.none, next: NearQueue.none, place: place,
            hits: hits)
        let slot: Int
        if free == NearQueue.none {
            slot = slots.count
            slots.append(new)
        } else {
            slot = Int(free)
            free = slots[slot].next
            slots[slot] = new
        }
        index.insert(hash, slot: slot)
        link(slot, to: place)
    }

    /// Takes the entry out of a slot, which is free then.
    private mutating func take(_ slot: Int, _ removed: inout [NearRecord]) {
        unlink(slot)
        index.remove(slots[slot].hash, slot: slot)
        if let record = slots[slot].record.take() { removed.append(record) }
        slots[slot].next = free
        free = UInt32(slot)
    }

    private mutating func link(_ slot: Int, to place: Place) {
        let head = self[place].head
        slots[slot].place = place
        slots[slot].previous = NearQueue.none
        slots[slot].next = head
        if head == NearQueue.none { self[place].tail = UInt32(slot) } else { slots[Int(head)].previous = UInt32(slot) }
        self[place].head = UInt32(slot)
        self[place].count += 1
        self[place].bytes += slots[slot].bytes
    }

    private mutating func unlink(_ slot: Int) {
        let (place, previous, next) = (slots[slot].place, slots[slot].previous, slots[slot].next)
        if previous == NearQueue.none { self[place].head = next } else { slots[Int(previous)].next = next }
        if next == NearQueue.none { self[place].tail = previous } else { slots[Int(next)].previous = previous }
        self[place].count -= 1
        self[place].bytes -= slots[slot].bytes
    }
}
