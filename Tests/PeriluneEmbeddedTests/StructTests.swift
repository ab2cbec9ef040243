import PeriluneCore
import PeriluneEmbedded
import Testing

/// The `struct` library.
@Suite struct StructTests {
    let engine = EmbeddedEngine()

    func eval(_ source: String) async throws -> RedisReply {
        try await engine.send(RedisCommand("EVAL", [.string(source), 0]))
    }

    @Test(arguments: [
        ("return struct.pack('<d', 1.5)", [0, 0, 0, 0, 0, 0, 0xF8, 0x3F]),
        ("return struct.pack('>d', 1.5)", [0x3F, 0xF8, 0, 0, 0, 0, 0, 0]),
        ("return struct.pack('<I4', 4294967297)", [1, 0, 0, 0]),  // wraps silently, as the server's does
        ("return struct.pack('>i2', -2)", [0xFF, 0xFE]),
        ("return struct.pack('<b', -1)", [0xFF]),
        ("return struct.pack('<i3', -2)", [0xFE, 0xFF, 0xFF]),
        ("return struct.pack('s', 'ab')", [97, 98, 0]),
        ("return struct.pack('c2', 'abc')", [97, 98]),
        ("return struct.pack('<bc0', 2, 'ab')", [2, 97, 98]),
        ("return struct.pack('<!4bi4', 1, 2)", [1, 0, 0, 0, 2, 0, 0, 0]),
        ("return struct.pack('<f', 0.5)", [0, 0, 0, 0x3F]),
        ("return struct.pack('bxb', 1, 2)", [1, 0, 2]),
    ])
    func packs(_ source: String, _ bytes: [UInt8]) async throws {
        #expect(try await eval(source) == .bulk(bytes), "\(source)")
    }

    @Test(arguments: [
        ("return {struct.unpack('<i4', '\\254\\255\\255\\255')}", [-2, 5]),
        ("return {struct.unpack('<I4', '\\254\\255\\255\\255')}", [4_294_967_294, 5]),
        ("return {struct.unpack('>H', '\\1\\2')}", [258, 3]),
        ("return {struct.unpack('<d', struct.pack('<d', 9007199254740991))}", [9_007_199_254_740_991, 9]),
        ("return {struct.unpack('b', 'abc', 3)}", [99, 4]),
        ("return {struct.size('<!8bd'), struct.size('c10')}", [16, 10]),
    ])
    func unpacks(_ source: String, _ values: [Int]) async throws {
        #expect(try await eval(source) == .array(values.map { .integer($0) }), "\(source)")
    }

    @Test func stringsComeBack() async throws {
        #expect(
            try await eval("return {struct.unpack('<bc0s', '\\2abcd\\0e')}")
                == .array([.bulk("ab"), .bulk("cd"), .integer(7)]))
    }

    @Test(arguments: [
        "return struct.unpack('<d', 'short')", "return struct.unpack('c10', 'x')",
        "return struct.unpack('s', 'no end')",
        "return struct.pack('q', 1)", "return struct.pack('<d')", "return struct.pack('<d', {})",
        "return struct.pack('i33', 1)", "return struct.pack('!3b', 1)", "return struct.unpack('c0', 'x')",
        "return struct.size('s')", "return struct.unpack('b', 'x', 0)", "return struct.unpack('b', 'x', 1e300)",
        "return struct.pack('c99999999999', 'x')", "return struct.unpack('<bc0', '\\200x')",
    ])
    func refuses(_ source: String) async {
        await #expect(throws: EngineError.self, "\(source)") { try await eval(source) }
    }
}
