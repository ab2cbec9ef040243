/// The sequences in which tags were last invalidated, up to a number of tags.
struct NearTagSequences: Sendable {
    private var sequences: [NearTag: UInt64] = [:]
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var count: Int { sequences.count }

    /// The sequence of a tag; 0 when it is not known to have been invalidated.
    subscript(tag: NearTag) -> UInt64 { sequences[tag] ?? 0 }

    /// Raises the sequence of a tag; whether it moved.
    mutating func raise(_ tag: NearTag, to sequence: UInt64) -> Bool {
        let moves = self[tag] < sequence
        if moves { sequences[tag] = sequence }
        return moves
    }

    /// Forgets the older half when there are too many.
    ///
    /// - Returns: The highest sequence forgotten, below which nothing can be said any more.
    /// - Complexity: O(tags log tags) once in half the limit.
    mutating func trim() -> UInt64? {
        guard sequences.count > limit else { return nil }
        let sorted = sequences.values.sorted()
        let highest = sorted[sorted.count - 1 - limit / 2]
        removeAll(upTo: highest)
        return highest
    }

    /// Forgets tags that were invalidated up to a sequence.
    mutating func removeAll(upTo sequence: UInt64) {
        guard !sequences.isEmpty else { return }
        sequences = sequences.filter { $0.value > sequence }
    }
}
