import PeriluneTestSupport
import Testing

/// What goes over the socket, where the values that a client makes of it no longer tell: byte for byte that of a server.
@Suite(.enabled(if: RedisServer.isInstalled))
struct PortReplyTests {
    /// Nothing, as `$-1` or as `*-1`, or as `_` in RESP3.
    @Test(arguments: [2, 3]) func nothingIsWrittenTheSame(version: Int) async throws {
        try await compare(
            version,
            [
                "RANDOMKEY", "GET n", "GETDEL n", "GETEX n", "GETSET n x", "DEL n", "SET s x", "SET s y NX",
                "SET n x XX GET",
                "SET n2 x GET", "MGET n s", "GETRANGE n 0 -1", "HGET n f", "HMGET n f g", "HGETALL n", "HRANDFIELD n",
                "HRANDFIELD n 2", "HRANDFIELD n 2 WITHVALUES", "LPOP n", "LPOP n 1", "LPOP n 0", "RPOP n", "RPOP n 2",
                "LINDEX n 0", "LPOS n x", "LPOS n x COUNT 0", "LRANGE n 0 -1", "LMOVE n m LEFT LEFT", "RPOPLPUSH n m",
                "LMPOP 2 n m LEFT", "LMPOP 1 n LEFT COUNT 2", "SPOP n", "SPOP n 2", "SRANDMEMBER n", "SRANDMEMBER n 2",
                "SMEMBERS n", "SMISMEMBER n a", "ZSCORE n a", "ZMSCORE n a b", "ZRANK n a", "ZREVRANK n a", "ZPOPMIN n",
                "ZPOPMAX n 2", "ZMPOP 1 n MIN", "ZADD n XX INCR 1 a", "ZRANDMEMBER n", "ZRANDMEMBER n 2",
                "ZRANDMEMBER n 2 WITHSCORES", "ZRANGE n 0 -1", "OBJECT ENCODING n", "OBJECT FREQ n",
                "OBJECT IDLETIME n",
                "OBJECT REFCOUNT n", "GEOPOS n a", "GEOHASH n a", "GEODIST n a b", "GEORADIUS n 1 1 1 km", "SORT n",
                "SORT s GET n*",
                "LCS n m", "LCS n m IDX", "PFCOUNT n", "BITPOS n 1", "BITCOUNT n", "GETBIT n 1", "SORT_RO n GET #",
                "TYPE n",
                "GEOSEARCH n FROMMEMBER a BYRADIUS 1 km", "EXPIRETIME n", "SCAN 0 MATCH none COUNT 100",
                "HSCAN n 0", "SSCAN n 0", "ZSCAN n 0", "ZINTERCARD 1 n", "ZDIFF 1 n WITHSCORES", "ZUNION 2 n m",
                "SDIFF n m",
                "SUNION n", "SINTER n", "ZRANGEBYSCORE n 0 1 WITHSCORES", "HKEYS n", "HVALS n", "ZPOPMIN n 0",
                "ZREVRANGEBYLEX n + -", "KEYS none", "RPUSH l a b", "LPOP l 0", "LPOP l 1", "LPOP l 5", "LINDEX l 0",
                "ZADD z 1 a", "ZSCORE z b", "ZRANK z b", "ZADD z NX INCR 1 a", "ZPOPMIN z 0",
                "BITFIELD f OVERFLOW FAIL INCRBY u2 0 3 INCRBY u2 0 3", "BITFIELD_RO n GET u8 0",
                "XGROUP CREATE x g 0 MKSTREAM", "XPENDING x g", "XREAD STREAMS x 0", "XRANGE x - + COUNT 0",
                "XADD n NOMKSTREAM * a b", "XREADGROUP GROUP g c STREAMS x >", "XREADGROUP GROUP g c STREAMS x 0",
                "XADD x 1 a b", "XREADGROUP GROUP g c STREAMS x >", "XDEL x 1", "XREADGROUP GROUP g c STREAMS x 0",
                "XINFO STREAM x", "XGROUP SETID x g 0", "XINFO GROUPS x", "XCLAIM x g c 0 9", "XAUTOCLAIM x g c 0 0",
                "EVAL \"return false\" 0", "EVAL \"return {false, 1}\" 0", "EVAL \"return {}\" 0",
                "EVAL \"return redis.call('LPOP', 'n', 1)\" 0",
                "EVAL \"return {redis.call('BLMPOP', 0, 1, 'n', 'LEFT')}\" 0",
            ])
    }

    /// Numbers, maps and pairs.
    @Test(arguments: [2, 3]) func valuesAreWrittenTheSame(version: Int) async throws {
        try await compare(
            version,
            [
                "MSET a ohmytext b mynewtext", "LCS a b", "LCS a b LEN", "LCS a b IDX WITHMATCHLEN", "RPUSH l 3 1 2",
                "SORT l", "SORT l GET # GET none_*", "SORT l STORE d", "LMPOP 1 l LEFT COUNT 2", "BLPOP none l 0",
                "HSET h f v",
                "HGETALL h", "HRANDFIELD h 1 WITHVALUES", "HINCRBYFLOAT h n 1.5", "INCRBYFLOAT n 0.1",
                "ZADD z 1 a 2.5 b 1e30 c",
                "ZSCORE z b", "ZMSCORE z a none", "ZINCRBY z 0.1 a", "ZADD z INCR 1 a", "ZRANGE z 0 -1 WITHSCORES",
                "ZRANDMEMBER z 5 WITHSCORES", "ZSCAN z 0", "HSCAN h 0", "ZUNION 1 z WITHSCORES", "ZMPOP 1 z MIN",
                "ZPOPMAX z",
                "ZPOPMAX z 1", "ZADD z 1 a 1.5 b 2 c", "BZPOPMIN z 0", "BZPOPMAX z 0", "BZMPOP 0 1 z MIN", "SADD s 2 1",
                "SMEMBERS s", "SUNION s", "SPOP s 5", "SADD s 1", "SMISMEMBER s 1 2", "SRANDMEMBER s 2", "SSCAN s 0",
                "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", "GEOPOS g Palermo none",
                "GEOHASH g Palermo",
                "GEODIST g Palermo Catania", "GEORADIUS g 15 37 200 km WITHDIST WITHCOORD WITHHASH ASC",
                "PFADD p a b c",
                "PFCOUNT p", "PFMERGE q p", "BITFIELD f SET i8 0 -5 GET i8 0 OVERFLOW FAIL INCRBY u2 0 3",
                "OBJECT HELP",
                "TIME x", "BITOP NOT x a", "EXPIRE a 100", "TTL a", "GETEX a PERSIST", "COPY a c", "TOUCH a b none",
                "UNLINK a b", "SETRANGE a 2 xy", "GETRANGE a 0 -1", "DBSIZE", "LPOS d 1", "LPOS d 1 COUNT 0",
                "LINSERT d BEFORE 1 0",
            ])
    }

    /// Who is in a transaction does not wait.
    @Test(arguments: [2, 3]) func nobodyWaitsInATransaction(version: Int) async throws {
        try await compare(
            version,
            [
                "SET s x", "MULTI", "BLPOP n 0", "BRPOP n m 0", "BLMOVE n m LEFT LEFT 0", "BRPOPLPUSH n m 0",
                "BLMPOP 0 1 n LEFT", "BZPOPMIN n 0", "BZPOPMAX n 0", "BZMPOP 0 2 n m MIN", "BLPOP n 0.001",
                "BLPOP n 1e-400",
                "BLPOP n -0.0001", "BLPOP n -1", "BLPOP n 1e400", "BLPOP n 9223372036854775",
                "BLPOP n 9223372036854776",
                "BLPOP n s 0", "BLMOVE s n LEFT LEFT 0", "BLMOVE n s LEFT LEFT 0", "BZPOPMIN s 0", "EXEC", "RPUSH l a",
                "ZADD z 1.5 a", "BLPOP l 0", "BZPOPMIN z 0",
            ])
    }

    /// Sends the same lines to a server and to a port, in a version of the protocol.
    private func compare(_ version: Int, _ lines: [String]) async throws {
        // What HELLO answers tells connections apart, and is left out.
        let begin = "this is the beginning"
        let request = (["HELLO \(version)", "ECHO \"\(begin)\""] + lines + ["QUIT", ""]).joined(separator: "\r\n")
        func replies(port: Int) async throws -> [Substring] {
            let bytes = try await HTTPClient(port: port).exchange(Array(request.utf8))
            let text = String(decoding: bytes, as: UTF8.self)
            return try #require(text.split(separator: begin + "\r\n").last).split(separator: "\r\n")
        }
        let server = try RedisServer.start()
        let expected = try await replies(port: server.port)
        try await withPort { port in
            let answered = try await replies(port: port)
            // A line that is the same, and what follows, tell the most.
            let same = max(zip(answered, expected).prefix { $0 == $1 }.count - 6, 0)
            #expect(answered.dropFirst(same).prefix(12) == expected.dropFirst(same).prefix(12))
        }
    }
}
