/// What a command does to how long a key lives.
enum KeyEffect: Sendable, Hashable {
    /// It is written, and made if it was not there: an expiry that it had stays.
    case written
    /// It is written anew, without an expiry.
    case replaced
    /// It gets an expiry.
    case expires
    /// It is gone.
    case removed
    /// Nobody knows, or it is said that the key is to stay.
    case unknown
}

extension KnownCommand {
    /// What a call does to how long its keys live, by the positions of the keys. Keys that it only reads, or only takes
    /// something from, are not among them.
    ///
    /// - Parameters:
    ///   - keys: See ``certainKeyPositions(count:word:)``.
    ///   - keywords: The words in upper case where they are known, the name included.
    ///   - isOpen: Whether there may be other words.
    /// - Complexity: O(words).
    func effects(onKeys keys: [Int], _ keywords: [String?], isOpen: Bool) -> [(position: Int, effect: KeyEffect)] {
        guard let first = keys.first, flags.contains(.write), hasEffect(keywords) else { return [] }
        switch name {
        case "SET", "GETEX":
            let options = keywords.dropFirst(name == "SET" ? 3 : 2)
            if options.contains(where: { Self.expiryOptions.contains($0 ?? "") }) { return [(first, .expires)] }
            if isOpen || options.contains(nil) || name == "GETEX" { return [(first, .unknown)] }
            // What says to keep an expiry counts on one.
            return options.contains("KEEPTTL") ? [] : [(first, .replaced)]
        case "EXPIRE", "EXPIREAT", "PEXPIRE", "PEXPIREAT":
            // A key without an expiry does not get one with these.
            let isConditional = keywords.dropFirst(3).contains { $0 == "XX" || $0 == "GT" }
            return isConditional ? [] : [(first, .expires)]
        case "ZADD" where keywords.dropFirst(2).contains("XX"),
            "XADD" where keywords.dropFirst(2).contains("NOMKSTREAM"),
            "XGROUP CREATE" where !keywords.contains("MKSTREAM"):
            return []
        case "RENAME", "RENAMENX":
            return keys.map { ($0, $0 == first ? .removed : .unknown) }
        case "BLMOVE", "BRPOPLPUSH", "LMOVE", "RPOPLPUSH", "SMOVE": return keys.dropFirst().map { ($0, .written) }
        case "PFMERGE": return [(first, .written)]
        case "SORT", "GEORADIUS", "GEORADIUSBYMEMBER": return keys.dropFirst().map { ($0, .replaced) }
        default: break
        }
        if Self.written.contains(name) { return keys.map { ($0, .written) } }
        if Self.expires.contains(name) { return [(first, .expires)] }
        if Self.removed.contains(name) { return keys.map { ($0, .removed) } }
        if name == "MSET" { return keys.map { ($0, .replaced) } }
        if Self.replaced.contains(name) { return [(first, .replaced)] }
        return Self.harmless.contains(name) ? [] : keys.map { ($0, .unknown) }
    }

    private static let expiryOptions: Set<String> = ["EX", "PX", "EXAT", "PXAT"]

    private static let written: Set<String> = [
        "APPEND", "BITFIELD", "DECR", "DECRBY", "GEOADD", "HINCRBY", "HINCRBYFLOAT", "HMSET", "HSET", "HSETNX", "INCR",
        "INCRBY", "INCRBYFLOAT", "LPUSH", "MSETNX", "PFADD", "RPUSH", "SADD", "SETBIT", "SETNX", "SETRANGE", "VADD",
        "XADD", "XGROUP CREATE", "ZADD", "ZINCRBY",
    ]
    private static let replaced: Set<String> = [
        "BITOP", "GEOSEARCHSTORE", "GETSET", "SDIFFSTORE", "SINTERSTORE", "SUNIONSTORE", "ZDIFFSTORE", "ZINTERSTORE",
        "ZRANGESTORE", "ZUNIONSTORE",
    ]
    /// The fields of a hash that expire take the hash with them.
    private static let expires: Set<String> = [
        "HEXPIRE", "HEXPIREAT", "HPEXPIRE", "HPEXPIREAT", "HSETEX", "PSETEX", "SETEX",
    ]
    private static let removed: Set<String> = ["DEL", "DELEX", "GETDEL", "UNLINK"]
    /// They never make a key, and leave its expiry alone.
    private static let harmless: Set<String> = [
        "BLMPOP", "BLPOP", "BRPOP", "BZMPOP", "BZPOPMAX", "BZPOPMIN", "HDEL", "HGETDEL", "HPERSIST", "LINSERT", "LMPOP",
        "LPOP", "LPUSHX", "LREM", "LSET", "LTRIM", "RPOP", "RPUSHX",
        "SPOP", "SREM", "VREM", "VSETATTR", "XACK", "XACKDEL", "XAUTOCLAIM", "XCLAIM", "XDEL", "XDELEX",
        "XGROUP CREATECONSUMER", "XGROUP DELCONSUMER", "XGROUP DESTROY", "XGROUP SETID", "XREADGROUP", "XSETID",
        "XTRIM",
        "ZMPOP", "ZPOPMAX", "ZPOPMIN", "ZREM", "ZREMRANGEBYLEX", "ZREMRANGEBYRANK", "ZREMRANGEBYSCORE",
    ]
}
