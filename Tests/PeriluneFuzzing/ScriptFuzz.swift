/// Random small scripts, built from a grammar in which every expression has a type.
///
/// What cannot be the same on both engines is not in it: the order of a table's keys, addresses, and random choices. Nor
/// is an error whose value is a table without `err`, which crashes redis-server 7.0.15.
struct ScriptFuzz {
    /// What an expression gives.
    enum Kind: CaseIterable {
        case number, string, boolean, list
        /// Something that a reply can be made of.
        case anything
    }

    var fuzz: CommandFuzz
    /// The variables in scope.
    private var variables: [(name: String, kind: Kind)] = []
    private var namesGiven = 0
    /// How deep statements stand in each other.
    private var depth = 0

    private static let keys = ["h", "l", "z", "u", "s", "a", "none"]

    init(_ fuzz: CommandFuzz) {
        self.fuzz = fuzz
    }

    /// A script as a step, with keys and arguments.
    mutating func step() -> FuzzStep {
        variables = []
        namesGiven = 0
        let statements = (0..<(1 + fuzz.below(7))).map { _ in statement() } + [result()]
        let keys = (0..<2).map { _ in Self.keys[fuzz.below(Self.keys.count)] }
        let arguments = (0..<3).map { _ in fuzz.chance(2) ? fuzz.number() : fuzz.integer() }
        return FuzzStep(ScriptText(statements), keys: keys, arguments: arguments)
    }

    /// What the script returns.
    private mutating func result() -> String {
        if fuzz.chance(3) { return "return \(expression(.anything))" }
        let shown = variables.suffix(6).map(\.name) + [expression(.anything), expression(.anything)]
        return "return {\(shown.joined(separator: ", "))}"
    }

    /// A variable of a kind; `nil` when there is none.
    mutating func variable(_ kind: Kind) -> String? {
        let fitting = variables.filter { $0.kind == kind || kind == .anything }
        return fitting.isEmpty ? nil : fitting[fuzz.below(fitting.count)].name
    }

    private mutating func newName() -> String {
        namesGiven += 1
        return "v\(namesGiven)"
    }
}

// MARK: - Statements

extension ScriptFuzz {
    /// Statements with variables of their own.
    private mutating func block(_ declared: [(String, Kind)] = []) -> String {
        let outer = variables
        variables += declared.map { (name: $0.0, kind: $0.1) }
        depth += 1
        let statements = (0..<(1 + fuzz.below(2))).map { _ in statement() }
        depth -= 1
        variables = outer
        return statements.joined(separator: " ")
    }

    private mutating func declaration(_ kind: Kind) -> String {
        let value = expression(kind)
        let name = newName()
        variables.append((name, kind))
        return "local \(name) = \(value)"
    }

    private mutating func statement() -> String {
        switch fuzz.below(depth > 1 ? 9 : 16) {
        case 0..<3: return declaration(Kind.allCases[fuzz.below(Kind.allCases.count)])
        case 3: return "redis.\(fuzz.pick("call", "pcall", "pcall"))(\(command()))"
        case 4:
            let value = "redis.pcall(\(command()))"
            let name = newName()
            variables.append((name, .anything))
            return "local \(name) = \(value)"
        case 5:
            let kind = fuzz.pick(Kind.number, .string, .boolean)
            guard let name = variable(kind) else { return declaration(kind) }
            // A string that is made of itself must not double for ever.
            let value = expression(kind)
            return "\(name) = " + (kind == .string ? "string.sub(\(value), 1, 60)" : value)
        case 6:
            guard let list = variable(.list) else { return declaration(.list) }
            // No list, which could come to hold itself; and not for ever in loops.
            let change = fuzz.pick(
                "table.insert(\(list), \(expression(.boolean)))", "\(list)[#\(list) + 1] = \(expression(.number))",
                "table.remove(\(list))", "table.insert(\(list), 1, \(expression(.string)))")
            return "if #\(list) < 20 then \(change) end"
        case 7: return "if \(expression(.boolean)) then \(block()) else \(block()) end"
        case 8:
            if fuzz.chance(3) {
                return
                    "if \(expression(.boolean)) then error(\(fuzz.pick("'failed'", "{err = 'MY failed'}", "'x', 0", "12"))) end"
            }
            return "if \(expression(.boolean)) then return \(expression(.anything)) end"
        case 9, 10:
            let name = newName()
            let bounds = fuzz.pick("1, 3", "3, 1, -1", "0, 1, 0.5", "1, 0", "#ARGV, 1, -1", "-1, 1")
            return "for \(name) = \(bounds) do \(block([(name, .number)])) end"
        case 11:
            let (index, element) = (newName(), newName())
            // A copy, which does not grow in the loop.
            let list = "{unpack(\(expression(.list)))}"
            return
                "for \(index), \(element) in ipairs(\(list)) do \(block([(index, .number), (element, .anything)])) end"
        case 12:
            let name = newName()
            let (text, pattern) = (expression(.string), pattern())
            return "for \(name) in string.gmatch(\(text), \(pattern)) do \(block([(name, .anything)])) end"
        case 13:
            let (ok, value) = (newName(), newName())
            let body = "\(block()) return \(expression(.anything))"
            variables.append((ok, .boolean))
            variables.append((value, .anything))
            return "local \(ok), \(value) = pcall(function() \(body) end)"
        case 14:
            let name = newName()
            let parameter = newName()
            let outer = variables
            variables.append((parameter, .number))
            let body = expression(.number)
            variables = outer
            let call = newName()
            let argument = expression(.number)
            variables.append((call, .number))
            return "local function \(name)(\(parameter)) return \(body) end local \(call) = \(name)(\(argument))"
        default:
            let name = newName()
            return
                "local \(name) = 0 while \(name) < 3 do \(name) = \(name) + 1 \(block([(name + " + 0", .number)])) end"
        }
    }

    /// The words of a command that answers the same on both, as arguments of `redis.call`.
    private mutating func command() -> String {
        var line = fuzz.mixedLine()
        // A server refuses wrong subcommands in other words when a script calls them. And with other words than these,
        // numbers would be sorted.
        while line.order != .same || ["OBJECT", "SORT", "SORT_RO"].contains(line.words[0]) { line = fuzz.mixedLine() }
        if fuzz.chance(20) { fuzz.distort(&line) }
        guard line.order == .same else { return "'PING'" }
        let words = line.words.enumerated().map { index, word in
            if index == 1, fuzz.chance(3) { return "KEYS[\(1 + fuzz.below(2))]" }
            // Short, so that what a server keeps packed, and in order, stays so; and neither an offset of half a
            // gigabyte nor a number of random elements.
            let isSensitive = ["SETRANGE", "SETBIT", "BITFIELD", "HRANDFIELD", "SRANDMEMBER", "ZRANDMEMBER", "SPOP"]
                .contains(line.words[0])
            if index > 0, fuzz.chance(8), !isSensitive {
                return fuzz.chance(2) ? expression(.number) : "string.sub(\(expression(.string)), 1, 20)"
            }
            return Self.literal(word)
        }
        return words.joined(separator: ", ")
    }

    /// A text as Lua writes it.
    static func literal(_ text: String) -> String {
        var literal = "'"
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\\"), 0..<0x20, 0x7F...:
                let digits = String(byte)
                literal += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            default: literal.unicodeScalars.append(UnicodeScalar(byte))
            }
        }
        return literal + "'"
    }

    mutating func pattern() -> String {
        fuzz.pick("'%a+'", "'%d'", "'(.)(.)'", "'()'", "'[^%s]+'", "'a'", "'.-b'", "'^.'", "'%w*$'", "'[1-9a]'", "'%.'")
    }
}
