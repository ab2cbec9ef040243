import PeriluneLua

/// How many blocks and brackets the lines of an input have left open, so that not every line has the whole parsed again.
struct OpenBlocks {
    private var lines = 0
    private var depth = 0
    /// Whether each line could be told by itself; one within a long string cannot.
    private var isKnown = true

    /// How many lines are always parsed: what is wrong in them is said at once.
    private static let few = 32

    /// Takes the next line.
    ///
    /// - Complexity: O(length of the line).
    mutating func add(_ line: [UInt8]) {
        lines += 1
        let list = LuaLexer.tokenize(line)
        if list.failure != nil { isKnown = false }
        for token in list.tokens {
            switch token.kind {
            // `while` and `for` have a `do`.
            case .do, .function, .if, .repeat, .leftBrace, .leftBracket, .leftParenthesis: depth += 1
            case .end, .until, .rightBrace, .rightBracket, .rightParenthesis: depth -= 1
            default: break
            }
        }
    }

    /// Whether the input may be whole, or so much has come that it is worth looking for what is wrong.
    var mayBeWhole: Bool { !isKnown || depth <= 0 || lines <= Self.few || lines & (lines - 1) == 0 }
}
