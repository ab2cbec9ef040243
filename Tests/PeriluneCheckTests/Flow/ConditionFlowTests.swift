import Testing

@testable import PeriluneCheck

@Suite struct ConditionFlowTests {
    @Test(arguments: [
        FlowCase.finds("an argument with a number", ["R104:1"], in: "if ARGV[1] == 1 then return 1 end"),
        .finds("a reply with a number", ["R104:1"], in: "return redis.call('GET', KEYS[1]) ~= 1"),
        .finds("an integer with text", ["R104:1"], in: "return redis.call('EXISTS', KEYS[1]) == '1'"),
        .finds("an integer with true", ["R104:1"], in: "return redis.call('EXISTS', KEYS[1]) == true"),
        .finds("a status with text", ["R104:1"], in: "return redis.call('SET', KEYS[1], 'a') == 'OK'"),
        .finds(
            "through a local", ["R104:2"], in: "local n = redis.call('HGET', KEYS[1], 'n')\nif n == 0 then return 1 end"
        ),
        .finds(
            "a cursor", ["R104:5"],
            in: """
                local cursor = 0
                repeat
                  local page = redis.call('HSCAN', KEYS[1], cursor)
                  cursor = page[1]
                until cursor == 0
                """),
        .finds("an order", ["R104:1"], in: "if ARGV[1] > 5 then return 1 end"),
        .finds("an order of a reply", ["R104:1"], in: "if redis.call('GET', KEYS[1]) <= 5 then return 1 end"),
        .finds("an order the other way round", ["R104:1"], in: "if 5 < ARGV[1] then return 1 end"),
    ])
    func differentTypesAreFound(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test(arguments: [
        FlowCase.accepts("text with text", "if ARGV[1] == '1' then return 1 end"),
        .accepts("a number with a number", "if tonumber(ARGV[1]) == 1 then return 1 end"),
        .accepts("what may be none", "if (tonumber(ARGV[1]) or 'x') == 'x' then return 1 end"),
        .accepts("what is nothing", "if redis.call('GET', KEYS[1]) == false then return 1 end"),
        .accepts("nil", "if ARGV[1] == nil then return 1 end"),
        .accepts("the field of a status", "return redis.call('SET', KEYS[1], 'a').ok == 'OK'"),
        .accepts("on one way a number", "local n = redis.call('GET', KEYS[1]) or 0\nif n == 0 then return 1 end"),
        .accepts(
            "a cursor that begins as a number",
            "local c = 0\nrepeat\n  c = redis.call('HSCAN', KEYS[1], c)[1]\nuntil c == '0'"),
        .accepts(
            "a function of both",
            "local function is(a, b) return a == b end\nreturn {is(1, 1), is('a', 'a'), is(1, 'a')}"),
        .accepts("an order of texts", "if ARGV[1] > ARGV[2] then return 1 end"),
        .accepts("an order of numbers", "if tonumber(ARGV[1]) > 5 then return 1 end"),
        .accepts(
            "an order that is a number on one way",
            "local n = redis.call('GET', KEYS[1]) or 0\nif n > 0 then return 1 end"),
    ])
    func whatMayBeEqualIsNot(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test(arguments: [
        FlowCase.finds("if", ["R105:1"], in: "if redis.call('EXISTS', KEYS[1]) then return 1 end"),
        .finds("not", ["R105:1"], in: "if not redis.call('SISMEMBER', KEYS[1], 'a') then return 1 end"),
        .finds("and", ["R105:1"], in: "return redis.call('EXISTS', KEYS[1]) and 1 or 0"),
        .finds("a length", ["R105:1"], in: "if #KEYS then return 1 end"),
        .finds("a local", ["R105:2"], in: "local n = redis.call('LLEN', KEYS[1])\nif n then return 1 end"),
        .accepts("a comparison", "if redis.call('EXISTS', KEYS[1]) == 1 then return 1 end"),
        .accepts("what may be nil", "local n = tonumber(ARGV[1])\nif n then return n end"),
        .accepts("a default", "local n = redis.call('LLEN', KEYS[1]) or 0\nreturn n"),
        .accepts("a guard", "local n = redis.call('INCR', KEYS[1])\nif n and n > 5 then return 1 end"),
        .accepts("a loop without end", "while 1 do if redis.call('LPOP', KEYS[1]) == false then break end end"),
        .accepts(
            "on one way nil",
            "local n\nif ARGV[1] == 'a' then n = redis.call('INCR', KEYS[1]) end\nif n then return n end"),
    ])
    func zeroIsTrue(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test(arguments: [
        FlowCase.finds("a table of names", ["R023:1"], in: "return {count = 1}"),
        .finds("beside elements", ["R023:1"], in: "return {1, total = 2}"),
        .finds("inside", ["R023:1"], in: "return {1, {a = 1}}"),
        .finds("by a local", ["R023:3"], in: "local r = {}\nr.count = 1\nreturn r"),
        .accepts("an error", "return {err = 'ERR no', code = 1}"), .accepts("a status", "return {ok = 'fine'}"),
        .accepts("as text", "return cjson.encode({count = 1})"),
        .accepts("a map", "redis.setresp(3)\nreturn {map = {a = 1}}"),
        .accepts("only elements", "local t = {a = 1}\nreturn {t.a}"),
    ])
    func namesAreNotInReplies(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test(arguments: [
        FlowCase.finds(
            "a command", ["R024:1"], in: "local a, b = redis.call('HMGET', KEYS[1], 'a', 'b')\nreturn {a, b or 0}"),
        .finds("a function", ["R024:2"], in: "local function f() return 1 end\nlocal a, b = f()\nreturn {a, b or 0}"),
        .accepts("as many", "local function f() return 1, 2 end\nlocal a, b = f()\nreturn {a, b}"),
        .accepts(
            "on one way",
            "local function f() if ARGV[1] then return 1, 2 end return 1 end\nlocal a, b = f()\nreturn {a, b or 0}"),
        .accepts("pcall", "local ok, err = pcall(redis.call, 'GET', KEYS[1])\nif not ok then return err end"),
        .accepts("modf", "local a, b = math.modf(tonumber(ARGV[1]))\nreturn {a, tostring(b)}"),
        .accepts("unpack", "local a, b = unpack(ARGV)\nreturn {a, b}"),
        .accepts("no call", "local a, b = 1\nb = 2\nreturn {a, b}"),
        .accepts("gsub", "local a, b = string.gsub(ARGV[1], 'x', 'y')\nreturn {a, b}"),
    ])
    func localsWithoutAValueAreFound(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }
}
