import PeriluneCore
import PeriluneEmbedded
import PeriluneFuzzing
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The typed commands on a real server and on the embedded engine, call by call.
@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct EverydayCommandTests {
    let pair: EnginePair
    let redis: ComparingEngine

    init() throws {
        pair = try EnginePair()
        redis = ComparingEngine(pair: pair)
    }

    @Test func stringsWithEveryOption() async throws {
        #expect(try await redis.set("key", "value", expiring: .seconds(60)))
        #expect(try await redis.ttl("key") == .expires(in: .seconds(60)))
        pair.advance(59_999_000)
        #expect(try await redis.get("key") == "value")
        #expect(try await redis.set("key", "other", expiring: .unchanged))
        #expect(try await redis.ttl("key") == .expires(in: .milliseconds(1)))
        pair.advance(2_000)  // a key expires when its last millisecond is over
        #expect(try await redis.get("key") == nil)
        #expect(try await redis.ttl("key") == .missingKey)

        #expect(try await redis.set("lock", "a", if: .ifPresent) == false)
        #expect(try await redis.set("lock", "a", if: .ifMissing, expiring: .after(.microseconds(1))))
        #expect(try await redis.set("lock", "b", if: .ifMissing) == false)
        #expect(try await redis.ttl("lock") == .expires(in: .milliseconds(1)))
        #expect(try await redis.getset("lock", "c", expiring: .never) == "a")
        #expect(try await redis.ttl("lock") == .noExpiry)
        #expect(try await redis.getset("lock", "d", if: .ifMissing) == "c")
        #expect(try await redis.get("lock") == "c")
        let date = Date(timeIntervalSince1970: Double(pair.microseconds / 1_000_000) + 10)
        #expect(try await redis.getex("lock", expiring: .at(date)) == "c")
        #expect(try await redis.ttl("lock") == .expires(in: .milliseconds(9_876)))
        #expect(try await redis.getex("lock", expiring: .unchanged) == "c")
        #expect(try await redis.getex("lock", expiring: .never) == "c")
        #expect(try await redis.ttl("lock") == .noExpiry)
        #expect(try await redis.getdel("lock") == "c")
        #expect(try await redis.exists("lock") == false)

        try await redis.mset(["a": 1, "b": "x", "c": .bytes([0, 255])])
        #expect(try await redis.msetnx(["c": 1, "d": 1]) == false)
        #expect(try await redis.mget(["a", "none", "b"]) == ["1", nil, "x"])
        #expect(try await redis.get("c", as: [UInt8].self) == [0, 255])
        #expect(try await redis.incr("a") == 2)
        #expect(try await redis.incr("a", by: -5) == -3)
        #expect(try await redis.get("a", as: Int.self) == -3)
        #expect(try await redis.incrbyfloat("a", by: 0.5) == -2.5)
        #expect(try await redis.append("b", "yz") == 3)
        #expect(try await redis.strlen("b") == 3)
        #expect(try await redis.getrange("b", from: -2, to: -1) == Array("yz".utf8))
        #expect(try await redis.setrange("b", at: 4, "!") == 5)
        #expect(try await redis.get("b") == "xyz\0!")
    }

    @Test func whatAnEngineRefusesIsAnErrorWithItsWords() async throws {
        await #expect(throws: EngineError(RedisError("ERR invalid expire time in 'set' command"))) {
            try await redis.set("k", "v", expiring: .after(.zero))
        }
        await #expect(throws: EngineError(RedisError("ERR invalid expire time in 'set' command"))) {
            try await redis.set("k", "v", expiring: .seconds(Int64.max))
        }
        try await redis.rpush("l", ["a"])
        await #expect(throws: EngineError.self) { try await redis.get("l") }
        try await redis.set("text", "x")
        await #expect(throws: EngineError.self) { try await redis.incr("text") }
        do throws(EngineError) {
            _ = try await redis.get("text", as: Int.self)
            Issue.record("read text as an integer")
        } catch {
            #expect(error.code == .unexpectedReply)
            #expect(error.message == "GET answered with a string instead of an integer or null")
        }
    }

    @Test func keysAndExpiry() async throws {
        try await redis.set("a", 1)
        try await redis.zadd("z", "m", score: 1)
        #expect(try await redis.type("a") == .string)
        #expect(try await redis.type("z") == .sortedSet)
        #expect(try await redis.type("none") == nil)
        #expect(try await redis.copy("a", to: "b"))
        #expect(try await redis.copy("z", to: "b") == false)
        #expect(try await redis.copy("z", to: "b", replacing: true))
        try await redis.rename("b", to: "c")
        #expect(try await redis.renamenx("c", to: "a") == false)
        #expect(try await redis.exists(["a", "a", "none"]) == 2)
        #expect(try await redis.expire("a", after: .milliseconds(1_500)))
        #expect(try await redis.expire("a", after: .seconds(1), if: .ifLater) == false)
        #expect(try await redis.expire("a", after: .seconds(1), if: .ifSooner))
        #expect(try await redis.expire("none", after: .seconds(1)) == false)
        #expect(try await redis.persist("a"))
        #expect(try await redis.persist("a") == false)
        #expect(try await redis.expire("a", at: Date(timeIntervalSince1970: 1)))
        #expect(try await redis.exists("a") == false)
        #expect(try await redis.del(["c", "z", "none"]) == 2)
        #expect(try await redis.del("c") == false)
        #expect(try await redis.unlink(["c"]) == 0)
    }

    @Test func hashes() async throws {
        let name = "Ann"
        #expect(try await redis.hset("h", ["name": .string(name), "visits": 1]) == 2)
        #expect(try await redis.hset("h", "name", name) == false)
        #expect(try await redis.hsetnx("h", "name", "Bob") == false)
        #expect(try await redis.hget("h", "name") == "Ann")
        #expect(try await redis.hget("h", "visits", as: Int.self) == 1)
        #expect(try await redis.hget("none", "name") == nil)
        #expect(try await redis.hincrby("h", "visits", by: 2) == 3)
        #expect(try await redis.hincrbyfloat("h", "rate", by: 0.25) == 0.25)
        #expect(try await redis.hmget("h", ["name", "none"]) == ["Ann", nil])
        #expect(try await redis.hgetall("h") == ["name": "Ann", "visits": "3", "rate": "0.25"])
        #expect(try await redis.hgetall("none") == [:])
        #expect(try await redis.hkeys("h") == ["name", "visits", "rate"])
        #expect(try await redis.hvals("h") == ["Ann", "3", "0.25"])
        #expect(try await redis.hlen("h") == 3)
        #expect(try await redis.hexists("h", "rate"))
        #expect(try await redis.hdel("h", ["rate", "none"]) == 1)
    }

    @Test func lists() async throws {
        #expect(try await redis.rpush("l", ["b", "c"]) == 2)
        #expect(try await redis.lpush("l", ["a"]) == 3)
        #expect(try await redis.linsert("l", "x", .before, "b") == 4)
        #expect(try await redis.linsert("l", "x", .after, "none") == nil)
        #expect(try await redis.linsert("none", "x", .after, "b") == nil)
        #expect(try await redis.lrange("l") == ["a", "x", "b", "c"])
        #expect(try await redis.lrange("l", from: -2) == ["b", "c"])
        #expect(try await redis.lindex("l", -1) == "c")
        #expect(try await redis.lindex("l", 9) == nil)
        #expect(try await redis.lpos("l", "b") == 2)
        try await redis.lset("l", 1, "y")
        #expect(try await redis.lmove("l", .right, to: "m", .left) == "c")
        #expect(try await redis.lmove("none", .right, to: "m", .left) == nil)
        #expect(try await redis.lpop("l") == "a")
        #expect(try await redis.rpop("m") == "c")
        #expect(try await redis.lpop("m") == nil)
        #expect(try await redis.lpop("m", count: 2) == [])
        #expect(try await redis.rpop("l", count: 5) == ["b", "y"])
        try await redis.rpush("n", [1, 2, 1, 3])
        #expect(try await redis.lrem("n", 1) == 2)
        try await redis.ltrim("n", from: 1, to: -1)
        #expect(try await redis.lrange("n", as: Int.self) == [3])
        #expect(try await redis.llen("n") == 1)
    }

    @Test func sets() async throws {
        let redis = ComparingEngine(pair: pair, order: .any)
        #expect(try await redis.sadd("s", ["a", "b", "a"]) == 2)
        #expect(try await redis.sismember("s", "a"))
        #expect(try await redis.smismember("s", ["a", "z"]) == [true, false])
        #expect(try await redis.smembers("s").sorted() == ["a", "b"])
        #expect(try await redis.scard("s") == 2)
        #expect(try await redis.smove("s", "a", to: "t"))
        #expect(try await redis.sunion(["s", "t"]).sorted() == ["a", "b"])
        #expect(try await redis.sinter(["s", "t"]) == [])
        #expect(try await redis.sdiff(["s", "t"]) == ["b"])
        #expect(try await redis.sunionstore(["s", "t"], to: "u") == 2)
        #expect(try await redis.sinterstore(["s", "u"], to: "v") == 1)
        #expect(try await redis.sdiffstore(["u", "v"], to: "v") == 1)
        #expect(try await redis.srem("u", ["a", "b", "c"]) == 2)
        #expect(try await redis.srandmember("t", count: 5) == ["a"])
        #expect(try await redis.spop("t") == ["a"])
        #expect(try await redis.spop("t") == [])
    }

    @Test func sortedSets() async throws {
        #expect(try await redis.zadd("z", ["ann": 12, "bob": 9, "cid": 9]) == 3)
        #expect(try await redis.zadd("z", "ann", score: 11, if: .ifGreater, counting: .changed) == false)
        #expect(try await redis.zadd("z", "ann", score: 13, if: .ifGreater, counting: .changed))
        #expect(try await redis.zadd("z", ["ann": 1, "dan": 1], if: .ifMissing) == 1)
        #expect(try await redis.zscore("z", "ann") == 13)
        #expect(try await redis.zmscore("z", ["dan", "none"]) == [1, nil])
        #expect(try await redis.zincrby("z", "dan", by: 0.5) == 1.5)
        #expect(try await redis.zincrby("z", "none", by: 1, if: .ifPresent) == nil)
        #expect(try await redis.zrange("z") == ["dan", "bob", "cid", "ann"])
        #expect(try await redis.zrange("z", .ranks(from: 0, to: 1), reversed: true) == ["ann", "cid"])
        #expect(try await redis.zrange("z", .scores(from: .excluding(1.5), to: 9)) == ["bob", "cid"])
        #expect(
            try await redis.zrange("z", .scores(from: 9), reversed: true, limit: RangeLimit(offset: 1, count: 1))
                == ["cid"])
        let best = try await redis.zrangeWithScores("z", .ranks(from: -1))
        #expect(best == [ScoredMember(member: "ann", score: 13)])
        #expect(try await redis.zrank("z", "ann") == 3)
        #expect(try await redis.zrank("z", "ann", reversed: true) == 0)
        #expect(try await redis.zrank("z", "none") == nil)
        #expect(try await redis.zcount("z", from: 9) == 3)
        #expect(try await redis.zpopmin("z") == [ScoredMember(member: "dan", score: 1.5)])
        #expect(try await redis.zpopmax("z", count: 1).map(\.member) == ["ann"])
        try await redis.zadd("z", "end", score: .infinity)
        #expect(try await redis.zscore("z", "end") == .infinity)
        #expect(try await redis.zremrange("z", .members(from: .including("c"), to: .excluding("d"))) == 1)
        #expect(try await redis.zremrange("z", .scores(to: 9)) == 1)
        #expect(try await redis.zremrange("z", .ranks()) == 1)
        #expect(try await redis.zcard("z") == 0)
    }

    @Test func scansGiveEverything() async throws {
        for number in 0..<300 { try await redis.set("user:\(number)", number) }
        try await redis.rpush("user:list", ["x"])
        // The order of a server's table is its own: each engine by itself.
        for engine in [pair.redis, pair.embedded] as [any ScriptEngine] {
            var keys: Set<String> = []
            for try await key in engine.scan(matching: "user:*", type: .string, count: 7) { keys.insert(key) }
            #expect(keys == Set((0..<300).map { "user:\($0)" }))
            for number in 0..<600 {
                try await engine.hset("h", "f\(number)", number)
                try await engine.sadd("s", [number])
                try await engine.zadd("z", "m\(number)", score: Double(number))
            }
            var fields: [String: Int] = [:]
            for try await (field, value) in engine.hscan("h", as: Int.self) { fields[field] = value }
            #expect(fields == Dictionary(uniqueKeysWithValues: (0..<600).map { ("f\($0)", $0) }))
            var members: Set<Int> = []
            for try await member in engine.sscan("s", count: 50, as: Int.self) { members.insert(member) }
            #expect(members == Set(0..<600))
            var scores: [String: Double] = [:]
            for try await entry in engine.zscan("z", matching: "m1*") { scores[entry.member] = entry.score }
            #expect(scores.count == 111 && scores["m17"] == 17)
            for try await key in engine.scan(matching: "none*") { Issue.record("\(key)") }
        }
    }

    @Test func aScanEndsWithItsTask() async throws {
        for number in 0..<100 { try await redis.set("k\(number)", number) }
        for engine in [pair.redis, pair.embedded] as [any ScriptEngine] {
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                for try await _ in engine.scan(count: 1) {}
            }
            let error = await #expect(throws: EngineError.self) { try await task.value }
            #expect(error?.code == .cancelled)
        }
    }

    @Test func pipelinesGiveAReplyForEachCommand() async throws {
        let (isSet, visits, name, none) = try await redis.pipeline(
            .set("name", "Ann"), .incr("visits"), .get("name"), .get("none", as: Int.self))
        #expect(isSet && visits == 1 && name == "Ann" && none == nil)
        let replies = try await redis.pipeline([
            RedisCommand("GET", ["name"]), RedisCommand("LLEN", ["name"]), RedisCommand("NOTHING"),
            RedisCommand("INCR", ["visits"]),
        ])
        #expect(replies.count == 4 && replies[0] == .bulk("Ann") && replies[3] == .integer(2))
        #expect(
            replies[1] == .error(RedisError("WRONGTYPE Operation against a key holding the wrong kind of value")))
        await #expect(throws: EngineError.self) { try await redis.pipeline(.llen("name"), .incr("visits")) }
        #expect(try await redis.get("visits") == "3")
        let keys: [RedisKey] = ["a", "b", "a"]
        #expect(try await redis.pipeline(keys.map { .incr($0) }) == [1, 1, 2])
        #expect(try await redis.pipeline([]) == [])
    }

    @Test func transactionsRunAsOneStepOrNotAtAll() async throws {
        let (_, length, elements) = try await redis.transaction(
            .set("last", "b"), .rpush("all", ["a", "b"]), .lrange("all"))
        #expect(length == 2 && elements == ["a", "b"])
        // One that fails while it runs undoes nothing.
        let replies = try await redis.transaction([
            RedisCommand("INCR", ["n"]), RedisCommand("INCR", ["all"]), RedisCommand("INCR", ["n"]),
        ])
        #expect(replies[0] == .integer(1) && replies[2] == .integer(2))
        // One that is refused keeps all of them from running.
        for engine in [pair.redis, pair.embedded] as [any ScriptEngine] {
            let error = await #expect(throws: EngineError.self) {
                try await engine.transaction([
                    RedisCommand("INCR", ["n"]), RedisCommand("GET"), RedisCommand("NOTHING"),
                ])
            }
            #expect(error?.serverError?.line == "ERR wrong number of arguments for 'get' command")
            #expect(error?.mayHaveRun == false)
            #expect(try await engine.get("n", as: Int.self) == 2)
        }
        #expect(try await redis.transaction([]) == [])
        // What would wait does not.
        #expect(try await redis.transaction([RedisCommand("BLPOP", ["none", 0])]) == [.null])
    }
}
