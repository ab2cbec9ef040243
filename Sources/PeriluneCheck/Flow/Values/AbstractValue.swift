import PeriluneLua

/// What is known of a value: which types it can have, and what it is in each of them.
///
/// Two things are kept apart. ``types`` is what it may be: whatever is not in there, it never is. ``witnessed`` is what it
/// is on some path for certain, because something in the script says so. Nothing is witnessed of a value that is not
/// followed, so that no rule objects to it.
struct AbstractValue: Sendable, Hashable {
    var types: ValueTypes
    var witnessed: ValueTypes
    /// Counts where it can be a number.
    var number = NumberValue.any
    /// Counts where it can be a string.
    var text = TextValue.unknown
    /// Counts where it can be a table.
    var table = TableReference.unknown
    /// Counts where it can be a function.
    var function = FunctionReference.unknown
    /// The call whose reply it is, if it is nothing else.
    var reply: ReplyOrigin?
    var sources: ValueSources
    /// What gave it an order that nobody promises.
    var disorder: Disorder?

    static let any = AbstractValue(types: .all, sources: .unknown)
    static let `nil` = AbstractValue(types: .nil, witnessed: .nil)
    static let `true` = AbstractValue(types: .true, witnessed: .true)
    static let `false` = AbstractValue(types: .false, witnessed: .false)

    static func boolean(_ sources: ValueSources) -> Self { AbstractValue(types: .boolean, sources: sources) }

    static func number(_ number: NumberValue, _ sources: ValueSources = []) -> Self {
        var value = AbstractValue(types: .number, witnessed: .number, sources: sources)
        value.number = number
        return value
    }

    static func text(_ text: TextValue, _ sources: ValueSources? = nil) -> Self {
        var value = AbstractValue(types: .string, witnessed: .string, sources: sources ?? text.sources)
        value.text = text
        return value
    }

    static func literal(_ bytes: [UInt8]) -> Self { text(TextValue(.literal(bytes)), []) }

    static func table(_ table: TableReference, _ sources: ValueSources = []) -> Self {
        var value = AbstractValue(types: .table, witnessed: .table, sources: sources)
        value.table = table
        return value
    }

    static func function(_ function: FunctionReference) -> Self {
        var value = AbstractValue(types: .function, witnessed: .function)
        value.function = function
        return value
    }

    init(types: ValueTypes, witnessed: ValueTypes = [], sources: ValueSources = []) {
        self.types = types
        self.witnessed = witnessed
        self.sources = sources
    }

    var canBeFalsy: Bool { !types.isDisjoint(with: .falsy) }
    var canBeTruthy: Bool { !types.isDisjoint(with: .truthy) }
    /// Whether a condition makes it doubtful which of several things it is: nil for certain on one way here and something
    /// else on another, or one of several texts.
    var dependsOnWay: Bool {
        isDoubtfulNil || text.alternatives.count > 1 && !text.isDoubtful
    }
    /// Whether it is nil for certain on one way here, and something else on another.
    var isDoubtfulNil: Bool { witnessed.contains(.nil) && types != .nil }
    /// Whether it is a number and nothing else.
    var isNumber: Bool { types == .number }
    var isString: Bool { types == .string }

    /// The bytes of a string that is known.
    var literal: [UInt8]? { isString ? text.literal : nil }

    /// The value where its type is known to be one of some.
    ///
    /// - Returns: `nil` when it cannot be.
    func narrowed(to wanted: ValueTypes) -> Self? {
        let left = types.intersection(wanted)
        guard !left.isEmpty else { return nil }
        var value = self
        value.types = left
        value.witnessed = witnessed.intersection(wanted)
        return value
    }

    /// The value where it may be nil as well, though nothing says that it is.
    var orNil: Self {
        var value = self
        value.types.insert(.nil)
        return value
    }

    /// See ``FlowState/passCondition()``.
    mutating func passCondition() {
        if types != .nil { witnessed.remove(.nil) }
        text.passCondition()
    }

    // MARK: Joins

    func joined(_ other: Self) -> Self { merged(other, { $0.joined($1) }, { $0.joined($1) }) }

    /// This value after another round of a loop; what still changes is given up.
    func widened(to next: Self) -> Self { merged(next, { $0.widened(to: $1) }, { $0.widened(to: $1) }) }

    /// This value or another one, where nobody knows which of them is there: nothing that only one of them is, is for
    /// certain.
    func mixed(with other: Self) -> Self {
        if self == other { return self }
        var value = joined(other)
        value.passCondition()
        if number.fraction == nil || other.number.fraction == nil { value.number.fraction = nil }
        if disorder == nil || other.disorder == nil { value.disorder = nil }
        if !sources.contains(.iteration) || !other.sources.contains(.iteration) { value.sources.remove(.iteration) }
        return value
    }

    private func merged(
        _ other: Self, _ numbers: (NumberValue, NumberValue) -> NumberValue,
        _ texts: (TextValue, TextValue) -> TextValue
    ) -> Self {
        if self == other { return self }
        var value = AbstractValue(
            types: types.union(other.types), witnessed: witnessed.union(other.witnessed),
            sources: sources.union(other.sources))
        value.number = Self.merged(.number, self, other, \.number, numbers)
        value.text = Self.merged(.string, self, other, \.text, texts)
        value.table = Self.merged(.table, self, other, \.table) { $0.joined($1) }
        value.function = Self.merged(.function, self, other, \.function) { $0.joined($1) }
        value.reply = reply == other.reply ? reply : nil
        value.disorder = Disorder.earlier(disorder, other.disorder)
        return value
    }

    /// What is known in one type: of the value that can have it, or of both together.
    private static func merged<Part>(
        _ type: ValueTypes, _ one: Self, _ other: Self, _ part: (Self) -> Part, _ join: (Part, Part) -> Part
    ) -> Part {
        if one.types.isDisjoint(with: type) { return part(other) }
        if other.types.isDisjoint(with: type) { return part(one) }
        return join(part(one), part(other))
    }
}

/// A call of a command, as the origin of a value.
struct ReplyOrigin: Sendable, Hashable {
    let command: String
    let range: SourceRange
    /// Whether it was `redis.pcall`, so that the value can be an error.
    let isProtected: Bool
}

/// What gives a value an order that nobody promises.
struct Disorder: Sendable, Hashable {
    /// Where that is.
    let range: SourceRange
    /// Whether it is `cjson.encode` that went over the names, and not a loop of the script.
    let isEncoding: Bool

    /// The one that stands before the other.
    static func earlier(_ one: Self?, _ other: Self?) -> Self? {
        guard let one, let other else { return one ?? other }
        return other.range.start < one.range.start ? other : one
    }
}

extension SourceRange {
    /// The one that begins before the other: of two places that explain something, the one that is named.
    static func earlier(_ one: Self?, _ other: Self?) -> Self? {
        guard let one, let other else { return one ?? other }
        return other.start < one.start ? other : one
    }
}

/// The tables that a value can be.
enum TableReference: Sendable, Hashable {
    case unknown
    /// Tables by where they were made: see ``FlowState/tables``.
    case sites(Set<Int>)
    /// A library, such as `redis` or `string`.
    case library(String)

    private static let limit = 4

    func joined(_ other: Self) -> Self {
        if self == other { return self }
        guard case .sites(let mine) = self, case .sites(let others) = other else { return .unknown }
        let all = mine.union(others)
        return all.count > Self.limit ? .unknown : .sites(all)
    }
}

/// The function that a value is.
enum FunctionReference: Sendable, Hashable {
    case unknown
    /// A function of the script: ``LuaFunction/id``.
    case closure(Int)
    /// A function of Redis' Lua, such as `string.sub` or `tonumber`.
    case builtin(String)

    func joined(_ other: Self) -> Self { self == other ? self : .unknown }
}

/// The values of an expression list: those that are known one by one, then any number of others.
struct ValueList: Sendable, Hashable {
    var values: [AbstractValue]
    /// What each of the others is; `nil` when there are none.
    var rest: AbstractValue?

    static let empty = ValueList([])
    static let any = ValueList([], rest: .any)

    init(_ values: [AbstractValue], rest: AbstractValue? = nil) {
        self.values = values
        self.rest = rest
    }

    /// The value at a place, from 0; nil where there is none.
    subscript(index: Int) -> AbstractValue {
        if index < values.count { return values[index] }
        return rest?.orNil ?? .nil
    }

    var first: AbstractValue { self[0] }

    func dropFirst(_ count: Int = 1) -> ValueList { ValueList(Array(values.dropFirst(count)), rest: rest) }

    func joined(_ other: Self) -> Self {
        let count = max(values.count, other.values.count)
        let values = (0..<count).map { self[$0].joined(other[$0]) }
        guard let mine = rest else { return ValueList(values, rest: other.rest) }
        return ValueList(values, rest: other.rest.map { mine.joined($0) } ?? mine)
    }
}
