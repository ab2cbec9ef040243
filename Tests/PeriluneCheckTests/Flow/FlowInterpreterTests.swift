import PeriluneLua
import Testing

@testable import PeriluneCheck

/// What the interpreter follows, and what it gives up, seen by the keys that it reports.
@Suite struct FlowInterpreterTests {
    @Test(arguments: [
        FlowCase.finds("assigned twice", ["R005:3"], in: "local k = KEYS[1]\nk = 'x'\nreturn redis.call('GET', k)"),
        .finds("through a table", ["R005:3"], in: "local t = {}\nt.a = {b = 'x'}\nreturn redis.call('GET', t.a.b)"),
        .finds(
            "several results", ["R005:2"],
            in: """
                local function both() return KEYS[1], 'x' end
                local a, b = both() redis.call('RENAME', a, b)
                """),
        .finds(
            "varargs", ["R005:1"],
            in: """
                local function get(...) return redis.call('GET', select(2, ...)) end
                return get(KEYS[1], 'x')
                """),
        .finds(
            "an upvalue", ["R005:3"],
            in: """
                local k
                local function choose() k = 'x' end
                choose() return redis.call('GET', k)
                """),
        .finds("and-or", ["R005:1"], in: "return redis.call('GET', ARGV[1] and 'x' or KEYS[1])"),
        .finds("in pcall", ["R005:1"], in: "local ok, v = pcall(redis.call, 'GET', 'x')\nreturn v"),
        .finds(
            "in a closure that sorts", ["R005:3"],
            in: """
                local ids = {1, 2}
                table.sort(ids, function(a, b)
                  return redis.call('GET', 'x:' .. ARGV[1]) < '5'
                end)
                """),
        .finds(
            "after a loop", ["R005:3"],
            in: """
                local k = KEYS[1]
                for i = 1, 2 do k = 'x' end
                return redis.call('GET', k)
                """),
        .finds(
            "a repeat loop", ["R005:2"],
            in: """
                local n = 0
                repeat redis.call('DEL', 'x') n = n + 1 until n > 3
                """),
        .finds("a method", ["R005:2"], in: "local name = 'X'\nreturn redis.call('GET', name:lower())"),
        .finds("the name by a condition", ["R005:1"], in: "redis.call(ARGV[1] == 'x' and 'SET' or 'SETNX', 'k', '1')"),
    ])
    func valuesAreFollowed(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test(arguments: [
        FlowCase.accepts("overwritten", "local k = 'x'\nk = KEYS[1]\nreturn redis.call('GET', k)"),
        .accepts("an unreachable branch", "local k\nif k then redis.call('GET', 'x') end"),
        .accepts("after return", "do return 1 end redis.call('GET', 'x')"),
        .accepts("by its type", "local k = 'x'\nif type(k) == 'table' then redis.call('GET', k) end"),
        .accepts(
            "recursion",
            """
            local function walk(key, n) if n == 0 then return key end return walk(key .. 'x', n - 1) end
            return redis.call('GET', walk(KEYS[1], 3))
            """),
        .accepts(
            "a comparison and a value", "return {1, ARGV[1] == nil and 1, 'a' .. #ARGV + 1 .. 'b' == 'c' or 2, 4}"),
        .accepts(
            "a table that is given away",
            """
            local t = {key = 'x'}
            loadstring(ARGV[1])(t)
            return redis.call('GET', t.key)
            """),
        .accepts("a metatable", "local t = setmetatable({key = 'x'}, {})\nreturn redis.call('GET', t.key)"),
    ])
    func whatIsNotKnownIsAnyValue(_ flow: FlowCase) throws {
        #expect(try flow.findings() == [])
    }

    @Test func anEntangledScriptIsGivenUpWithANote() throws {
        let source = FlowCheck.notAnalysed.badExample + "\nredis.call('GET', 'x')"
        let findings = try FlowCase.flowFindings(in: source.replacing("return f6(1)\n", with: "f6(1)\n"))
        #expect(findings.map(\.rule.rawValue) == ["R902"])
    }

    @Test(arguments: [
        "local t = {} t.t = t while true do t = t.t end", "for i = 1, 0 / 0 do end", "return -{}", "return #nil .. 1",
        "local f f = function() return f() end return f()", "return ('x'):rep(1e9):len()", "return unpack({}, 1, 1e9)",
        "return select(-1, 1) + select(2)", "error()", "redis.call()", "redis.call(nil)", "string.format('%')",
        "string.format('%5')", "return math.floor()", "return 2 ^ 2 ^ 2 ^ 2 ^ 2", "return 1e308 * 10 - 1e308 * 10",
        "redis.call('ZUNIONSTORE', 'a', 99999999999999999999)", "redis.call('ZUNIONSTORE', 'a', 5, 'b')", "pcall()",
        "return 1 % 0, 1 / 0, -(0 / 0)", "table.insert() table.remove() table.sort() table.concat()", "return ...",
        "local a <const", "for k, v in nil do end",
        "return redis.call('GET', KEYS[-9223372036854775808] .. -9223372036854775808)",
        "KEYS.x = 1 ARGV = nil redis.x = 1 return KEYS.x",
    ])
    func noScriptIsTooOdd(_ source: String) {
        _ = try? FlowCase.flowFindings(in: source)
    }
}
