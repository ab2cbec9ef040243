import PeriluneLua

/// Something that a script does, as rules hear of it.
enum FlowEvent {
    /// `redis.call` or `redis.pcall`.
    case command(FlowCommand)
    /// A step of a chain of `..`.
    case concatenation(AbstractValue, AbstractValue, range: SourceRange)
    /// A value becomes text by `..`, `tostring`, `table.concat` or `%s`.
    case text(AbstractValue, range: SourceRange)
    /// Arithmetic on two numbers, or what stands for them.
    case arithmetic(left: AbstractValue, right: AbstractValue, result: AbstractValue, range: SourceRange)
    /// A number literal.
    case literal(Double, range: SourceRange)
    /// `x == nil` or `x ~= nil`; the range of the operator is there for a fix.
    case nilComparison(AbstractValue, nilRange: SourceRange, range: SourceRange)
    /// `x == y` or `x ~= y`.
    case equality(AbstractValue, AbstractValue, range: SourceRange)
    /// `x < y`, `x <= y`, `x > y` or `x >= y`.
    case order(AbstractValue, AbstractValue, range: SourceRange)
    /// A value that is a condition by itself, and no comparison.
    case condition(AbstractValue, range: SourceRange)
    /// Locals are declared with the values of a list that ends with a call.
    case received(ValueList, locals: [LuaName], call: SourceRange)
    /// A table is read at a key: `x[key]`.
    case index(AbstractValue, key: AbstractValue, range: SourceRange)
    /// The reply of the script: nil where it ends without one.
    case reply(AbstractValue, range: SourceRange)
    /// The script ends here, and not by an error.
    case end
    /// A call of a function of Redis' Lua.
    case builtin(BuiltinCall)
    /// `error`; protected when a `pcall` of the script catches it.
    case raise(AbstractValue, isProtected: Bool, range: SourceRange)
    /// `unpack` of all there is from some place on.
    case unpack(AbstractValue, range: SourceRange)
    /// A call whose results nobody takes: the function's name.
    case ignored(String, AbstractValue, range: SourceRange)
    /// Something looks at a value for what it is: its type, or its field `err`.
    case inspected(AbstractValue)
    /// A value is used as what it is when no command failed.
    case used(AbstractValue, range: SourceRange)
}

/// A call of a command.
struct FlowCommand {
    /// In upper case, with a blank before the name of a subcommand.
    let name: String
    /// What the release says of it; `nil` when it does not have it.
    let known: KnownCommand?
    /// What is known of its arguments and its reply; `nil` when nothing is.
    let shape: CommandShape?
    /// The name, then the arguments.
    let words: [AbstractValue]
    /// Where each word stands; one that is one of several values of a call stands where the call does.
    let ranges: [SourceRange]
    /// Whether there may be others.
    let isOpen: Bool
    /// What each of the others is.
    var rest: AbstractValue?
    /// Where the expression stands that gives them; the call, when there is none.
    var restRange: SourceRange
    /// Whether it is `redis.pcall`.
    let isProtected: Bool
    /// The call.
    let range: SourceRange
    /// The words in upper case as far as they are known, and empty where they are no keyword for certain.
    let keywords: [String?]

    init(
        _ table: CommandTable, name: String, words: [AbstractValue], ranges: [SourceRange], isOpen: Bool,
        isProtected: Bool, range: SourceRange
    ) {
        let subcommand = words.dropFirst().first?.literal.map { String(decoding: $0, as: UTF8.self) }
        if case .known(let command) = table.lookup(name, subcommand: subcommand) {
            known = command
        } else {
            known = nil
        }
        self.name = known?.name ?? name.asciiUppercased
        shape = known.flatMap { CommandShape.all[$0.name] }
        self.words = words
        self.ranges = ranges
        self.isOpen = isOpen
        self.isProtected = isProtected
        self.range = range
        restRange = range
        var keywords = words.map(Self.keyword)
        if !keywords.isEmpty { keywords[0] = name.asciiUppercased }
        self.keywords = keywords
    }

    /// Whether it may do nothing, for a condition of its own such as `NX`.
    var isConditional: Bool {
        switch name {
        case "SETNX", "MSETNX", "HSETNX", "RENAMENX", "LPUSHX", "RPUSHX": true
        case "SET", "ZADD", "GEOADD", "EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT":
            isOpen || keywords.dropFirst(2).contains { ["NX", "XX", "GT", "LT"].contains($0) }
        default: false
        }
    }

    /// The positions of words that are keys for certain.
    var keyPositions: [Int] { known?.certainKeyPositions(count: words.count) { keywords[$0] } ?? [] }

    /// Whether the word behind those that are known is a key, if there is one.
    var hasKeyBehind: Bool {
        let positions = known?.certainKeyPositions(count: words.count + 1) { $0 < keywords.count ? keywords[$0] : "" }
        return positions?.contains(words.count) == true
    }

    /// The positions of words that have to be integers.
    var integerPositions: Set<Int> { shape?.integerPositions(in: keywords) ?? [] }

    /// What the call does to how long its keys live.
    var effects: [(position: Int, effect: KeyEffect)] {
        known?.effects(onKeys: keyPositions, keywords, isOpen: isOpen) ?? []
    }

    private static func keyword(_ word: AbstractValue) -> String? {
        if let literal = word.literal { return String(decoding: literal, as: UTF8.self).asciiUppercased }
        if word.isNumber { return word.number.integer.map(String.init) ?? "" }
        // Nobody passes options in KEYS.
        guard word.types.subtracting(.falsy) == .string, let only = word.text.only else { return nil }
        return only.sources.contains(.key) ? "" : nil
    }
}

/// Where a script stands when something happens.
struct FlowContext {
    let state: FlowState
    /// What the conditions depend on under which this runs, outermost first.
    let decisions: [ValueSources]
    /// What becomes of the texts that are made here.
    let textUse: TextUse
    /// How many loops with a condition it is in.
    let loopDepth: Int
    let script: CheckedScript

    /// What becomes of a text.
    enum TextUse: Sendable {
        /// It may go anywhere.
        case any
        /// The script asks for it in so many words, by `tostring`.
        case asked
        /// People read it: it goes to a log, or is the message of an error.
        case message
        /// Nobody reads it: it is hashed, or seeds something.
        case digest
    }

    /// What all conditions together depend on under which this runs.
    var conditions: ValueSources { decisions.reduce(into: []) { $0.formUnion($1) } }

    /// What it depends on that this runs, among what has been decided since the first write.
    var dependence: ValueSources {
        decisions.dropFirst(state.writeDepth).reduce(into: state.leaving) { $0.formUnion($1) }
    }

    /// The element of KEYS that is annotated to stand for many keys, and not for one: its type is `any`.
    func isAnchor(_ index: Int) -> Bool {
        script.header?.key(at: index)?.type == .any
    }
}

/// Some rules that listen to what a script does.
protocol FlowListener {
    static var rules: [Rule] { get }

    init(_ script: CheckedScript)

    mutating func hear(_ event: FlowEvent, _ context: FlowContext)

    /// What they object to, in any order.
    func findings() -> [Finding]
}

/// Findings, one for each rule and place.
struct FlowFindings {
    private var byPlace: [Place: Finding] = [:]

    private struct Place: Hashable {
        let rule: Rule.ID
        let offset: Int
    }

    var all: [Finding] { Array(byPlace.values) }

    /// Adds a finding, unless the rule has one there already.
    mutating func add(
        _ rule: Rule, _ message: String, at range: SourceRange, severity: Severity? = nil, notes: [Finding.Note] = [],
        fix: Fix? = nil
    ) {
        let place = Place(rule: rule.id, offset: range.start.offset)
        guard byPlace[place] == nil else { return }
        // What stands at the finding itself explains nothing.
        let notes = notes.filter { $0.range.start != range.start }
        byPlace[place] = Finding(rule.id, severity ?? rule.severity, message, at: range, notes: notes, fix: fix)
    }

    /// Adds a finding, unless its rule has one there already.
    mutating func add(_ finding: Finding) {
        let place = Place(rule: finding.rule, offset: finding.range.start.offset)
        if byPlace[place] == nil { byPlace[place] = finding }
    }

    /// Takes away what a rule has at a place.
    mutating func remove(_ rule: Rule, at range: SourceRange) {
        byPlace[Place(rule: rule.id, offset: range.start.offset)] = nil
    }
}
