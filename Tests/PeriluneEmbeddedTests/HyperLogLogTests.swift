import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// Sketches are strings, which anybody may change.
@Suite struct HyperLogLogTests {
    @Test func brokenSketchesAreReportedAndBreakNothing() async throws {
        var generator = SeededGenerator(seed: .random(in: 0...UInt64.max))
        let engine = EmbeddedEngine()
        for _ in 0..<12 {
            for key in ["k", "other"] {
                _ = try await engine.send(RedisCommand("DEL", [.string(key)]))
                let members = (0..<Int.random(in: 0...300, using: &generator)).map { "m\($0)" }
                _ = try await engine.send(RedisCommand("PFADD", [.string(key)] + members.map { .string($0) }))
            }
            for _ in 0..<8 {
                let position = Int.random(in: 4..<600, using: &generator)
                let byte = [UInt8.random(in: 0...255, using: &generator)]
                let length = try await engine.send(RedisCommand("STRLEN", ["k"])).integer ?? 0
                if position < length {
                    _ = try await engine.send(RedisCommand("SETRANGE", ["k", .integer(position), .bytes(byte)]))
                }
                for (name, arguments) in [
                    ("PFCOUNT", ["k"]), ("PFADD", ["k", "\(position)"]), ("PFCOUNT", ["k", "other"]),
                    ("PFMERGE", ["other", "k"]),
                ] {
                    do throws(EngineError) {
                        _ = try await engine.send(RedisCommand(name, arguments.map { .string($0) }))
                    } catch {
                        let line = error.serverError?.line ?? ""
                        #expect(line.hasPrefix("INVALIDOBJ") || line.hasPrefix("WRONGTYPE"), "\(error)")
                    }
                }
            }
        }
    }
}
