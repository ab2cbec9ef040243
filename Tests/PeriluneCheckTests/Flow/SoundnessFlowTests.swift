import Testing

@testable import PeriluneCheck

/// Right scripts in which a value is another one than it seems at first.
@Suite struct SoundnessFlowTests {
    @Test(arguments: [
        FlowCase.accepts(
            "sorted",
            "local t = {1, 'a'}\ntable.sort(t, function(x, y) return tostring(x) > tostring(y) end)\nif t[1] == 'a' then return 1 end"
        ),
        .accepts(
            "called by itself",
            """
            local function f(x)
              if x == 1 then redis.call('DEL', KEYS[1]) end
              if type(x) == 'table' then for _, y in ipairs(x) do f(y) end end
            end
            f('a')
            f({1})
            """),
        .accepts(
            "called from a table",
            """
            local function f(x) return x == 1 and 'one' or 'other' end
            local g = {a = f, b = function() return 'b' end}
            f('a')
            return g[ARGV[1]](1)
            """),
        .accepts(
            "changed by a call of itself",
            """
            local c = 'none'
            local function is() return c == 5 end
            is()
            local function rec(n) if n == 0 then return is() end c = 5 return rec(n - 1) end
            return rec(3)
            """),
        .accepts(
            "put where nil is",
            "local t = {}\nif ARGV[1] == 'x' then t[1] = 'x' end\nt[#t + 1] = 5\nif t[1] == 5 then return 1 end"),
        .accepts(
            "appended where nil was put", "local t = {'a', 'b'}\nt[2] = nil\nt[#t + 1] = 'c'\nt[#t + 1] = 'd'\nreturn t"
        ),
        .accepts(
            "changed by an iterator",
            "local x = 'a'\nlocal function it() x = 1 return nil end\nfor v in it do x = v end\nif x == 1 then return 1 end"
        ),
        .accepts(
            "changed before a failure",
            """
            local function f(t) t.x = 1 redis.call('INCR', KEYS[1]) t.x = 'done' end
            local t = {x = false}
            local ok = pcall(f, t)
            if t.x == 1 then return ok and 1 or 0 end
            """),
        .accepts(
            "added to a table that a loop goes over",
            "local q = {'a'}\nfor _, v in ipairs(q) do\n  if v == 1 then return 'found' end\n  q[#q + 1] = 1\nend"),
        .accepts("numbers among names", "for k, v in pairs({10, 20, a = 1, b = 2}) do if k == 2 then return v end end"),
        .accepts(
            "one of two tables",
            """
            local default = {n = 'none'}
            local raw = redis.call('GET', KEYS[1])
            local cur = raw and cjson.decode(raw) or default
            cur.n = 3
            if default.n == 3 then return 1 end
            """),
        .accepts("a level of the log", "if redis.LOG_NOTICE == 2 then return 1 end"),
        .accepts(
            "a name that is taken away",
            "local t = {n = 0}\nfor i = 1, 3 do t.n = t.n + 1 t[t.n] = i end\nt.n = nil\nreturn t"),
        .accepts("bytes of any places", "local a, b = string.byte('ab', unpack(ARGV))\nreturn {a or 0, b or 0}"),
        .accepts(
            "assigned beside its own index",
            "local i, t = 1, {'a'}\ni, t[i] = i + 1, 20\nif t[1] == 20 then return i end"),
        .accepts(
            "changed by the other side",
            "local x = 'c'\nlocal function f() x = 5 return 'a' end\nif x ~= f() then if x == 5 then return 1 end end"),
        .accepts(
            "an operator of its own",
            "local t = setmetatable({}, {__add = function() return 'z' end})\nif t + 1 == 'z' then return 1 end"),
        .accepts(
            "a table that was opened",
            "local t = {}\ncjson.new(t)\nt.x = 'a'\nloadstring('')(t)\nif t.x == 1 then return 1 end"),
    ])
    func nothingIsSaidOf(_ flow: FlowCase) throws {
        // Whatever the order in which things are gone through.
        for _ in 0..<4 { #expect(try flow.findings() == flow.expected) }
    }
}
