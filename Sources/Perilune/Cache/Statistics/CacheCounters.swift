import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Counts what a cache region does in this process, until that is flushed.
///
/// Any thread may count at any time: an event is one relaxed atomic addition, and no two that belong together are a
/// step. There are several copies of each counter, and which one a thread adds to follows from which thread it is. So
/// threads on different processors seldom pass a cache line to and fro, which would cost more than the addition does.
///
/// `@unchecked Sendable` because of the pointer, which never changes, to memory that holds atomics alone.
final class CacheCounters: @unchecked Sendable {
    /// The ages of hits stand for the hits as well, so that a hit is one addition: they are told apart here, after the
    /// counters of a slot, and put together when they are taken.
    private static let hitCells = CacheSlot.counters
    private static let nearHitCells = hitCells + CacheSlot.hitAges.count
    private static let usedCells = nearHitCells + CacheSlot.hitAges.count

    /// As many as four bits tell apart.
    private static let copies = 16
    /// The cells of a copy, rounded up so that copies share no cache line: 16 of them fill the longest ones.
    private static let stride = (usedCells + 15) / 16 * 16
    private static let lineBytes = 128

    private let cells: UnsafeMutablePointer<Atomic<Int>>

    /// Nothing has happened.
    init() {
        let count = Self.copies * Self.stride
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Atomic<Int>>.stride, alignment: Self.lineBytes)
        cells = memory.bindMemory(to: Atomic<Int>.self, capacity: count)
        for cell in 0..<count { (cells + cell).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: Self.copies * Self.stride)
        UnsafeMutableRawPointer(cells).deallocate()
    }

    // MARK: Counting

    /// Counts an event.
    ///
    /// - Parameter amount: How often it happened, or how much it was. A negative one counts as none.
    func count(_ event: CacheEvent, _ amount: Int = 1) {
        add(max(amount, 0), to: event.rawValue)
    }

    /// Counts a fresh value that the engine gave.
    ///
    /// - Parameters:
    ///   - age: How old it was.
    ///   - ttl: How long it was fresh, in the unit of the age.
    func hit(age: Int64, of ttl: Int64) {
        add(1, to: Self.hitCells + CacheSlot.eighth(of: ttl, at: age))
    }

    /// Counts a fresh value that the near cache gave.
    ///
    /// - Parameters:
    ///   - age: How old it was.
    ///   - ttl: How long it was fresh, in the unit of the age.
    func nearHit(age: Int64, of ttl: Int64) {
        add(1, to: Self.nearHitCells + CacheSlot.eighth(of: ttl, at: age))
    }

    /// Counts a computation that gave a value.
    func computed(in time: Duration) {
        count(.computation)
        count(.computeMicroseconds, Int(time.wholeMicroseconds))
    }

    /// Counts a computation whose value could be compared with the one it takes the place of.
    ///
    /// - Parameters:
    ///   - age: How old that one was.
    ///   - isUnchanged: Whether both are the same.
    func refreshed(age: Duration, isUnchanged: Bool) {
        let milliseconds = max(age.wholeMicroseconds, 0) / 1_000
        if isUnchanged {
            count(.unchangedRefresh)
            count(.unchangedMilliseconds, Int(milliseconds))
        } else {
            let group = CacheSlot.ageGroup(milliseconds: milliseconds)
            add(1, to: CacheSlot.changes.lowerBound + group)
            add(Int(milliseconds), to: CacheSlot.changedAges.lowerBound + group)
        }
    }

    @inline(__always)
    private func add(_ amount: Int, to cell: Int) {
        // The upper four bits of a product with the golden ratio, which depend on all bits of the thread's address.
        let copy = Int(truncatingIfNeeded: (Self.thread &* 0x9E37_79B9_7F4A_7C15) >> 60)
        cells[copy * Self.stride + cell].wrappingAdd(amount, ordering: .relaxed)
    }

    /// A number that only this thread has.
    @inline(__always)
    private static var thread: UInt64 {
        #if canImport(Glibc)
            UInt64(pthread_self())
        #else
            UInt64(UInt(bitPattern: pthread_self()))
        #endif
    }

    // MARK: Taking

    /// Gives what was counted since it was last taken, and begins anew.
    ///
    /// What is counted meanwhile is in this or in the next one, and never in none or in both.
    func take() -> CacheCounts {
        var counts = CacheCounts()
        for copy in 0..<Self.copies {
            for cell in 0..<Self.usedCells {
                let amount = cells[copy * Self.stride + cell].exchange(0, ordering: .relaxed)
                guard amount != 0 else { continue }
                guard cell >= Self.hitCells else {
                    counts.add(amount, to: cell)
                    continue
                }
                let isNear = cell >= Self.nearHitCells
                let event = isNear ? CacheEvent.nearHit : .hit
                counts.add(amount, to: event.rawValue)
                counts.add(
                    amount, to: CacheSlot.hitAges.lowerBound + cell - (isNear ? Self.nearHitCells : Self.hitCells))
            }
        }
        return counts
    }

    /// Counts again what was taken and could not be flushed.
    func giveBack(_ counts: CacheCounts) {
        for counter in 0..<CacheSlot.counters where counts[counter] > 0 { add(counts[counter], to: counter) }
    }
}
