import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct ListCommandTests {
    @Test func listsAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(6000, setUp: [["DEL", "l", "m"], ["SET", "s", "text"]]) { Self.line(&$0) }
    }

    static func line(_ fuzz: inout CommandFuzz) -> CommandFuzz.Line {
        let key = fuzz.pick("l", "l", "l", "m", "m", "s", "none")
        let other = fuzz.pick("l", "m", "m", "n", "s")
        let element: (inout CommandFuzz) -> String = { $0.pick("a", "b", "c", "1", "01", "", "-5", "a long element") }
        let left = fuzz.pick("LEFT", "RIGHT", "left", "UP")
        let right = fuzz.pick("LEFT", "RIGHT", "right", "")
        switch fuzz.below(24) {
        case 0..<4: return .init([fuzz.pick("LPUSH", "RPUSH"), key] + fuzz.several(1...4, element))
        case 4: return .init([fuzz.pick("LPUSHX", "RPUSHX"), key] + fuzz.several(1...2, element))
        case 5, 6: return .init([fuzz.pick("LPOP", "RPOP"), key, fuzz.chance(2) ? nil : fuzz.integer()])
        case 7: return .init([fuzz.pick("LLEN", "TYPE", "EXISTS", "PTTL"), key])
        case 8..<11: return .init(["LRANGE", key, fuzz.index(), fuzz.index()])
        case 11: return .init(["LRANGE", key, "0", "-1"])
        case 12: return .init(["LINDEX", key, fuzz.index()])
        case 13: return .init(["LSET", key, fuzz.index(), element(&fuzz)])
        case 14: return .init(["LREM", key, fuzz.index(), element(&fuzz)])
        case 15: return .init(["LTRIM", key, fuzz.index(), fuzz.index()])
        case 16, 17:
            return .init(
                ["LINSERT", key, fuzz.pick("BEFORE", "AFTER", "after", "x"), element(&fuzz), element(&fuzz)])
        case 18, 19:
            var words = ["LPOS", key, element(&fuzz)]
            if fuzz.chance(2) { words += ["RANK", fuzz.index()] }
            if fuzz.chance(2) { words += ["COUNT", fuzz.index()] }
            if fuzz.chance(2) { words += ["MAXLEN", fuzz.index()] }
            if fuzz.chance(20) { words += ["RANK"] }
            return .init(words)
        case 20: return .init(["RPOPLPUSH", key, other])
        case 21: return .init(["LMOVE", key, other, left, right])
        case 22:
            return .init(
                ["LMPOP", fuzz.chance(8) ? fuzz.integer() : "2", key, other, left]
                    + (fuzz.chance(2) ? ["COUNT", fuzz.integer()] : []))
        default:
            return .init(
                fuzz.pick(
                    ["GET", key], ["HGET", key, "a"], ["PEXPIRE", key, "100"], ["SADD", "s", "1"], ["DEL", "n"],
                    ["LMPOP", "1", key, left, "COUNT", "1", "COUNT", "1"], ["LPUSH", "s", "1"],
                    ["HSET", "l", "a", "b"],
                    ["PERSIST", key]))
        }
    }
}
