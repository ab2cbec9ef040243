import PeriluneCore
import PeriluneEmbedded
import Testing

/// Scripts that mean harm: they get an error, and neither crash nor hang the process nor reach other scripts.
@Suite struct HostileScriptTests {
    let engine = EmbeddedEngine(
        limits: EmbeddedLimits(scriptMemory: 8 << 20, scriptSteps: 200_000, scriptTime: .seconds(600)))

    private func run(_ source: String, keys: [String] = []) async -> String {
        do throws(EngineError) {
            let reply = try await engine.send(
                RedisCommand(
                    "EVAL", [.string(source), .integer(keys.count)] + keys.map { .string($0) }))
            return "\(reply)"
        } catch {
            return error.message
        }
    }

    /// The libraries' functions get values they do not expect.
    @Test(arguments: [
        "local f = ipairs({}) return tostring(f(123456789, 1))", "local f = ipairs({}) f()",
        "local f = ipairs({}) f('aaaaaaaaaaaa', 1)", "local f = ipairs({}) return f({}, 'x')",
        "local f, s, c = pairs({}) return f(1, 2)", "return next(5)",
    ])
    func iteratorsCheckTheirArguments(source: String) async {
        let reply = await run(source)
        #expect(reply.contains("bad argument"), "\(reply)")
    }

    @Test(arguments: [
        "local n, real = pairs(_G) real.type = function() return 'changed' end",
        "local n, real = ipairs(_G) real.type = function() return 'changed' end",
        "local n, real = pairs(redis) real.call = function() return 'changed' end",
        "rawset(getmetatable(_G), 'x', 1)", "getmetatable(_G).x = 1", "table.insert(getmetatable(_G), 1)",
        "setmetatable(getmetatable(_G), {})", "rawset(string, 'rep', 1)", "table.insert(_G, 1)",
    ])
    func noScriptChangesWhatOthersSee(source: String) async {
        let reply = await run(source)
        #expect(reply.contains("Attempt to modify a readonly table"), "\(reply)")
        #expect(await run("return type(1) .. redis.call('ECHO', 'x')") == "\"numberx\"")
        #expect(await run("return rawget(getmetatable(_G), 'x') or 'none'") == "\"none\"")
    }

    @Test func finalizersDoNotRun() async {
        let source = """
            local mt = {}
            mt.__gc = function() redis.call('INCR', 'runs') setmetatable({}, mt) end
            for i = 1, 100 do setmetatable({}, mt) end
            collectgarbage()
            return mt.__gc ~= nil and redis.call('EXISTS', 'runs')
            """
        #expect(await run(source) == "(integer) 0")
        #expect(
            await run("for i = 1, 1000 do local t = {} end collectgarbage() return redis.call('EXISTS', 'runs')")
                == "(integer) 0")
    }

    /// Work that no loop of the script shows.
    @Test(arguments: [
        "while true do end", "repeat until false", "local function f() return f() end return f()",
        "while true do pcall(error) end", "while true do xpcall(error, function(e) return e end) end",
        "local f = loadstring('local f = ... return f(f)') return f(f)",
        "return coroutine.wrap(function() while true do end end)()",
        "local co = coroutine.create(function() while true do end end) coroutine.resume(co) return 'went on'",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "table.insert({}, 0 / 0, 1)", "table.insert({}, -1e18, 1)",
        "local t = {} t[5] = 1 t[9] = 1 for i = 0, 62 do t[2 ^ i] = true end table.insert(t, 1, 1)",
        "local t = {} t[5] = 1 t[9] = 1 for i = 0, 62 do t[2 ^ i] = true end table.remove(t, 1)",
        "local t = {} t[5] = 1 t[9] = 1 for i = 0, 62 do t[2 ^ i] = true end table.foreachi(t, redis.debug)",
        "return string.find(('a'):rep(60), ('a*'):rep(30) .. 'b')",
        "return (('a'):rep(20000)):find('.-.-.-b')", "return (('a'):rep(1000000)):gsub('a', 'b')",
        "while true do collectgarbage() end", "load(collectgarbage)",
        "return loadstring(('x = 1 '):rep(40000))", "while true do ('x'):rep(100000) end",
        "local t = {} for i = 1, 50000 do t[i] = -i end while true do table.sort(t) end",
        "local t = {} for i = 1, 60 do t = {t, t} end return cjson.encode(t)",
        "local t = {} for i = 1, 60 do t = {a = t, b = t} end return cjson.encode(t)",
        "local c = cjson.new() c.encode_sparse_array(true, 0) return c.encode({[2147483647] = 1})",
        "local t = {} for i = 1, 5000 do t['k' .. i] = i end while true do pcall(cjson.encode, t) end",
        "local t = {} for i = 1, 23 do t[i] = t end return cmsgpack.pack(t)",
        "local t = {} for i = 1, 23 do t['k' .. i] = t end return cmsgpack.pack(t)",
        "local s = ('\\1'):rep(5000) while true do pcall(cmsgpack.unpack, s) end",
        "local s = '\\219\\0\\15\\66\\64' .. ('x'):rep(1000000) while true do pcall(cmsgpack.unpack, s) end",
        "local s = '[' .. ('1,'):rep(50000) .. '1]' while true do pcall(cjson.decode, s) end",
        "local s = '\"' .. ('x'):rep(1000000) while true do pcall(cjson.decode, s) end",
        "local s = (' '):rep(1000000) while true do pcall(cjson.decode, s) end",
        "setmetatable({}, {__index = function(t, k) return t[k] end}).x = 1 "
            + "local t = setmetatable({}, {__index = function(t, k) while true do end end}) return t.x",
    ])
    func stepsAreCounted(source: String) async {
        let reply = await run(source)
        #expect(reply.contains("took more steps"), "\(reply)")
        #expect(await run("return 1") == "(integer) 1")
    }

    @Test func timeIsCountedWhereStepsAreNot() async throws {
        let engine = EmbeddedEngine(limits: EmbeddedLimits(scriptSteps: .max, scriptTime: .milliseconds(20)))
        let error = await #expect(throws: EngineError.self) {
            try await engine.send(RedisCommand("EVAL", ["while true do end", 0]))
        }
        #expect(error?.message.contains("took more time") == true)
        #expect(try await engine.send(RedisCommand("EVAL", ["return 1", 0])) == .integer(1))
    }

    @Test func aChainOfCallsIsCutOff() async {
        let reply = await run("local t = setmetatable({}, {}) getmetatable(t).__call = t pcall(t) return 'went on'")
        #expect(reply.contains("took more stack"), "\(reply)")
    }

    /// Replies and commands that are far larger than the script that asks for them.
    @Test(arguments: [
        "local t = {} for i = 1, 23 do t = {t, t} end return t",
        "redis.call('SETRANGE', KEYS[1], 500000, 'x') local k = {} for i = 1, 40 do k[i] = KEYS[1] end "
            + "return redis.call('MGET', unpack(k))",
        "redis.call('SETRANGE', KEYS[1], 9000000, 'x') return redis.call('GET', KEYS[1])",
        "return loadstring(('f() '):rep(100000))()",
    ])
    func repliesAndSourcesAreBounded(source: String) async {
        let reply = await run(source, keys: ["k"])
        #expect(reply.contains("too large") || reply.contains("took more steps"), "\(reply)")
        #expect(await run("return 1") == "(integer) 1")
    }

    @Test func whatIsWrittenCountsTowardsTheMemory() async {
        let reply = await run("return cjson.encode(('\\0'):rep(2000000))")
        #expect(reply.contains("not enough memory"), "\(reply)")
        #expect(await run("return 1") == "(integer) 1")
    }

    @Test func aLongSourceIsRefused() async {
        let reply = await run("return 1 --" + String(repeating: "x", count: 300_000))
        #expect(reply == "ERR script too long: 300011 bytes, more than 262144")
    }

    /// Scripts that are made anew for every call do not fill the interpreter for ever.
    @Test func scriptsRunLongAgoAreForgotten() async throws {
        let engine = EmbeddedEngine(limits: EmbeddedLimits(scriptMemory: 1 << 20))
        let kept = LuaScript(name: "kept", source: "return 'kept'")
        for number in 0..<5000 {
            let source = "return \(number) --\(String(repeating: "x", count: 100))"
            #expect(try await engine.send(RedisCommand("EVAL", [.string(source), 0])) == .integer(number))
            #expect(try await engine.call(kept, keys: [], arguments: []) == .bulk(Array("kept".utf8)))
        }
        let sha = LuaScript(name: "", source: "return 0 --\(String(repeating: "x", count: 100))").sha
        #expect(try await engine.send(RedisCommand("SCRIPT", ["EXISTS", .string(sha)])) == .array([.integer(0)]))
        #expect(try await engine.send(RedisCommand("SCRIPT", ["EXISTS", .string(kept.sha)])) == .array([.integer(1)]))
    }

    /// Expiries at the ends of the calendar.
    @Test(arguments: [Int64.min + 1_000_000, -5_000_000, 0, Int64.max])
    func timesAtTheEndsOverflowNothing(microseconds: Int64) async throws {
        let engine = EmbeddedEngine(clock: ManualClock(microseconds: microseconds))
        for expiry in ["9223372036854775806", "9223372036854775807", "1", "-1", "9223372036854775"] {
            for option in ["EX", "PX", "EXAT", "PXAT"] {
                _ = try? await engine.send(RedisCommand("SET", ["k", "v", .string(option), .string(expiry)]))
                for command in ["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME", "GETDEL"] {
                    _ = try? await engine.send(RedisCommand(command, ["k"]))
                }
            }
            for command in ["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"] {
                _ = try? await engine.send(RedisCommand("SET", ["k", "v"]))
                _ = try? await engine.send(RedisCommand(command, ["k", .string(expiry)]))
            }
        }
        _ = try await engine.send(RedisCommand("TIME"))
        _ = try await engine.send(RedisCommand("FLUSHALL"))
        #expect(try await engine.send(RedisCommand("EXISTS", ["k"])) == .integer(0))
    }
}
