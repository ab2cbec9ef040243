/// The parser of Lua 5.1, with every check that its compiler makes on the way.
///
/// It accepts what the compiler inside Redis accepts, and reports the same message for the rest. One limit is
/// approximated: the 250 registers of a function are counted for locals, arguments and operands, not simulated.
package struct LuaParser {
    /// Limits of Lua 5.1 as Redis builds it.
    enum Limit {
        static let syntaxLevels = 200
        static let locals = 200
        static let upvalues = 60
        static let registers = 250
    }

    struct Block {
        let isLoop: Bool
        let activeCount: Int
    }

    /// A function whose body is being read.
    struct Scope {
        let id: Int
        /// The line of its declaration, 0 for the main chunk: messages tell them apart by that.
        let line: Int
        var isVararg = false
        var usesVarargs = false
        var implicitArgument: Int?
        /// The locals in scope, innermost last: symbol and index.
        var active: [(symbol: Int32, index: Int)] = []
        var upvalues: [Int] = []
        var blocks: [Block] = []
        var registers = 0
    }

    let list: LuaTokenList
    var token: LuaToken
    private var index = 0
    /// The line the reference's lexer stands on, which is what errors report.
    var lexerLine = 1
    /// The line it stood on when the previous token was consumed.
    var lastLine = 1
    var level: Int
    var scopes: [Scope] = []
    /// How many locals of each name are in scope, so that a global is known without a search.
    var activeCounts: [Int32: Int] = [:]
    var locals: [LuaLocal] = []
    var functionCount = 0
    /// Symbols of the names that functions declare implicitly; -2, which no name has, when the script lacks them.
    let argSymbol: Int32
    let selfSymbol: Int32

    private init(_ list: LuaTokenList, level: Int) throws(LuaSyntaxError) {
        self.list = list
        self.level = level
        argSymbol = list.names.firstIndex(of: "arg").map { Int32(truncatingIfNeeded: $0) } ?? -2
        selfSymbol = list.names.firstIndex(of: "self").map { Int32(truncatingIfNeeded: $0) } ?? -2
        guard let first = list.tokens.first else {
            throw list.failure ?? LuaSyntaxError(line: 1, position: .start, message: "no tokens")
        }
        token = first
        lexerLine = first.endLine
    }

    /// Parses a script.
    ///
    /// - Parameter source: The bytes of the script, without a shebang line.
    /// - Throws: ``LuaSyntaxError`` with the first error, as Redis reports it.
    /// - Complexity: O(n), times the locals in scope for each name. Nested to the limit of 200 levels, an optimised
    ///   build needs less than 450 KB of stack.
    package static func parse(_ source: [UInt8]) throws(LuaSyntaxError) -> LuaChunk {
        try parse(source, level: 0)
    }

    /// Parses a script for a compiler that is called from a depth of its own.
    ///
    /// - Parameter level: Syntax levels that count as used. Redis starts at 0, the `luac` program at 1.
    package static func parse(_ source: [UInt8], level: Int) throws(LuaSyntaxError) -> LuaChunk {
        var parser = try LuaParser(LuaLexer.tokenize(source), level: level)
        return try parser.readChunk()
    }

    private mutating func readChunk() throws(LuaSyntaxError) -> LuaChunk {
        functionCount = 1
        scopes.append(Scope(id: 0, line: 0, isVararg: true))
        let block = try readBlock(from: .start)
        if token.kind != .endOfFile { throw expected(.endOfFile) }
        return LuaChunk(block: block, locals: locals, functionCount: functionCount, tokens: list)
    }

    // MARK: Tokens

    /// Consumes the current token.
    mutating func advance() throws(LuaSyntaxError) {
        lastLine = lexerLine
        guard index + 1 < list.tokens.count else {
            if let failure = list.failure { throw failure }
            return
        }
        index += 1
        token = list.tokens[index]
        lexerLine = token.endLine
    }

    /// The kind of the token after the current one. Like the reference's, this lookahead moves the line that the
    /// next token's checks see.
    mutating func lookahead() throws(LuaSyntaxError) -> LuaToken.Kind {
        guard index + 1 < list.tokens.count else {
            if let failure = list.failure { throw failure }
            return .endOfFile
        }
        lexerLine = list.tokens[index + 1].endLine
        return list.tokens[index + 1].kind
    }

    /// Consumes the current token if it is of a kind.
    mutating func accept(_ kind: LuaToken.Kind) throws(LuaSyntaxError) -> Bool {
        guard token.kind == kind else { return false }
        try advance()
        return true
    }

    /// Consumes a token of a kind, or fails; gives its range.
    @discardableResult
    mutating func expect(_ kind: LuaToken.Kind) throws(LuaSyntaxError) -> SourceRange {
        guard token.kind == kind else { throw expected(kind) }
        let range = list.range(of: token)
        try advance()
        return range
    }

    /// Consumes the token that closes what `opening` opened on a line, or fails naming both; gives its end.
    @discardableResult
    mutating func expect(
        _ kind: LuaToken.Kind, closing opening: LuaToken.Kind, at line: Int
    ) throws(LuaSyntaxError) -> SourcePosition {
        if token.kind != kind {
            if line == lexerLine { throw expected(kind) }
            throw error("'\(kind.spelling)' expected (to close '\(opening.spelling)' at line \(line))")
        }
        let end = list.range(of: token).end
        try advance()
        return end
    }

    /// Consumes an identifier.
    mutating func expectName() throws(LuaSyntaxError) -> (name: LuaName, symbol: Int32) {
        guard token.kind == .name else { throw expected(.name) }
        let symbol = token.payload
        let name = LuaName(text: list.names[Int(symbol)], range: list.range(of: token))
        try advance()
        return (name, symbol)
    }

    /// Where the current token starts.
    var start: SourcePosition { list.position(offset: token.start, line: token.line) }

    /// Where the previous token ended.
    var previousEnd: SourcePosition {
        guard index > 0 else { return .start }
        return list.range(of: list.tokens[index - 1]).end
    }

    // MARK: Errors

    /// An error that quotes the current token.
    @inline(never)
    func error(_ message: String) -> LuaSyntaxError {
        LuaSyntaxError(line: lexerLine, position: start, message: message, near: list.nearText(of: token))
    }

    @inline(never)
    func expected(_ kind: LuaToken.Kind) -> LuaSyntaxError {
        error("'\(kind.spelling)' expected")
    }

    /// An error about a limit of a function, which quotes nothing.
    @inline(never)
    func limitError(_ limit: Int, _ what: String, in scope: Scope) -> LuaSyntaxError {
        let function = scope.line == 0 ? "main function" : "function at line \(scope.line)"
        return LuaSyntaxError(
            line: lexerLine, position: start, message: "\(function) has more than \(limit) \(what)")
    }

    mutating func enterLevel() throws(LuaSyntaxError) {
        level += 1
        if level > Limit.syntaxLevels {
            throw LuaSyntaxError(line: lexerLine, position: start, message: "chunk has too many syntax levels")
        }
    }
}
