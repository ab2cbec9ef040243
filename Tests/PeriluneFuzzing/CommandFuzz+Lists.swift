extension CommandFuzz {
    /// A command on a few lists, or on what is none.
    package mutating func listLine() -> Line {
        let key = pick("l", "l", "l", "m", "m", "s", "none")
        let other = pick("l", "m", "m", "n", "s")
        let element: (inout CommandFuzz) -> String = { $0.pick("a", "b", "c", "1", "01", "", "-5", "a long element") }
        let left = pick("LEFT", "RIGHT", "left", "UP")
        let right = pick("LEFT", "RIGHT", "right", "")
        switch below(24) {
        case 0..<4: return .init([pick("LPUSH", "RPUSH"), key] + several(1...4, element))
        case 4: return .init([pick("LPUSHX", "RPUSHX"), key] + several(1...2, element))
        case 5, 6: return .init([pick("LPOP", "RPOP"), key, chance(2) ? nil : integer()])
        case 7: return .init([pick("LLEN", "TYPE", "EXISTS", "PTTL"), key])
        case 8..<11: return .init(["LRANGE", key, index(), index()])
        case 11: return .init(["LRANGE", key, "0", "-1"])
        case 12: return .init(["LINDEX", key, index()])
        case 13: return .init(["LSET", key, index(), element(&self)])
        case 14: return .init(["LREM", key, index(), element(&self)])
        case 15: return .init(["LTRIM", key, index(), index()])
        case 16, 17:
            return .init(
                ["LINSERT", key, pick("BEFORE", "AFTER", "after", "x"), element(&self), element(&self)])
        case 18, 19:
            var words = ["LPOS", key, element(&self)]
            if chance(2) { words += ["RANK", index()] }
            if chance(2) { words += ["COUNT", index()] }
            if chance(2) { words += ["MAXLEN", index()] }
            if chance(20) { words += ["RANK"] }
            return .init(words)
        case 20: return .init(["RPOPLPUSH", key, other])
        case 21: return .init(["LMOVE", key, other, left, right])
        case 22:
            return .init(
                ["LMPOP", chance(8) ? integer() : "2", key, other, left]
                    + (chance(2) ? ["COUNT", integer()] : []))
        default:
            return .init(
                pick(
                    ["GET", key], ["HGET", key, "a"], ["PEXPIRE", key, "100"], ["SADD", "s", "1"], ["DEL", "n"],
                    ["LMPOP", "1", key, left, "COUNT", "1", "COUNT", "1"], ["LPUSH", "s", "1"],
                    ["HSET", "l", "a", "b"],
                    ["PERSIST", key]))
        }
    }
}
