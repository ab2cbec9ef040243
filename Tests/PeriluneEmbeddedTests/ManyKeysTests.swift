import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// Keys by the ten thousand, while the table of keys grows and shrinks in steps.
@Suite struct ManyKeysTests {
    private func run(_ engine: EmbeddedEngine, _ command: String, _ arguments: RedisArgument...) async throws
        -> RedisReply
    {
        try await engine.send(RedisCommand(command, arguments))
    }

    @Test func aTableInMotionAgreesWithADictionary() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let engine = EmbeddedEngine(clock: ManualClock(microseconds: 1_700_000_000_000_000))
        var model: [Int: Int] = [:]
        // More and more keys, then fewer and fewer, and again.
        for phase in 0..<4 {
            for step in 0..<12_000 {
                let key = Int.random(in: 0..<20_000, using: &generator)
                let grows = phase % 2 == 0
                if Int.random(in: 0..<10, using: &generator) < (grows ? 8 : 1) {
                    #expect(try await run(engine, "SET", .integer(key), .integer(step)) == .status("OK"))
                    model[key] = step
                } else {
                    let removed = try await run(engine, "DEL", .integer(grows ? key : step), .integer(step + 6000))
                    var expected = 0
                    for gone in Set([grows ? key : step, step + 6000]) where model.removeValue(forKey: gone) != nil {
                        expected += 1
                    }
                    #expect(removed == .integer(expected), "seed \(seed)")
                }
                let asked = Int.random(in: 0..<20_000, using: &generator)
                let value = try await run(engine, "GET", .integer(asked))
                #expect(value == model[asked].map { .bulk(Array("\($0)".utf8)) } ?? .null, "seed \(seed)")
            }
            #expect(try await run(engine, "DBSIZE") == .integer(model.count), "seed \(seed)")
        }
        for (key, value) in model {
            #expect(try await run(engine, "GETDEL", .integer(key)) == .bulk(Array("\(value)".utf8)), "seed \(seed)")
        }
        #expect(try await run(engine, "DBSIZE") == .integer(0))
    }

    /// Whatever is there from the first call of a scan to the last is met, while the table grows and shrinks under it.
    @Test(arguments: [(0, 6000), (6000, 0)])
    func aScanOfATableInMotionMissesNothing(added: Int, removed: Int) async throws {
        let engine = EmbeddedEngine(clock: ManualClock(microseconds: 1_700_000_000_000_000))
        for key in 0..<1000 { _ = try await run(engine, "SET", .string("stays:\(key)"), "x") }
        for key in 0..<removed { _ = try await run(engine, "SET", .string("goes:\(key)"), "x") }
        var met: Set<String> = []
        var cursor = "0"
        var step = 0
        repeat {
            guard case .array(let reply) = try await run(engine, "SCAN", .string(cursor), "COUNT", 7),
                case .bulk(let next)? = reply.first, case .array(let keys)? = reply.last
            else {
                Issue.record("no reply of a scan")
                return
            }
            cursor = String(decoding: next, as: UTF8.self)
            for case .bulk(let key) in keys { met.insert(String(decoding: key, as: UTF8.self)) }
            for key in (step * 40)..<(step * 40 + 40) {
                if key < added { _ = try await run(engine, "SET", .string("comes:\(key)"), "x") }
                if key < removed { _ = try await run(engine, "DEL", .string("goes:\(key)")) }
            }
            step += 1
        } while cursor != "0" && step < 10_000
        #expect(cursor == "0")
        #expect((0..<1000).allSatisfy { met.contains("stays:\($0)") })
    }

    @Test func whatIsFlushedIsGoneEvenInMotion() async throws {
        let engine = EmbeddedEngine(clock: ManualClock(microseconds: 1_700_000_000_000_000))
        for count in [13, 25, 100, 1000, 3100] {
            for key in 0..<count { _ = try await run(engine, "SET", .integer(key), "x", "PX", 1000) }
            _ = try await run(engine, "FLUSHALL")
            #expect(try await run(engine, "DBSIZE") == .integer(0))
            #expect(try await run(engine, "EXISTS", 0, .integer(count - 1)) == .integer(0))
        }
    }
}
