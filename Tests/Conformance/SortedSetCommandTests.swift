import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct SortedSetCommandTests {
    @Test func sortedSetsAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(6000, setUp: Self.setUp) {
            switch $0.below(4) {
            case 0: Self.addition(&$0)
            case 1: Self.combination(&$0)
            default: Self.other(&$0)
            }
        }
    }

    /// Sets whose members all have one score, which ranges of members are made for.
    @Test func rangesOfMembersAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(3000, distorting: false, setUp: Self.setUp) { fuzz in
            if fuzz.chance(3) {
                let pairs = fuzz.several(1...4) { Self.member(&$0) }.flatMap { ["0", $0] }
                return .init(["ZADD", Self.key(&fuzz)] + pairs)
            }
            return Self.nameRange(&fuzz)
        }
    }

    /// Larger than what is kept in an array, with the same members again and again.
    @Test func largeSetsAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        let member: (inout CommandFuzz) -> String = { "m\($0.below(400))" }
        try await fuzz.compare(4000, distorting: false, setUp: []) { fuzz in
            let (low, high) = ("\(fuzz.below(60))", "(\(fuzz.below(60))")
            let (first, last) = ("\(fuzz.below(600) - 300)", "\(fuzz.below(600) - 300)")
            switch fuzz.below(16) {
            case 0..<6:
                return .init(
                    ["ZADD", "z"] + fuzz.several(1...12) { "\($0.below(50))" }.flatMap { [$0, member(&fuzz)] })
            case 6: return .init(["ZREM", "z"] + fuzz.several(1...3, member))
            case 7: return .init([fuzz.pick("ZRANK", "ZREVRANK", "ZSCORE"), "z", member(&fuzz)])
            case 8: return .init(["ZRANGE", "z", first, last, fuzz.pick("WITHSCORES", "REV", nil)])
            case 9: return .init(["ZCOUNT", "z", low, high])
            case 10:
                return .init(["ZRANGE", "z", low, high, "BYSCORE", "LIMIT", fuzz.index(), fuzz.index(), "WITHSCORES"])
            case 11: return .init(["ZREVRANGEBYSCORE", "z", high, low, "LIMIT", "\(fuzz.below(30))", "20"])
            case 12: return .init([fuzz.pick("ZPOPMIN", "ZPOPMAX"), "z", "\(fuzz.below(6))"])
            case 13 where fuzz.chance(8): return .init(["ZREMRANGEBYRANK", "z", first, last])
            case 14 where fuzz.chance(8): return .init(["ZREMRANGEBYSCORE", "z", low, high])
            case 15: return .init(["ZRANGESTORE", "y", "z", low, high, "BYSCORE"])
            default: return .init(["ZINCRBY", "z", fuzz.pick("1", "-3", "0.5"), member(&fuzz)])
            }
        }
    }

    static let setUp = [["DEL", "z", "y", "d"], ["SET", "s", "text"], ["SADD", "set", "a", "b", "1"]]

    static func key(_ fuzz: inout CommandFuzz) -> String {
        fuzz.pick("z", "z", "z", "y", "y", "d", fuzz.pick("s", "none", "set"))
    }

    static func member(_ fuzz: inout CommandFuzz) -> String { fuzz.pick("a", "b", "c", "ab", "abc", "1", "", "é", "B") }

    static func score(_ fuzz: inout CommandFuzz) -> String {
        fuzz.chance(3) ? fuzz.number() : fuzz.pick("1", "2", "3", "-1", "0.5")
    }

    static func bound(_ fuzz: inout CommandFuzz) -> String {
        fuzz.pick("", "", "(") + (fuzz.chance(4) ? fuzz.number() : fuzz.pick("1", "2", "-inf", "+inf", "0", "-1", "3"))
    }

    static func name(_ fuzz: inout CommandFuzz) -> String {
        fuzz.pick("-", "+", "[" + member(&fuzz), "(" + member(&fuzz), "[", "(", fuzz.pick("a", "", "-x", "+", "[\u{0}"))
    }

    static func limit(_ fuzz: inout CommandFuzz) -> [String] {
        fuzz.chance(3) ? ["LIMIT", fuzz.index(), fuzz.index()] : []
    }

    static func addition(_ fuzz: inout CommandFuzz) -> CommandFuzz.Line {
        let key = key(&fuzz)
        if fuzz.chance(4) { return .init(["ZINCRBY", key, score(&fuzz), member(&fuzz)]) }
        let options = fuzz.chance(2) ? [] : fuzz.several(0...2) { $0.pick("NX", "XX", "GT", "LT", "CH", "INCR", "ch") }
        let pairs = fuzz.several(1...(options.contains("INCR") ? 1 : 3)) { Self.score(&$0) }
            .flatMap { [$0, member(&fuzz)] }
        return .init(["ZADD", key] + options + pairs)
    }

    static func combination(_ fuzz: inout CommandFuzz) -> CommandFuzz.Line {
        let number = fuzz.chance(12) ? fuzz.integer() : "2"
        var words = [number, key(&fuzz), key(&fuzz)]
        if fuzz.chance(2) { words += ["WEIGHTS", fuzz.number(), fuzz.pick("2", "-1", "0.5", "inf", "0")] }
        if fuzz.chance(2) { words += ["AGGREGATE", fuzz.pick("SUM", "MIN", "MAX", "min", "AVG")] }
        switch fuzz.below(3) {
        case 0:
            if fuzz.chance(2) { words.append("WITHSCORES") }
            return .init([fuzz.pick("ZUNION", "ZINTER")] + words)
        case 1: return .init([fuzz.pick("ZUNIONSTORE", "ZINTERSTORE"), fuzz.pick("d", "y", "z")] + words)
        default:
            if fuzz.chance(2) { words = Array(words.prefix(3)) }
            if fuzz.chance(2) { words += fuzz.pick(["WITHSCORES"], ["LIMIT", fuzz.index()]) }
            return .init(fuzz.pick(["ZDIFF"], ["ZDIFFSTORE", "d"], ["ZINTERCARD"]) + words)
        }
    }

    static func nameRange(_ fuzz: inout CommandFuzz) -> CommandFuzz.Line {
        let (key, low, high) = (key(&fuzz), name(&fuzz), name(&fuzz))
        return switch fuzz.below(5) {
        case 0: .init([fuzz.pick("ZRANGEBYLEX", "ZREVRANGEBYLEX"), key, low, high] + limit(&fuzz))
        case 1: .init(["ZRANGE", key, low, high, "BYLEX", fuzz.pick("REV", nil)] + limit(&fuzz))
        case 2: .init(["ZLEXCOUNT", key, low, high])
        case 3: .init(["ZRANGESTORE", "d", key, low, high, "BYLEX"] + limit(&fuzz))
        default: .init(["ZREMRANGEBYLEX", key, low, high])
        }
    }

    static func other(_ fuzz: inout CommandFuzz) -> CommandFuzz.Line {
        let key = key(&fuzz)
        switch fuzz.below(16) {
        case 0: return .init(["ZREM", key] + fuzz.several(1...3, member))
        case 1: return .init([fuzz.pick("ZSCORE", "ZRANK", "ZREVRANK"), key, member(&fuzz)])
        case 2: return .init(["ZMSCORE", key] + fuzz.several(1...3, member))
        case 3: return .init([fuzz.pick("ZCARD", "TYPE", "EXISTS", "DEL", "PTTL"), key])
        case 4, 5:
            return .init(
                ["ZRANGE", key, fuzz.index(), fuzz.index()]
                    + fuzz.several(0...2) { $0.pick("WITHSCORES", "REV", "BYSCORE", "BYLEX", "rev") } + limit(&fuzz))
        case 6:
            return .init(
                ["ZRANGE", key, bound(&fuzz), bound(&fuzz), "BYSCORE"]
                    + fuzz.several(0...2) { $0.pick("WITHSCORES", "REV", "REV") } + limit(&fuzz))
        case 7: return .init(["ZREVRANGE", key, fuzz.index(), fuzz.index(), fuzz.pick("WITHSCORES", nil, "REV")])
        case 8, 9:
            return .init(
                [fuzz.pick("ZRANGEBYSCORE", "ZREVRANGEBYSCORE"), key, bound(&fuzz), bound(&fuzz)]
                    + limit(&fuzz) + fuzz.pick(["WITHSCORES"], [], ["REV"]))
        case 10: return .init([fuzz.pick("ZCOUNT", "ZREMRANGEBYSCORE"), key, bound(&fuzz), bound(&fuzz)])
        case 11: return .init(["ZREMRANGEBYRANK", key, fuzz.index(), fuzz.index()])
        case 12: return .init([fuzz.pick("ZPOPMIN", "ZPOPMAX"), key, fuzz.chance(2) ? nil : fuzz.index()])
        case 13:
            return .init(
                ["ZMPOP", fuzz.chance(8) ? fuzz.integer() : "2", key, Self.key(&fuzz), fuzz.pick("MIN", "MAX", "MID")]
                    + (fuzz.chance(2) ? ["COUNT", fuzz.integer()] : []))
        case 14:
            return .init(
                ["ZRANGESTORE", fuzz.pick("d", "y"), key, fuzz.index(), fuzz.index()]
                    + fuzz.pick([], ["REV"], ["BYSCORE"], ["WITHSCORES"], ["BYSCORE", "REV"]) + limit(&fuzz))
        default:
            return .init(
                fuzz.pick(
                    ["ZSCAN", key, "0"], ["ZSCAN", key, "0", "MATCH", "a*"], ["ZRANDMEMBER", key, "100"],
                    ["ZRANDMEMBER", key, "100", "WITHSCORES"], ["ZRANDMEMBER", key, "0"], ["PEXPIRE", key, "100"],
                    ["ZRANDMEMBER", key, "9223372036854775807", "WITHSCORES"], ["PERSIST", key], ["GET", key],
                    ["SADD", key, "a"], ["LPUSH", "z", "a"], ["ZRANDMEMBER", "never"]))
        }
    }
}
