import Testing

@testable import PeriluneCheck

@Suite struct NumberFlowTests {
    @Test(arguments: [
        FlowCase.finds(
            "seconds of an argument", ["R010:1"], in: "return redis.call('EXPIRE', KEYS[1], ARGV[1] / 1000)"),
        .finds(
            "by a local", ["R010:2"],
            in: """
                local seconds = tonumber(ARGV[1]) / 1000
                return redis.call('SET', KEYS[1], '1', 'EX', seconds)
                """),
        .finds("a literal", ["R010:1"], in: "return redis.call('INCRBY', KEYS[1], 0.5)"),
        .finds(
            "nanoseconds", ["R103:2", "R010:3"],
            in: """
                local time = redis.call('TIME')
                local now = time[1] * 1000000000 + time[2] * 1000
                return redis.call('ZADD', KEYS[1], now, 'a')
                """),
        .finds("a quotient in text", ["R101:1"], in: "return 'x' .. ARGV[1] / 3"),
        .finds(
            "microseconds in text", ["R102:3"],
            in: """
                local time = redis.call('TIME')
                local now = time[1] * 1000000 + time[2]
                return now .. ':' .. ARGV[1]
                """),
        .finds(
            "microseconds by tostring", ["R102:3"],
            in: """
                local time = redis.call('TIME')
                local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
                return tostring(now)
                """),
        .finds("a literal that is another", ["R103:1"], in: "return redis.call('SET', KEYS[1], 9007199254740993)"),
    ])
    func whatLosesDigitsIsFound(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test(arguments: [
        FlowCase.accepts("rounded", "return redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[1] / 1000))"),
        .accepts("text as it came", "return redis.call('EXPIRE', KEYS[1], ARGV[1])"),
        .accepts("a score", "return redis.call('ZADD', KEYS[1], ARGV[1] / 1000, 'a')"),
        .accepts("a value", "return redis.call('SET', KEYS[1], ARGV[1] / 1000)"),
        .accepts(
            "milliseconds of now",
            """
            local time = redis.call('TIME')
            local now = time[1] * 1000 + math.floor(time[2] / 1000)
            return redis.call('ZADD', KEYS[1], now, now .. ':' .. ARGV[1])
            """),
        .accepts(
            "microseconds as a score",
            """
            local time = redis.call('TIME')
            return redis.call('ZADD', KEYS[1], time[1] * 1000000 + time[2], 'a')
            """),
        .accepts(
            "formatted",
            """
            local time = redis.call('TIME')
            return string.format('%.0f', time[1] * 1000000 + time[2])
            """),
        .accepts(
            "guarded by a remainder",
            """
            local rest = ARGV[1] % 1000
            if rest ~= 0 then return redis.error_reply('ERR want whole seconds') end
            return redis.call('EXPIRE', KEYS[1], ARGV[1] / 1000)
            """),
        .accepts(
            "asked for its fraction",
            """
            local half = #ARGV / 2
            if half % 1 ~= 0 then return redis.error_reply('ERR want pairs') end
            return half
            """),
        .accepts("an unknown number in text", "return 'x' .. tonumber(ARGV[1])"),
        .accepts("a counter in text", "local n = 0\nfor i = 1, 10 do n = n + i end\nreturn 'n' .. n"),
        .accepts("a growing number in text", "local n = 1\nwhile n < 100 do n = n * 2 end\nreturn 'n' .. n"),
        .accepts(
            "the largest integers", "return redis.call('SET', KEYS[1], ARGV[1] + 0 > 9223372036854775807 and 1 or 0)"),
        .accepts("a constant in text", "return 'factor:' .. 0.5"),
        .accepts("a half as a product", "return math.floor(ARGV[1] * 0.5)"),
    ])
    func whatDoesNotIsNot(_ flow: FlowCase) throws {
        #expect(try flow.findings() == [])
    }
}
