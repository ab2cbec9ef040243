/// The value of a set key: sorted integers while it holds nothing else and is small, as on the server, where the order
/// of replies shows it; otherwise a table.
final class SetValue: StoredCollection {
    /// Ascending; in use while ``isIntegers``.
    private var integers: [Int] = []
    private var table = MemberTable<Void>()
    /// Whether the members are kept as integers. A set that has become a table stays one.
    private(set) var isIntegers = true
    var memory = MemoryAccount()

    init() {}

    init(_ other: SetValue) {
        integers = other.integers
        table = other.table
        isIntegers = other.isIntegers
    }

    static func collection(in value: StoredValue) -> SetValue? {
        if case .set(let set) = value { set } else { nil }
    }

    var asValue: StoredValue { .set(self) }
    var count: Int { isIntegers ? integers.count : table.count }
    var isEmpty: Bool { count == 0 }
    var memorySize: Int {
        MemorySize.object(MemoryLayout<MemberTable<Void>>.size + 48) + MemorySize.elements(integers) + table.memorySize
    }

    /// O(1), and O(log n) among integers.
    func contains(_ member: ByteSlice) -> Bool {
        guard isIntegers else { return table.contains(member) }
        return member.integer.map(contains) ?? false
    }

    /// As ``contains(_:)`` for a member of another set.
    func contains(_ member: StoredString) -> Bool {
        switch member {
        case .integer(let integer) where isIntegers: contains(integer)
        default: member.withSlice { contains($0) }
        }
    }

    private func contains(_ integer: Int) -> Bool {
        let position = position(of: integer)
        return position < integers.count && integers[position] == integer
    }

    /// Adds a member. O(1) amortized, and O(n) among integers, of which there are few.
    ///
    /// - Returns: Whether it is new.
    @discardableResult
    func insert(_ member: ByteSlice) -> Bool {
        if isIntegers {
            if let integer = member.integer { return insert(integer) }
            becomeTable()
        }
        let isNew = table.set(member, to: ()) == nil
        if isNew { settle() }
        return isNew
    }

    /// As ``insert(_:)`` for a member of another set.
    @discardableResult
    func insert(_ member: StoredString) -> Bool {
        switch member {
        case .integer(let integer) where isIntegers: insert(integer)
        default: member.withSlice { insert($0) }
        }
    }

    private func insert(_ integer: Int) -> Bool {
        let position = position(of: integer)
        if position < integers.count, integers[position] == integer { return false }
        integers.insert(integer, at: position)
        if integers.count > Encoding.mostIntegers { becomeTable() }
        settle()
        return true
    }

    /// Removes a member. O(1) amortized, and O(n) among integers, of which there are few.
    ///
    /// - Returns: Whether it was there.
    @discardableResult
    func remove(_ member: ByteSlice) -> Bool {
        guard isIntegers else {
            let wasThere = table.remove(member) != nil
            if wasThere { settle() }
            return wasThere
        }
        guard let integer = member.integer else { return false }
        let position = position(of: integer)
        guard position < integers.count, integers[position] == integer else { return false }
        integers.remove(at: position)
        settle()
        return true
    }

    /// As ``remove(_:)`` for a member of another set.
    func remove(_ member: StoredString) {
        member.withSlice { _ = remove($0) }
    }

    /// Calls a function with all members, in their order, until it answers that it needs no more.
    func visit(_ body: (StoredString) -> Bool) {
        if isIntegers {
            for integer in integers where !body(.integer(integer)) { return }
        } else {
            for element in table.all where !body(.bytes(element.key)) { return }
        }
    }

    /// All members, in their order: ascending, or as they were added. O(n).
    var members: [StoredString] {
        isIntegers ? integers.map { .integer($0) } : table.all.map { .bytes($0.key) }
    }

    func randomMember() -> StoredString? {
        isIntegers
            ? integers.randomElement().map { .integer($0) } : table.randomElement().map { .bytes($0.key) }
    }

    /// So many different members at random, or all in their order.
    func randomMembers(_ number: Int) -> [StoredString] {
        guard isIntegers else { return table.randomElements(number).map { .bytes($0.key) } }
        return number >= integers.count
            ? members : integers.shuffled().prefix(number).map { .integer($0) }
    }

    /// See ``MemberTable/scan(from:meeting:_:)``. Integers are answered at once.
    func scan(from cursor: UInt64, meeting number: Int, _ body: ([UInt8]) -> Void) -> UInt64 {
        guard isIntegers else { return table.scan(from: cursor, meeting: number) { body($0.key) } }
        for integer in integers { body(Array(String(integer).utf8)) }
        return 0
    }

    /// The position of the first integer that is not below one.
    private func position(of integer: Int) -> Int {
        var (low, high) = (0, integers.count)
        while low < high {
            let middle = (low + high) / 2
            if integers[middle] < integer { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func becomeTable() {
        isIntegers = false
        for integer in integers { StoredString.integer(integer).withSlice { _ = table.set($0, to: ()) } }
        integers = []
    }
}
