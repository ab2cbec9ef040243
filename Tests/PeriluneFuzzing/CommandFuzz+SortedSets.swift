extension CommandFuzz {
    /// What the sorted sets below begin with.
    package static let sortedSetSetUp = [
        ["DEL", "z", "y", "d"], ["SET", "s", "text"], ["SADD", "set", "a", "b", "1"],
    ]

    package mutating func sortedSetKey() -> String {
        pick("z", "z", "z", "y", "y", "d", pick("s", "none", "set"))
    }

    package mutating func sortedSetMember() -> String { pick("a", "b", "c", "ab", "abc", "1", "", "é", "B") }

    package mutating func scoreWord() -> String {
        chance(3) ? number() : pick("1", "2", "3", "-1", "0.5")
    }

    package mutating func scoreBound() -> String {
        pick("", "", "(") + (chance(4) ? number() : pick("1", "2", "-inf", "+inf", "0", "-1", "3"))
    }

    package mutating func memberBound() -> String {
        pick("-", "+", "[" + sortedSetMember(), "(" + sortedSetMember(), "[", "(", pick("a", "", "-x", "+", "[\u{0}"))
    }

    package mutating func limitWords() -> [String] {
        chance(3) ? ["LIMIT", index(), index()] : []
    }

    package mutating func sortedSetAddition() -> Line {
        let key = sortedSetKey()
        if chance(4) { return .init(["ZINCRBY", key, scoreWord(), sortedSetMember()]) }
        let options = chance(2) ? [] : several(0...2) { $0.pick("NX", "XX", "GT", "LT", "CH", "INCR", "ch") }
        let pairs = several(1...(options.contains("INCR") ? 1 : 3)) { $0.scoreWord() }
            .flatMap { [$0, sortedSetMember()] }
        return .init(["ZADD", key] + options + pairs)
    }

    package mutating func sortedSetCombination() -> Line {
        let keyCount = chance(12) ? integer() : "2"
        var words = [keyCount, sortedSetKey(), sortedSetKey()]
        if chance(2) { words += ["WEIGHTS", number(), pick("2", "-1", "0.5", "inf", "0")] }
        if chance(2) { words += ["AGGREGATE", pick("SUM", "MIN", "MAX", "min", "AVG")] }
        switch below(3) {
        case 0:
            if chance(2) { words.append("WITHSCORES") }
            return .init([pick("ZUNION", "ZINTER")] + words)
        case 1: return .init([pick("ZUNIONSTORE", "ZINTERSTORE"), pick("d", "y", "z")] + words)
        default:
            if chance(2) { words = Array(words.prefix(3)) }
            if chance(2) { words += pick(["WITHSCORES"], ["LIMIT", index()]) }
            return .init(pick(["ZDIFF"], ["ZDIFFSTORE", "d"], ["ZINTERCARD"]) + words)
        }
    }

    package mutating func memberRange() -> Line {
        let (key, low, high) = (sortedSetKey(), memberBound(), memberBound())
        return switch below(5) {
        case 0: .init([pick("ZRANGEBYLEX", "ZREVRANGEBYLEX"), key, low, high] + limitWords())
        case 1: .init(["ZRANGE", key, low, high, "BYLEX", pick("REV", nil)] + limitWords())
        case 2: .init(["ZLEXCOUNT", key, low, high])
        case 3: .init(["ZRANGESTORE", "d", key, low, high, "BYLEX"] + limitWords())
        default: .init(["ZREMRANGEBYLEX", key, low, high])
        }
    }

    package mutating func sortedSetLine() -> Line {
        let key = sortedSetKey()
        switch below(16) {
        case 0: return .init(["ZREM", key] + several(1...3) { $0.sortedSetMember() })
        case 1: return .init([pick("ZSCORE", "ZRANK", "ZREVRANK"), key, sortedSetMember()])
        case 2: return .init(["ZMSCORE", key] + several(1...3) { $0.sortedSetMember() })
        case 3: return .init([pick("ZCARD", "TYPE", "EXISTS", "DEL", "PTTL"), key])
        case 4, 5:
            return .init(
                ["ZRANGE", key, index(), index()]
                    + several(0...2) { $0.pick("WITHSCORES", "REV", "BYSCORE", "BYLEX", "rev") } + limitWords())
        case 6:
            return .init(
                ["ZRANGE", key, scoreBound(), scoreBound(), "BYSCORE"]
                    + several(0...2) { $0.pick("WITHSCORES", "REV", "REV") } + limitWords())
        case 7: return .init(["ZREVRANGE", key, index(), index(), pick("WITHSCORES", nil, "REV")])
        case 8, 9:
            return .init(
                [pick("ZRANGEBYSCORE", "ZREVRANGEBYSCORE"), key, scoreBound(), scoreBound()]
                    + limitWords() + pick(["WITHSCORES"], [], ["REV"]))
        case 10: return .init([pick("ZCOUNT", "ZREMRANGEBYSCORE"), key, scoreBound(), scoreBound()])
        case 11: return .init(["ZREMRANGEBYRANK", key, index(), index()])
        case 12: return .init([pick("ZPOPMIN", "ZPOPMAX"), key, chance(2) ? nil : index()])
        case 13:
            return .init(
                ["ZMPOP", chance(8) ? integer() : "2", key, sortedSetKey(), pick("MIN", "MAX", "MID")]
                    + (chance(2) ? ["COUNT", integer()] : []))
        case 14:
            return .init(
                ["ZRANGESTORE", pick("d", "y"), key, index(), index()]
                    + pick([], ["REV"], ["BYSCORE"], ["WITHSCORES"], ["BYSCORE", "REV"]) + limitWords())
        default:
            return .init(
                pick(
                    ["ZSCAN", key, "0"], ["ZSCAN", key, "0", "MATCH", "a*"], ["ZRANDMEMBER", key, "100"],
                    ["ZRANDMEMBER", key, "100", "WITHSCORES"], ["ZRANDMEMBER", key, "0"], ["PEXPIRE", key, "100"],
                    ["ZRANDMEMBER", key, "9223372036854775807", "WITHSCORES"], ["PERSIST", key], ["GET", key],
                    ["SADD", key, "a"], ["LPUSH", "z", "a"], ["ZRANDMEMBER", "never"]))
        }
    }
}
