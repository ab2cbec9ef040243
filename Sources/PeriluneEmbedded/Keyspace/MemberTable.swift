/// A dictionary from byte strings to values in the order in which they were added: what hashes, sets and sorted sets
/// are made of.
///
/// The order is the one in which Redis answers a small hash, and it is the same in every run for a large one, whose
/// order on a server is its hash table's. Elements stand in one array, found through an index of positions; small tables
/// have none and are searched. A removed element leaves a gap, and the array is closed up when half of it is gaps, so
/// that removal is O(1) amortized and keeps the order.
struct MemberTable<Value> {
    struct Element {
        let hash: Int
        let key: [UInt8]
        var value: Value
    }

    /// `nil` is a gap.
    private var elements: [Element?] = []
    private var index = PositionIndex()
    private(set) var count = 0
    /// What the keys take in memory beside their places, in bytes.
    private var keySize = 0

    /// Tables of so few elements are searched from the beginning.
    private static var largestSearched: Int { 8 }

    var isEmpty: Bool { count == 0 }

    /// What the table takes in memory, in bytes, but not what values refer to. O(1).
    var memorySize: Int { MemorySize.elements(elements) + index.memorySize + keySize }

    /// Where a key is. O(1).
    func position(of key: ByteSlice, hash: Int) -> Int? {
        elements.withUnsafeBufferPointer { elements in
            if index.isEmpty {
                for position in elements.indices where Self.matches(elements, position, key, hash) { return position }
                return nil
            }
            return index.position(hash: hash) { Self.matches(elements, $0, key, hash) }
        }
    }

    @inline(__always)
    private static func matches(
        _ elements: UnsafeBufferPointer<Element?>, _ position: Int, _ key: ByteSlice, _ hash: Int
    ) -> Bool {
        guard let element = elements[position] else { return false }
        return element.hash == hash && element.key.count == key.count && element.key.elementsEqual(key.buffer)
    }

    /// The value of a key. O(1).
    func value(of key: ByteSlice) -> Value? {
        guard count > 0, let position = position(of: key, hash: KeyTable.hash(of: key)) else { return nil }
        return elements[position]?.value
    }

    func contains(_ key: ByteSlice) -> Bool {
        count > 0 && position(of: key, hash: KeyTable.hash(of: key)) != nil
    }

    /// Sets the value of a key, which keeps its place when it is there. O(1) amortized.
    ///
    /// - Returns: The value it had.
    @discardableResult
    mutating func set(_ key: ByteSlice, to value: Value) -> Value? {
        let hash = KeyTable.hash(of: key)
        if let position = position(of: key, hash: hash) {
            let old = elements[position]?.value
            elements[position]?.value = value
            return old
        }
        append(Element(hash: hash, key: key.array, value: value))
        return nil
    }

    /// Adds an element whose key is not in the table. O(1) amortized.
    mutating func append(_ element: Element) {
        elements.append(element)
        count += 1
        keySize += MemorySize.elements(element.key)
        if !index.isEmpty {
            index.insert(elements.count - 1, hash: element.hash) { [elements] in elements[$0]?.hash ?? 0 }
        } else if count > Self.largestSearched {
            closeGaps()
        }
    }

    /// Sets the value at a position where an element is.
    ///
    /// - Returns: The element's key and the value it had.
    mutating func replaceValue(at position: Int, with value: Value) -> (key: [UInt8], old: Value)? {
        guard let element = elements[position] else { return nil }
        elements[position] = Element(hash: element.hash, key: element.key, value: value)
        return (element.key, element.value)
    }

    /// Removes a key. O(1) amortized.
    ///
    /// - Returns: The value it had.
    @discardableResult
    mutating func remove(_ key: ByteSlice) -> Value? {
        let hash = KeyTable.hash(of: key)
        guard let position = position(of: key, hash: hash) else { return nil }
        let old = elements[position]?.value
        keySize -= elements[position].map { MemorySize.elements($0.key) } ?? 0
        if !index.isEmpty {
            index.remove(position, hash: hash) { [elements] in elements[$0]?.hash ?? 0 }
        }
        elements[position] = nil
        count -= 1
        while let last = elements.last, last == nil { elements.removeLast() }
        if elements.count > 2 * count { closeGaps() }
        return old
    }

    /// Closes the gaps between elements, and indexes these anew. O(n).
    private mutating func closeGaps() {
        if count < elements.count { elements = elements.filter { $0 != nil } }
        index = PositionIndex()
        guard count > Self.largestSearched else { return }
        index = PositionIndex(positions: elements.indices, count: count) { [elements] in elements[$0]?.hash ?? 0 }
    }
}

// MARK: - Walks

extension MemberTable {
    /// All elements, in their order.
    var all: some Sequence<Element> { elements.lazy.compactMap { $0 } }

    /// An element, each with the same chance; `nil` when there is none. O(1) on average: at least half of all positions
    /// are taken.
    func randomElement() -> Element? {
        guard count > 0 else { return nil }
        while true {
            if let element = elements[Int.random(in: elements.indices)] { return element }
        }
    }

    /// So many different elements at random, all of them when there are no more. O(number) on average, and O(n) when it
    /// is a large part of them.
    func randomElements(_ number: Int) -> [Element] {
        if number >= count { return Array(all) }
        if number > count / 3 { return Array(all.shuffled().prefix(number)) }
        var positions: Set<Int> = []
        var chosen: [Element] = []
        while chosen.count < number {
            let position = Int.random(in: elements.indices)
            if let element = elements[position], positions.insert(position).inserted { chosen.append(element) }
        }
        return chosen
    }

    /// Some of the elements, from a cursor on.
    ///
    /// Goes from the end to the beginning. Closing gaps moves elements towards the beginning only, so that one which
    /// is there from the first call to the last is met, whatever is added and removed in between. One that moves may
    /// be met twice, as on a server.
    ///
    /// - Parameters:
    ///   - cursor: 0 to begin, then what the last call answered.
    ///   - number: How many elements to meet.
    /// - Returns: The cursor for the next call; 0 at the end.
    func scan(from cursor: UInt64, meeting number: Int, _ body: (Element) -> Void) -> UInt64 {
        var position = cursor == 0 ? elements.count : Int(min(cursor, UInt64(elements.count)))
        var met = 0
        while position > 0, met < number {
            position -= 1
            guard let element = elements[position] else { continue }
            body(element)
            met += 1
        }
        return UInt64(position)
    }
}
