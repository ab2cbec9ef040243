extension CommandFuzz {
    /// A command on a few sets, or on what is none.
    ///
    /// - Parameters:
    ///   - order: What the order of their members says.
    ///   - member: Where members come from.
    package mutating func setLine(order: ReplyOrder, member: (inout CommandFuzz) -> String) -> Line {
        let keys: (inout CommandFuzz) -> String = { $0.pick("u", "u", "v", "v", "w", "w", $0.pick("s", "none")) }
        let key = keys(&self)
        switch below(20) {
        case 0..<5: return .init(["SADD", key] + several(1...4, member))
        case 5: return .init(["SREM", key] + several(1...3, member))
        case 6: return .init(["SISMEMBER", key, member(&self)])
        case 7: return .init(["SMISMEMBER", key] + several(1...3, member))
        case 8: return .init(["SMEMBERS", key], order: order)
        case 9: return .init([pick("SCARD", "TYPE", "EXISTS", "PTTL"), key])
        case 10, 11: return .init(["SMOVE", key, keys(&self), member(&self)])
        case 12, 13:
            return .init([pick("SINTER", "SUNION", "SDIFF"), key] + several(0...2, keys), order: order)
        case 14, 15:
            return .init(
                [pick("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), keys(&self), key] + several(0...2, keys))
        case 16:
            return .init(
                ["SINTERCARD", chance(6) ? integer() : "2", key, keys(&self)]
                    + (chance(2) ? ["LIMIT", integer()] : []))
        case 17:
            return .init(
                pick(
                    ["SRANDMEMBER", key, "0"], ["SRANDMEMBER", key, "100"], ["SPOP", key, "100"], ["SPOP", key, "0"]),
                order: order)
        case 18:
            return .init(
                pick(
                    ["SRANDMEMBER", key], ["SRANDMEMBER", key, "-7"], ["SRANDMEMBER", key, "2"],
                    ["SRANDMEMBER", key, "-9223372036854775808"], ["SRANDMEMBER", key, "x"], ["SPOP", key, "x"],
                    ["SPOP", key, "-1"], ["SPOP", "never"]),
                order: .random)
        default:
            return .init(
                pick(
                    ["SSCAN", key, "0", "COUNT", "50"], ["SSCAN", key, "0", "MATCH", "[1-3a]*", "COUNT", "50"],
                    ["SSCAN", key, "0", "COUNT", "100"],
                    ["SSCAN", key, "0", "COUNT", "0"], ["SSCAN", key, "0", "BAD", "0"], ["SSCAN", key, "x"],
                    ["SSCAN", key, "0", "MATCH"], ["DEL", key], ["PEXPIRE", key, "100"], ["PERSIST", key],
                    ["GET", key], ["LLEN", key], ["HGET", key, "a"], ["SADD", "s", "1"]),
                order: order == .any ? .anyAfterCursor : order)
        }
    }
}
