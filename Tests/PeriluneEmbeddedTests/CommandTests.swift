import PeriluneCore
import PeriluneEmbedded
import Testing

/// The commands, by what Redis' documentation says of them. `Conformance` compares them with a real server.
@Suite struct CommandTests {
    let clock = ManualClock()
    let engine: EmbeddedEngine

    init() {
        engine = EmbeddedEngine(clock: clock)
    }

    /// Sends a command written as words.
    func send(_ line: String) async -> RedisReply {
        let words = line.split(separator: " ").map { RedisArgument.string(String($0)) }
        guard case .string(let name)? = words.first else { return .null }
        do throws(EngineError) {
            return try await engine.send(RedisCommand(name, Array(words.dropFirst())))
        } catch {
            return .error(error.serverError ?? RedisError("\(error)"))
        }
    }

    @Test func setTakesAllItsOptions() async {
        #expect(await send("SET a 1 NX") == .status("OK"))
        #expect(await send("SET a 2 NX") == .null)
        #expect(await send("SET a 2 XX GET") == .bulk("1"))
        #expect(await send("SET b 2 XX") == .null)
        #expect(await send("SET a 3 PX 1500") == .status("OK"))
        #expect(await send("PTTL a") == .integer(1500))
        #expect(await send("TTL a") == .integer(2))
        #expect(await send("SET a 4 KEEPTTL") == .status("OK"))
        #expect(await send("PTTL a") == .integer(1500))
        #expect(await send("SET a 5") == .status("OK"))
        #expect(await send("PTTL a") == .integer(-1))
        #expect(await send("SET a 5 EX 0") == .error(RedisError("ERR invalid expire time in 'set' command")))
        #expect(await send("SET a 5 EX x") == .error(RedisError("ERR value is not an integer or out of range")))
        #expect(
            await send("SET a 5 EX 9223372036854775807")
                == .error(RedisError("ERR invalid expire time in 'set' command")))
        #expect(await send("SET a 5 NX XX") == .error(RedisError("ERR syntax error")))
        #expect(await send("SET a 5 EX 1 PX 1") == .error(RedisError("ERR syntax error")))
        #expect(await send("SET a 5 EX") == .error(RedisError("ERR syntax error")))
        #expect(await send("SET a 6 PXAT 1") == .status("OK"))
        #expect(await send("EXISTS a") == .integer(0))
    }

    /// Short strings are kept in another form than long ones.
    @Test(arguments: 1...20) func stringsAreTheSameAtAnyLength(length: Int) async {
        let text = String("abcdefghijklmnopqrst".prefix(length))
        #expect(await send("SET s \(text)") == .status("OK"))
        #expect(await send("GET s") == .bulk(text))
        #expect(await send("STRLEN s") == .integer(length))
        #expect(await send("OBJECT ENCODING s") == .bulk("embstr"))
        #expect(await send("GETRANGE s 1 -1") == .bulk(String(text.dropFirst())))
        #expect(await send("SET t \(text) GET") == .null)
        #expect(await send("APPEND s -") == .integer(length + 1))
        #expect(await send("SETRANGE t 0 -") == .integer(length))
        #expect(await send("MGET s t") == .array([.bulk(text + "-"), .bulk("-" + text.dropFirst())]))
        #expect(await send("OBJECT ENCODING s") == .bulk("raw"))
        #expect(await send("BITCOUNT t") == (await send("BITCOUNT t 0 -1")))
    }

    /// Elements are compared by their bytes, however they came into a list.
    @Test func sortedElementsAreFoundInTheirList() async {
        #expect(await send("SADD set b a c") == .integer(3))
        #expect(await send("SORT set ALPHA STORE list") == .integer(3))
        #expect(await send("LPOS list b") == .integer(1))
        #expect(await send("LREM list 0 b") == .integer(1))
        #expect(await send("LRANGE list 0 -1") == .array([.bulk("a"), .bulk("c")]))
    }

    @Test func countersStayIntegers() async {
        #expect(await send("INCR n") == .integer(1))
        #expect(await send("INCRBY n 41") == .integer(42))
        #expect(await send("DECRBY n 2") == .integer(40))
        #expect(await send("DECR n") == .integer(39))
        #expect(await send("GET n") == .bulk("39"))
        #expect(await send("SET n 9223372036854775807") == .status("OK"))
        #expect(await send("INCR n") == .error(RedisError("ERR increment or decrement would overflow")))
        #expect(await send("DECRBY n -9223372036854775808") == .error(RedisError("ERR decrement would overflow")))
        #expect(await send("SET n 007") == .status("OK"))
        #expect(await send("INCR n") == .error(RedisError("ERR value is not an integer or out of range")))
        #expect(await send("GET n") == .bulk("007"))
    }

    @Test func expiriesCanBeMovedAndTaken() async {
        _ = await send("SET a 1")
        #expect(await send("PEXPIRE a 100 XX") == .integer(0))
        #expect(await send("PEXPIRE a 100 NX") == .integer(1))
        #expect(await send("PEXPIRE a 50 GT") == .integer(0))
        #expect(await send("PEXPIRE a 50 LT") == .integer(1))
        #expect(await send("PTTL a") == .integer(50))
        #expect(
            await send("PEXPIRE a 50 NX GT")
                == .error(RedisError("ERR NX and XX, GT or LT options at the same time are not compatible")))
        #expect(await send("PERSIST a") == .integer(1))
        #expect(await send("TTL a") == .integer(-1))
        #expect(await send("EXPIRE a -1") == .integer(1))
        #expect(await send("TTL a") == .integer(-2))
        #expect(await send("EXPIRE a 10") == .integer(0))
    }

    @Test func errorsAreThoseOfTheServer() async {
        #expect(await send("GET") == .error(RedisError("ERR wrong number of arguments for 'get' command")))
        #expect(
            await send("NOPE a b")
                == .error(RedisError("ERR unknown command 'NOPE', with args beginning with: 'a' 'b' ")))
        #expect(await send("PING") == .status("PONG"))
        #expect(await send("TYPE x") == .status("none"))
    }

    @Test func stringsCanBeCutAndJoined() async {
        #expect(await send("APPEND s hello") == .integer(5))
        #expect(await send("APPEND s world") == .integer(10))
        #expect(await send("GETRANGE s -5 -1") == .bulk("world"))
        #expect(await send("GETRANGE s 8 100") == .bulk("ld"))
        #expect(await send("SETRANGE s 12 !") == .integer(13))
        #expect(await send("GET s") == .bulk([UInt8]("helloworld".utf8) + [0, 0] + [33]))
        #expect(await send("STRLEN s") == .integer(13))
        #expect(
            await send("SETRANGE s 536870912 x")
                == .error(RedisError("ERR string exceeds maximum allowed size (proto-max-bulk-len)")))
        #expect(await send("GETDEL s").bytes?.count == 13)
        #expect(await send("MSET a 1 b 2") == .status("OK"))
        #expect(await send("MGET a b c") == .array([.bulk("1"), .bulk("2"), .null]))
        #expect(await send("MSETNX b 3 c 4") == .integer(0))
        #expect(await send("EXISTS a b c a") == .integer(3))
        #expect(await send("DEL a b c") == .integer(2))
        #expect(await send("DBSIZE") == .integer(0))
    }

    @Test func expiredKeysGoWithoutBeingMet() async {
        for index in 0..<1000 { _ = await send("SET k\(index) v PX \(1 + index % 10)") }
        #expect(await send("DBSIZE") == .integer(1000))
        clock.advance(by: .seconds(1))
        // Every call removes a few, so that none stops for all of them.
        for _ in 0..<70 { _ = await send("PING") }
        #expect(await send("DBSIZE") == .integer(0))
    }

    @Test func keysSurviveAClockSetBack() async {
        _ = await send("SET a 1 PX 1000")
        clock.set(microseconds: 0)
        #expect(await send("GET a") == .bulk("1"))
    }

    @Test func manyKeysComeAndGo() async {
        // Enough for the table to grow and shrink several times, with removals in the middle of probe runs.
        for index in 0..<5000 { _ = await send("SET key:\(index) \(index)") }
        for index in stride(from: 0, to: 5000, by: 3) { _ = await send("DEL key:\(index)") }
        for index in 0..<5000 {
            let expected: RedisReply = index % 3 == 0 ? .null : .bulk("\(index)")
            let reply = await send("GET key:\(index)")
            if reply != expected { Issue.record("key:\(index) is \(reply)") }
        }
        for index in 0..<5000 { _ = await send("DEL key:\(index)") }
        #expect(await send("DBSIZE") == .integer(0))
    }
}
