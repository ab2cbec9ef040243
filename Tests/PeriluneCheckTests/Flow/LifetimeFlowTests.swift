import PeriluneLua
import Testing

@testable import PeriluneCheck

/// Keys without an expiry.
@Suite struct LifetimeFlowTests {
    private func lines(_ script: String) throws -> [Int] {
        try FlowCase.flowFindings(in: script, with: [LifetimeRules.lasting.id])
            .filter { $0.rule == LifetimeRules.lasting.id }.map(\.range.start.line)
    }

    @Test(arguments: [
        FlowCase.finds("a counter", ["1"], in: "return redis.call('INCR', KEYS[1])"),
        .finds("a value", ["1"], in: "return redis.call('SET', KEYS[1], 'v')"),
        .finds("a lock", ["1"], in: "return redis.call('SET', KEYS[1], 'v', 'NX')"),
        .finds("each key", ["1"], in: "return redis.call('MSET', KEYS[1], 'v', KEYS[2], 'v')"),
        .finds("a destination", ["1"], in: "return redis.call('ZUNIONSTORE', KEYS[1], 1, KEYS[2])"),
        .finds("moved to", ["1"], in: "return redis.call('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT')"),
        .finds(
            "an expiry that goes with the value", ["3"],
            in: """
                redis.call('SADD', KEYS[1], 'm')
                redis.call('EXPIRE', KEYS[1], 10)
                redis.call('SUNIONSTORE', KEYS[1], KEYS[2])
                """),
        .finds(
            "of another key", ["1"],
            in: "redis.call('HSET', KEYS[1], 'f', 'v')\nredis.call('EXPIRE', KEYS[2], 10)"),
        .finds(
            "only one that is there", ["1"], in: "redis.call('INCR', KEYS[1])\nredis.call('EXPIRE', KEYS[1], 9, 'XX')"),
        .finds(
            "as an argument wants it", ["1"],
            in: """
                redis.call('INCR', KEYS[1])
                if ARGV[1] ~= '' then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
                """),
        .finds(
            "returned before", ["1"],
            in: """
                redis.call('INCR', KEYS[1])
                if ARGV[1] == '' then return 1 end
                redis.call('EXPIRE', KEYS[1], ARGV[1])
                """),
        .finds(
            "written again after it was deleted", ["4"],
            in: """
                redis.call('SET', KEYS[1], 'v', 'EX', 10)
                redis.call('DEL', KEYS[1])
                redis.call('DEL', KEYS[2])
                redis.call('SADD', KEYS[1], 'm')
                if ARGV[1] == 'x' then redis.call('EXPIRE', KEYS[2], 1) end
                """),
    ])
    func keysThatNothingTakesAwayAreFound(_ flow: FlowCase) throws {
        // The case names lines only.
        #expect(try lines(flow.source).map(String.init) == flow.expected)
    }

    @Test(arguments: [
        "redis.call('INCR', KEYS[1])\nredis.call('PEXPIRE', KEYS[1], 10)",
        "redis.call('SET', KEYS[1], 'v', 'PX', ARGV[1])", "redis.call('SET', KEYS[1], 'v', 'KEEPTTL')",
        "redis.call('SET', KEYS[1], 'v', unpack(ARGV))", "redis.call('SETEX', KEYS[1], 10, 'v')",
        "redis.call('EXPIRE', KEYS[1], 10)\nredis.call('HSET', KEYS[1], 'f', 'v')",
        "redis.call('SADD', KEYS[1], 'm')\nredis.call('DEL', KEYS[1])", "redis.call('ZREM', KEYS[1], 'm')",
        "redis.call('LPUSHX', KEYS[1], 'm')", "redis.call('ZADD', KEYS[1], 'XX', 1, 'm')", "redis.call('GET', KEYS[1])",
        "local n = redis.call('INCR', KEYS[1])\nif n == 1 then redis.call('EXPIRE', KEYS[1], 60) end",
        "redis.call('HSET', KEYS[1], 'f', 'v')\nif redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], 9) end",
        "local n = redis.call('INCR', KEYS[1])\nif n > 9 then return 0 end\nredis.call('EXPIRE', KEYS[1], 60)",
        "redis.call('SADD', KEYS[1], 'm')\nfor i = 1, #KEYS do redis.call('EXPIRE', KEYS[i], 60) end",
        "for _, key in ipairs(KEYS) do redis.call('INCR', key) redis.call('EXPIRE', key, 60) end",
        "local function touch(key) redis.call('EXPIRE', key, 60) end\nredis.call('INCR', KEYS[1])\ntouch(KEYS[1])",
        "redis.call('INCR', KEYS[1])\nredis.call('EXPIRE', cjson.decode(ARGV[1]).key, 60)",
        "redis.call('INCR', cjson.decode(ARGV[1]).key)",
        "redis.call('SADD', KEYS[1], 'm')\nredis.call('PERSIST', KEYS[1])",
        "redis.call('INCR', KEYS[1])\nerror('no')", "redis.call('SORT', KEYS[1])",
        "redis.call('EXPIRE', KEYS[1], 60, 'NX')\nredis.call('RENAME', KEYS[1], KEYS[2])",
    ])
    func keysThatExpireAreNot(_ script: String) throws {
        #expect(try lines(script) == [])
    }

    @Test func everyCommandThatWritesIsWeighed() {
        // What has keys and writes either does something to how long they live, or is known not to; the rest is said
        // not to be known.
        let unknown = CommandTable(version: .v80).commands.filter { command in
            guard command.flags.contains(.write), !command.keys.isEmpty, !command.flags.contains(.noScript),
                !command.name.contains(".")
            else { return false }
            let words = [command.name] + (0..<8).map { "K\($0)" }
            return command.effects(onKeys: [1], words, isOpen: false).contains { $0.effect == .unknown }
        }
        #expect(
            unknown.map(\.name) == [
                "COPY", "GETEX", "HGETEX", "MIGRATE", "MOVE", "PERSIST", "PFDEBUG", "RESTORE", "RESTORE-ASKING",
            ])
    }
}
