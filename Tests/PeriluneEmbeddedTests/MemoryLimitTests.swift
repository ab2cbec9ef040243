import PeriluneCore
import PeriluneFuzzing
import PeriluneTestSupport
import Testing

@testable import PeriluneEmbedded

/// The limit of the data's memory: what is refused beyond it, and that the count of bytes is true.
@Suite struct MemoryLimitTests {
    private static let refusal = "OOM command not allowed when used memory > 'maxmemory'."

    private func full() async throws -> EmbeddedEngine {
        let engine = EmbeddedEngine(
            clock: ManualClock(microseconds: 1_700_000_000_000_000), limits: EmbeddedLimits(dataMemory: 100_000))
        var number = 0
        while true {
            do {
                _ = try await engine.send(
                    RedisCommand("SET", [.string("key:\(number)"), .bytes(Array(repeating: 120, count: 1000))]))
            } catch {
                guard error.message == Self.refusal else { throw error }
                return engine
            }
            number += 1
            if number > 1000 {
                Issue.record("a thousand keys of 1000 bytes found room in 100,000 bytes")
                return engine
            }
        }
    }

    private func error(_ engine: EmbeddedEngine, _ words: String...) async -> String? {
        do {
            _ = try await engine.send(RedisCommand(words[0], words.dropFirst().map { .string($0) }))
            return nil
        } catch {
            return error.message
        }
    }

    private func error(_ engine: EmbeddedEngine, script: String) async -> String? {
        do {
            _ = try await engine.call(LuaScript(name: "test", source: script), keys: ["key"], arguments: [])
            return nil
        } catch {
            return error.message
        }
    }

    @Test func whatMayGrowIsRefusedAndTheRestGoesOn() async throws {
        let engine = try await full()
        for words in [
            ["INCR", "n"], ["HSET", "h", "f", "v"], ["XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"], ["SORT", "l"],
        ] {
            let command = RedisCommand(words[0], words.dropFirst().map { .string($0) })
            await #expect(throws: EngineError.self) { _ = try await engine.send(command) }
        }
        #expect(await error(engine, "GET", "key:1") == nil)
        #expect(await error(engine, "EXPIRE", "key:1", "10") == nil)
        #expect(await error(engine, "XGROUP", "DESTROY", "s", "g") != Self.refusal)
        #expect(
            await error(engine, "DEL", "key:1", "key:2", "key:3", "key:4", "key:5", "key:6", "key:7", "key:8") == nil)
        #expect(await error(engine, "SET", "key:1", "x") == nil)
    }

    @Test func aScriptIsRefusedBeforeItsFirstWriteAlone() async throws {
        let engine = try await full()
        let write = "redis.call('SET', KEYS[1], 1)"
        #expect(await error(engine, script: write)?.hasPrefix(Self.refusal) == true)
        #expect(await error(engine, script: "return redis.pcall('SET', KEYS[1], 1)") == Self.refusal)
        #expect(await error(engine, script: "return redis.call('GET', KEYS[1])") == nil)
        #expect(await error(engine, script: "redis.call('DEL', 'none') " + write) == nil)
        #expect(await error(engine, script: "#!lua flags=allow-oom\n" + write) == nil)
        #expect(await error(engine, script: "#!lua flags=no-writes\nreturn 1") == nil)
        #expect(await error(engine, script: "#!lua\nreturn 1") == Self.refusal)
    }

    /// Whatever was done to values, nothing is left of them on the meter when they are gone.
    @Test func whatIsGoneTakesNothing() throws {
        var fuzz = CommandFuzz()
        let core = EngineCore(clock: ManualClock(microseconds: 1_700_000_000_000_000), limits: .standard)
        for step in 0..<12_000 {
            var line =
                switch fuzz.below(8) {
                case 0: fuzz.largeSortedSetLine()
                case 1: fuzz.largeCollectionLine()
                default: fuzz.mixedLine()
                }
            if fuzz.chance(15) { fuzz.distort(&line) }
            core.beginCall(EngineSession())
            _ = core.execute(line.words.map { Array($0.utf8) })
            guard step % 1000 == 999 else { continue }
            for key in core.databases.current.keys(where: { _ in true }) {
                _ = core.execute([Array("DEL".utf8), key])
            }
            #expect(core.databases.current.count == 0)
            #expect(core.databases.current.meter.used == 0, "seed \(fuzz.seed)")
        }
    }

    /// Streams with groups, and values that move between keys and databases.
    @Test func whatMovesIsCountedOnce() {
        let core = EngineCore(clock: ManualClock(microseconds: 1_700_000_000_000_000), limits: .standard)
        func run(_ text: String) {
            core.beginCall(EngineSession())
            let reply = core.execute(text.split(separator: " ").map { Array($0.utf8) })
            if case .error(let line) = reply { Issue.record("\(text): \(line)") }
        }
        for number in 1...300 { run("XADD s \(number)-1 field value\(number)") }
        for text in [
            "XGROUP CREATE s g 0", "XREADGROUP GROUP g c COUNT 250 STREAMS s >", "XGROUP CREATECONSUMER s g other",
            "XCLAIM s g other 0 1-1 2-1", "XACK s g 3-1", "XGROUP DELCONSUMER s g c", "XDEL s 5-1",
            "XTRIM s MAXLEN 120",
            "COPY s t", "RENAME s u", "MOVE u 1", "XADD t 1000-1 a b c d", "XREADGROUP GROUP g x STREAMS t >",
        ] { run(text) }
        let moved = core.databases[1].memorySize
        let copied = core.databases[0].memorySize
        #expect(moved > 10_000 && copied > 10_000)
        run("DEL t")
        #expect(core.databases[0].meter.used == 0)
        run("SWAPDB 0 1")
        run("FLUSHDB")
        #expect(core.databases[0].meter.used == 0 && core.databases[1].meter.used == 0)
    }

    /// A large table is charged with what its arrays have asked for.
    @Test(arguments: [("SADD s", 60.0...140), ("HSET h value", 60.0...200), ("ZADD z 1", 80.0...240)])
    func membersCostAboutWhatTheyTake(command: String, bytes: ClosedRange<Double>) {
        let core = EngineCore(clock: ManualClock(microseconds: 1_700_000_000_000_000), limits: .standard)
        core.beginCall(EngineSession())
        let before = core.databases.memorySize
        for number in 0..<10_000 {
            var words = command.split(separator: " ").map { Array($0.utf8) }
            words.insert(Array("member:\(number)".utf8), at: command.hasPrefix("HSET") ? 2 : words.count)
            _ = core.execute(words)
        }
        #expect(bytes.contains(Double(core.databases.memorySize - before) / 10_000))
    }
}
