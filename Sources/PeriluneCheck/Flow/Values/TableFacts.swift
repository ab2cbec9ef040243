import PeriluneLua

/// What is known of the tables that one expression makes.
struct TableFacts: Sendable, Hashable {
    /// A key that is known.
    enum Key: Sendable, Hashable {
        case index(Int)
        case name([UInt8])
    }

    /// What sort of table it is.
    enum Kind: Sendable, Hashable {
        case plain
        case keys, arguments
        /// The array that a command replied.
        case reply(ReplyOrigin, isUnbounded: Bool)
        /// What `redis.error_reply` gives.
        case error
        /// What `redis.status_reply` gives.
        case status
    }

    var kind: Kind
    /// What stands at keys that are known.
    private(set) var fields: [Key: AbstractValue] = [:]
    /// What stands elsewhere, if anything does.
    private(set) var elements: AbstractValue?
    /// Whether anything may stand in it, because something that is not followed has had it.
    private(set) var isOpen = false
    /// Whether a key that is certainly a string, but not known, has been written.
    private(set) var hasOtherNames = false
    /// Whether something may stand at numbers that are not known.
    private(set) var hasOtherIndices = false
    /// Whether it stands for several tables that were made at one place: what is written to one of them may not be in
    /// the others.
    private(set) var isSeveral = false
    /// What gave its elements an order that nobody promises.
    var disorder: Disorder?

    init(_ kind: Kind = .plain, elements: AbstractValue? = nil) {
        self.kind = kind
        self.elements = elements
    }

    /// The names among its keys.
    var names: [[UInt8]] {
        fields.keys.compactMap { key in
            guard case .name(let name) = key else { return nil }
            return name
        }
    }

    /// Whether `pairs` goes over it in an order that depends on how strings are hashed.
    var isUnordered: Bool { !isOpen && kind == .plain && (names.count > 1 || hasOtherNames) }

    /// Whether all its keys are names.
    var hasOnlyNames: Bool {
        !isOpen && !hasOtherIndices && fields.keys.allSatisfy { if case .name = $0 { true } else { false } }
    }

    /// What is read at a key.
    func value(at key: Key) -> AbstractValue {
        if let value = fields[key] { return value }
        if isOpen { return .any }
        if let elements { return elements.orNil }
        return .nil
    }

    /// What is read at a key that is not known.
    var anyValue: AbstractValue {
        if isOpen { return .any }
        var value = elements
        for field in fields.values { value = value?.joined(field) ?? field }
        // That there is nothing at a key nobody knows is not certain.
        return value?.orNil ?? AbstractValue(types: .nil)
    }

    mutating func set(_ value: AbstractValue, at key: Key) {
        // What is written out and is more than this is data.
        guard fields.count < 256 || fields[key] != nil else {
            if case .name = key { hasOtherNames = true }
            return append(value)
        }
        fields[key] = value
    }

    /// Writes at a key that is not known: it may be any that there is of its types.
    mutating func setElement(_ value: AbstractValue, at types: ValueTypes) {
        elements = elements?.joined(value) ?? value
        if types == .string { hasOtherNames = true }
        if types.contains(.number) { hasOtherIndices = true }
        for (key, field) in fields {
            switch key {
            case .name: if !types.contains(.string) { continue }
            case .index: if !types.contains(.number) { continue }
            }
            fields[key] = field.joined(value)
        }
    }

    /// Adds a value behind the last one, which is where nil may be.
    mutating func append(_ value: AbstractValue) {
        hasOtherIndices = true
        elements = elements?.joined(value) ?? value
        for (key, field) in fields where field.types.contains(.nil) {
            guard case .index = key else { continue }
            fields[key] = field.joined(value)
            fields[key]?.witnessed.remove(.nil)
        }
    }

    /// What stands at numbers may stand at others now.
    mutating func move() {
        guard !isOpen else { return }
        for (key, field) in fields {
            guard case .index = key else { continue }
            hasOtherIndices = true
            elements = elements?.joined(field) ?? field
            fields[key] = nil
        }
    }

    /// Its elements are put in order.
    mutating func sort() {
        disorder = nil
        elements?.sources.remove(.iteration)
        for key in Array(fields.keys) {
            fields[key]?.sources.remove(.iteration)
            if case .index = key, let value = fields[key] { elements = elements?.joined(value) ?? value }
        }
        for key in Array(fields.keys) {
            if case .index = key { fields[key] = elements }
        }
    }

    /// See ``FlowState/passCondition()``.
    mutating func passCondition() {
        for (key, value) in fields where value.dependsOnWay { fields[key]?.passCondition() }
    }

    /// See ``FlowState/passLoop(from:)``.
    mutating func passLoop() {
        for (key, value) in fields where value.isDoubtfulNil { fields[key]?.witnessed.remove(.nil) }
    }

    /// Something that is not followed has had it.
    mutating func open() {
        isOpen = true
        fields = [:]
        elements = nil
    }

    func joined(_ other: Self) -> Self { merged(other) { $0.joined($1) } }

    func widened(to next: Self) -> Self { merged(next) { $0.widened(to: $1) } }

    /// These facts and those of another table that was made at the same place, for both together.
    func mixed(with other: Self) -> Self {
        var facts = merged(other) { $0.mixed(with: $1) }
        if disorder == nil || other.disorder == nil { facts.disorder = nil }
        facts.isSeveral = true
        return facts
    }

    private func merged(_ other: Self, _ join: (AbstractValue, AbstractValue) -> AbstractValue) -> Self {
        if self == other { return self }
        var facts = self
        facts.kind = kind == other.kind ? kind : .plain
        facts.isOpen = isOpen || other.isOpen
        facts.isSeveral = isSeveral || other.isSeveral
        facts.hasOtherNames = hasOtherNames || other.hasOtherNames
        facts.hasOtherIndices = hasOtherIndices || other.hasOtherIndices
        facts.disorder = Disorder.earlier(disorder, other.disorder)
        if facts.isOpen {
            facts.fields = [:]
            facts.elements = nil
            return facts
        }
        for key in Set(fields.keys).union(other.fields.keys) {
            facts.fields[key] = join(value(at: key), other.value(at: key))
        }
        if let mine = elements {
            facts.elements = other.elements.map { join(mine, $0) } ?? mine
        } else {
            facts.elements = other.elements
        }
        return facts
    }
}
