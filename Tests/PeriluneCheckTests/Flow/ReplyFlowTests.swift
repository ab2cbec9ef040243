import Testing

@testable import PeriluneCheck

@Suite struct ReplyFlowTests {
    @Test(arguments: [
        FlowCase.finds(
            "GET", ["R009:2"], in: "local v = redis.call('GET', KEYS[1])\nif v == nil then return 0 end\nreturn v"),
        .finds("unequal", ["R009:1"], in: "if redis.call('HGET', KEYS[1], 'f') ~= nil then return 1 end\nreturn 0"),
        .finds("nil first", ["R009:1"], in: "return nil == redis.call('ZSCORE', KEYS[1], 'm')"),
        .finds(
            "an element", ["R009:2"],
            in: """
                local all = redis.call('HMGET', KEYS[1], 'a', 'b')
                if all[2] == nil then return 0 end
                return 1
                """),
        .finds(
            "SET NX", ["R009:1"], in: "if redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1]) == nil then return 0 end"
        ),
        .finds(
            "one of many scores", ["R009:2"],
            in: "local scores = redis.call('ZMSCORE', KEYS[1], 'a', 'b')\nreturn scores[1] == nil"),
        .finds("a popped list", ["R009:1"], in: "return redis.call('LPOP', KEYS[1], 3) == nil"),
        .finds(
            "a place", ["R009:2"],
            in: "local places = redis.call('GEOPOS', KEYS[1], 'a')\nreturn places[1] == nil"),
        .finds(
            "nothing in RESP3", ["R012:3"],
            in: """
                redis.setresp(3)
                local value = redis.call('GET', KEYS[1])
                return {1, value, 3}
                """),
        .finds(
            "back to RESP2", ["R009:3"],
            in: "redis.setresp(3)\nredis.setresp(2)\nreturn redis.call('GET', KEYS[1]) == nil"),
        .finds("a rank", ["R009:1"], in: "return redis.call('ZRANK', KEYS[1], 'm') == nil"),
        .finds("a cut fraction", ["R011:1"], in: "return ARGV[1] / 1000"),
        .finds("a cut fraction inside", ["R011:1"], in: "return {1, redis.call('STRLEN', KEYS[1]) / 2}"),
        .finds("nil inside", ["R012:1"], in: "return {1, nil, 3}"),
        .finds(
            "nil on one way", ["R012:3"],
            in: """
                local extra
                if ARGV[1] == 'x' then extra = 1 end
                return {1, extra, 3}
                """),
        .finds("nil inside of an array inside", ["R012:1"], in: "return {1, {2, {3, nil, 4}}}"),
        .finds(
            "nil inside of an array in a local", ["R012:3"],
            in: """
                local pair = {nil, 'x'}
                local all = {pair, 1}
                return all
                """),
        .finds("a cut fraction deep inside", ["R011:1"], in: "return {1, {ARGV[1] / 2}}"),
        .finds("joined time", ["R013:2"], in: "local t = redis.call('TIME')\nreturn t[1] .. t[2]"),
        .finds("time with a dot", ["R013:2"], in: "local t = redis.call('TIME')\nreturn t[1] .. '.' .. t[2]"),
        .finds(
            "names of a reply in the order of pairs", ["R131:5"],
            in: """
                local fields, names, all = {}, {}, redis.call('HGETALL', KEYS[1])
                for i = 1, #all, 2 do fields[all[i]] = all[i + 1] end
                for name in pairs(fields) do names[#names + 1] = name end
                if #names == 0 then return {} end
                return names
                """),
        .finds(
            "names in the order of pairs", ["R131:4"],
            in: """
                local seen, names = {}, {}
                for i = 1, #ARGV do seen['x' .. ARGV[i]] = true end
                for name in pairs(seen) do table.insert(names, name) end
                return names
                """),
        .finds(
            "pushed in the order of pairs", ["R131:2"],
            in: """
                local names = {a = '1', b = '2'}
                for name in pairs(names) do redis.call('RPUSH', KEYS[1], name) end
                """),
        .finds(
            "joined in the order of pairs", ["R131:4"],
            in: """
                local names, all = {a = '1', b = '2'}, {}
                for name in pairs(names) do all[#all + 1] = name end
                local text = table.concat(all, ',')
                return text
                """),
    ])
    func repliesThatAreNotMeantSoAreFound(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test(arguments: [
        FlowCase.accepts("not", "local v = redis.call('GET', KEYS[1])\nif not v then return 0 end\nreturn v"),
        .accepts("false", "if redis.call('GET', KEYS[1]) == false then return 0 end\nreturn 1"),
        .accepts(
            "nil or false",
            "local v = redis.call('GET', KEYS[1])\nif v == nil or v == false then return 0 end\nreturn v"),
        .accepts(
            "not or nil", "local v = redis.call('GET', KEYS[1])\nif not v or v == nil then return 0 end\nreturn v"),
        .accepts(
            "a reply or nothing",
            """
            local v
            if ARGV[1] == 'x' then v = redis.call('GET', KEYS[1]) end
            if v == nil then return 0 end
            return v
            """),
        .accepts(
            "in a loop that comes again",
            """
            local v = redis.call('GET', KEYS[1])
            for i = 1, 3 do
              if v == nil then return i end
              v = nil
            end
            return 0
            """),
        .accepts("tonumber", "local n = tonumber(redis.call('GET', KEYS[1]))\nif n == nil then return 0 end\nreturn n"),
        .accepts("an argument", "if ARGV[2] == nil then return 0 end\nreturn 1"),
        .accepts("a field", "local t = {}\nt[ARGV[1]] = 1\nif t[ARGV[2]] == nil then return 0 end\nreturn 1"),
        .accepts("RESP3", "redis.setresp(3)\nif redis.call('GET', KEYS[1]) == nil then return 0 end\nreturn 1"),
        .accepts(
            "RESP3 on one way",
            "if ARGV[1] == '3' then redis.setresp(3) end\nreturn redis.call('GET', KEYS[1]) == nil"),
        .accepts(
            "RESP3 in a function that nobody calls",
            "local function f() return redis.call('GET', KEYS[1]) == nil end\nredis.setresp(3)\nreturn 1"),
        .accepts(
            "tables of RESP3",
            """
            redis.setresp(3)
            local all = redis.call('HGETALL', KEYS[1]).map
            local set = redis.call('SMEMBERS', KEYS[1]).set
            local score = redis.call('ZSCORE', KEYS[1], 'm')
            if score == nil then return 0 end
            return {all.name or '', set.name and 1 or 0, tostring(score.double)}
            """),
        .accepts(
            "a cursor",
            """
            local reply = redis.call('HSCAN', KEYS[1], ARGV[1])
            if reply[1] == '0' then return #reply[2] end
            return reply
            """),
        .accepts("false inside", "return {1, false, redis.call('GET', KEYS[1])}"),
        .accepts("a table in itself", "local t = {1}\nt[2] = t\nreturn t"),
        .accepts("nil at the end of one inside", "return {1, {2, nil}, 3}"),
        .accepts("nil at the end", "return {1, nil}"),
        .accepts("named", "return {ok = 'FINE'}"),
        .accepts("padded time", "local t = redis.call('TIME')\nreturn t[1] .. string.format('%06d', t[2])"),
        .accepts("time as a name", "local t = redis.call('TIME')\nreturn t[1] .. '-' .. t[2]"),
        .accepts(
            "sorted",
            """
            local seen, names = {a = 1, b = 2}, {}
            for name in pairs(seen) do names[#names + 1] = name end
            table.sort(names)
            redis.call('RPUSH', KEYS[1], unpack(names))
            return names
            """),
        .accepts(
            "pairs over a list",
            """
            local names = {}
            for _, name in pairs(redis.call('ZRANGE', KEYS[1], 0, 9)) do names[#names + 1] = name end
            return names
            """),
        .accepts(
            "pairs for a sum",
            """
            local sum = 0
            for _, n in pairs({a = 1, b = 2}) do sum = sum + n end
            return sum
            """),
        .accepts("pairs into a set", "for name in pairs({a = 1, b = 2}) do redis.call('SADD', KEYS[1], name) end"),
    ])
    func repliesThatAreMeantSoAreNot(_ flow: FlowCase) throws {
        #expect(try flow.findings() == [])
    }

    @Test func anEncodedObjectIsWorthANote() throws {
        let findings = try FlowCase.flowFindings(in: "return cjson.encode({a = 1, b = 2})")
        #expect(findings.map(\.rule.rawValue) == ["R131"])
        #expect(findings.map(\.severity) == [.note])
    }
}
