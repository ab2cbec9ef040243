/// What was invalidated in a shard since some sequence, the floor, below which every entry is void.
struct NearInvalidations: Sendable {
    /// How many all-of rules are remembered, as in a ``CacheHead``.
    static let mostRules = 16

    private struct Rule: Equatable {
        let sequence: UInt64
        let tags: [NearTag]
    }

    /// The sequence of the last invalidation: an entry that has it is valid.
    private(set) var sequence: UInt64
    private(set) var floor: UInt64
    private var tags: NearTagSequences
    private var rules: [Rule] = []

    init(floor: UInt64, tagLimit: Int) {
        sequence = floor
        self.floor = floor
        tags = NearTagSequences(limit: tagLimit)
    }

    /// Whether an entry is valid.
    ///
    /// - Complexity: O(1) when nothing was invalidated since the entry's sequence, else O(its tags * tags of the rules).
    func allow(_ record: NearRecord) -> Bool {
        if record.sequence >= sequence { return true }
        return record.sequence >= floor
            && record.tags.allSatisfy { tags[$0] <= record.sequence }
            && rules.allSatisfy { rule in
                rule.sequence <= record.sequence || !rule.tags.allSatisfy(record.tags.contains)
            }
    }

    /// Takes a change into account; whether it may void an entry that was valid.
    ///
    /// - Complexity: O(tags of the change).
    mutating func apply(_ change: CacheMessage.Change, _ sequence: UInt64) -> Bool {
        defer { self.sequence = max(self.sequence, sequence) }
        return switch change {
        case .changedKey: false
        case .cleared: raiseFloor(to: sequence)
        case .invalidatedAny(let tags): raise(tags.map(NearTag.init), to: sequence)
        case .invalidatedAll(let tags): addRule(Rule(sequence: sequence, tags: tags.map(NearTag.init)))
        }
    }

    /// Raises the floor; whether it moved. What is below it needs not be remembered.
    mutating func raiseFloor(to sequence: UInt64) -> Bool {
        guard sequence > floor else { return false }
        floor = sequence
        self.sequence = max(self.sequence, sequence)
        tags.removeAll(upTo: sequence)
        rules.removeAll { $0.sequence <= sequence }
        return true
    }

    private mutating func raise(_ tags: some Sequence<NearTag>, to sequence: UInt64) -> Bool {
        guard sequence > floor else { return false }
        var moved = false
        for tag in tags where self.tags.raise(tag, to: sequence) { moved = true }
        if let forgotten = self.tags.trim() { _ = raiseFloor(to: forgotten) }
        return moved
    }

    /// Adds a rule; whether it was not there. Beyond the limit the oldest counts for its first tag alone.
    private mutating func addRule(_ rule: Rule) -> Bool {
        guard rule.sequence > floor, !rules.contains(rule) else { return false }
        rules.append(rule)
        if rules.count > Self.mostRules {
            let oldest = rules.removeFirst()
            _ = raise(oldest.tags.prefix(1), to: oldest.sequence)
        }
        return true
    }
}
