import DequeModule

/// The value of a list key: a ring buffer, with O(1) at both ends and for access by index.
final class ListValue: StoredCollection {
    private(set) var elements: Deque<StoredString>
    /// The most elements there have been since the buffer was last made, in place of its capacity.
    private var peak = 0
    /// What the elements take in memory beside their places, in bytes.
    private var elementSize = 0
    var memory = MemoryAccount()

    init() {
        elements = []
    }

    init(_ other: ListValue) {
        elements = other.elements
        peak = other.peak
        elementSize = other.elementSize
    }

    static func collection(in value: StoredValue) -> ListValue? {
        if case .list(let list) = value { list } else { nil }
    }

    var asValue: StoredValue { .list(self) }
    var count: Int { elements.count }
    var isEmpty: Bool { elements.isEmpty }

    /// The buffer grows by half when it is full, so that an eighth of it is free on average.
    var memorySize: Int {
        MemorySize.object(64) + elementSize
            + MemorySize.allocation(48 + max(peak, count) * MemoryLayout<StoredString>.stride * 9 / 8)
    }

    /// One end of a list.
    enum End {
        case left, right

        init?(_ word: ByteSlice) {
            if word.isWord("left") {
                self = .left
            } else if word.isWord("right") {
                self = .right
            } else {
                return nil
            }
        }
    }

    /// O(1) amortized.
    func push(_ element: StoredString, at end: End) {
        elementSize += element.memorySize
        defer { settle() }
        switch end {
        case .left: elements.prepend(element)
        case .right: elements.append(element)
        }
    }

    /// O(1) amortized.
    func pop(from end: End) -> StoredString? {
        let element = end == .left ? elements.popFirst() : elements.popLast()
        elementSize -= element?.memorySize ?? 0
        shrink()
        settle()
        return element
    }

    /// The position of an index that counts from the end when it is negative; `nil` when there is none. O(1).
    func position(of index: Int) -> Int? {
        let position = index < 0 ? index + elements.count : index
        return elements.indices.contains(position) ? position : nil
    }

    func set(_ element: StoredString, at position: Int) {
        elementSize += element.memorySize - elements[position].memorySize
        elements[position] = element
        settle()
    }

    /// O(n).
    func insert(_ element: StoredString, at position: Int) {
        elementSize += element.memorySize
        elements.insert(element, at: position)
        settle()
    }

    /// Keeps a range of positions. O(elements that go).
    func keep(_ range: Range<Int>) {
        peak = max(peak, elements.count)
        for position in 0..<range.lowerBound { elementSize -= elements[position].memorySize }
        for position in range.upperBound..<elements.count { elementSize -= elements[position].memorySize }
        elements.removeLast(elements.count - range.upperBound)
        elements.removeFirst(range.lowerBound)
        shrink()
        settle()
    }

    /// Removes elements that are equal to one, so many at most, from an end on. O(n).
    ///
    /// - Returns: How many went.
    func remove(_ element: StoredString, atMost limit: Int, from end: End) -> Int {
        var removed = 0
        func drop(_ element: StoredString) {
            removed += 1
            elementSize -= element.memorySize
        }
        var kept = Deque<StoredString>()
        kept.reserveCapacity(elements.count)
        switch end {
        case .left:
            for other in elements {
                if removed < limit, other == element { drop(other) } else { kept.append(other) }
            }
        case .right:
            for other in elements.reversed() {
                if removed < limit, other == element { drop(other) } else { kept.prepend(other) }
            }
        }
        if removed > 0 {
            peak = max(peak, elements.count)
            elements = kept
            shrink()
        }
        settle()
        return removed
    }

    /// Gives memory back once three quarters of a large buffer are not used.
    private func shrink() {
        peak = max(peak, elements.count + 1)
        guard peak > 1024, elements.count * 4 < peak else { return }
        elements = Deque(Array(elements))
        peak = elements.count
    }
}
