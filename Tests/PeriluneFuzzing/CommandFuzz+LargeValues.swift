/// Commands on values larger than what a server keeps packed.
extension CommandFuzz {
    /// A command on a sorted set of a few hundred members.
    package mutating func largeSortedSetLine() -> Line {
        let member: (inout CommandFuzz) -> String = { "m\($0.below(400))" }
        let (low, high) = ("\(below(60))", "(\(below(60))")
        let (first, last) = ("\(below(600) - 300)", "\(below(600) - 300)")
        switch below(16) {
        case 0..<6:
            return .init(
                ["ZADD", "Z"] + several(1...12) { "\($0.below(50))" }.flatMap { [$0, member(&self)] })
        case 6: return .init(["ZREM", "Z"] + several(1...3, member))
        case 7: return .init([pick("ZRANK", "ZREVRANK", "ZSCORE"), "Z", member(&self)])
        case 8: return .init(["ZRANGE", "Z", first, last, pick("WITHSCORES", "REV", nil)])
        case 9: return .init(["ZCOUNT", "Z", low, high])
        case 10:
            return .init(["ZRANGE", "Z", low, high, "BYSCORE", "LIMIT", index(), index(), "WITHSCORES"])
        case 11: return .init(["ZREVRANGEBYSCORE", "Z", high, low, "LIMIT", "\(below(30))", "20"])
        case 12: return .init([pick("ZPOPMIN", "ZPOPMAX"), "Z", "\(below(6))"])
        case 13 where chance(8): return .init(["ZREMRANGEBYRANK", "Z", first, last])
        case 14 where chance(8): return .init(["ZREMRANGEBYSCORE", "Z", low, high])
        case 15: return .init(["ZRANGESTORE", "Y", "Z", low, high, "BYSCORE"])
        default: return .init(["ZINCRBY", "Z", pick("1", "-3", "0.5"), member(&self)])
        }
    }

    /// A command on a hash, a set or a list of a few hundred elements, whose order is its own.
    package mutating func largeCollectionLine() -> Line {
        let element: (inout CommandFuzz) -> String = {
            $0.chance(30) ? String(repeating: "x", count: 65) : "e\($0.below(700))"
        }
        switch below(16) {
        case 0..<3: return .init(["HSET", "H"] + several(1...20, element).flatMap { [$0, element(&self)] })
        case 3: return .init(["HDEL", "H"] + several(1...8, element))
        case 4: return .init(["HMGET", "H"] + several(1...8, element))
        case 5: return .init(["HGETALL", "H"], order: .anyOfPairs)
        case 6: return .init([pick("HKEYS", "HVALS"), "H"], order: .any)
        case 7: return .init([pick("HLEN", "SCARD", "LLEN"), pick("H", "S", "L")])
        case 8, 9: return .init(["SADD", "S"] + several(1...20) { $0.chance(9) ? element(&$0) : "\($0.below(900))" })
        case 10: return .init(["SREM", "S"] + several(1...8) { "\($0.below(900))" })
        case 11: return .init([pick("SMEMBERS", "SUNION"), "S"], order: .any)
        case 12: return .init([pick("LPUSH", "RPUSH"), "L"] + several(1...20, element))
        case 13: return .init(["LRANGE", "L", "\(below(400) - 200)", "\(below(400) - 200)"])
        case 14 where chance(12): return .init(["LTRIM", "L", "\(below(40))", "\(-below(40))"])
        case 15 where chance(12): return .init(["DEL", pick("H", "S", "L")])
        default:
            return .init(
                pick(["LPOP", "L", "3"], ["OBJECT", "ENCODING", pick("H", "S")], ["LINDEX", "L", "\(below(300))"]))
        }
    }
}
