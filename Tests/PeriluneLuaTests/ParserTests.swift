import PeriluneLua
import Testing

@Suite("Parser")
struct ParserTests {
    private enum Missing: Error { case `return` }

    private func parse(_ text: String) throws -> LuaChunk { try LuaParser.parse(script(text)) }

    /// The value of the only `return` of a script.
    private func returned(_ text: String) throws -> LuaExpression {
        let chunk = try parse(text)
        guard case .return(let values)? = chunk.block.statements.last?.kind else {
            throw Missing.return
        }
        return try #require(values.first)
    }

    /// An expression with a parenthesis around every fold and operator, to show how it was grouped.
    private func grouped(_ expression: LuaExpression) -> String {
        switch expression.kind {
        case .number(let value): "\(Int(value))"
        case .name(let name, _): name.text
        case .parenthesized(let inner): "<\(grouped(inner))>"
        case .unary(let unary, _, let operand): "\(unary)(\(grouped(operand)))"
        case .operation(let first, let rest):
            rest.reduce(grouped(first)) { "(\($0) \($1.operator) \(grouped($1.operand)))" }
        default: "?"
        }
    }

    @Test(
        "precedence and grouping",
        arguments: [
            ("a + b * c - d", "((a add (b multiply c)) subtract d)"),
            ("a * b + c * d", "((a multiply b) add (c multiply d))"),
            ("a .. b .. c", "(a concat (b concat c))"),
            ("a + 1 .. b", "((a add 1) concat b)"),
            ("2 ^ 3 ^ 4", "(2 power (3 power 4))"),
            ("-a ^ 2", "negate((a power 2))"),
            ("2 ^ -a", "(2 power negate(a))"),
            ("not a == b", "(not(a) equal b)"),
            ("#a + 1", "(length(a) add 1)"),
            ("a or b and c", "(a or (b and c))"),
            ("a and b or c", "((a and b) or c)"),
            ("a < b == c", "((a less b) equal c)"),
            ("a .. b == c .. d and e", "(((a concat b) equal (c concat d)) and e)"),
            ("(a + b) * c", "(<(a add b)> multiply c)"),
            ("a % b / c", "((a modulo b) divide c)"),
        ])
    func precedence(text: String, expected: String) throws {
        #expect(grouped(try returned("return " + text)) == expected)
    }

    @Test("names are bound to the local in scope")
    func bindings() throws {
        let chunk = try parse(
            """
            local a = a
            do local a = 1 f(a) end
            local function g(b) return a, b, g end
            repeat local u until u
            for i = 1, 2 do f(i) end
            return i
            """)
        #expect(chunk.locals.filter { $0.origin != .hidden }.map(\.name.text) == ["a", "a", "g", "b", "u", "i"])
        #expect(chunk.locals.filter { $0.origin != .hidden }.map(\.mentionCount) == [1, 1, 1, 1, 1, 1])
        #expect(chunk.locals.filter(\.isCaptured).map(\.name.range.start.line) == [1, 3])
        #expect(chunk.functionCount == 2)
        guard case .return(let values)? = chunk.block.statements.last?.kind,
            case .name(_, let binding)? = values.first?.kind
        else {
            Issue.record("no return of a name")
            return
        }
        #expect(binding == .global)
    }

    @Test("paths keep their suffixes in order")
    func paths() throws {
        let expression = try returned("return redis.call('GET', KEYS[1]):sub(1, 2).x")
        guard case .path(let base, let suffixes) = expression.kind else {
            Issue.record("not a path")
            return
        }
        #expect(grouped(base) == "redis")
        #expect(suffixes.map(\.range.start.column) == [13, 18, 34, 44])
        #expect(!expression.isCall)
        #expect(expression.children.count == 5)
        #expect(expression.range.end.column == 46)
    }

    @Test("the implicit arg of vararg functions")
    func implicitArgument() throws {
        func implicit(_ text: String) throws -> LuaFunction.ImplicitArgument? {
            try parse(text).block.statements.first?.function?.implicitArgument
        }
        #expect(try implicit("function f(...) return arg.n end") == .table)
        #expect(try implicit("function f(...) return arg, ... end") == .empty)
        #expect(try implicit("function f(...) end") == .unused)
        #expect(try implicit("function f(arg) return arg end") == .unused)
        #expect(try implicit("function f(...) return function() return arg end end") == .table)
        #expect(try implicit("function f(...) local arg = 1 return arg end") == .unused)
    }

    @Test("a first list item may be called across a line break, as the reference's lookahead allows")
    func lookahead() {
        #expect(syntaxError("x = {f\n(1)}") == nil)
        #expect(syntaxError("x = {f\n\n(1), y}") == nil)
        #expect(syntaxError("x = {[1] = f\n(1)}") == "2: ambiguous syntax (function call x new statement) near '('")
    }

    @Test("ranges of blocks and functions")
    func ranges() throws {
        let chunk = try parse("while x do f() end\nfunction a.b:c(x, ...) return x end")
        #expect(chunk.block.statements.map(\.range.start.line) == [1, 2])
        #expect(chunk.block.statements.map(\.range.end.column) == [19, 36])
        let loop = try #require(chunk.block.statements.first)
        #expect(loop.isLoop)
        #expect(loop.blocks.map(\.range.start.column) == [11])
        #expect(loop.blocks.map(\.range.end.column) == [16])
        let function = try #require(chunk.block.statements.last?.function)
        #expect(function.parametersRange.start.column == 15)
        #expect(function.selfParameter != nil)
        #expect(function.isVararg)
    }
}
