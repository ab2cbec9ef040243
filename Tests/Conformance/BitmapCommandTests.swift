import PeriluneFuzzing
import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct BitmapCommandTests {
    @Test func bitmapsAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(4000, setUp: Self.setUp) { $0.bitmapLine() }
    }

    @Test func bitFieldsAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(3000, setUp: Self.setUp) { $0.bitFieldLine() }
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

    private static let setUp = [
        ["DEL", "b", "c", "d"], ["SET", "b", "\u{7f}abc\0\0x"], ["SET", "s", "123456789"], ["SET", "e", ""],
        ["RPUSH", "l", "x"],
    ]
}
