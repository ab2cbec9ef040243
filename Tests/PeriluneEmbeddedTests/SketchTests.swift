import PeriluneCore
import PeriluneEmbedded
import Testing

/// HyperLogLogs that no `PFADD` has made.
@Suite struct SketchTests {
    /// Dense registers with the values that no hash can give them.
    @Test(arguments: [UInt8(63), 51])
    func registersBeyondAllHashesAreCounted(register: UInt8) async throws {
        // Four registers of six bits lie in three bytes.
        let bits = UInt32(register) * 0x41041
        let four = (0..<3).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
        let registers = Array(repeatElement(four, count: 4096).joined())
        let engine = EmbeddedEngine()
        let sketch = Array("HYLL".utf8) + [UInt8](repeating: 0, count: 11) + [128] + registers
        _ = try await engine.send(RedisCommand("SET", ["k", .bytes(sketch)]))
        let count = try await engine.send(RedisCommand("PFCOUNT", ["k"]))
        #expect(count.integer != nil)
        let both = try await engine.send(RedisCommand("PFCOUNT", ["k", "k"]))
        #expect(both.integer != nil)
    }
}
