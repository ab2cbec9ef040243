extension CommandFuzz {
    /// A command on a few small hashes, or on what is none.
    package mutating func hashLine() -> Line {
        let key = pick("h", "h", "h", "i", "i", "s", "none")
        let field: (inout CommandFuzz) -> String = { $0.pick("a", "b", "c", "d", "1", "") }
        // Without the largest, which the server can add: the digits of a sum would change the encoding, and with it the order.
        let addend: (inout CommandFuzz) -> String = {
            let number = $0.number()
            return number.hasSuffix("e308") || number == "1e400" ? "0.1" : number
        }
        let value: (inout CommandFuzz) -> String = {
            $0.chance(3) ? addend(&$0) : $0.chance(3) ? $0.integer() : $0.pick("text", "a longer text", "7", "-12")
        }
        switch below(24) {
        case 0..<4:
            let pairs = several(1...3) { $0.pick("a", "b", "c", "d", "1", "") }
                .flatMap { [$0, value(&self)] }
            return .init([pick("HSET", "HSET", "HMSET"), key] + pairs)
        case 4: return .init(["HSETNX", key, field(&self), value(&self)])
        case 5, 6: return .init([pick("HGET", "HEXISTS", "HSTRLEN"), key, field(&self)])
        case 7, 8: return .init([pick("HMGET", "HDEL"), key] + several(1...3, field))
        case 9, 10: return .init([pick("HGETALL", "HKEYS", "HVALS", "HLEN"), key])
        case 11, 12: return .init(["HINCRBY", key, field(&self), integer()])
        case 13..<16: return .init(["HINCRBYFLOAT", key, field(&self), addend(&self)])
        case 16:
            return .init(
                ["HSCAN", key, pick("0", "0", "0", "x", "", "-1", "+0", "18446744073709551616")]
                    + (chance(2) ? ["MATCH", pick("*", "a*", "[a-c]", "?", "\\a", "**", "[^a]")] : [])
                    + (chance(3) ? ["COUNT", integer()] : []))
        case 17: return .init(["HRANDFIELD", key], order: .random)
        case 18:
            let everything = pick("10", "100", "0", "x", "", "9223372036854775807", "-9223372036854775808")
            return .init(["HRANDFIELD", key, everything, pick("WITHVALUES", nil, nil, "BAD")])
        case 19:
            return .init(
                ["HRANDFIELD", key, pick("1", "2", "-3", "-10"), pick("WITHVALUES", nil)], order: .random)
        case 20: return .init([pick("PEXPIRE", "EXPIRE"), key, pick("1", "100", "5")])
        case 21: return .init([pick("TYPE", "EXISTS", "PTTL", "DEL", "PERSIST"), pick(key, "h")])
        case 22: return .init(["INCRBYFLOAT", pick("f", "f", "f", "s", "h"), number()])
        default:
            return .init(
                pick(
                    ["GET", key], ["SET", "s", value(&self)], ["SET", key, "1", "GET"], ["APPEND", key, "x"],
                    ["STRLEN", key], ["INCR", key], ["MGET", key, "s", "none"], ["GETSET", "h", "1"],
                    ["SETRANGE", key, "0", ""], ["GETRANGE", key, "0", "-1"], ["GETDEL", key], ["GETEX", key],
                    ["GETSET", "f", "1"], ["SET", "f", value(&self)], ["SETRANGE", key, "0", "x"]))
        }
    }
}
