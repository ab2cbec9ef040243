/// What the operands of arithmetic and concatenation are called, by the lines that 5.4 reports errors on.
///
/// An error in such an operation names the variable: `attempt to concatenate local 'x' (a nil value)`. Where the
/// operation is a helper's, or a metamethod's of strings, the interpreter cannot tell, and looks here.
struct LuaOperandNames {
    /// One line of text each: the line's number, the operator (`n` for a negation, `.` for a concatenation), and the
    /// names of the operands with tabs between them: empty where there is none, `-` where the operand cannot be at
    /// fault unless metamethods are.
    private(set) var text: [UInt8] = []

    /// Notes an operation.
    mutating func note(_ operator: Unicode.Scalar, line: Int, _ names: [String]) {
        text += String(line).utf8
        text.append(UInt8(truncatingIfNeeded: `operator`.value))
        text += names.joined(separator: "\t").utf8
        text.append(.lineFeed)
    }

    /// Notes a step of a fold.
    ///
    /// - Parameters:
    ///   - left: The left operand when it is an expression of its own, and not the result of the step before.
    ///   - line: Where the fold begins: helpers report errors there.
    mutating func note(_ step: LuaOperation, after left: LuaExpression?, from line: Int) {
        if step.operator == .concat {
            let name = left.map { Self.name(of: $0, isConcatenated: true) } ?? Self.harmless
            return note(".", line: line, [name] + Self.names(ofChain: step.operand))
        }
        let symbol: Unicode.Scalar
        switch step.operator {
        case .add: symbol = "+"
        case .subtract: symbol = "-"
        case .multiply: symbol = "*"
        case .divide: symbol = "/"
        case .power: symbol = "^"
        case .modulo: symbol = "%"
        default: return
        }
        let names = [left.map { Self.name(of: $0) } ?? Self.harmless, Self.name(of: step.operand)]
        note(symbol, line: step.operator == .modulo ? line : step.operatorRange.start.line, names)
    }

    /// The operands of the concatenations that go on to the right.
    private static func names(ofChain operand: LuaExpression) -> [String] {
        var names: [String] = []
        var operand = operand
        while case .operation(let first, let rest) = operand.kind, let last = rest.last, last.operator == .concat {
            names.append(rest.count == 1 ? name(of: first, isConcatenated: true) : harmless)
            operand = last.operand
        }
        return names + [name(of: operand, isConcatenated: true)]
    }

    /// Stands for an operand that cannot be at fault, such as a number.
    private static let harmless = "-"

    /// What 5.1 calls a value in error texts, such as `local 'x'`; empty when it does not.
    static func name(of expression: LuaExpression, isConcatenated: Bool = false) -> String {
        switch expression.unparenthesized.kind {
        case .number: return harmless
        case .string: return isConcatenated ? harmless : ""
        case .unary(let unary, _, _): return unary == .not ? "" : harmless
        case .operation(_, let rest):
            switch rest.last?.operator {
            case .add, .subtract, .multiply, .divide, .modulo, .power: return harmless
            case .concat: return isConcatenated ? harmless : ""
            default: return ""
            }
        case .name(let name, .global): return "global '\(name.text)'"
        case .name(let name, .local): return "local '\(name.text)'"
        case .name(let name, .upvalue): return "upvalue '\(name.text)'"
        case .path(_, let suffixes):
            switch suffixes.last?.kind {
            case .field(let name): return "field '\(name.text)'"
            case .index(let key):
                guard case .string(let bytes) = key.unparenthesized.kind else { return "field '?'" }
                // What would not fit the text is left unnamed.
                guard bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return "" }
                return "field '\(String(decoding: bytes, as: UTF8.self))'"
            default: return ""
            }
        default: return ""
        }
    }
}
