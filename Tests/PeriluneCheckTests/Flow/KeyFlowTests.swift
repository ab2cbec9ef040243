import PeriluneLua
import Testing

@testable import PeriluneCheck

@Suite struct KeyFlowTests {
    @Test(arguments: [
        FlowCase.finds("literal", ["R005:1"], in: "return redis.call('GET', 'user')"),
        .finds("from ARGV", ["R005:1"], in: "return redis.call('GET', ARGV[1])"),
        .finds("from ARGV by a local", ["R005:2"], in: "local name = ARGV[1]\nreturn redis.call('GET', name)"),
        .finds("joined with ARGV", ["R005:1"], in: "return redis.call('GET', 'a:' .. ARGV[1] .. ':b')"),
        .finds("made from KEYS", ["R005:2"], in: "local key = KEYS[1] .. ':x'\nreturn redis.call('GET', key)"),
        .finds("from a reply", ["R005:1"], in: "return redis.call('HGET', redis.call('GET', KEYS[1]) or 'x', 'f')"),
        .finds(
            "of each element of a reply", ["R005:2"],
            in: """
                for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, 9)) do
                  redis.call('DEL', 'job:' .. id)
                end
                """),
        .finds("by format", ["R005:1"], in: "return redis.call('GET', string.format('user:%s', ARGV[1]))"),
        .finds(
            "by a function", ["R005:2"],
            in: """
                local function name(id) return 'user:' .. id end
                return redis.call('GET', name(ARGV[1]))
                """),
        .finds(
            "in a function", ["R005:1"],
            in: """
                local function read(key) return redis.call('GET', key) end
                return {read(KEYS[1]), read('other')}
                """),
        .finds(
            "in a function nobody calls", ["R005:1"],
            in: """
                local function read() return redis.call('GET', 'other') end
                return 1
                """),
        .finds("by an alias of redis.call", ["R005:2"], in: "local call = redis.call\nreturn call('get', 'user')"),
        .finds("in a field", ["R005:2"], in: "local names = {lock = 'lock'}\nreturn redis.call('GET', names.lock)"),
        .finds(
            "on one way", ["R005:3"],
            in: """
                local key = KEYS[1]
                if ARGV[1] == 'x' then key = 'x' end
                return redis.call('GET', key)
                """),
        .finds("second key", ["R005:1"], in: "return redis.call('RENAME', KEYS[1], 'b')"),
        .finds("every other argument", ["R005:1"], in: "return redis.call('MSET', KEYS[1], 'v', ARGV[1], 'v')"),
        .finds("with pcall", ["R005:1"], in: "return redis.pcall('GET', 'user')"),
        .finds("of a subcommand", ["R005:1"], in: "return redis.call('XGROUP', 'CREATE', 'stream', 'g', '$')"),
        .finds("of an encoding", ["R005:1"], in: "return redis.call('OBJECT', 'ENCODING', ARGV[1])"),
        .finds("of a stream", ["R005:1"], in: "return redis.call('XREAD', 'COUNT', 1, 'STREAMS', 'stream', '0')"),
        .finds("counted", ["R005:1"], in: "return redis.call('ZUNIONSTORE', KEYS[1], 2, KEYS[2], 'b')"),
        .finds("before others", ["R005:1"], in: "return redis.call('DEL', 'a', unpack(KEYS))"),
        .finds("stored", ["R005:1"], in: "return redis.call('SORT', KEYS[1], 'STORE', 'sorted')"),
        .finds("by a counter", ["R005:1"], in: "for i = 1, 3 do redis.call('DEL', 'part:' .. i) end"),
    ])
    func keysFromElsewhereAreFound(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    @Test func whatUnpackGivesIsFoundWhereItIsUnpacked() throws {
        let found = try FlowCase.flowFindings(
            in: "local page = redis.call('SCAN', ARGV[1])\nredis.call('DEL', unpack(page[2]))")
        #expect(found.filter { $0.rule == KeyRules.undeclared.id }.map { "\($0.range.start)" } == ["2:19"])
    }

    /// What a pattern matches with is in the key no more than the number of a slice.
    @Test(arguments: [
        ("string.gsub(ARGV[1], KEYS[1], 'x')", "from ARGV, and not from KEYS"),
        (
            "string.gsub(KEYS[1], ARGV[1], 'x')",
            "computed from an element of KEYS, and is not itself in KEYS"
        ),
    ])
    func whereAComputedKeyIsFromIsTold(key: String, message: String) throws {
        let found = try FlowCase.flowFindings(in: "local key = \(key)\nreturn redis.call('GET', key)")
        #expect(found.map(\.message) == ["this key is \(message)"])
    }

    @Test(arguments: [
        FlowCase.accepts("KEYS", "return redis.call('GET', KEYS[1])"),
        .accepts("an alias", "local key = KEYS[1]\nreturn redis.call('GET', key)"),
        .accepts("several aliases", "local a, b = KEYS[1], KEYS[2]\nreturn redis.call('RENAME', a, b)"),
        .accepts("a loop", "for i = 1, #KEYS do redis.call('DEL', KEYS[i]) end"),
        .accepts("ipairs", "for _, key in ipairs(KEYS) do redis.call('DEL', key) end"),
        .accepts("unpack", "return redis.call('DEL', unpack(KEYS))"),
        .accepts("a field", "local names = {lock = KEYS[1]}\nreturn redis.call('GET', names.lock)"),
        .accepts("an alias of KEYS", "local keys = KEYS\nreturn redis.call('GET', keys[1])"),
        .accepts("a function", "local function read(key) return redis.call('GET', key) end\nreturn read(KEYS[1])"),
        .accepts("a value", "return redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])"),
        .accepts("either", "return redis.call('GET', ARGV[1] == '1' and KEYS[1] or KEYS[2])"),
        .accepts("unknown", "local t = cjson.decode(ARGV[1])\nreturn redis.call('GET', t.key)"),
        .accepts("a piece of a text", "return redis.call('GET', string.sub(KEYS[1], 3))"),
        .accepts("a subcommand", "return redis.call('XGROUP', 'CREATE', KEYS[1], 'g', '$')"),
        .accepts("counted by who knows what", "return redis.call('ZUNIONSTORE', KEYS[1], ARGV[1], 'a', 'b')"),
        .accepts("a group", "return redis.call('XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', KEYS[1], '>')"),
        .accepts("a channel", "return redis.call('PUBLISH', ARGV[1], 'x')"),
        .accepts("an unknown command", "return redis.call('GRAPH.QUERY', ARGV[1], 'x')"),
        .accepts("a name that is computed", "return redis.call(ARGV[1], 'x')"),
        .accepts(
            "a default that is asked for",
            """
            local parent = redis.call('HGET', KEYS[1], 'parent') and KEYS[2] or ''
            if parent ~= '' then redis.call('DEL', parent) end
            """),
        .accepts(
            "a default that something else stands for",
            """
            local key, has = '', false
            if ARGV[1] == 'x' then key, has = KEYS[1], true end
            if has then redis.call('DEL', key) end
            """),
        .accepts(
            "of a name that stands for many",
            """
            --- Delete a session.
            ---@script a.b
            ---@key sessions any # the beginning of the names
            ---@arg id string # which
            ---@return integer
            return redis.call('DEL', KEYS[1] .. ARGV[1])
            """),
    ])
    func keysFromKEYSAreNot(_ flow: FlowCase) throws {
        #expect(try flow.findings() == [])
    }

    @Test func whatBeginsWithAKeyIsAWarningAndTheRestAnError() throws {
        let derived = try FlowCase.flowFindings(in: "return redis.call('GET', KEYS[1] .. ':x')")
        #expect(derived.map(\.severity) == [.warning])
        let literal = try FlowCase.flowFindings(in: "return redis.call('GET', 'x')")
        #expect(literal.map(\.severity) == [.error])
    }

    @Test(arguments: [
        FlowCase.finds(
            "tags", ["R005:1", "R005:2", "R006:2"],
            in: "redis.call('DEL', '{a}1')\nreturn redis.call('GET', '{b}1')"),
        .finds(
            "tags of computed keys", ["R005:1", "R005:1", "R006:1"],
            in: "return redis.call('RENAME', '{a}' .. ARGV[1], '{b}' .. ARGV[2])"),
        .finds("one slot", ["R005:1", "R005:1"], in: "return redis.call('RENAME', '{a}1', '{a}2')"),
        .finds("who knows", ["R005:2"], in: "redis.call('DEL', KEYS[1])\nreturn redis.call('GET', '{b}1')"),
    ])
    func differentSlotsAreFoundWhereTheyCanBeSeen(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }
}
