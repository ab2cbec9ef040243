/// The value of a sorted set key: while it is small an array in order, which is searched; otherwise a table of scores by
/// member, and a skip list.
final class SortedSetValue: StoredCollection {
    /// In order; in use until ``list`` is.
    private var small: [ScoredMember] = []
    private var scores = MemberTable<Double>()
    private var list: SkipList?
    /// Whether a small set tells -0 from 0. One under a key does not, as on the server, but one that is only a reply.
    private var keepsSignOfZero = false
    /// What the members of a small set take in memory beside their places, in bytes.
    private var memberSize = 0
    var memory = MemoryAccount()

    init() {}

    /// Makes a set for a reply, or for ``seal()``.
    init(keepingSignOfZero: Bool) {
        keepsSignOfZero = keepingSignOfZero
    }

    /// Makes a set that was to be a reply one for a key.
    func seal() {
        keepsSignOfZero = false
        small = small.map { ScoredMember(member: $0.member, score: $0.score == 0 ? 0 : $0.score) }
    }

    init(_ other: SortedSetValue) {
        small = other.small
        memberSize = other.memberSize
        scores = other.scores
        list = other.list
    }

    static func collection(in value: StoredValue) -> SortedSetValue? {
        if case .sortedSet(let set) = value { set } else { nil }
    }

    var asValue: StoredValue { .sortedSet(self) }
    var count: Int { list?.count ?? small.count }
    var isEmpty: Bool { count == 0 }
    /// Whether a server would keep it as a skip list. It does not go back when the set becomes smaller.
    var isLarge: Bool { list != nil }

    /// The table and the list of a large set refer to the same members.
    var memorySize: Int {
        MemorySize.object(MemoryLayout<MemberTable<Double>>.size + MemoryLayout<SkipList?>.size + 48)
            + MemorySize.elements(small) + memberSize + scores.memorySize + (list?.memorySize ?? 0)
    }
}

// MARK: - Members

extension SortedSetValue {
    /// The score of a member. O(1).
    func score(of member: ByteSlice) -> Double? {
        guard list == nil else { return scores.value(of: member) }
        return position(of: member).map { small[$0].score }
    }

    /// Adds a member, or moves one to another score, which is not NaN. O(log n), and O(n) in a small set.
    func set(_ member: ByteSlice, to score: Double) {
        defer { settle() }
        if list == nil {
            if let position = position(of: member) {
                let bytes = small[position].member
                take(at: position)
                insert(ScoredMember(member: bytes, score: score))
                return
            }
            guard small.count == Encoding.mostPackedMembers || member.count > Encoding.longestPackedEntry else {
                insert(ScoredMember(member: member.array, score: score))
                return
            }
            becomeLarge()
        }
        let hash = KeyTable.hash(of: member)
        if let position = scores.position(of: member, hash: hash),
            let (bytes, old) = scores.replaceValue(at: position, with: score)
        {
            list?.remove(ScoredMember(member: bytes, score: old))
            list?.insert(ScoredMember(member: bytes, score: score), hash: hash)
        } else {
            let bytes = member.array
            scores.append(MemberTable.Element(hash: hash, key: bytes, value: score))
            list?.insert(ScoredMember(member: bytes, score: score), hash: hash)
        }
    }

    /// Removes a member. O(log n), and O(n) in a small set.
    ///
    /// - Returns: Whether it was there.
    @discardableResult
    func remove(_ member: ByteSlice) -> Bool {
        guard list != nil else {
            guard let position = position(of: member) else { return false }
            take(at: position)
            settle()
            return true
        }
        guard let score = scores.remove(member) else { return false }
        list?.remove(ScoredMember(member: member.array, score: score))
        settle()
        return true
    }

    private func position(of member: ByteSlice) -> Int? {
        small.firstIndex { $0.member.count == member.count && $0.member.elementsEqual(member.buffer) }
    }

    private func take(at position: Int) {
        memberSize -= MemorySize.elements(small.remove(at: position).member)
    }

    private func insert(_ entry: ScoredMember) {
        memberSize += MemorySize.elements(entry.member)
        let score = entry.score == 0 && !keepsSignOfZero ? 0 : entry.score
        small.insert(ScoredMember(member: entry.member, score: score), at: rank { $0 < entry })
    }

    /// Makes a small set one that a server would keep as a skip list. O(n log n).
    func becomeLarge() {
        guard list == nil else { return }
        var list = SkipList()
        for entry in small {
            let hash = StoredString.bytes(entry.member).withSlice { KeyTable.hash(of: $0) }
            scores.append(MemberTable.Element(hash: hash, key: entry.member, value: entry.score))
            list.insert(entry, hash: hash)
        }
        self.list = list
        small = []
        memberSize = 0
        settle()
    }
}

// MARK: - Ranks

extension SortedSetValue {
    /// The rank of a member, from 0 on. O(log n), and O(n) in a small set.
    func rank(of member: ByteSlice) -> Int? {
        guard let list else { return position(of: member) }
        guard let score = scores.value(of: member) else { return nil }
        let entry = ScoredMember(member: member.array, score: score)
        return list.rank { $0 < entry }
    }

    /// How many members stand in front of the first for which a condition does not hold. It must hold for all in front
    /// of that one. O(log n).
    func rank(where isBefore: (ScoredMember) -> Bool) -> Int {
        if let list { return list.rank(where: isBefore) }
        var (low, high) = (0, small.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(small[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Calls a function with the members of a range of ranks, upwards or downwards, until it answers that it needs no
    /// more. O(log n), and O(1) for each of them.
    func visit(in ranks: Range<Int>, reversed: Bool = false, _ body: (ScoredMember) -> Bool) {
        if let list { return list.visit(in: ranks, reversed: reversed, body) }
        if reversed {
            for entry in small[ranks].reversed() where !body(entry) { return }
        } else {
            for entry in small[ranks] where !body(entry) { return }
        }
    }

    /// The members of a range of ranks. O(log n + their number).
    func members(in ranks: Range<Int>, reversed: Bool = false) -> [ScoredMember] {
        var members: [ScoredMember] = []
        members.reserveCapacity(ranks.count)
        visit(in: ranks, reversed: reversed) { entry in
            members.append(entry)
            return true
        }
        return members
    }

    /// Removes the members of a range of ranks. O(their number × log n).
    func remove(in ranks: Range<Int>) {
        guard list != nil else {
            for rank in ranks { memberSize -= MemorySize.elements(small[rank].member) }
            small.removeSubrange(ranks)
            settle()
            return
        }
        for entry in members(in: ranks) { StoredString.bytes(entry.member).withSlice { _ = remove($0) } }
    }

    /// See ``MemberTable/scan(from:meeting:_:)``. A small set is answered at once, in its order.
    func scan(from cursor: UInt64, meeting number: Int, _ body: (ScoredMember) -> Void) -> UInt64 {
        guard list != nil else {
            for entry in small { body(entry) }
            return 0
        }
        return scores.scan(from: cursor, meeting: number) { body(ScoredMember(member: $0.key, score: $0.value)) }
    }
}
