import PeriluneLua
import Testing

@testable import PeriluneCheck

/// Scripts that are right though they look like ones that are wrong, beside those that are.
@Suite struct FlowPrecisionTests {
    private static let new = "local function new(v) return {v} end\n"
    private static let closures = "local function mk(v) return function(s) return v .. s end end\n"
    private static let constants = "local function const(v) return function() return v end end\n"

    @Test(arguments: [
        FlowCase.accepts(
            "two tables of one constructor",
            """
            local function new() return {} end
            local a = new() a.v = 1
            local b = new() b.w = 2
            return {0, a.v, b.w}
            """),
        .accepts(
            "the first of two tables is raised",
            """
            local function mk() return {} end
            local x = mk() x.err = 'ERR y'
            local y = mk() y.other = 1
            if ARGV[1] == 'z' then error(x) end
            """),
        .accepts(
            "one of them has the key", new + "local a, b = new(KEYS[1]), new('x')\nreturn redis.call('GET', a[1])"),
        .finds(
            "none of them has", ["R005:3"],
            in: new + "local a, b = new('y'), new('x')\nreturn redis.call('GET', a[1])"),
        .finds(
            "one after another", ["R005:4"],
            in: """
                local function get(k)
                  local t = {}
                  t.k = k
                  return redis.call('GET', t.k)
                end
                get(KEYS[1])
                return get('x')
                """),
        .finds(
            "a new table each round", ["R012:4"],
            in: """
                for i = 1, 3 do
                  local t = {}
                  t.a = i
                  if ARGV[i] == 'x' then return {1, t.b, 3} end
                end
                """),
        .accepts(
            "two closures of one function",
            closures + "local a, b = mk(KEYS[1]), mk('log:')\nredis.call('PUBLISH', b('x'), '1')\n"
                + "return redis.call('GET', a(''))"),
        .accepts("constants of closures", constants + "local a, b = const(5), const(nil)\nreturn {0, a(), 2, b()}"),
        .accepts(
            "a fraction of one closure",
            constants + "local a, b = const(ARGV[1] / 3), const(5)\nreturn redis.call('EXPIRE', KEYS[1], b())"),
    ])
    func tablesAndClosuresOfOnePlaceAreSeveral(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test(arguments: [
        FlowCase.accepts(
            "a loop behind a guard",
            """
            local r = redis.call('LRANGE', KEYS[1], 0, 10)
            if #r == 0 then return {} end
            local best
            for i, v in ipairs(r) do if not best or v > best then best = v end end
            return {best, #r}
            """),
        .accepts(
            "a table that is not empty",
            """
            local best
            for k, v in pairs({a = 1, b = 2}) do if not best or v > best then best = v end end
            return {best, 1}
            """),
        .finds("a gap", ["R012:3"], in: "local t = {1, 2}\nt[4] = 4\nreturn t"),
        .accepts(
            "false is taken for nil",
            """
            local v = redis.call('GET', KEYS[1])
            if not v then v = false end
            if v == nil or v == false then return 0 end
            return v
            """),
        .accepts(
            "elements compared with both",
            """
            local r = redis.call('HMGET', KEYS[1], 'a', 'b')
            if r[1] == nil or r[1] == false then return 0 end
            if nil == r[2] or false == r[2] then return 0 end
            return r
            """),
        .finds(
            "elements compared with nil", ["R009:2"],
            in: "local r = redis.call('HMGET', KEYS[1], 'a', 'b')\nif r[1] == nil or r[2] == false then return 0 end"),
        .finds(
            "what comes behind is looked at", ["R009:2", "R005:3"],
            in: "local v = redis.call('GET', KEYS[1])\nif v ~= nil then return v end\nreturn redis.call('GET', 'x')"),
    ])
    func nilIsOneThatIsThere(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test(arguments: [
        FlowCase.accepts("equal to its floor", "local h = ARGV[1] / 2\nif h == math.floor(h) then return h end"),
        .accepts(
            "refused unless it is",
            "local h = ARGV[1] / 3\nif h ~= math.floor(h) then return redis.error_reply('ERR x') end\n"
                + "return redis.call('EXPIRE', KEYS[1], h)"),
        .accepts("the other way", "local h = ARGV[1] / 3\nif math.floor(h) ~= h then h = math.ceil(h) end\nreturn h"),
        .accepts(
            "without its remainder",
            "local x = tonumber(ARGV[1])\nreturn redis.call('PEXPIRE', KEYS[1], x * .5 + .5 - (x * .5 + .5) % 1)"),
        .accepts("pairs", "local r = redis.call('HGETALL', KEYS[1])\nreturn #r / 2"),
        .accepts("what was doubled", "local n = ARGV[1] * 2\nreturn n / 2"),
        .accepts(
            "fmod", "if math.fmod(ARGV[1], 3) ~= 0 then return redis.error_reply('ERR x') end\nreturn ARGV[1] / 3"),
        .accepts("fmod by one", "local h = ARGV[1] / 3\nif math.fmod(h, 1) ~= 0 then return 0 end\nreturn h"),
        .finds(
            "no guard", ["R011:3"], in: "local h = ARGV[1] / 3\nif h == math.floor(ARGV[2]) then return 1 end\nreturn h"
        ),
        .accepts("in a log", "redis.log(redis.LOG_NOTICE, 'took ' .. ARGV[1] / 3)"),
        .accepts("in an error", "return redis.error_reply('ERR wait ' .. ARGV[1] / 3)"),
        .accepts("tostring", "return tostring(ARGV[1] / 3)"),
        .finds(
            "in a command in an assertion", ["R101:1"], in: "assert(redis.call('SET', KEYS[1], 'x' .. ARGV[1] / 3))"),
        .finds(
            "in a list", ["R102:3"],
            in: "local t = redis.call('TIME')\nlocal us = t[1] * 1000000 + t[2]\nreturn table.concat({us, 1}, ':')"),
        .accepts("a nonce", "local t = redis.call('TIME')\nreturn redis.sha1hex(t[1] .. t[2] .. ARGV[1])"),
    ])
    func wholeNumbersAreSeen(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    /// What a field is tells which of several tables a local is.
    static let job = """
        local function job()
          if ARGV[1] == 'a' then return {0, ARGV[2] / 2} end
          return {redis.call('HGETALL', KEYS[1]), 3}
        end
        local result = job()

        """

    @Test(arguments: [
        FlowCase.accepts("by the type of an element", job + "if type(result[1]) == 'table' then return result end"),
        .accepts(
            "refused by the type of an element", job + "if type(result[1]) ~= 'table' then return 0 end\nreturn result"),
        .finds("the other type", ["R011:6"], in: job + "if type(result[1]) == 'number' then return result end"),
        .finds("without a question", ["R011:6"], in: job + "return result"),
        .finds("by another element", ["R011:6"], in: job + "if type(result[2]) == 'number' then return result end"),
        .accepts(
            "by a name",
            """
            local answer = {part = ARGV[1] / 2}
            if ARGV[2] == 'x' then answer = {err = 'ERR want x'} end
            if answer.err then return answer end
            return 1
            """),
    ])
    func fieldsTellTablesApart(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test func tostringIsWorthANote() throws {
        let flow = FlowCase.finds("tostring", ["R101:1"], in: "return tostring(redis.call('STRLEN', KEYS[1]) / 2)")
        #expect(try flow.findings(withNotes: true) == flow.expected)
    }

    private static let lock = "local ok = redis.call('SET', KEYS[1], 'x', 'NX')\n"
    private static let count = "local cur = redis.call('INCR', KEYS[1])\n"
    private static let refusal = "if ARGV[1] == 'strict' then return redis.error_reply('ERR no') end\n"

    @Test(arguments: [
        FlowCase.accepts("a lock that is not had", lock + "if not ok then\n" + refusal + "return 0 end\nreturn 1"),
        .accepts("under a reply", count + "if cur > 5 then\n" + refusal + "end\nreturn cur"),
        .accepts("behind a reply", count + "if cur <= 5 then return cur end\n" + refusal),
        .accepts(
            "behind a reply within a branch",
            count + "if ARGV[2] then\nif cur <= 5 then return cur end\nend\n" + refusal),
        .accepts(
            "in a loop over replies",
            count + "for _, v in ipairs(redis.call('LRANGE', KEYS[2], 0, 9)) do\n" + refusal + "end"),
        .accepts(
            "in a pcall",
            count + "return pcall(function() if ARGV[1] == 'x' then error('ERR x') end end) and 1 or 0"),
        .accepts(
            "beside the write", "if not tonumber(ARGV[1]) then\n" + count + "return redis.error_reply('ERR x') end"),
        .finds("after all", ["R017:2"], in: count + refusal),
        .finds(
            "after an answer before", ["R017:3"],
            in: "if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end\n" + count + refusal),
        .finds(
            "under the same reply", ["R017:3"],
            in: "if redis.call('EXISTS', KEYS[1]) == 0 then\n" + count + refusal + "end"),
        .finds("an assertion", ["R017:2"], in: count + "local n = assert(tonumber(ARGV[3]))\nreturn n"),
    ])
    func argumentsAreRefusedLateOnlyWhereTheyAloneDecide(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test(arguments: [
        FlowCase.accepts(
            "the key that was popped",
            "local r = redis.call('LMPOP', 2, KEYS[1], KEYS[2], 'LEFT')\nif r then redis.call('DEL', r[1]) end"),
        .accepts(
            "the stream that was read",
            """
            local r = redis.call('XREAD', 'STREAMS', KEYS[1], '0')
            if r then for _, s in ipairs(r) do redis.call('EXPIRE', s[1], 10) end end
            """),
        .finds(
            "what was popped", ["R005:2"],
            in: "local r = redis.call('LMPOP', 2, KEYS[1], KEYS[2], 'LEFT')\nif r then redis.call('DEL', r[2][1]) end"),
        .accepts("no key", "return redis.call('MIGRATE', 'h', 1, '', 0, 100, 'KEYS', KEYS[1])"),
        .accepts("a key in a list", "return redis.call('GET', table.concat({KEYS[1]}))"),
        .finds("joined keys", ["R005:1"], in: "return redis.call('GET', table.concat({KEYS[1], 'x'}, ':'))"),
        .finds(
            "exclusive branches", ["R005:1", "R005:2"],
            in: "if ARGV[1] == 'a' then return redis.call('GET', '{a}x') end\nreturn redis.call('GET', '{b}x')"),
        .finds(
            "unpacked arguments", ["R005:1"],
            in: "if #ARGV > 9 then return 0 end return redis.call('DEL', unpack(ARGV))"),
        .accepts("unpacked keys", "if #KEYS > 9 then return 0 end return redis.call('DEL', unpack(KEYS))"),
        .finds(
            "an unpacked reply", ["R005:2"],
            in: "local r = redis.call('LRANGE', KEYS[1], 0, 9)\nreturn redis.call('DEL', unpack(r))"),
        .accepts(
            "arguments behind a key",
            """
            local t = {KEYS[1]}
            for i = 1, #ARGV do t[#t + 1] = ARGV[i] end
            return redis.call('SADD', unpack(t, 1, 100))
            """),
    ])
    func keysAreKnown(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test(arguments: [
        FlowCase.finds("repeat", ["R014:1"], in: "repeat redis.call('INCR', KEYS[1]) until false"),
        .finds("to infinity", ["R014:1"], in: "for i = 1, math.huge do redis.call('INCR', KEYS[1]) end"),
        .finds("by nothing", ["R014:1"], in: "for i = 3, 1, 0 do redis.call('INCR', KEYS[1]) end"),
        .finds("the break of another loop", ["R014:1"], in: "while true do for i = 1, 2 do break end end"),
        .accepts("a break", "repeat if redis.call('INCR', KEYS[1]) > 3 then break end until false"),
        .accepts("a return within", "for i = 1, math.huge do for j = 1, 2 do if j > i then return i end end end"),
        .finds(
            "unpacked in the order of pairs", ["R131:4"],
            in: """
                local out, t = {}, {a = 1, b = 2}
                for k in pairs(t) do out[#out + 1] = k end
                if #out > 9 then return 0 end
                redis.call('RPUSH', KEYS[1], unpack(out))
                """),
        .accepts(
            "as a set",
            """
            local out, t = {}, {a = 1, b = 2}
            for k in pairs(t) do out[#out + 1] = k end
            if #out > 9 then return 0 end
            redis.call('SADD', KEYS[1], unpack(out))
            """),
        .finds(
            "joined in the order of pairs", ["R131:3"],
            in: """
                local s, t = '', {a = 1, b = 2}
                for k in pairs(t) do s = s .. k end
                redis.call('SET', KEYS[1], s)
                """),
        .accepts(
            "one by one",
            """
            for k in pairs({a = 1, b = 2}) do
              local s = 'x'
              s = s .. k
              redis.call('HSET', KEYS[1], s, 1)
            end
            """),
    ])
    func loopsAreSeen(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }
}
