import Testing

@testable import PeriluneCheck

@Suite struct ErrorFlowTests {
    @Test(arguments: [
        FlowCase.finds("an empty table", ["R002:1"], in: "error({})"),
        .finds("another field", ["R002:2"], in: "local problem = {code = 1}\nerror(problem)"),
        .finds("in a function", ["R002:1"], in: "local function fail(t) error(t) end\nfail({'x'})"),
        .finds("a result that is dropped", ["R015:1"], in: "redis.pcall('DEL', KEYS[1])\nreturn 1"),
        .finds(
            "a result that is used", ["R015:2"],
            in: """
                local n = redis.pcall('GET', KEYS[1])
                return n + 1
                """),
        .finds(
            "late validation", ["R017:2"],
            in: """
                redis.call('INCR', KEYS[1])
                if #ARGV < 2 then return redis.error_reply('ERR want two') end
                return 1
                """),
        .finds(
            "late validation by error", ["R017:2"],
            in: """
                redis.call('INCR', KEYS[1])
                if ARGV[1] ~= 'x' then error('want x') end
                return 1
                """),
        .finds("all keys", ["R014:1"], in: "return #redis.call('KEYS', '*')"),
        .finds(
            "SCAN in a loop", ["R014:3"],
            in: """
                local cursor = '0'
                repeat
                  local reply = redis.call('SCAN', cursor)
                  cursor = reply[1]
                until cursor == '0'
                """),
        .finds("a loop that never ends", ["R014:1"], in: "while true do redis.call('INCR', KEYS[1]) end"),
        .finds(
            "a condition that never changes", ["R014:2"],
            in: """
                local n = 1
                while n < 10 do redis.call('INCR', KEYS[1]) end
                """),
        .finds(
            "unpack of a set", ["R005:1", "R140:1"],
            in: "return redis.call('DEL', unpack(redis.call('SMEMBERS', KEYS[1])))"),
    ])
    func errorsAndWorkWithoutBoundsAreFound(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test(arguments: [
        FlowCase.accepts("a text", "error('no')"),
        .accepts("with err", "error({err = 'ERR no'})"),
        .accepts("an error reply", "error(redis.error_reply('ERR no'))"),
        .accepts(
            "what pcall caught",
            "local ok, problem = pcall(redis.call, 'GET', KEYS[1])\nif not ok then error(problem) end"),
        .accepts("in pcall", "local ok = pcall(function() error({}) end)\nreturn ok and 1 or 0"),
        .accepts(
            "a result that is looked at",
            """
            local reply = redis.pcall('GET', KEYS[1])
            if type(reply) == 'table' and reply.err then return 0 end
            return reply
            """),
        .accepts("a result that is given back", "return redis.pcall('GET', KEYS[1])"),
        .accepts(
            "validation first",
            """
            if #ARGV < 2 then return redis.error_reply('ERR want two') end
            return redis.call('INCR', KEYS[1])
            """),
        .accepts(
            "an error that depends on data",
            """
            local n = redis.call('INCR', KEYS[1])
            if n > 5 then return redis.error_reply('ERR too many') end
            return n
            """),
        .accepts(
            "a write on another way",
            """
            if ARGV[1] == 'set' then redis.call('SET', KEYS[1], '1')
            elseif ARGV[1] ~= 'get' then return redis.error_reply('ERR want set or get') end
            return redis.call('GET', KEYS[1])
            """),
        .accepts("one SCAN", "return redis.call('SCAN', ARGV[1])"),
        .accepts("a loop that returns", "while true do if redis.call('INCR', KEYS[1]) > 5 then return 1 end end"),
        .accepts("a loop that changes its condition", "local n = 1\nwhile n < 10 do n = n + 1 end\nreturn n"),
        .accepts(
            "a loop whose function changes it",
            """
            local n = 1
            local function step() n = n + 1 end
            while n < 10 do step() end
            return n
            """),
        .accepts(
            "unpack in parts",
            """
            local ids = redis.call('SMEMBERS', KEYS[1])
            for i = 1, #ids, 1000 do redis.call('SREM', KEYS[2], unpack(ids, i, math.min(i + 999, #ids))) end
            """),
        .accepts(
            "unpack of a bounded range",
            "return redis.call('SREM', KEYS[2], unpack(redis.call('ZRANGE', KEYS[1], 0, 99)))"),
        .accepts(
            "unpack of what is measured",
            """
            local ids = redis.call('SMEMBERS', KEYS[1])
            if #ids > 1000 then return redis.error_reply('ERR too many') end
            return redis.call('SREM', KEYS[2], unpack(ids))
            """),
    ])
    func whatIsBoundedAndLookedAtIsNot(_ flow: FlowCase) throws {
        #expect(try flow.findings() == [])
    }

    @Test func argumentsAreUnpackedWithANote() throws {
        let findings = try FlowCase.flowFindings(in: "return redis.call('SADD', KEYS[1], unpack(ARGV))")
        #expect(findings.map(\.rule.rawValue) == ["R140"])
        #expect(findings.map(\.severity) == [.note])
    }
}
