import PeriluneLua
import Testing

@testable import PeriluneCheck

/// Rules that need nothing but the text of a script.
@Suite struct SyntacticRuleTests {
    /// Rules and lines, of some rules.
    private func found(_ script: String, _ rules: Rule...) -> [String] {
        var settings = RuleSettings()
        settings.setAllOn()
        let ids = Set(rules.map(\.id))
        return Validator(settings: settings).findings(in: ScriptSource("t.lua", script))
            .filter { ids.contains($0.rule) }.map { "\($0.rule):\($0.range.start.line)" }
    }

    // MARK: Locals

    @Test(arguments: [
        ("local a = 1\ndo\nlocal a = 2\nreturn a\nend", [3]), ("for i = 1, 2 do\nfor i = 1, 3 do end\nend", [2]),
        ("local a = 1\nlocal a = 2\nreturn a", [2]), ("local v = 1\nfor k, v in pairs({}) do return v end", [2]),
        ("local function f(a)\nif a then\nlocal a = 1\nreturn a\nend\nend", [3]),
        ("local n = 1\nlocal function f(n)\nn = n + 1\nreturn n\nend\nreturn f(n)", [2]),
        ("local n = 1\nlocal function f()\nlocal n\nn = 2\nreturn n\nend\nreturn f() + n", [3]),
        ("local function f(a,\na) return a end", [2]),
    ])
    func shadowedLocalsAreFound(script: String, lines: [Int]) {
        #expect(found(script, LocalCheck.shadowed) == lines.map { "R202:\($0)" })
    }

    @Test(arguments: [
        "local _, a = 1, 2\nfor _, b in ipairs({}) do return a, b end",
        "local n = ARGV[1]\ndo local n = tonumber(n) return n end", "do local a = 1 end local a = 2 return a",
        "local key = KEYS[1]\nlocal function f(key) return redis.call('GET', key) end\nreturn f(key)",
        "local function f(a) return a end\nlocal a = 1\nreturn f(a)", "local redis = redis\nreturn redis.call('PING')",
        "local n = 1\nlocal f = function() local n = 2 return n end\nreturn f() + n",
        "for i = 1, 2 do end for i = 1, 2 do end", "if ARGV[1] then local a = 1 else local a = 2 end",
    ])
    func othersAreNot(script: String) {
        #expect(found(script, LocalCheck.shadowed) == [])
    }

    @Test(arguments: [
        ("local a\na = redis.call('GET', KEYS[1])", [2]), ("local a = 1\na = f()\na = g()\nreturn a", [2]),
        ("local a = f()\na = g()\nreturn a", [1]), ("local a = f()\nlocal b = g()\na = b\nreturn a", [1]),
        ("local function f(a)\na = 1\nend", [2]), ("local f\nfunction f() end", [2]),
        ("local a\na, b.c = 1, 2", [2]), ("local a = f()\nif b then return 0 end\na = g()\nreturn a", [1]),
    ])
    func valuesThatNobodyReadsAreFound(script: String, lines: [Int]) {
        #expect(found(script, LocalCheck.neverRead) == lines.map { "R204:\($0)" })
    }

    @Test(arguments: [
        "local a = 1\na = a + 1\nreturn a", "local a = f()\nif b then a = g() end\nreturn a",
        "local a = {}\na = f()\nreturn a", "local a = false\na = f()\nreturn a", "local a\na = f()\nreturn a",
        "local a = f()\nlocal function g() return a end\na = h()\nreturn g()", "local _ = f()\n_ = g()",
        "local a = f()\ng(a)\na = h()\nreturn a", "local a = {}\na.b = 1\na = {}\nreturn a",
        "while true do\nlocal a = f()\nif b then break end\na = g()\nreturn a\nend",
        "local a = 0\nwhile true do\na = f()\nif b then break end\na = g()\nend\nreturn a", "local a = f()\na = nil",
        "local a = f()\na, b.c = g(), a\nreturn a", "local a = f()\na = function() return a end\nreturn a",
    ])
    func valuesThatSomethingReadsAreNot(script: String) {
        #expect(found(script, LocalCheck.neverRead) == [])
    }

    // MARK: Names

    @Test(arguments: [
        ("return table.getn(KEYS)", ["R120:1"]), ("table.foreach(KEYS, print)", ["R120:1"]),
        ("table.setn({}, 1)", ["R120:1"]), ("return table.unpack(KEYS)", ["R121:1"]),
        ("return math['type'](1)", ["R121:1"]), ("return redis.error('x')", ["R121:1"]),
        ("return coroutine.isyieldable()", ["R121:1"]), ("return unpack(KEYS)", []), ("return table.concat(KEYS)", []),
        ("local unpack = table.unpack or unpack\nreturn unpack(KEYS)", []),
        ("local table = {unpack = unpack}\nreturn table.unpack(KEYS)", []), ("return cjson.new()", []),
        ("return redis.sha1hex('')", []), ("return string.format('%d', 1):upper()", []), ("return ('x'):nope()", []),
    ])
    func functionsThatAreGone(script: String, expected: [String]) {
        #expect(found(script, LibraryCheck.obsolete, LibraryCheck.missing) == expected)
    }

    // MARK: Spelling

    @Test(arguments: [
        (#"return '\x41'"#, ["R123:1"]), (#"return "\u{e9}""#, ["R123:1"]),
        (#"return string.match(ARGV[1], '\d+')"#, ["R123:1"]),
        (#"return '\z'"#, ["R123:1"]), (#"return '\\x41'"#, []), (#"return '\n\065\"\/\.'"#, []),
        (#"return [[\x41]]"#, []), ("return 'x\\\ny'", []), ("return '%x'", []), ("-- \\x41", []),
        ("local goto = 1\nreturn goto", ["R122:1"]), ("return 'goto'", []), ("local gotos = 1 return gotos", []),
    ])
    func spelling(script: String, expected: [String]) {
        #expect(found(script, SpellingCheck.keyword, SpellingCheck.escape) == expected)
    }

    // MARK: Limits

    @Test func whatIsNearALimitIsFound() {
        func locals(_ count: Int) -> String { (0..<count).map { "local a\($0) = \($0)" }.joined(separator: "\n") }
        #expect(found(locals(180), LimitCheck.nearLimit) == ["R141:1"])
        #expect(found(locals(179), LimitCheck.nearLimit) == [])
        // A scope that is closed frees its locals, and a loop keeps three of its own.
        #expect(found("do\n\(locals(150))\nend\n\(locals(150))", LimitCheck.nearLimit) == [])
        #expect(found("\(locals(176))\nfor i = 1, 2 do end", LimitCheck.nearLimit) == ["R141:1"])
        #expect(found("\(locals(100))\nlocal function f()\n\(locals(190))\nend", LimitCheck.nearLimit) == ["R141:101"])

        let outer = (0..<50).map { "a\($0)" }.joined(separator: " + ")
        #expect(found("\(locals(50))\nlocal function f() return \(outer) end", LimitCheck.nearLimit) == ["R141:51"])
        #expect(found("\(locals(50))\nlocal function f() return a0 end", LimitCheck.nearLimit) == [])

        func chain(_ count: Int) -> String { "return 'a'" + String(repeating: "\n.. 'b'", count: count) }
        #expect(found(chain(177), LimitCheck.nearLimit) == [])
        #expect(found(chain(178), LimitCheck.nearLimit) == ["R141:179"])
        // 200 levels are as many as the compiler takes.
        #expect(found(chain(197), LimitCheck.nearLimit, SyntaxRule.rule) == ["R141:179"])
        func blocks(_ count: Int) -> String {
            String(repeating: "do ", count: count) + String(repeating: "end ", count: count)
        }
        #expect(found(blocks(190), LimitCheck.nearLimit) == ["R141:1"])
        #expect(found(blocks(100), LimitCheck.nearLimit) == [])
        func parentheses(_ count: Int) -> String {
            "return " + String(repeating: "(", count: count) + "1" + String(repeating: ")", count: count)
        }
        #expect(found(parentheses(185), LimitCheck.nearLimit) == ["R141:1"])
        #expect(
            found("return " + Array(repeating: "1", count: 300).joined(separator: " + "), LimitCheck.nearLimit) == [])
    }
}
