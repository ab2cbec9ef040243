import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct SetCommandTests {
    @Test func setsAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(5000, setUp: [["DEL", "u", "v", "w"], ["SET", "s", "text"]]) {
            Self.line(&$0, order: .any) { $0.pick("a", "b", "c", "1", "2", "01", "", "-5", "e") }
        }
    }

    /// Sets of integers are answered in order.
    @Test func integersAnswerInTheSameOrder() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(3000, distorting: false, setUp: [["DEL", "u", "v", "w"], ["SET", "s", "text"]]) {
            Self.line(&$0, order: .same) {
                $0.pick("1", "2", "0", "-5", "9223372036854775807", "-9223372036854775808", "70000", "-70000", "12")
            }
        }
    }

    static func line(
        _ fuzz: inout CommandFuzz, order: ReplyOrder, member: (inout CommandFuzz) -> String
    ) -> CommandFuzz.Line {
        let keys: (inout CommandFuzz) -> String = { $0.pick("u", "u", "v", "v", "w", "w", $0.pick("s", "none")) }
        let key = keys(&fuzz)
        switch fuzz.below(20) {
        case 0..<5: return .init(["SADD", key] + fuzz.several(1...4, member))
        case 5: return .init(["SREM", key] + fuzz.several(1...3, member))
        case 6: return .init(["SISMEMBER", key, member(&fuzz)])
        case 7: return .init(["SMISMEMBER", key] + fuzz.several(1...3, member))
        case 8: return .init(["SMEMBERS", key], order: order)
        case 9: return .init([fuzz.pick("SCARD", "TYPE", "EXISTS", "PTTL"), key])
        case 10, 11: return .init(["SMOVE", key, keys(&fuzz), member(&fuzz)])
        case 12, 13:
            return .init([fuzz.pick("SINTER", "SUNION", "SDIFF"), key] + fuzz.several(0...2, keys), order: order)
        case 14, 15:
            return .init(
                [fuzz.pick("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), keys(&fuzz), key] + fuzz.several(0...2, keys))
        case 16:
            return .init(
                ["SINTERCARD", fuzz.chance(6) ? fuzz.integer() : "2", key, keys(&fuzz)]
                    + (fuzz.chance(2) ? ["LIMIT", fuzz.integer()] : []))
        case 17:
            return .init(
                fuzz.pick(
                    ["SRANDMEMBER", key, "0"], ["SRANDMEMBER", key, "100"], ["SPOP", key, "100"], ["SPOP", key, "0"]),
                order: order)
        case 18:
            return .init(
                fuzz.pick(
                    ["SRANDMEMBER", key], ["SRANDMEMBER", key, "-7"], ["SRANDMEMBER", key, "2"],
                    ["SRANDMEMBER", key, "-9223372036854775808"], ["SRANDMEMBER", key, "x"], ["SPOP", key, "x"],
                    ["SPOP", key, "-1"], ["SPOP", "never"]),
                order: .random)
        default:
            return .init(
                fuzz.pick(
                    ["SSCAN", key, "0", "COUNT", "50"], ["SSCAN", key, "0", "MATCH", "[1-3a]*", "COUNT", "50"],
                    ["SSCAN", key, "0", "COUNT", "100"],
                    ["SSCAN", key, "0", "COUNT", "0"], ["SSCAN", key, "0", "BAD", "0"], ["SSCAN", key, "x"],
                    ["SSCAN", key, "0", "MATCH"], ["DEL", key], ["PEXPIRE", key, "100"], ["PERSIST", key],
                    ["GET", key], ["LLEN", key], ["HGET", key, "a"], ["SADD", "s", "1"]),
                order: order == .any ? .anyAfterCursor : order)
        }
    }
}
