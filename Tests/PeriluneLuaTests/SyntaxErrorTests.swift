import PeriluneLua
import Testing

/// A script and what Redis says about it.
struct SyntaxErrorCase: Sendable, CustomTestStringConvertible {
    let source: String
    let message: String

    init(_ source: String, _ message: String) {
        self.source = source
        self.message = message
    }

    var testDescription: String { source.debugDescription }

    static let all: [SyntaxErrorCase] = [
        .init("x", "1: '=' expected near '<eof>'"),
        .init("return (", "1: unexpected symbol near '<eof>'"),
        .init("goto a", "1: '=' expected near 'a'"),
        .init("return 1//2", "1: unexpected symbol near '/'"),
        .init("return 1&2", "1: '<eof>' expected near '&'"),
        .init("return 3 ~ 1", "1: '<eof>' expected near '~'"),
        .init("return ~0", "1: unexpected symbol near '~'"),
        .init("return 1 << 2", "1: unexpected symbol near '<'"),
        .init("local a <const> = 1", "1: unexpected symbol near '<'"),
        .init(";;; return 1", "1: unexpected symbol near ';'"),
        .init("\u{1B}Lua", "1: unexpected symbol near 'char(27)'"),
        .init("# comment\nreturn 1", "1: unexpected symbol near '#'"),
        .init("if x then\nf()\n\nreturn 1", "4: 'end' expected (to close 'if' at line 1) near '<eof>'"),
        .init("if x then f() ", "1: 'end' expected near '<eof>'"),
        .init("if x f()", "1: 'then' expected near 'f'"),
        .init("while x do\n", "2: 'end' expected (to close 'while' at line 1) near '<eof>'"),
        .init("repeat\nx = 1\nend", "3: 'until' expected (to close 'repeat' at line 1) near 'end'"),
        .init("for i=1,2 do\nbreak x", "2: 'end' expected (to close 'for' at line 1) near 'x'"),
        .init("function f()\nreturn 1 x", "2: 'end' expected (to close 'function' at line 1) near 'x'"),
        .init("do\n", "2: 'end' expected (to close 'do' at line 1) near '<eof>'"),
        .init("f(\n1", "2: ')' expected (to close '(' at line 1) near '<eof>'"),
        .init("x = (\n1", "2: ')' expected (to close '(' at line 1) near '<eof>'"),
        .init("x = {\n1 2", "2: '}' expected (to close '{' at line 1) near '2'"),
        .init("x = {[1] 2}", "1: '=' expected near '2'"),
        .init("x = t[1", "1: ']' expected near '<eof>'"),
        .init("for 1", "1: '<name>' expected near '1'"),
        .init("for a b", "1: '=' or 'in' expected near 'b'"),
        .init("for a = 1 do end", "1: ',' expected near 'do'"),
        .init("for a, b do end", "1: 'in' expected near 'do'"),
        .init("local function(x)", "1: '<name>' expected near '('"),
        .init("function f(1)", "1: <name> or '...' expected near '1'"),
        .init("function f(..., a)", "1: ')' expected near ','"),
        .init("function f(a,)", "1: <name> or '...' expected near ')'"),
        .init("a.1", "1: '=' expected near '.1'"),
        .init("a.b:c = 1", "1: function arguments expected near '='"),
        .init("f:g", "1: function arguments expected near '<eof>'"),
        .init("(a) = 1", "1: syntax error near '='"),
        .init("(f())", "1: syntax error near '<eof>'"),
        .init("a, f() = 1", "1: syntax error near '='"),
        .init("f() = 1", "1: unexpected symbol near '='"),
        .init("break", "1: no loop to break near '<eof>'"),
        .init("while x do f(function() break end) end", "1: no loop to break near 'end'"),
        .init("function f() return ... end", "1: cannot use '...' outside a vararg function near '...'"),
        .init("f\n(1)", "2: ambiguous syntax (function call x new statement) near '('"),
        .init("a:b\n(1)", "2: ambiguous syntax (function call x new statement) near '('"),
        .init("x = \"abc", "1: unfinished string near '<eof>'"),
        .init("x = \"abc\ny", "1: unfinished string near '\"abc'"),
        .init("x = 'a\\tb\\\nc\n'", "2: unfinished string near ''a\tb\nc'"),
        .init("x = \"a\\300b\"", "1: escape sequence too large near '\"a'"),
        .init("x = [=a", "1: invalid long string delimiter near '[='"),
        .init("x = [[a\n", "2: unfinished long string near '<eof>'"),
        .init("--[[a\n", "2: unfinished long comment near '<eof>'"),
        .init("x = [[ a [[ ]] ]]", "1: nesting of [[...]] is deprecated near '['"),
        .init("--[[ [[ ]]", "1: nesting of [[...]] is deprecated near '['"),
        .init("x = 3x", "1: malformed number near '3x'"),
        .init("x = 3..2", "1: malformed number near '3..2'"),
        .init("x = = 'unfinished", "1: unexpected symbol near '='"),
        .init("x = 1 'a\\0b'", "1: unexpected symbol near ''a'"),
        .init("return 1 [[\nab\n]]", "3: '<eof>' expected near '[[ab\n]]'"),
        .init("x = function() end end", "1: '<eof>' expected near 'end'"),
        .init("return return", "1: unexpected symbol near 'return'"),
        .init("x = }", "1: unexpected symbol near '}'"),
        .init("x = `", "1: unexpected symbol near '`'"),
        .init("x = \u{7F}", "1: unexpected symbol near 'char(127)'"),
    ]
}

@Suite("Syntax errors")
struct SyntaxErrorTests {
    @Test("in the words of Redis", arguments: SyntaxErrorCase.all)
    func words(example: SyntaxErrorCase) {
        #expect(syntaxError(example.source) == example.message)
    }

    @Test("the position is where the token starts")
    func position() {
        #expect(throws: LuaSyntaxError.self) { try LuaParser.parse(script("x = 1\n  y z")) }
        do throws(LuaSyntaxError) {
            _ = try LuaParser.parse(script("x = 1\n  y z"))
        } catch {
            #expect(error.position == SourcePosition(offset: 10, line: 2, column: 5))
        }
    }

    @Test("limits of the compiler")
    func limits() {
        let names = { (count: Int) in (1...count).map { "a\($0)" }.joined(separator: ",") }
        #expect(syntaxError("local " + names(200)) == nil)
        #expect(syntaxError("local " + names(201)) == "1: main function has more than 200 local variables")
        #expect(
            syntaxError("x = 1\nfunction f(" + names(200) + ",...) end")
                == "2: function at line 2 has more than 200 local variables")
        let captured = { (count: Int) in
            "local \(names(count))\nreturn function() return \(names(count)) end"
        }
        #expect(syntaxError(captured(60)) == nil)
        #expect(syntaxError(captured(61)) == "2: function at line 2 has more than 60 upvalues")
        let values = { (count: Int) in Array(repeating: "x", count: count).joined(separator: ",") }
        #expect(syntaxError("f(" + values(248) + ")") == nil)
        #expect(
            syntaxError("f(" + values(249) + ")") == "1: function or expression too complex near '<eof>'")
        #expect(syntaxError("x = {" + values(5000) + "}") == nil)
        #expect(syntaxError(values(200) + " = 1") == nil)
        #expect(
            syntaxError(values(201) + " = 1") == "1: main function has more than 199 variables in assignment")
    }

    @Test("levels: 200, as Redis counts them")
    func levels() {
        let nest = { (open: String, middle: String, close: String, count: Int) in
            String(repeating: open, count: count) + middle + String(repeating: close, count: count)
        }
        let tooDeep = "1: chunk has too many syntax levels"
        #expect(syntaxError("return " + nest("(", "1", ")", 198)) == nil)
        #expect(syntaxError("return " + nest("(", "1", ")", 199)) == tooDeep)
        #expect(syntaxError(nest("do ", "", "end ", 199)) == nil)
        #expect(syntaxError(nest("do ", "", "end ", 200)) == tooDeep)
        for (open, middle, close) in [("(", "1", ")"), ("{", "", "}"), ("- ", "x", ""), ("not ", "x", "")] {
            #expect(syntaxError("x = " + nest(open, middle, close, 20_000)) == tooDeep)
        }
        #expect(syntaxError("x = " + nest("a .. ", "b", "", 20_000)) == tooDeep)
        #expect(syntaxError("x = " + nest("function() return ", "1", " end", 20_000)) == tooDeep)
        #expect(syntaxError(nest("while x do ", "", " end", 20_000)) == tooDeep)
    }
}
