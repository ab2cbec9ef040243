import PeriluneTestSupport
import Testing

/// What goes over the socket, where the values that a client makes of it no longer tell: byte for byte that of a server.
@Suite(.enabled(if: RedisServer.isInstalled))
struct PortReplyTests {
    /// Nothing, as `$-1` or as `*-1`.
    @Test func nothingIsWrittenTheSame() async throws {
        try await compare(
            [
                "GET n", "GETDEL n", "GETEX n", "GETSET n x", "DEL n", "SET s x", "SET s y NX", "SET n x XX GET",
                "SET n2 x GET", "MGET n s", "GETRANGE n 0 -1", "HGET n f", "HMGET n f g", "HGETALL n", "HRANDFIELD n",
                "HRANDFIELD n 2", "HRANDFIELD n 2 WITHVALUES", "LPOP n", "LPOP n 1", "LPOP n 0", "RPOP n", "RPOP n 2",
                "LINDEX n 0", "LPOS n x", "LPOS n x COUNT 0", "LRANGE n 0 -1", "LMOVE n m LEFT LEFT", "RPOPLPUSH n m",
                "LMPOP 2 n m LEFT", "LMPOP 1 n LEFT COUNT 2", "SPOP n", "SPOP n 2", "SRANDMEMBER n", "SRANDMEMBER n 2",
                "SMEMBERS n", "SMISMEMBER n a", "ZSCORE n a", "ZMSCORE n a b", "ZRANK n a", "ZREVRANK n a", "ZPOPMIN n",
                "ZPOPMAX n 2", "ZMPOP 1 n MIN", "ZADD n XX INCR 1 a", "ZRANDMEMBER n", "ZRANDMEMBER n 2",
                "ZRANDMEMBER n 2 WITHSCORES", "ZRANGE n 0 -1", "OBJECT ENCODING n", "OBJECT FREQ n",
                "OBJECT IDLETIME n",
                "OBJECT REFCOUNT n", "KEYS none", "RPUSH l a b", "LPOP l 0", "LPOP l 1", "LPOP l 5", "LINDEX l 0",
                "ZADD z 1 a", "ZSCORE z b", "ZRANK z b", "ZADD z NX INCR 1 a", "ZPOPMIN z 0",
                "BITFIELD f OVERFLOW FAIL INCRBY u2 0 3 INCRBY u2 0 3", "BITFIELD_RO n GET u8 0",
                "EVAL \"return false\" 0", "EVAL \"return {false, 1}\" 0", "EVAL \"return {}\" 0",
                "EVAL \"return redis.call('LPOP', 'n', 1)\" 0",
                "EVAL \"return {redis.call('BLMPOP', 0, 1, 'n', 'LEFT')}\" 0",
            ])
    }

    /// Who is in a transaction does not wait.
    @Test func nobodyWaitsInATransaction() async throws {
        try await compare(
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

    /// Sends the same lines to a server and to a port.
    private func compare(_ lines: [String]) async throws {
        let request = Array((lines + ["QUIT", ""]).joined(separator: "\r\n").utf8)
        let server = try RedisServer.start()
        let expected = try await HTTPClient(port: server.port).exchange(request)
        try await withPort { port in
            let answered = try await HTTPClient(port: port).exchange(request)
            // What is the same at the end of that, and what follows, tell the most.
            let same = max(zip(answered, expected).prefix { $0 == $1 }.count - 40, 0)
            let (judged, reply) = (expected.dropFirst(same).prefix(120), answered.dropFirst(same).prefix(120))
            #expect(String(decoding: reply, as: UTF8.self) == String(decoding: judged, as: UTF8.self))
        }
    }
}
