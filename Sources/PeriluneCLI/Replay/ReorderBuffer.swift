/// Puts entries that come a little late back into the order of their times, in bounded memory.
///
/// A server writes the line of a request when the request ends, so times in a log go back by as long as requests take.
/// The buffer holds every entry until one has come that is ``window`` younger, so entries that are late by no more
/// than that leave in order. Entries of the same time leave in the order they came.
///
/// Each push and pop costs O(log(number of entries held)).
struct ReorderBuffer<Element> {
    /// How late an entry may come and still leave in order, in microseconds.
    let window: Int64
    /// How many entries are held at most; the oldest leave early when there are more.
    let capacity: Int

    /// How many entries came with a time before that of the entry just before them.
    private(set) var outOfOrder = 0
    /// By how much an entry came after a later one at most, in microseconds.
    private(set) var longestDelay: Int64 = 0

    /// The latest time that has come in; `nil` before the first.
    private(set) var latest: Int64?
    /// The time that came in last.
    private var last: Int64?

    /// A binary heap, the entry that leaves next first.
    private var heap: [Entry] = []
    private var sequence: UInt64 = 0

    private struct Entry {
        var time: Int64
        var sequence: UInt64
        var element: Element

        func leaves(before other: Entry) -> Bool {
            (time, sequence) < (other.time, other.sequence)
        }
    }

    /// Creates an empty buffer.
    ///
    /// - Parameters:
    ///   - window: In microseconds.
    ///   - capacity: At least 1.
    init(window: Int64, capacity: Int) {
        self.window = window
        self.capacity = max(capacity, 1)
    }

    /// How many entries are held.
    var count: Int { heap.count }

    /// Takes an entry in.
    mutating func push(_ element: Element, time: Int64) {
        if let last, time < last { outOfOrder += 1 }
        last = time
        let latest = max(self.latest ?? time, time)
        self.latest = latest
        longestDelay = max(longestDelay, latest - time)
        heap.append(Entry(time: time, sequence: sequence, element: element))
        sequence += 1
        siftUp()
    }

    /// Takes note that the times go on from an earlier one than the latest. Without this, every entry from there on
    /// would be late, and none would be put in order any more.
    mutating func goBack(to time: Int64) {
        latest = time
    }

    /// Takes out the oldest entry if no entry that is late by ``window`` or less can come before it, or if too many
    /// are held.
    mutating func popReady() -> (element: Element, time: Int64)? {
        guard let first = heap.first, let latest else { return nil }
        guard heap.count > capacity || latest - first.time >= window else { return nil }
        return pop()
    }

    /// Takes out the oldest entry, ready or not: for the end of the log.
    mutating func pop() -> (element: Element, time: Int64)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown()
        }
        return (first.element, first.time)
    }

    private mutating func siftUp() {
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].leaves(before: heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var first = parent
            for child in 2 * parent + 1..<2 * parent + 3 where child < heap.count {
                if heap[child].leaves(before: heap[first]) { first = child }
            }
            guard first != parent else { return }
            heap.swapAt(first, parent)
            parent = first
        }
    }
}
