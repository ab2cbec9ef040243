import PeriluneCore
import PeriluneEmbedded
import Testing

/// What scripts can and cannot do, beyond the recorded probes.
@Suite struct ScriptTests {
    let clock = ManualClock(microseconds: 1_700_000_000_123_456)
    let engine: EmbeddedEngine

    init() {
        engine = EmbeddedEngine(clock: clock)
    }

    func eval(_ source: String, keys: [RedisKey] = [], _ arguments: [RedisArgument] = []) async throws -> RedisReply {
        try await engine.call(LuaScript(name: "test", source: source), keys: keys, arguments: arguments)
    }

    func error(of source: String) async -> String {
        do {
            let reply = try await eval(source)
            return "no error but \(reply)"
        } catch let error as EngineError {
            return error.serverError?.line ?? "\(error)"
        } catch {
            return "\(error)"
        }
    }

    @Test func keysAndArgumentsArriveByteForByte() async throws {
        let bytes: [UInt8] = [0, 255, 10, 13, 0]
        let reply = try await eval(
            "return {KEYS[1], KEYS[2], #KEYS, ARGV[1], ARGV[2], ARGV[3], #ARGV}", keys: ["k:é", ""],
            [.bytes(bytes), -42, ""])
        #expect(
            reply
                == .array([
                    .bulk("k:é"), .bulk(""), .integer(2), .bulk(bytes), .bulk("-42"), .bulk(""), .integer(3),
                ]))
    }

    @Test func timeIsTheInjectedClock() async throws {
        #expect(try await eval("return redis.call('TIME')") == .array([.bulk("1700000000"), .bulk("123456")]))
        clock.advance(by: .seconds(2.5))
        #expect(try await eval("return redis.call('TIME')") == .array([.bulk("1700000002"), .bulk("623456")]))
    }

    @Test func expiryFollowsTheClock() async throws {
        _ = try await eval("redis.call('SET', 'k', 'v', 'PX', 1000)")
        clock.advance(by: .milliseconds(1000))
        // Redis expires a key when the time is past its expiry, not at it.
        #expect(
            try await eval("return {redis.call('GET', 'k'), redis.call('PTTL', 'k')}")
                == .array([.bulk("v"), .integer(0)]))
        clock.advance(by: .milliseconds(1))
        #expect(try await eval("return redis.call('GET', 'k')") == .null)
        #expect(try await eval("return redis.call('PTTL', 'k')") == .integer(-2))
    }

    @Test func anEndlessLoopIsStopped() async {
        let engine = EmbeddedEngine(limits: EmbeddedLimits(scriptSteps: 1000))
        for source in [
            "while true do end", "repeat until false", "for i = 1, 1e9 do end", "for i = 2, 1, 0 do end",
            "local function f() return f() end return f()",
            "while true do pcall(function() while true do end end) end",
            "return xpcall(function() while true do end end, function() while true do end end)",
            "return loadstring('while true do end')()",
            "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) return t[1]",
        ] {
            await #expect(throws: EngineError.self, "\(source)") {
                try await engine.call(LuaScript(name: "loop", source: source), keys: [], arguments: [])
            }
        }
        // The engine goes on.
        await #expect(throws: Never.self) {
            try await engine.call(LuaScript(name: "one", source: "return 1"), keys: [], arguments: [])
        }
    }

    @Test func memoryIsLimited() async throws {
        let engine = EmbeddedEngine(limits: EmbeddedLimits(scriptMemory: 4 << 20))
        for source in [
            "local s = 'x' while true do s = s .. s end", "local t = {} for i = 1, 1e9 do t[i] = {} end",
            "return string.rep('x', 1e9)", "local t = {} for i = 1, 1e5 do t[i] = string.rep('x', 1000) end return t",
        ] {
            let message = await #expect(throws: EngineError.self, "\(source)") {
                try await engine.call(LuaScript(name: "memory", source: source), keys: [], arguments: [])
            }
            #expect(message?.message.contains("not enough memory") == true, "\(source): \(String(describing: message))")
        }
        let script = LuaScript(name: "after", source: "return string.rep('x', 1000)")
        #expect(try await engine.call(script, keys: [], arguments: []).bytes?.count == 1000)
    }

    @Test(arguments: [
        "local t = {} for i = 1, 1e5 do t = {t} end return t", "local t = {} t[1] = t return t",
    ])
    func aResultNestedTooDeepHasAnErrorInIt(source: String) async throws {
        var depth = 0
        var reply = try await eval(source)
        while let inner = reply.array?.first {
            reply = inner
            depth += 1
        }
        #expect(reply == .error(RedisError("ERR reached lua stack limit")))
        #expect(depth >= 900)
    }

    @Test func writesBeforeAnErrorStay() async throws {
        let message = await error(of: "redis.call('SET', 'a', '1') error('later')")
        #expect(message.hasPrefix("ERR user_script:1: later"))
        #expect(try await eval("return redis.call('GET', 'a')") == .bulk("1"))
    }

    @Test func raisingATableWithoutATextIsAnErrorAndNoCrash() async {
        // redis-server 7.0.15 dies of this one.
        #expect(await error(of: "error({})").hasPrefix("ERR unknown error script: "))
        #expect(await error(of: "error({msg = 'x'})").hasPrefix("ERR unknown error"))
    }

    @Test func scriptsShareNothing() async throws {
        _ = try await eval("KEYS[1] = 'changed' ARGV.x = 1 return 1", keys: ["k"])
        #expect(try await eval("return {#KEYS, type(ARGV.x)}") == .array([.integer(0), .bulk("nil")]))
        #expect(await error(of: "string.rep = 1").contains("Attempt to modify a readonly table"))
        #expect(await error(of: "rawset(string, 'rep', 1)").contains("Attempt to modify a readonly table"))
        #expect(await error(of: "table.insert(redis, 1)").contains("Attempt to modify a readonly table"))
        #expect(await error(of: "getmetatable('').__index.rep = 1").hasPrefix("ERR"))
        #expect(await error(of: "getmetatable(_G).__newindex = nil").contains("Attempt to modify a readonly table"))
        #expect(await error(of: "setmetatable(redis, {})").contains("readonly table"))
    }

    @Test func readOnlyTablesCanBeWalked() async throws {
        let source = "local n = 0 for k, v in pairs(redis) do n = n + 1 end return n > 20 and next(math) ~= nil"
        #expect(try await eval(source) == .integer(1))
    }

    @Test func compileErrorsNameTheLine() async {
        #expect(
            await error(of: "local x = 1\nreturn (")
                == "ERR Error compiling script (new function): user_script:2: unexpected symbol near '<eof>'")
        #expect(await error(of: "\u{1B}Lua").contains("unexpected symbol near 'char(27)'"))
    }

    @Test func loadstringSpeaksTheDialectToo() async throws {
        #expect(try await eval("return loadstring('return 10 / 2 .. \"\"')()") == .bulk("5"))
        let reply = try await eval("local f, message = loadstring('return (') return {f == nil and 1, message}")
        #expect(reply.array?.first == .integer(1))
    }

    @Test func flagsOfTheShebangBind() async throws {
        #expect(
            await error(of: "#!lua flags=no-writes\nredis.call('SET', 'a', 1)").hasPrefix(
                "ERR Write commands are not allowed"))
        #expect(try await eval("#!lua flags=no-writes\nreturn redis.call('EXISTS', 'a')") == .integer(0))
    }

    @Test func scriptCommandsKnowWhatIsLoaded() async throws {
        let script = LuaScript(name: "two", source: "return 2")
        let exists = RedisCommand("SCRIPT", ["EXISTS", .string(script.sha)])
        #expect(try await engine.send(exists) == .array([.integer(0)]))
        #expect(try await engine.send(RedisCommand("SCRIPT", ["LOAD", "return 2"])) == .bulk(script.sha))
        #expect(try await engine.send(exists) == .array([.integer(1)]))
        #expect(try await engine.send(RedisCommand("EVALSHA", [.string(script.sha), 0])) == .integer(2))
        #expect(try await engine.send(RedisCommand("SCRIPT", ["FLUSH"])) == .status("OK"))
        #expect(try await engine.send(exists) == .array([.integer(0)]))
        // Callers do not see that it is gone.
        #expect(try await engine.call(script, keys: [], arguments: []) == .integer(2))
    }

    @Test func callsFromManyTasksAreAtomic() async throws {
        let script = LuaScript(
            name: "count",
            source: "local n = (redis.call('GET', KEYS[1]) or 0) + 1 redis.call('SET', KEYS[1], n) return n")
        let engine = engine
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    for _ in 0..<500 { _ = try await engine.call(script, keys: ["n"], arguments: []) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await engine.send(RedisCommand("GET", ["n"])) == .bulk("8000"))
    }
}
