import Testing

@testable import PeriluneCheck

/// Commands whose names are computed, what is given to commands, and calls in parts.
@Suite struct CommandFlowTests {
    @Test(
        arguments: [
            .finds("an unknown one", ["R004:2"], in: "local c = 'SETT'\nreturn redis.call(c, KEYS[1], 'x')"),
            .finds(
                "one of two", ["R004:2"],
                in: "local c = ARGV[1] == 'x' and 'GET' or 'GTE'\nreturn redis.call(c, KEYS[1])"),
            .finds("a wrong count", ["R019:2"], in: "local c = 'GET'\nreturn redis.call(c, KEYS[1], KEYS[2])"),
            .finds(
                "one that is not for scripts", ["R008:2"], in: "local c = 'BLPOP'\nreturn redis.call(c, KEYS[1], 0)"),
            .finds("a right one", [], in: "local c = 'GET'\nreturn redis.call(c, KEYS[1])"),
            .finds("any number of words", [], in: "local c = 'DEL'\nreturn redis.call(c, unpack(KEYS, 1, 2))"),
            .finds(
                "false", ["R022:2"],
                in: "local v = redis.call('GET', KEYS[1])\nif not v then redis.call('SET', KEYS[1], v) end"),
            .finds("nil", ["R022:1"], in: "return redis.call('SET', KEYS[1], nil)"),
            .finds("a boolean", ["R022:1"], in: "return redis.call('SET', KEYS[1], 1 == 2)"),
            .finds("a table", ["R022:1"], in: "return redis.call('SADD', KEYS[1], {'a', 'b'})"),
            .finds(
                "a parameter left out", ["R022:2"],
                in: "local function put(key, value)\nredis.call('SET', key, value)\nend\nput(KEYS[1])"),
            .finds("what may be text", [], in: "return redis.call('SET', KEYS[1], ARGV[2])"),
            .finds(
                "a reply that is there", [],
                in: "local v = redis.call('GET', KEYS[1])\nif v then redis.call('SET', KEYS[1], v) end"),
            .finds("a number", [], in: "return redis.call('INCRBY', KEYS[1], 5)"),
        ] as [FlowCase])
    func commandsAreFollowed(_ flow: FlowCase) throws {
        #expect(try flow.findings() == flow.expected)
    }

    /// What is left of a script when it is mended.
    private func mended(_ script: String) -> String? {
        let source = ScriptSource("a.lua", script)
        return FixedScript(FileFindings(source: source, findings: Validator().findings(in: source)))
            .map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test func aCallOfAnyLengthIsMadeInParts() {
        let head = "local ids = redis.call('SMEMBERS', KEYS[1])\n"
        let parts = "for i = 1, #ids, 1000 do"
        let unpacked = "unpack(ids, i, math.min(i + 999, #ids))"
        #expect(
            mended(head + "redis.call('SADD', KEYS[2], unpack(ids))\nreturn 1")
                == head + "\(parts) redis.call('SADD', KEYS[2], \(unpacked)) end\nreturn 1")
        #expect(
            mended(head + "redis.call('ZADD', KEYS[2], 'NX', unpack(ids))")
                == head + "\(parts) redis.call('ZADD', KEYS[2], 'NX', \(unpacked)) end")
        // What stands right behind the call is no part of the keyword.
        #expect(
            mended(head + "redis.call('SADD', KEYS[2], unpack(ids))redis.call('DEL', KEYS[1])")
                == head + "\(parts) redis.call('SADD', KEYS[2], \(unpacked)) end redis.call('DEL', KEYS[1])")
        #expect(
            mended("redis.call('DEL', unpack(KEYS))\nreturn 1")
                == "for i = 1, #KEYS, 1000 do redis.call('DEL', unpack(KEYS, i, math.min(i + 999, #KEYS))) end\nreturn 1"
        )
    }

    @Test(arguments: [
        "local math = {min = redis.log}\nredis.call('SADD', KEYS[2], unpack(ids))\nreturn math",
        // The reply is that of one call.
        "return redis.call('SADD', KEYS[2], unpack(ids))",
        // A pair would be torn, or an element put into each part.
        "redis.call('ZADD', KEYS[2], 1, unpack(ids))", "redis.call('HSET', KEYS[2], 'f', unpack(ids))",
        // Another order, or another command.
        "redis.call('SADD', KEYS[2], table.remove(ids), unpack(ids))", "redis.call('SINTERSTORE', unpack(ids))",
        // It is taken apart already.
        "redis.call('SADD', KEYS[2], unpack(ids, 1, 10))",
    ])
    func whatPartsWouldChangeStays(_ call: String) {
        #expect(mended("local ids = redis.call('SMEMBERS', KEYS[1])\n\(call)") == nil)
    }

    @Test func theCounterHasANameOfItsOwn() {
        let script = "local i = redis.call('SMEMBERS', KEYS[1])\nredis.call('SADD', KEYS[2], unpack(i))"
        #expect(mended(script)?.contains("for first = 1, #i, 1000 do") == true)
    }
}
