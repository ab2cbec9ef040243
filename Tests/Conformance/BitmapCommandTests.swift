import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct BitmapCommandTests {
    @Test func bitmapsAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(4000, setUp: Self.setUp) { Self.line(&$0) }
    }

    @Test func bitFieldsAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(3000, setUp: Self.setUp) { Self.bitField(&$0) }
    }

    /// Cases that random commands rarely meet.
    @Test func edgesAnswerTheSame() async throws {
        let pair = try EnginePair()
        for line in [
            "SETBIT k 4294967296 1", "SETBIT k -1 1", "SETBIT k x 1", "SETBIT k 1 2", "SETBIT k 1 x", "EXISTS k",
            "SETBIT k 100000 1", "STRLEN k", "GETBIT k 4294967295", "GETBIT k 4294967296", "BITCOUNT k", "BITPOS k 1",
            "BITPOS k 0 12500", "BITPOS k 0 12501", "BITPOS k 1 12501", "BITPOS k 1 -1", "BITPOS k 1 0 -1 BIT",
            "BITPOS k 1 0 -33 BIT", "BITCOUNT k 99999 100001 BIT", "BITCOUNT k 100000 BIT", "BITCOUNT k 0",
            "BITCOUNT none 0", "BITCOUNT none 0 x", "BITPOS none 2", "BITPOS none 0 x", "BITPOS none x",
            "BITFIELD k", "BITFIELD k SET u64 0 1", "BITFIELD k SET i65 0 1", "BITFIELD k SET u0 0 1",
            "BITFIELD k SET u 0 1", "BITFIELD k SET i08 0 1", "BITFIELD k SET U8 0 1", "BITFIELD k GET u8 #",
            "BITFIELD k GET i64 #67108863", "BITFIELD k GET i64 #67108864", "BITFIELD k GET u4 #4611686018427387904",
            "BITFIELD k GET i64 #9223372036854775807", "BITFIELD k GET u8 4294967295",
            "BITFIELD f OVERFLOW SAT SET i8 0 -9223372036854775808 SET i8 0 9223372036854775807 GET i8 0",
            "BITFIELD f OVERFLOW SAT SET u8 0 -1 GET u8 0", "BITFIELD f OVERFLOW FAIL SET u8 0 256 SET u8 0 1",
            "BITFIELD f OVERFLOW WRAP INCRBY i64 0 9223372036854775807 INCRBY i64 0 1 GET i64 0",
            "BITFIELD f OVERFLOW SAT INCRBY i64 0 -9223372036854775808 INCRBY i64 0 -1",
            "BITFIELD f OVERFLOW SAT SET u63 0 9223372036854775807 INCRBY u63 0 1 INCRBY u63 0 -9223372036854775808",
            "BITFIELD f OVERFLOW NONE", "BITFIELD f OVERFLOW", "BITFIELD f SET u8 0", "BITFIELD f SET u8 0 x",
            "BITFIELD_RO f GET u8 1 GET u8 #1", "BITFIELD_RO f SET u8 0 1", "BITFIELD_RO none GET u8 0",
            "BITFIELD_RO none OVERFLOW SAT", "BITFIELD_RO none", "EXISTS none",
            "BITOP NOT d k f", "BITOP NOT d", "BITOP NAND d k", "BITOP NOT d f", "BITOP AND d f k", "STRLEN d",
            "BITOP OR d none", "EXISTS d", "PEXPIRE k 1000", "SETBIT k 1 1", "PTTL k", "BITOP OR k k f", "PTTL k",
            "LPUSH l x", "SETBIT l 1 1", "GETBIT l 1", "BITCOUNT l", "BITPOS l 1", "BITOP OR d l", "BITOP OR l k",
            "BITFIELD k GET u8 0 SET u8 0 1",
        ] {
            _ = try await pair.send(line)
        }
    }

    static let setUp = [
        ["DEL", "b", "c", "d"], ["SET", "b", "\u{7f}abc\0\0x"], ["SET", "s", "123456789"], ["SET", "e", ""],
        ["RPUSH", "l", "x"],
    ]

    static func line(_ fuzz: inout CommandFuzz) -> CommandFuzz.Line {
        let keys: (inout CommandFuzz) -> String = { $0.pick("b", "b", "c", "c", "d", "s", $0.pick("e", "l", "none")) }
        let key = keys(&fuzz)
        let unit = fuzz.pick(nil, nil, "BIT", "byte", "bit", "BYTE", fuzz.pick("x", nil))
        switch fuzz.below(12) {
        case 0..<3:
            return .init(["SETBIT", key, position(&fuzz), fuzz.chance(12) ? fuzz.integer() : fuzz.pick("0", "1")])
        case 3: return .init(["GETBIT", key, position(&fuzz)])
        case 4: return .init(["BITCOUNT", key])
        case 5: return .init(["BITCOUNT", key, bound(&fuzz), bound(&fuzz), unit])
        case 6: return .init(["BITPOS", key, fuzz.pick("0", "1")])
        case 7, 8:
            let last = fuzz.chance(3) ? nil : bound(&fuzz)
            return .init(
                ["BITPOS", key, fuzz.chance(20) ? fuzz.integer() : fuzz.pick("0", "1"), bound(&fuzz), last]
                    + (last == nil ? [] : [unit]))
        case 9, 10:
            return .init(
                ["BITOP", fuzz.pick("AND", "or", "XOR", "NOT", "not", "NAND"), fuzz.pick("c", "d")]
                    + fuzz.several(1...3, keys))
        default:
            return .init(
                fuzz.pick(
                    ["GET", key], ["STRLEN", key], ["OBJECT", "ENCODING", key], ["SETRANGE", key, "3", "yz"],
                    ["APPEND", key, "\0\0\0"],
                    ["GETRANGE", key, bound(&fuzz), bound(&fuzz)], ["DEL", "c"], ["PEXPIRE", key, "100"],
                    ["SET", "b", "\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}"]))
        }
    }

    static func bitField(_ fuzz: inout CommandFuzz) -> CommandFuzz.Line {
        let key = fuzz.pick("b", "c", "c", "d", "s", fuzz.pick("e", "l", "none"))
        var words = [fuzz.chance(8) ? "BITFIELD_RO" : "BITFIELD", key]
        for _ in 0..<fuzz.below(5) {
            if fuzz.chance(3) {
                words += ["OVERFLOW", fuzz.pick("WRAP", "SAT", "FAIL", "sat", fuzz.pick("x", "FAIL"))]
            }
            let type = fuzz.pick("i", "u") + (fuzz.chance(6) ? fuzz.integer() : String(1 + fuzz.below(64)))
            let offset = (fuzz.chance(3) ? "#" : "") + (fuzz.chance(12) ? fuzz.integer() : String(fuzz.below(40)))
            switch fuzz.below(words[0] == "BITFIELD" ? 3 : 1) {
            case 0: words += ["GET", type, offset]
            case 1: words += ["SET", type, offset, amount(&fuzz)]
            default: words += ["INCRBY", type, offset, amount(&fuzz)]
            }
        }
        return .init(fuzz.chance(6) ? ["GET", key] : words)
    }

    private static func position(_ fuzz: inout CommandFuzz) -> String {
        fuzz.chance(12) ? fuzz.pick("x", "", "-1", "4294967296", "9223372036854775807") : String(fuzz.below(200))
    }

    private static func bound(_ fuzz: inout CommandFuzz) -> String {
        fuzz.chance(10) ? fuzz.integer() : String(fuzz.below(160) - 80)
    }

    private static func amount(_ fuzz: inout CommandFuzz) -> String {
        if fuzz.chance(3) { return fuzz.integer() }
        let magnitude = 1 << fuzz.below(63)
        return String((fuzz.chance(2) ? magnitude : -magnitude) + fuzz.below(3) - 1)
    }
}
