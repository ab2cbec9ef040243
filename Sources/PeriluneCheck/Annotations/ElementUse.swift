import PeriluneLua

/// Which elements of KEYS or of ARGV a script uses.
///
/// What is written as `KEYS[1]` is seen in the text. What is read at a computed index outside of functions is known from
/// running it. Everything else, such as a second name for the table, or a function that gets it, may use any element.
struct ElementUse {
    /// Whether it may use any.
    private var usesAll = false
    private var indices: Set<Int> = []
    /// The bounds of computed indices.
    private var intervals: Set<ClosedRange<Double>> = []
    /// Where those are read: the offsets of the table's name.
    private var computed: Set<Int> = []

    /// - Parameter name: `KEYS` or `ARGV`.
    /// - Complexity: O(n) in the size of the script.
    init(of name: String, in chunk: LuaChunk) {
        var (usesAll, indices, computed) = (false, Set<Int>(), Set<Int>())
        // Names that something around them has accounted for.
        var seen: Set<Int> = []
        // Up to where there are functions: code of the main chunk before that may be taken for a function's, and no code
        // of a function for that of the main chunk.
        var functionEnd = 0
        func isTable(_ expression: LuaExpression) -> Bool {
            guard case .name(let found, .global) = expression.kind else { return false }
            return found.text == name
        }
        func read(_ base: LuaExpression, _ key: LuaExpression) {
            let offset = base.range.start.offset
            seen.insert(offset)
            if case .number(let number) = key.unparenthesized.kind {
                if let index = Int(exactly: number) { indices.insert(index) }
            } else if offset < functionEnd {
                usesAll = true
            } else {
                computed.insert(offset)
            }
        }
        LuaWalk(
            statement: { statement in
                if let function = statement.function { functionEnd = max(functionEnd, function.range.end.offset) }
            },
            expression: { expression in
                switch expression.kind {
                case .function(let function): functionEnd = max(functionEnd, function.range.end.offset)
                case .unary(.length, _, let table):
                    if isTable(table.unparenthesized) { seen.insert(table.unparenthesized.range.start.offset) }
                case .path(let base, let suffixes):
                    if isTable(base), case .index(let key)? = suffixes.first?.kind { read(base, key) }
                case .name:
                    if isTable(expression), !seen.contains(expression.range.start.offset) { usesAll = true }
                default: break
                }
            }
        ).walk(chunk.block)
        (self.usesAll, self.indices, self.computed) = (usesAll, indices, computed)
    }

    /// An element is read, wherever the script got the table from.
    mutating func read(_ index: NumberValue, _ range: SourceRange) {
        if computed.contains(range.start.offset) { intervals.insert(index.lower...index.upper) }
    }

    func uses(_ index: Int) -> Bool {
        usesAll || indices.contains(index) || intervals.contains { $0.contains(Double(index)) }
    }

    func usesAny(behind index: Int) -> Bool {
        usesAll || indices.contains { $0 > index } || intervals.contains { $0.upperBound > Double(index) }
    }
}
