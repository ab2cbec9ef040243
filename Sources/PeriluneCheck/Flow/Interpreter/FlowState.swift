import PeriluneLua

/// What is known at a point of a script.
struct FlowState: Sendable, Hashable {
    /// Whether anything runs here.
    var isReachable = true
    /// The locals in scope, and those that functions have: indices into ``LuaChunk/locals``.
    var locals: [Int: AbstractValue] = [:]
    /// The tables, by where they were made.
    var tables: [Int: TableFacts] = [:]
    /// The first write, when there was one on every way here.
    var write: SourceRange?
    /// The first key of which the slot is known, when there was one on every way here.
    var slot: KeySlot?
    /// How many of the conditions around the write stand around what comes after it as well.
    var writeDepth = 0
    /// What the conditions depend on under which the script has ended somewhere since that write, or since its start.
    var leaving: ValueSources = []
    /// The keys that are left without an expiry.
    var lifetimes = KeyLifetimes()
    /// How many commands have been called at least, whatever the way here.
    var callCount = 0
    /// How replies become values.
    var replies = ReplyProtocol.resp2

    /// A key of which the slot is known.
    struct KeySlot: Sendable, Hashable {
        let number: Int
        let range: SourceRange
    }

    /// By which protocol a script gets its replies.
    enum ReplyProtocol: Sendable, Hashable {
        case resp2
        case resp3
        /// One or the other.
        case either
    }

    /// Notes a write that is made for certain, unless there has been one.
    ///
    /// - Parameter depth: How many conditions it runs under.
    mutating func note(write range: SourceRange, depth: Int) {
        guard write == nil else { return }
        write = range
        writeDepth = depth
        leaving = []
    }

    /// Whether the script may have ended since a state before.
    func leaves(since before: Self) -> Bool { !isReachable || leaving != before.leaving }

    /// Leaves what ran under a condition.
    ///
    /// - Parameters:
    ///   - sources: What the condition depends on, when the script may have ended under it.
    ///   - depth: How many conditions are left.
    mutating func leaveCondition(_ sources: ValueSources, depth: Int) {
        leaving.formUnion(sources)
        writeDepth = min(writeDepth, depth)
    }

    /// Where nothing runs.
    static var unreachable: FlowState {
        var state = FlowState()
        state.isReachable = false
        return state
    }

    func joined(_ other: Self) -> Self { merged(other, { $0.joined($1) }, { $0.joined($1) }) }

    /// This state after another round of a loop; what still changes is given up.
    func widened(to next: Self) -> Self { merged(next, { $0.widened(to: $1) }, { $0.widened(to: $1) }) }

    private func merged(
        _ other: Self, _ values: (AbstractValue, AbstractValue) -> AbstractValue,
        _ facts: (TableFacts, TableFacts) -> TableFacts
    ) -> Self {
        guard isReachable else { return other }
        guard other.isReachable else { return self }
        var state = self
        state.write = other.write == nil ? nil : write
        state.slot = other.slot == nil ? nil : slot
        state.writeDepth = min(writeDepth, other.writeDepth)
        state.leaving = leaving.union(other.leaving)
        state.lifetimes = lifetimes.joined(other.lifetimes)
        state.callCount = min(callCount, other.callCount)
        state.replies = replies == other.replies ? replies : .either
        for (site, second) in other.tables {
            guard let first = tables[site] else {
                state.tables[site] = second
                continue
            }
            if first != second { state.tables[site] = facts(first, second) }
        }
        for (index, first) in locals {
            // What only one of them has is out of scope.
            guard let second = other.locals[index] else {
                state.locals[index] = nil
                continue
            }
            guard first != second else { continue }
            let value = values(first, second)
            state.locals[index] = value
            state.escapeLost(first, second, in: value)
        }
        return state
    }

    /// After a loop that may have had no round: of what it changes, nothing is nil for certain any more.
    mutating func passLoop(from before: Self) {
        for (index, value) in locals where value.isDoubtfulNil && before.locals[index] != value {
            locals[index]?.witnessed.remove(.nil)
        }
        for (site, facts) in tables where before.tables[site] != facts { tables[site]?.passLoop() }
    }

    /// A condition is looked at: of what a value is on each of several ways, it is not known any more which of it leads
    /// to where the condition holds, and which to where it does not.
    mutating func passCondition() {
        for (index, value) in locals where value.dependsOnWay { locals[index]?.passCondition() }
        for (site, facts) in tables where facts.fields.values.contains(where: \.dependsOnWay) {
            tables[site]?.passCondition()
        }
    }

    // MARK: Tables

    /// What is read from a table at a key.
    func read(_ table: AbstractValue, at key: AbstractValue) -> AbstractValue {
        guard table.types == .table, case .sites(let sites) = table.table, !sites.isEmpty else { return .any }
        var value: AbstractValue?
        for site in sites {
            guard let facts = tables[site] else { return .any }
            let read = facts.read(at: key)
            value = value.map { $0.joined(read) } ?? read
        }
        guard var value else { return .any }
        value.sources.formUnion(key.sources)
        return value
    }

    /// What a table may hold at any key, as a loop over it sees it.
    func elements(of table: AbstractValue) -> AbstractValue {
        guard table.types == .table, case .sites(let sites) = table.table, !sites.isEmpty else { return .any }
        var value: AbstractValue?
        for site in sites {
            guard let facts = tables[site] else { return .any }
            let read = facts.read(at: .number(.any))
            value = value.map { $0.joined(read) } ?? read
        }
        return value?.narrowed(to: .all.subtracting(.nil)) ?? .any
    }

    /// The facts of the tables that a value can be; `nil` when some are not known.
    func facts(of value: AbstractValue) -> [TableFacts]? {
        guard value.types == .table, case .sites(let sites) = value.table else { return nil }
        var all: [TableFacts] = []
        for site in sites {
            guard let facts = tables[site] else { return nil }
            all.append(facts)
        }
        return all.isEmpty ? nil : all
    }

    /// Adds a table. One that was made at the same place before may still be there.
    mutating func add(_ facts: TableFacts, at site: Int) {
        tables[site] = tables[site].map { $0.mixed(with: facts) } ?? facts
    }

    /// Changes the facts of the tables that a value can be. Where it can be several, each is joined with what it was.
    mutating func update(_ value: AbstractValue, _ change: (inout TableFacts) -> Void) {
        guard case .sites(let sites) = value.table else { return }
        for site in sites {
            guard let before = tables[site] else { continue }
            if before.isSeveral {
                var facts = before
                change(&facts)
                tables[site] = before.mixed(with: facts)
            } else if sites.count > 1 {
                var facts = before
                change(&facts)
                tables[site] = before.joined(facts)
            } else {
                // Nothing else holds it meanwhile, so that it is changed in place.
                guard var facts = tables.removeValue(forKey: site) else { continue }
                change(&facts)
                tables[site] = facts
            }
        }
    }

    /// Forgets the tables that have been made since a state before, and that nothing here can reach any more.
    ///
    /// - Parameters:
    ///   - before: A state on the way here. What was made until then stays: an expression may hold it that is being
    ///     evaluated.
    ///   - values: What else is held.
    mutating func sweep(since before: Self, holding values: [AbstractValue] = []) {
        guard isReachable, tables.count > before.tables.count else { return }
        var reached: Set<Int> = []
        var pending: [Int] = []
        func reach(_ value: AbstractValue) {
            guard case .sites(let sites) = value.table else { return }
            for site in sites where before.tables[site] == nil && reached.insert(site).inserted { pending.append(site) }
        }
        for value in values { reach(value) }
        for value in locals.values { reach(value) }
        for site in before.tables.keys { tables[site]?.forEachValue(reach) }
        while let site = pending.popLast() { tables[site]?.forEachValue(reach) }
        for site in Array(tables.keys) where before.tables[site] == nil && !reached.contains(site) {
            tables[site] = nil
        }
    }

    /// Of two values that became one nobody knows any more which tables it can be: what is written to it may be in each.
    mutating func escapeLost(_ one: AbstractValue, _ other: AbstractValue, in joined: AbstractValue?) {
        guard let joined, joined.types.contains(.table), joined.table == .unknown else { return }
        for value in [one, other] where value.types.contains(.table) { escape(value) }
    }

    /// A value goes where it is not followed: its tables may be changed there, and all that they hold.
    mutating func escape(_ value: AbstractValue) {
        var pending = [value]
        // Each table is opened once, so this ends.
        while let next = pending.popLast() {
            guard case .sites(let sites) = next.table, !next.types.isDisjoint(with: .table) else { continue }
            // KEYS and ARGV stay what they are wherever they are given to.
            for site in sites where site >= 0 {
                guard var facts = tables[site], !facts.isOpen || !facts.contents.isEmpty else { continue }
                pending += facts.contents
                facts.open()
                tables[site] = facts
            }
        }
    }
}

extension TableFacts {
    /// All values that it holds.
    var contents: [AbstractValue] { Array(fields.values) + (elements.map { [$0] } ?? []) }

    /// Does something with all values that it holds.
    func forEachValue(_ body: (AbstractValue) -> Void) {
        for value in fields.values { body(value) }
        if let elements { body(elements) }
    }

    /// What is read at a key, which may be known or not.
    func read(at key: AbstractValue) -> AbstractValue {
        if key.isNumber, let index = key.number.integer {
            let value = value(at: .index(index))
            return fields[.index(index)] == nil ? element(value, index) : value
        }
        if let name = key.literal { return value(at: .name(name)) }
        switch kind {
        case .keys, .arguments, .reply: return key.isNumber ? element(anyValue, nil) : .any
        default: return anyValue
        }
    }

    /// An element of KEYS, ARGV or a list that a command replied, which knows where it is from.
    func element(_ value: AbstractValue, _ index: Int?) -> AbstractValue {
        guard !isOpen, value.types.contains(.string) else { return value }
        var value = value
        switch kind {
        case .keys: value.text = TextValue(.key(index))
        case .arguments: value.text = TextValue(.argument(index))
        case .reply(let origin, _): value.text = TextValue(.reply(origin.command, element: nil))
        default: break
        }
        return value
    }
}
