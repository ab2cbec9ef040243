/// What the words of a command have to be and what it replies: what ``CommandTable`` does not say.
struct CommandShape: Sendable, Hashable {
    /// What a call without options replies.
    let reply: ReplyShape
    /// The positions of words that have to be integers; the name is word 0.
    let integers: Set<Int>
    /// The options whose values have to be integers, and how many values each has.
    let integerOptions: [String: Int]
    /// Whether the order of its arguments is kept in the data.
    let keepsOrder: Bool

    /// The shapes by ``KnownCommand/name``.
    static let all: [String: CommandShape] = Dictionary(
        lines.flatMap { line in parse(line) ?? [] }, uniquingKeysWith: { first, _ in first })

    static let lines = table.split(separator: "\n")

    /// The positions of words that have to be integers in a call.
    ///
    /// - Parameter keywords: The words in upper case where they are known.
    func integerPositions(in keywords: [String?]) -> Set<Int> {
        guard !integerOptions.isEmpty else { return integers }
        var positions = integers
        // The first word behind the name is a key.
        for (position, keyword) in keywords.enumerated().dropFirst(2) {
            guard let keyword, let count = integerOptions[keyword] else { continue }
            positions.formUnion((position + 1)..<(position + 1 + count))
        }
        return positions
    }

    /// Reads a line; `nil` when it is not one.
    static func parse(_ line: Substring) -> [(String, CommandShape)]? {
        let halves = line.split(separator: ":")
        guard halves.count == 2 else { return nil }
        let words = halves[0].split(separator: " ")
        guard let first = words.first, let reply = ReplyShape(first) else { return nil }
        var integers: Set<Int> = []
        var options: [String: Int] = [:]
        var keepsOrder = false
        for word in words.dropFirst() {
            switch word {
            case "ordered": keepsOrder = true
            case "expiry": options.merge(["EX": 1, "PX": 1, "EXAT": 1, "PXAT": 1]) { first, _ in first }
            case "limit": options["LIMIT"] = 2
            case "counted": options["COUNT"] = 1
            default:
                guard word.hasPrefix("@"), let position = Int(word.dropFirst()), position > 0 else { return nil }
                integers.insert(position)
            }
        }
        let shape = CommandShape(
            reply: reply, integers: integers, integerOptions: options, keepsOrder: keepsOrder)
        return halves[1].split(separator: " ").map { (String($0.map { $0 == "|" ? " " : $0 }), shape) }
    }

    // A line: the reply; `@n` for a word that has to be an integer; `expiry`, `limit`, `counted` for options with
    // integers; `ordered` where the order of the arguments is kept; then the names.
    private static let table = """
        any: OBJECT|HELP XAUTOCLAIM XCLAIM XINFO|STREAM XPENDING
        any[]: XINFO|CONSUMERS XINFO|GROUPS
        count: BITOP DBSIZE DEL EXISTS GEOADD HDEL HLEN HSET HSTRLEN LLEN PFCOUNT PUBLISH SADD SCARD SPUBLISH
        count: SDIFFSTORE SINTERSTORE SREM STRLEN SUNIONSTORE TOUCH UNLINK VCARD VDIM XACK XDEL XGROUP|DELCONSUMER XLEN
        count: ZADD ZCARD ZCOUNT ZDIFFSTORE ZINTERSTORE ZLEXCOUNT ZREM ZREMRANGEBYLEX ZREMRANGEBYSCORE ZUNIONSTORE
        count @1 @2: WAIT
        count @2 @3: BITCOUNT ZREMRANGEBYRANK
        count @2: LREM SETRANGE
        count counted: GEOSEARCHSTORE
        count limit: SINTERCARD XTRIM ZINTERCARD ZRANGESTORE
        count ordered: APPEND LPUSH LPUSHX RPUSH RPUSHX
        count?: LPOS MEMORY|USAGE OBJECT|FREQ OBJECT|IDLETIME OBJECT|REFCOUNT ZRANK ZREVRANK
        (count,count) @1 @2 @3: WAITAOF
        double: ZINCRBY
        double?: ZSCORE
        double?*2: ZMSCORE
        (double,double)?*2: GEOPOS
        entry[] counted: XRANGE XREVRANGE
        fields: HGETALL
        flag @2: EXPIRE EXPIREAT GETBIT PEXPIRE PEXPIREAT SETBIT
        flag: COPY DELEX HEXISTS HSETNX MOVE MSETNX PERSIST PFADD RENAMENX SETNX SISMEMBER SMOVE
        flag: XGROUP|CREATECONSUMER XGROUP|DESTROY
        flag expiry: HSETEX MSETEX
        flag*2: SMISMEMBER
        integer @2: DECRBY INCRBY
        integer @3: HINCRBY
        integer: DECR INCR LASTSAVE
        integer?[]: BITFIELD BITFIELD_RO
        integer[] @2: HEXPIRE HEXPIREAT HPEXPIRE HPEXPIREAT
        integer[]: HEXPIRETIME HPERSIST HPEXPIRETIME HPTTL HTTL XACKDEL XDELEX
        position @2: BITPOS
        position ordered: LINSERT
        position: EXPIRETIME PEXPIRETIME PTTL TTL
        scored @2: ZPOPMAX ZPOPMIN
        set: SDIFF SINTER SMEMBERS SUNION
        status @1: SELECT
        status @2 @3: LTRIM
        status @2: LSET PSETEX RESTORE RESTORE-ASKING SETEX
        status expiry: SET
        status: FLUSHALL FLUSHDB HMSET MIGRATE MSET PFMERGE RENAME TYPE XGROUP|CREATE XGROUP|SETID XSETID
        streams? counted: XREAD XREADGROUP
        string @2 @3: GETRANGE SUBSTR
        string: ECHO HINCRBYFLOAT INCRBYFLOAT LCS
        string? @2: LINDEX LPOP RPOP SPOP SRANDMEMBER
        string? expiry: GETEX
        string? ordered: XADD
        string?: BLMOVE BRPOPLPUSH DIGEST DUMP GEODIST GET GETDEL GETSET HGET HRANDFIELD JSON.GET LMOVE OBJECT|ENCODING
        string?: RANDOMKEY RPOPLPUSH VGETATTR ZRANDMEMBER
        string?*1: MGET
        string?*2: GEOHASH HMGET
        string?[] expiry: HGETEX
        string?[] limit: SORT SORT_RO
        string?[]: HGETDEL
        string[] @2 @3: LRANGE ZREVRANGE
        string[] counted: GEORADIUS GEORADIUSBYMEMBER GEORADIUSBYMEMBER_RO GEORADIUS_RO GEOSEARCH
        string[] limit: ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZREVRANGEBYLEX ZREVRANGEBYSCORE
        string[]: HKEYS HVALS KEYS ZDIFF ZINTER ZUNION
        (string,any[])? counted: BZMPOP ZMPOP
        (string,string): TIME
        (string,string)?: BLPOP BRPOP
        (string,string,double)?: BZPOPMAX BZPOPMIN
        (string,string[]) counted: HSCAN SCAN SSCAN ZSCAN
        (string,string[])? counted: BLMPOP LMPOP
        """
}
