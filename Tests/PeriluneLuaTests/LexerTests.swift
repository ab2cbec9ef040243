import PeriluneLua
import Testing

@Suite("Lexer")
struct LexerTests {
    private func kinds(_ text: String) -> [LuaToken.Kind] {
        LuaLexer.tokenize(script(text)).tokens.map(\.kind)
    }

    private func strings(_ text: String) -> [[UInt8]] {
        let list = LuaLexer.tokenize(script(text))
        return list.tokens.filter { $0.kind == .string || $0.kind == .longString }
            .map { LuaLexer.value(of: $0, in: list.source) }
    }

    @Test("every operator is a token of its own")
    func operators() {
        #expect(
            kinds("+ - * / % ^ # == ~= <= >= < > = ( ) { } [ ] ; : , . .. ...") == [
                .plus, .minus, .star, .slash, .percent, .caret, .hash, .equal, .notEqual, .lessOrEqual,
                .greaterOrEqual, .less, .greater, .assign, .leftParenthesis, .rightParenthesis, .leftBrace,
                .rightBrace, .leftBracket, .rightBracket, .semicolon, .colon, .comma, .dot, .concat, .ellipsis,
                .endOfFile,
            ])
    }

    @Test("tokens of later Lua versions do not exist")
    func laterOperators() {
        #expect(
            kinds("~ // & | << ::") == [
                .unknown, .slash, .slash, .unknown, .unknown, .less, .less, .colon, .colon, .endOfFile,
            ])
        #expect(kinds("goto _ENV") == [.name, .name, .endOfFile])
    }

    @Test("keywords are not names, and names may contain them")
    func keywords() {
        #expect(kinds("while whiles _end end1 end") == [.while, .name, .name, .name, .end, .endOfFile])
    }

    @Test(
        "numbers are what strtod reads",
        arguments: [
            ("0", 0), ("10", 10), ("3.", 3), (".5", 0.5), ("3.25e2", 325), ("1E+2", 100), ("5e-1", 0.5),
            ("0x10", 16), ("0XfF", 255), ("0x1p4", 16), ("0xep1", 28), ("08", 8), ("1e400", .infinity),
            ("1e-400", 0), ("0e99999999999999999999", 0), ("1e99999999999999999999", .infinity),
            ("9007199254740993", 9_007_199_254_740_992), ("0xffffffffffffffff", 18_446_744_073_709_551_616),
            ("123456789012345678901234567890", 1.2345678901234568e29),
        ] as [(String, Double)])
    func numbers(text: String, value: Double) {
        let list = LuaLexer.tokenize(script(text))
        #expect(list.numbers == [value])
        #expect(list.failure == nil)
    }

    @Test(
        "malformed numbers are refused as a whole", arguments: ["3x", "0x", "0xg", "1e", "1e+", "3..2", "0x1p", "1_0"])
    func malformedNumbers(text: String) {
        #expect(LuaLexer.tokenize(script(text)).failure?.message == "malformed number near '\(text)'")
    }

    @Test("escapes mean what 5.1 makes of them")
    func escapes() {
        #expect(strings(#""\a\b\f\n\r\t\v\\\"\'""#) == [[7, 8, 12, 10, 13, 9, 11, 92, 34, 39]])
        #expect(strings(#"'\65\065\0009'"#) == [[65, 65, 0, 57]])
        #expect(strings(#""\x41\z\u{48}\q""#) == [script("x41zu{48}q")])
        #expect(strings("'a\\\r\nb\\\nc'") == [script("a\nb\nc")])
    }

    @Test("long strings drop their first line break and know levels")
    func longStrings() {
        #expect(strings("[[\nx\r\ny]]") == [script("x\ny")])
        #expect(strings("[==[ ]] ]=] ]==]") == [script(" ]] ]=] ")])
        #expect(strings("[=[[[]=]") == [script("[[")])
    }

    @Test("comments are kept with their places")
    func comments() throws {
        let list = LuaLexer.tokenize(script("x = 1 -- one\n--[[ two\n]] y = 2 --[=three\n--[==[ four ]==]"))
        #expect(list.comments.map(\.isLong) == [false, true, false, true])
        #expect(list.comments.map(\.range.start.line) == [1, 2, 3, 4])
        #expect(list.comments.map(\.range.end.line) == [1, 3, 3, 4])
        let second = try #require(list.comments.dropFirst().first)
        #expect(second.range.end.column == 3)
        #expect(list.tokens.map(\.line) == [1, 1, 1, 3, 3, 3, 4])
    }

    @Test("CR LF and LF CR are one line break, LF LF two")
    func lineBreaks() {
        let list = LuaLexer.tokenize(script("a\r\nb\n\rc\n\nd\re"))
        #expect(list.tokens.map(\.line) == [1, 2, 3, 5, 6, 6])
    }

    @Test("a NUL byte ends a number, stands for a dot, and is no token else")
    func nulBytes() {
        #expect(syntaxError(script("return 1\0")) == nil)
        #expect(syntaxError(script("return 1\0x")) == nil)
        #expect(syntaxError(script("return a .\0 b, .\0\0")) == nil)
        #expect(syntaxError("return 1 \0") == "1: '<eof>' expected")
        #expect(syntaxError("\0") == "1: unexpected symbol")
        #expect(syntaxError("-- \0\nreturn 1") == nil)
    }

    @Test("bytes that are no UTF-8 are quoted as they are")
    func invalidUTF8() {
        #expect(syntaxError([0xEF, 0xBB, 0xBF]) == script("1: unexpected symbol near '") + [0xEF, 0x27])
        #expect(syntaxError(script("x = '") + [0xFF] + script("'")) == nil)
    }
}
