import PeriluneCore
import PeriluneFuzzing
import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct SortCommandTests {
    @Test func collectionsAreSortedTheSame() async throws {
        var fuzz = CommandFuzz()
        // Undistorted, lest a set is answered in the order of its table.
        try await fuzz.compare(4000, distorting: false, setUp: Self.setUp) { $0.sortLine() }
    }

    /// In scripts, sets are sorted whatever was asked for.
    @Test func scriptsSortTheSame() async throws {
        let pair = try EnginePair()
        for words in Self.setUp { _ = try await pair.send(words.joined(separator: " ")) }
        let script = LuaScript(name: "call", source: "return redis.pcall(unpack(ARGV))")
        for line in [
            "SORT u BY nosort", "SORT u BY nosort DESC", "SORT u BY nosort LIMIT 1 2", "SORT u BY w_*",
            "SORT i BY nosort",
            "SORT i BY nosort GET # GET w_*", "SORT i BY nosort DESC LIMIT 0 2", "SORT z BY nosort",
            "SORT z BY nosort DESC LIMIT 1 2", "SORT l BY nosort", "SORT i", "SORT_RO i BY nosort",
            "SORT i BY nosort STORE d", "SORT i GET none_* LIMIT 0 1", "SORT none",
        ] {
            _ = try await pair.call(script, arguments: line.split(separator: " ").map { .string(String($0)) })
        }
    }

    @Test func edgesAnswerTheSame() async throws {
        let pair = try EnginePair()
        for line in [
            "RPUSH l 3 1 2", "SORT l", "SORT l STORE l", "LRANGE l 0 -1", "SORT none STORE l", "EXISTS l", "SET s x",
            "SORT s",
            "SORT", "SORT l LIMIT 0", "SORT l LIMIT x 1", "SORT l LIMIT 0 x", "SORT l BY", "SORT l GET", "SORT l STORE",
            "SORT s NOPE", "SORT_RO l STORE x", "RPUSH l 10 9 1e2 0x1f 1.5", "SORT l", "RPUSH l x", "SORT l",
            "SORT l ALPHA",
            "SORT l DESC ALPHA", "SORT l BY nosort", "SORT l BY none_*", "SORT l BY none_* LIMIT 0 9",
            "SORT l BY nosort GET #",
            "SORT l BY nosort GET ## GET * GET fixed", "HSET h_1.5 f 7 -> 8",
            "SORT l BY h_*->f GET h_*->f GET h_*->none LIMIT 0 3",
            "SORT l BY h_*-> GET h_*->->", "SORT l BY h_*->f->f", "SORT l BY x->y*->f", "SORT l BY s->*", "SET s->x 1",
            "SORT l BY s->* DESC", "SORT l BY # DESC", "SORT l BY nosort BY w_*", "SORT l LIMIT -5 3 ALPHA",
            "SORT l LIMIT 3 -5 ALPHA", "SORT l LIMIT 9223372036854775807 9223372036854775807 ALPHA",
            "SORT l LIMIT 100 1 ALPHA",
            "SORT l LIMIT 1 0 ALPHA STORE d", "EXISTS d", "SORT l ALPHA GET none_* STORE d", "LRANGE d 0 -1",
            "PEXPIRE d 1000",
            "SORT l ALPHA STORE d", "PTTL d", "ZADD z 1e17 5", "OBJECT ENCODING z", "ZSCAN z 0", "SORT z",
            "OBJECT ENCODING z", "ZSCAN z 0",
            "DEL t", "RPUSH t a b c d", "MSET w_a 10 w_b 9 w_d x", "SORT t BY w_* ALPHA", "SORT t BY w_* DESC ALPHA",
            "SORT t BY w_* ALPHA STORE d", "LRANGE d 0 -1", "SORT t BY w_*",
            "DEL t", "RPUSH t nan", "SORT t", "DEL t", "SADD i 5 40 -3", "SORT i BY nosort DESC LIMIT 0 2",
            "RPUSH t inf -inf -0 0", "SORT t", "SORT t DESC", "DEL t", "RPUSH t 9007199254740993 9007199254740992",
            "SORT t",
            "SORT t ASC DESC ASC", "SORT_RO t", "DEL t",
        ] {
            _ = try await pair.send(line)
        }
        for words in [
            ["DEL", "t"], ["RPUSH", "t", "", " 1", "2 ", "a\0b", "a\0a", "a"], ["SORT", "t", "ALPHA"], ["SORT", "t"],
            ["SORT", "t", "ALPHA", "DESC"], ["SORT", "t", "ALPHA", "STORE", "d"], ["LRANGE", "d", "0", "-1"],
            ["DEL", "t"],
            ["RPUSH", "t", "", " 1", "-2"], ["SORT", "t"], ["DEL", "t"], ["RPUSH", "t", "3\0x", "2\0y"], ["SORT", "t"],
            ["SORT", "t", "BY", "x\0*"], ["SORT", "t", "BY", "x", "GET", "#\0", "GET", "#"], ["SORT", "t", "GET", ""],
        ] {
            _ = try await pair.send(RedisCommand(words[0], words.dropFirst().map { .string($0) }))
        }
        // Last, since the server does not forget that a number was out of range.
        for line in ["DEL t", "RPUSH t 1e400", "SORT t", "DEL t", "RPUSH t 1e-400", "SORT t"] {
            _ = try await pair.send(line)
        }
    }

    @Test func objectsAreDescribedTheSame() async throws {
        let pair = try EnginePair()
        for line in [
            "SET k 5", "OBJECT REFCOUNT k", "INCRBY k 9994", "OBJECT REFCOUNT k", "INCR k", "OBJECT REFCOUNT k",
            "DECR k",
            "OBJECT REFCOUNT k", "SET k -1", "OBJECT REFCOUNT k", "INCRBYFLOAT k 2", "OBJECT ENCODING k",
            "OBJECT REFCOUNT k",
            "INCR k", "OBJECT ENCODING k", "OBJECT REFCOUNT k", "OBJECT FREQ k", "OBJECT FREQ none",
            "OBJECT IDLETIME k",
            "OBJECT IDLETIME none", "OBJECT REFCOUNT none", "OBJECT HELP", "OBJECT HELP k", "OBJECT FREQ",
            "OBJECT Refcount",
            "OBJECT IDLETIME a b", "OBJECT NOPE k", "OBJECT", "RPUSH l 1", "OBJECT REFCOUNT l", "GETSET k 7",
            "OBJECT ENCODING k", "APPEND k 1", "OBJECT ENCODING k", "INCR k", "OBJECT ENCODING k", "SETRANGE k 0 x",
            "OBJECT ENCODING k", "RENAME k a", "OBJECT ENCODING a", "COPY a b", "OBJECT ENCODING b", "SET a x",
            "OBJECT ENCODING a", "SETBIT c 1 1", "OBJECT ENCODING c", "BITOP OR d c", "OBJECT ENCODING d",
            "BITFIELD e SET u8 0 1", "OBJECT ENCODING e", "PFADD p x", "OBJECT ENCODING p", "PFMERGE q",
            "OBJECT ENCODING q",
            "APPEND new x", "OBJECT ENCODING new", "APPEND int 1", "OBJECT ENCODING int", "SETRANGE new2 1 x",
            "OBJECT ENCODING new2", "GETSET c 1", "OBJECT ENCODING c",
        ] {
            _ = try await pair.send(line)
        }
    }

    private static let setUp: [[String]] = [
        ["DEL", "l", "u", "i", "z", "d"], ["RPUSH", "l", "3", "-1", "20", "1.5", "7"],
        ["SADD", "u", "a", "b", "10", "9"],
        ["SADD", "i", "5", "40", "-3", "100"], ["ZADD", "z", "1", "7", "2", "3", "3", "12"], ["SET", "s", "text"],
        ["MSET", "w_1", "9", "w_3", "2", "w_a", "5", "w_b", "-5", "w_10", "b", "w_7", "a", "w_5", "3"],
        ["HSET", "h_3", "f", "1", "g", "x"], ["HSET", "h_7", "f", "-1"], ["SET", "h_5", "s"],
    ]
}
