/// One token of Lua 5.1.
package struct LuaToken: Sendable, Hashable {
    /// What a token is. Keywords come first, in the order in which the lexer interns them.
    package enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        case and, `break`, `do`, `else`, elseif, end, `false`, `for`, function, `if`, `in`, local, `nil`, not, or
        case `repeat`, `return`, then, `true`, until, `while`
        case plus, minus, star, slash, percent, caret, hash
        case equal, notEqual, lessOrEqual, greaterOrEqual, less, greater, assign
        case leftParenthesis, rightParenthesis, leftBrace, rightBrace, leftBracket, rightBracket
        case semicolon, colon, comma, dot, concat, ellipsis
        case name, number, string, longString
        /// A byte that starts no token: `!`, `&`, `~` alone, NUL, anything above ASCII.
        case unknown
        case endOfFile
    }

    /// What the token is.
    package let kind: Kind
    /// Index of a name in ``LuaTokenList/names`` or of a number in ``LuaTokenList/numbers``; else 0.
    let payload: Int32
    let rawStart: Int32
    let rawEnd: Int32
    let rawLine: Int32
    let rawEndLine: Int32

    /// Offset of the first byte.
    package var start: Int { Int(rawStart) }
    /// Offset after the last byte.
    package var end: Int { Int(rawEnd) }
    /// The line it starts on, from 1.
    package var line: Int { Int(rawLine) }
    /// The line it ends on; only strings span lines.
    package var endLine: Int { Int(rawEndLine) }
}

extension LuaToken.Kind {
    /// How messages of the compiler name the token.
    var spelling: String {
        switch self {
        case .plus: "+"
        case .minus: "-"
        case .star: "*"
        case .slash: "/"
        case .percent: "%"
        case .caret: "^"
        case .hash: "#"
        case .equal: "=="
        case .notEqual: "~="
        case .lessOrEqual: "<="
        case .greaterOrEqual: ">="
        case .less: "<"
        case .greater: ">"
        case .assign: "="
        case .leftParenthesis: "("
        case .rightParenthesis: ")"
        case .leftBrace: "{"
        case .rightBrace: "}"
        case .leftBracket: "["
        case .rightBracket: "]"
        case .semicolon: ";"
        case .colon: ":"
        case .comma: ","
        case .dot: "."
        case .concat: ".."
        case .ellipsis: "..."
        case .name: "<name>"
        case .number: "<number>"
        case .string, .longString: "<string>"
        case .endOfFile: "<eof>"
        case .unknown: "?"
        default: "\(self)"
        }
    }

    /// The keywords, in the order of their raw values.
    static let keywords: [Self] = allCases.filter { $0.rawValue <= Self.while.rawValue }

    /// Whether a block ends before this token.
    var endsBlock: Bool {
        switch self {
        case .else, .elseif, .end, .until, .endOfFile: true
        default: false
        }
    }
}

/// A comment, kept because headers and `--` directives of tools live in comments.
package struct LuaComment: Sendable, Hashable {
    /// From the first `-` to the end of the line (without the line break) or of the closing bracket.
    package let range: SourceRange
    /// Whether it is a `--[[ ]]` comment.
    package let isLong: Bool
}

/// A tokenised source.
package struct LuaTokenList: Sendable {
    /// The bytes that were read.
    package let source: [UInt8]
    /// The tokens in order. The last is ``LuaToken/Kind/endOfFile`` unless ``failure`` is set.
    package internal(set) var tokens: [LuaToken] = []
    /// The comments in order.
    package internal(set) var comments: [LuaComment] = []
    /// Every distinct keyword and identifier, keywords first.
    package internal(set) var names: [String] = []
    /// The values of number literals.
    package internal(set) var numbers: [Double] = []
    /// The error after the last token. The parser raises it only when it gets there, so that an earlier grammar
    /// error wins, as in the reference, which reads one token at a time.
    package internal(set) var failure: LuaSyntaxError?
    /// Offset of the first byte of each line.
    var lineStarts: [Int32] = [0]

    init(source: [UInt8]) {
        self.source = source
    }

    /// The position of an offset on a known line.
    func position(offset: Int, line: Int) -> SourcePosition {
        let lineStart = line >= 1 && line <= lineStarts.count ? Int(lineStarts[line - 1]) : 0
        return SourcePosition(offset: offset, line: line, column: offset - lineStart + 1)
    }

    /// Where a token stands.
    package func range(of token: LuaToken) -> SourceRange {
        SourceRange(
            start: position(offset: token.start, line: token.line),
            end: position(offset: token.end, line: token.endLine))
    }

    /// What messages quote for a token; nil when the reference quotes nothing (a NUL byte).
    func nearText(of token: LuaToken) -> [UInt8]? {
        switch token.kind {
        case .name, .number: return Array(source[token.start..<token.end])
        case .string, .longString: return LuaLexer.quotedText(of: token, in: source)
        case .unknown:
            guard token.start < source.count else { return nil }
            let byte = source[token.start]
            if byte == 0 { return nil }
            return byte < 0x20 || byte == 0x7F ? Array("char(\(byte))".utf8) : [byte]
        default: return Array(token.kind.spelling.utf8)
        }
    }
}
