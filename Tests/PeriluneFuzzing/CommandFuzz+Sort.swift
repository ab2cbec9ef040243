extension CommandFuzz {
    package mutating func sortLine() -> Line {
        let key = pick("l", "l", "z", "i", "d", pick("u", "s", "none"))
        let element: (inout CommandFuzz) -> String = { String($0.below(24) - 4) }
        switch below(12) {
        case 0: return .init(["RPUSH", pick("l", "d")] + several(1...5, element))
        case 1: return .init(["SADD", "i"] + several(1...5, element))
        case 2: return .init(["ZADD", "z"] + several(2...2, element))
        case 3: return .init(["SET", "w_" + element(&self), pick("1", "2.5", "-4", "1e3", "x", "", "30")])
        case 4:
            return .init(
                pick(["LPOP", "l"], ["HSET", "h_" + element(&self), "f", element(&self)], ["LPUSH", "l", "x"]))
        case 5: return .init(["LRANGE", "d", "0", "-1"])
        default:
            var words = [chance(8) ? "SORT_RO" : "SORT", key]
            // Elements of the same weight stand in an order of their own: in none of these sets are they the same.
            let isAlphabetic = chance(2)
            if isAlphabetic {
                words.append("ALPHA")
            } else if chance(2) {
                words += ["BY", pick("w_*", "h_*->f", "w_*", "*", "h_*")]
            }
            // Nor is a set sorted, in whose table there may be other things than integers.
            if key == "l" || key == "z", chance(3) { words += ["BY", "nosort"] }
            if chance(3) { words.append(pick("DESC", "asc")) }
            if chance(3) { words += ["LIMIT", index(), index()] }
            for _ in 0..<pick(0, 0, 1, 2) {
                words += ["GET", pick("#", "w_*", "h_*->f", "h_*->g", "fixed", "*", "x*->")]
            }
            if chance(4) { words += ["STORE", pick("d", "l")] }
            if chance(20) { words.append(pick("x", "BY", "GET", "LIMIT", "STORE", "")) }
            return .init(words)
        }
    }
}
