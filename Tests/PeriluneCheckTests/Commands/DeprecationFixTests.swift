import PeriluneCore
import PeriluneRedis
import PeriluneTestSupport
import Testing

@testable import PeriluneCheck

@Suite("Deprecated commands are replaced")
struct DeprecationFixTests {
    /// The script after all fixes of its deprecated commands.
    private static func fixed(_ script: String, redis: RedisVersion = .v72) -> String {
        let source = Array(script.utf8)
        let findings = Validator(redis: redis).findings(in: ScriptSource(path: "t.lua", bytes: source))
        let fixes = findings.filter { $0.rule == CommandCheck.deprecated.id }.compactMap(\.fix)
        return String(decoding: Fix.apply(fixes, to: source).source, as: UTF8.self)
    }

    private static let samples: [(String, String)] = [
        ("return redis.call('SETEX', KEYS[1], 10, 'v')", "return redis.call('SET', KEYS[1], 'v', 'EX', 10)"),
        ("redis.call(\"psetex\", KEYS[1],ARGV[1] ,ARGV[2])", "redis.call(\"set\", KEYS[1],ARGV[2], \"px\" ,ARGV[1])"),
        (
            "return redis.pcall('SETEX', KEYS[1], math.ceil(1.5), tostring(2) .. 'x')",
            "return redis.pcall('SET', KEYS[1], tostring(2) .. 'x', 'EX', math.ceil(1.5))"
        ),
        ("redis.call('HMSET', KEYS[1], 'f', 'v')", "redis.call('HSET', KEYS[1], 'f', 'v')"),
        ("redis.call('HMSET', KEYS[1], unpack({'f', 'v'}))", "redis.call('HSET', KEYS[1], unpack({'f', 'v'}))"),
        ("redis.call('SETNX', KEYS[1], 'v')", "redis.call('SET', KEYS[1], 'v', 'NX')"),
        ("return redis.call('GETSET', KEYS[1], 'v')", "return redis.call('SET', KEYS[1], 'v', 'GET')"),
        ("return redis.call('SUBSTR', KEYS[1], 0, -1)", "return redis.call('GETRANGE', KEYS[1], 0, -1)"),
        (
            "return redis.call('RPOPLPUSH', KEYS[2], KEYS[2])",
            "return redis.call('LMOVE', KEYS[2], KEYS[2], 'RIGHT', 'LEFT')"
        ),
        (
            "return redis.call('ZRANGEBYSCORE', KEYS[3], 0, '(3', 'WITHSCORES', 'LIMIT', 0, 2)",
            "return redis.call('ZRANGE', KEYS[3], 0, '(3', 'BYSCORE', 'WITHSCORES', 'LIMIT', 0, 2)"
        ),
        (
            "return redis.call('ZRANGEBYSCORE', KEYS[3], 0, 3, unpack({'WITHSCORES'}))",
            "return redis.call('ZRANGE', KEYS[3], 0, 3, 'BYSCORE', unpack({'WITHSCORES'}))"
        ),
        (
            "return redis.call('ZREVRANGEBYSCORE', KEYS[3], 3, 0)",
            "return redis.call('ZRANGE', KEYS[3], 3, 0, 'BYSCORE', 'REV')"
        ),
        (
            "return redis.call('ZREVRANGE', KEYS[3], 0, 1, 'WITHSCORES')",
            "return redis.call('ZRANGE', KEYS[3], 0, 1, 'REV', 'WITHSCORES')"
        ),
        (
            "return redis.call('ZRANGEBYLEX', KEYS[3], '[a', '+')",
            "return redis.call('ZRANGE', KEYS[3], '[a', '+', 'BYLEX')"
        ),
        (
            "return redis.call('ZREVRANGEBYLEX', KEYS[3], '+', '[a')",
            "return redis.call('ZRANGE', KEYS[3], '+', '[a', 'BYLEX', 'REV')"
        ),
        (
            "return redis.call('GEORADIUS', KEYS[4], 15, 37, 200, 'km')",
            "return redis.call('GEOSEARCH', KEYS[4], 'FROMLONLAT', 15, 37, 'BYRADIUS', 200, 'km')"
        ),
        (
            "return redis.call('GEORADIUSBYMEMBER_RO', KEYS[4], 'Catania', 300, 'km', 'DESC')",
            "return redis.call('GEOSEARCH', KEYS[4], 'FROMMEMBER', 'Catania', 'BYRADIUS', 300, 'km', 'DESC')"
        ),
    ]

    @Test(arguments: samples)
    func fixes(script: String, expected: String) {
        #expect(Self.fixed(script) == expected)
    }

    @Test("A command that waited only outside scripts is replaced where it is allowed")
    func blocking() {
        #expect(
            Self.fixed("return redis.call('BRPOPLPUSH', KEYS[1], KEYS[2], 0)")
                == "return redis.call('BLMOVE', KEYS[1], KEYS[2], 'RIGHT', 'LEFT', 0)")
    }

    @Test("Calls across lines keep them")
    func lines() {
        #expect(
            Self.fixed("redis.call(\n  'HMSET', -- all of it\n  KEYS[1],\n  'f', 'v')")
                == "redis.call(\n  'HSET', -- all of it\n  KEYS[1],\n  'f', 'v')")
        #expect(
            Self.fixed("redis.call('SETEX', KEYS[1], -- for a while\n  ARGV[1],\n  ARGV[2])")
                == "redis.call('SET', KEYS[1], -- for a while\n  ARGV[2], 'EX',\n  ARGV[1])")
    }

    @Test(
        "What might mean something else is left alone",
        arguments: [
            // The reply differs.
            "return redis.call('HMSET', KEYS[1], 'f', 'v')", "local ok = redis.call('SETNX', KEYS[1], 'v') return ok",
            "if redis.call('SETNX', KEYS[1], 'v') == 1 then return 1 end",
            "return {redis.call('HMSET', KEYS[1], 'f', 'v')}",
            // The order of calls would change.
            "local function f() return 1 end return redis.call('SETEX', KEYS[1], f(), f() .. '')",
            "return redis.call('SETEX', KEYS[1], redis.call('GET', KEYS[2]), 'v')",
            "local t = {} return redis.call('SETEX', KEYS[1], t:ttl(), 'v')",
            "return redis.call('SETEX', KEYS[1], t().ttl, 'v')",
            // Nobody knows how many arguments there are.
            "return redis.call('SETEX', KEYS[1], unpack(ARGV))", "return redis.call('SETEX', unpack(ARGV))",
            "return redis.call('GETSET', KEYS[1], ...)", "return redis.call('ZRANGEBYSCORE', KEYS[1], unpack(ARGV))",
            // There may be a key to store into.
            "return redis.call('GEORADIUS', KEYS[4], 15, 37, 200, 'km', ARGV[1], KEYS[1])",
            // It is wrong as it is.
            "return redis.call('SETEX', KEYS[1], 10)", "return redis.call('SETEX', KEYS[1], 10, 'v', 'w')",
            "return redis.call('GETSET', KEYS[1])",
            // There is something else to use for it, but nothing that is the same.
            "return redis.call('CLUSTER', 'SLOTS')",
        ])
    func leftAlone(_ script: String) {
        #expect(Self.fixed(script) == script)
    }

    @Test("What was fixed has nothing more to fix", arguments: samples)
    func fixedOnce(script: String, expected: String) {
        let findings = Validator().findings(in: ScriptSource(path: "t.lua", bytes: Array(expected.utf8)))
        #expect(!findings.contains { $0.rule == CommandCheck.deprecated.id || $0.severity == .error }, "\(findings)")
    }

    @Test(
        "A server does and says the same before and after",
        .enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
    func sameOnServer() async throws {
        let keys: [RedisKey] = ["k", "list", "scores", "places"]
        let arguments: [RedisArgument] = ["5000", "9000"]
        // Everything that there is afterwards: keys, their contents, and whether they expire within the same second.
        let state = """
            local all = {}
            for i = 1, #KEYS do
              all[#all + 1] = redis.call('DUMP', KEYS[i])
              local left = redis.call('PTTL', KEYS[i])
              all[#all + 1] = left < 0 and left or math.ceil(left / 1000)
            end
            """
        // Absent, of the right type, and of a wrong one.
        let given = ["", "redis.call('SET', KEYS[1], 'old', 'PX', 700000)", "redis.call('LPUSH', KEYS[1], 'x')"]
        let data = """
            redis.call('FLUSHALL')
            redis.call('RPUSH', KEYS[2], 'a', 'b', 'c')
            redis.call('ZADD', KEYS[3], 0, 'a', 1, 'b', 2, 'c', 3, 'd')
            redis.call('GEOADD', KEYS[4], 13.361389, 38.115556, 'Palermo', 15.087269, 37.502669, 'Catania')
            """
        try await withServer { engine in
            for (script, expected) in Self.samples {
                for given in given {
                    func run(_ body: String) async throws -> RedisReply {
                        let source = """
                            \(data) \(given)
                            local reply = {(function() \(body) end)()}
                            \(state)
                            return {reply[1] and cjson.encode(reply[1]) or 'none', all}
                            """
                        do throws(EngineError) {
                            return try await engine.call(
                                LuaScript(name: "test", source: source), keys: keys, arguments: arguments)
                        } catch {
                            guard let server = error.serverError else { throw error }
                            return .status(String(server.code))
                        }
                    }
                    let (before, after) = (try await run(script), try await run(expected))
                    #expect(before == after, "\(script) after \(given)")
                }
            }
        }
    }
}
