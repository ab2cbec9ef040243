/// What happened to each identifier, in bounded memory.
///
/// Once the table is full, identifiers it does not know yet are not taken in any more; their requests are decided and
/// counted like all others, but not one by one.
struct IdentifierTable {
    /// How many identifiers are told apart at most.
    let capacity: Int
    /// How many bytes their names may have together.
    let nameCapacity: Int

    /// What happened to one identifier.
    struct Record {
        let name: String
        var requests = 0
        var denied = 0
        /// When it was first denied, in microseconds since 1970; only there when ``denied`` is not 0.
        var firstDenial: Int64 = 0
        /// The longest denial in microseconds; a lone denied request has one too, its wait.
        var longestDenial: Int64 = 0
        /// When the denial began in which the identifier now is; `nil` after an allowed request.
        var denialBegan: Int64?
    }

    /// The records, in the order in which the identifiers appeared.
    private(set) var records: [Record] = []
    private var places: [Identifier: Int32] = [:]
    private var nameBytes = 0

    /// Creates an empty table.
    init(capacity: Int = 1_000_000, nameCapacity: Int = 128 << 20) {
        self.capacity = capacity
        self.nameCapacity = nameCapacity
    }

    /// The place of an identifier among ``records``; `nil` if it is new and the table is full.
    mutating func place(of identifier: Identifier) -> Int32? {
        if let place = places[identifier] { return place }
        let bytes = nameBytes + identifier.name.utf8.count
        guard records.count < capacity, bytes <= nameCapacity else { return nil }
        let place = Int32(records.count)
        places[identifier] = place
        records.append(Record(name: identifier.name))
        nameBytes = bytes
        return place
    }

    /// Counts a decision for the identifier at a place.
    mutating func count(_ place: Int32, _ outcome: ReplayOutcome, at time: Int64) {
        records[Int(place)].count(outcome, at: time)
    }
}

extension IdentifierTable.Record {
    fileprivate mutating func count(_ outcome: ReplayOutcome, at time: Int64) {
        requests += 1
        guard case .denied(_, let wait) = outcome else {
            denialBegan = nil
            return
        }
        if denied == 0 { firstDenial = time }
        denied += 1
        // A denial begins with a denied request and lasts while every further request is denied. It ends when the
        // limits would have let the next one through, which is the wait that came with the last denied request.
        let began = denialBegan ?? time
        denialBegan = began
        longestDenial = max(longestDenial, time - began + wait)
    }
}

extension IdentifierTable {
    /// How many identifiers were denied at least once.
    var hit: Int {
        records.reduce(0) { $0 + ($1.denied > 0 ? 1 : 0) }
    }

    /// The identifiers denied most often, the hardest hit first; among equals those with more requests, then in the
    /// order of their bytes.
    ///
    /// - Parameter count: How many at most.
    func hardestHit(_ count: Int) -> [Record] {
        let hit = records.filter { $0.denied > 0 }.sorted { left, right in
            if left.denied != right.denied { return left.denied > right.denied }
            if left.requests != right.requests { return left.requests > right.requests }
            return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        return Array(hit.prefix(count))
    }
}
