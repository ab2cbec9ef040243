import PeriluneCore
import PeriluneEmbedded
import Testing

/// What holds for collections of all types. `Conformance` compares their commands with a real server.
@Suite struct CollectionTests {
    let clock = ManualClock()
    let engine: EmbeddedEngine

    init() {
        engine = EmbeddedEngine(clock: clock)
    }

    func send(_ line: String) async -> RedisReply {
        let words = line.split(separator: " ").map(String.init)
        do throws(EngineError) {
            return try await engine.send(RedisCommand(words[0], words.dropFirst().map { .string($0) }))
        } catch {
            return .error(error.serverError ?? RedisError("\(error)"))
        }
    }

    @Test(arguments: [
        ["HSET k a 1", "HDEL k a"], ["RPUSH k a", "LPOP k"], ["RPUSH k a", "LTRIM k 1 0"], ["RPUSH k a", "LREM k 0 a"],
        ["RPUSH k a", "RPOPLPUSH k other"], ["SADD k a", "SREM k a"], ["SADD k 1", "SPOP k"],
        ["SADD k a", "SMOVE k o a"],
        ["SADD k a", "SDIFFSTORE k k k"], ["ZADD k 1 a", "ZREM k a"], ["ZADD k 1 a", "ZPOPMIN k"],
        ["ZADD k 1 a", "ZREMRANGEBYRANK k 0 -1"], ["ZADD k 1 a", "ZRANGESTORE k k 5 6"],
        ["ZADD k 1 a", "ZDIFFSTORE k 2 k k"], ["ZADD k 1 a", "ZMPOP 1 k MAX"], ["RPUSH k a", "LMPOP 1 k LEFT COUNT 9"],
    ])
    func emptiedKeysVanish(lines: [String]) async {
        _ = await send(lines[0])
        #expect(await send("EXISTS k") == .integer(1))
        _ = await send(lines[1])
        #expect(await send("EXISTS k") == .integer(0), "\(lines)")
        #expect(await send("TYPE k") == .status("none"))
        // A key of another type may take its place.
        #expect(await send("APPEND k x") == .integer(1))
    }

    @Test(arguments: ["HSET k a 1", "RPUSH k a", "SADD k a", "ZADD k 1 a"])
    func collectionsExpire(line: String) async {
        _ = await send(line)
        #expect(await send("PEXPIRE k 100") == .integer(1))
        // Changes keep the expiry.
        _ = await send(line)
        #expect(await send("PTTL k") == .integer(100))
        #expect(await send("COPY k copy") == .integer(1))
        #expect(await send("RENAME k name") == .status("OK"))
        clock.advance(by: .milliseconds(101))
        #expect(await send("EXISTS copy name") == .integer(0))
        #expect(await send("SET k 1") == .status("OK"))
        _ = await send("SET k 2 KEEPTTL")
        #expect(await send("PTTL k") == .integer(-1))
    }

    @Test(arguments: ["HSET k a 1", "RPUSH k a", "SADD k a", "SADD k 7", "ZADD k 1 a"])
    func copiesAreIndependent(line: String) async {
        let wrongType = RedisReply.error(
            RedisError("WRONGTYPE Operation against a key holding the wrong kind of value"))
        _ = await send(line)
        #expect(await send("COPY k copy") == .integer(1))
        for command in ["HSET k b 2", "RPUSH k b", "SADD k b", "ZADD k 2 b"] { _ = await send(command) }
        for command in ["HLEN", "LLEN", "SCARD", "ZCARD"] {
            let (original, copy) = (await send("\(command) k"), await send("\(command) copy"))
            #expect(original == wrongType && copy == wrongType || original == .integer(2) && copy == .integer(1))
        }
    }

    /// Numbers at the edges neither trap nor reserve memory.
    @Test func extremeNumbersAreAnswered() async {
        let (least, most) = ("-9223372036854775808", "9223372036854775807")
        for line in ["HSET h f \(most)", "RPUSH l a b c", "SADD s a b c", "SADD i 1 2 3", "ZADD z 1 a 2 b 3 c"] {
            _ = await send(line)
        }
        #expect(
            await send("HINCRBY h f 1") == .error(RedisError("ERR increment or decrement would overflow")))
        for number in [least, most] {
            for line in [
                "HINCRBY h f %", "HRANDFIELD h %", "HRANDFIELD h % WITHVALUES", "HSCAN h 0 COUNT %", "LRANGE l % %",
                "LRANGE l 0 %", "LINDEX l %", "LSET l % x", "LREM l % none", "LPOS l a RANK %", "LPOS l a COUNT %",
                "LPOS l a MAXLEN %", "LPOP none %", "LMPOP 1 none LEFT COUNT %", "LMPOP % l LEFT", "SRANDMEMBER s %",
                "SRANDMEMBER i %", "SPOP none %", "SINTERCARD % s", "SINTERCARD 1 s LIMIT %", "SSCAN s % COUNT %",
                "ZRANGE z % %", "ZRANGE z 0 %", "ZRANGE z % 0 REV", "ZRANGE z 0 9 BYSCORE LIMIT % %",
                "ZRANGE z 9 0 BYSCORE REV LIMIT 1 %", "ZREMRANGEBYRANK none % %", "ZPOPMIN none %", "ZUNION % z",
                "ZINTERCARD 1 z LIMIT %", "ZRANDMEMBER z %", "ZRANDMEMBER z % WITHSCORES", "ZINCRBY z % a",
                "ZMPOP % z MIN", "SCAN % COUNT %", "ZSCAN z 0 COUNT %",
            ] {
                _ = await send(line.replacing("%", with: number))
            }
        }
        #expect(await send("PING") == .status("PONG"))
        #expect(await send("LTRIM l \(least) \(most)") == .status("OK"))
        #expect(await send("LLEN l") == .integer(3))
        #expect(await send("SRANDMEMBER s -1000000000") == .error(RedisError("ERR value is out of range")))
        #expect(await send("SRANDMEMBER s -1000").array?.count == 1000)
        #expect(await send("HINCRBYFLOAT h g inf") == .error(RedisError("ERR value is NaN or Infinity")))
        #expect(await send("ZADD z inf a") == .integer(0))
        #expect(await send("ZINCRBY z -inf a") == .error(RedisError("ERR resulting score is not a number (NaN)")))
    }

    /// Order is that of insertion however large a hash or set is, also after removals.
    @Test func largeTablesKeepTheirOrder() async {
        var expected: [RedisReply] = []
        for index in 0..<3000 { _ = await send("HSET h f\(index) \(index)") }
        for index in 0..<3000 where index % 3 != 1 { _ = await send("HDEL h f\(index)") }
        for index in 0..<50 { _ = await send("HSET h g\(index) v") }
        for index in 0..<3000 where index % 3 == 1 { expected.append(.bulk("f\(index)")) }
        for index in 0..<50 { expected.append(.bulk("g\(index)")) }
        #expect(await send("HKEYS h") == .array(expected))
        for index in 0..<3000 {
            let value = await send("HGET h f\(index)")
            if value != (index % 3 == 1 ? .bulk("\(index)") : .null) { Issue.record("f\(index) is \(value)") }
        }
    }

    @Test func longListsWorkAtBothEnds() async {
        for index in 0..<3000 { _ = await send(index % 2 == 0 ? "RPUSH l r\(index)" : "LPUSH l l\(index)") }
        #expect(await send("LINDEX l 1499") == .bulk("l1"))
        #expect(await send("LINDEX l 1500") == .bulk("r0"))
        #expect(await send("LTRIM l 1499 1500") == .status("OK"))
        #expect(await send("LRANGE l 0 -1") == .array([.bulk("l1"), .bulk("r0")]))
    }

    /// Scripts see replies as Redis' documentation says: arrays as tables, null as false, scores as text.
    @Test func scriptsUseCollections() async throws {
        let script = LuaScript(
            name: "collections",
            source: """
                redis.call('HSET', KEYS[1], 'a', 1, 'b', 'text')
                redis.call('ZADD', KEYS[2], 1.5, 'x', 2, 'y', '-inf', 'z')
                local all = redis.call('HGETALL', KEYS[1])
                local ranked = redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')
                local popped = redis.call('LPOP', KEYS[3], 2)
                local wrong = redis.pcall('LPUSH', KEYS[1], 'x')
                local page = redis.call('HSCAN', KEYS[1], 0)
                return {all, ranked, popped == false and 'none' or 'some', wrong.err, page[1], #page[2],
                  redis.call('HMGET', KEYS[1], 'a', 'none'), redis.call('ZSCORE', KEYS[2], 'x')}
                """)
        let reply = try await engine.call(script, keys: ["h", "z", "l"], arguments: [])
        func bulks(_ texts: String...) -> RedisReply { .array(texts.map { .bulk($0) }) }
        #expect(
            reply
                == .array([
                    bulks("a", "1", "b", "text"), bulks("z", "-inf", "x", "1.5", "y", "2"), .bulk("none"),
                    .bulk("WRONGTYPE Operation against a key holding the wrong kind of value"), .bulk("0"),
                    .integer(4), .array([.bulk("1"), .null]), .bulk("1.5"),
                ]))
    }

    /// A quarter of a large buffer is kept; what is kept is counted.
    @Test func whatAListHoldsIsCounted() async throws {
        let engine = EmbeddedEngine()
        func size() -> Int {
            var size = 0
            engine.exclusively { size = $0.dataMemory }
            return size
        }
        let elements = [RedisArgument](repeating: "x", count: 1000)
        for _ in 0..<40 { _ = try await engine.send(RedisCommand("RPUSH", ["l"] + elements)) }
        let full = size()
        _ = try await engine.send(RedisCommand("LTRIM", ["l", 0, 19_999]))
        #expect(size() > full / 2)
        _ = try await engine.send(RedisCommand("LTRIM", ["l", 0, 9]))
        #expect(size() < full / 100)
        for _ in 0..<40 { _ = try await engine.send(RedisCommand("RPUSH", ["l"] + elements)) }
        _ = try await engine.send(RedisCommand("LREM", ["l", 0, "x"]))
        #expect(size() < full / 100)
    }
}
