import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct HashCommandTests {
    @Test func hashesAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(5000, setUp: [["DEL", "h", "i"], ["SET", "s", "text"]]) { Self.line(&$0) }
    }

    static func line(_ fuzz: inout CommandFuzz) -> CommandFuzz.Line {
        let key = fuzz.pick("h", "h", "h", "i", "i", "s", "none")
        let field: (inout CommandFuzz) -> String = { $0.pick("a", "b", "c", "d", "1", "") }
        // Without the largest, which the server can add: the digits of a sum would change the encoding, and with it the order.
        let number: (inout CommandFuzz) -> String = {
            let number = $0.number()
            return number.hasSuffix("e308") || number == "1e400" ? "0.1" : number
        }
        let value: (inout CommandFuzz) -> String = {
            $0.chance(3) ? number(&$0) : $0.chance(3) ? $0.integer() : $0.pick("text", "a longer text", "7", "-12")
        }
        switch fuzz.below(24) {
        case 0..<4:
            let pairs = fuzz.several(1...3) { $0.pick("a", "b", "c", "d", "1", "") }
                .flatMap { [$0, value(&fuzz)] }
            return .init([fuzz.pick("HSET", "HSET", "HMSET"), key] + pairs)
        case 4: return .init(["HSETNX", key, field(&fuzz), value(&fuzz)])
        case 5, 6: return .init([fuzz.pick("HGET", "HEXISTS", "HSTRLEN"), key, field(&fuzz)])
        case 7, 8: return .init([fuzz.pick("HMGET", "HDEL"), key] + fuzz.several(1...3, field))
        case 9, 10: return .init([fuzz.pick("HGETALL", "HKEYS", "HVALS", "HLEN"), key])
        case 11, 12: return .init(["HINCRBY", key, field(&fuzz), fuzz.integer()])
        case 13..<16: return .init(["HINCRBYFLOAT", key, field(&fuzz), number(&fuzz)])
        case 16:
            return .init(
                ["HSCAN", key, fuzz.pick("0", "0", "0", "x", "", "-1", "+0", "18446744073709551616")]
                    + (fuzz.chance(2) ? ["MATCH", fuzz.pick("*", "a*", "[a-c]", "?", "\\a", "**", "[^a]")] : [])
                    + (fuzz.chance(3) ? ["COUNT", fuzz.integer()] : []))
        case 17: return .init(["HRANDFIELD", key], order: .random)
        case 18:
            let everything = fuzz.pick("10", "100", "0", "x", "", "9223372036854775807", "-9223372036854775808")
            return .init(["HRANDFIELD", key, everything, fuzz.pick("WITHVALUES", nil, nil, "BAD")])
        case 19:
            return .init(
                ["HRANDFIELD", key, fuzz.pick("1", "2", "-3", "-10"), fuzz.pick("WITHVALUES", nil)], order: .random)
        case 20: return .init([fuzz.pick("PEXPIRE", "EXPIRE"), key, fuzz.pick("1", "100", "5")])
        case 21: return .init([fuzz.pick("TYPE", "EXISTS", "PTTL", "DEL", "PERSIST"), fuzz.pick(key, "h")])
        case 22: return .init(["INCRBYFLOAT", fuzz.pick("f", "f", "f", "s", "h"), fuzz.number()])
        default:
            return .init(
                fuzz.pick(
                    ["GET", key], ["SET", "s", value(&fuzz)], ["SET", key, "1", "GET"], ["APPEND", key, "x"],
                    ["STRLEN", key], ["INCR", key], ["MGET", key, "s", "none"], ["GETSET", "h", "1"],
                    ["SETRANGE", key, "0", ""], ["GETRANGE", key, "0", "-1"], ["GETDEL", key], ["GETEX", key],
                    ["GETSET", "f", "1"], ["SET", "f", value(&fuzz)], ["SETRANGE", key, "0", "x"]))
        }
    }
}
