import PeriluneCore
import Testing

@testable import PeriluneEmbedded

@Suite struct EntryTests {
    /// A limited identifier is one entry; its size is most of what a million of them take.
    @Test func typesOfValuesDoNotMakeKeysLarger() {
        #expect(MemoryLayout<StoredValue>.size == MemoryLayout<StoredString>.size)
        #expect(MemoryLayout<Entry.Fields>.size <= 49)
    }

    /// The last millisecond of an expiry is part of a key's life, under any name.
    @Test func keysAreRenamedInTheirLastMillisecond() async throws {
        let clock = ManualClock(microseconds: 1_000_000)
        let engine = EmbeddedEngine(clock: clock)
        _ = try await engine.send(RedisCommand("SET", ["a", "1", "PX", 100]))
        clock.advance(by: .milliseconds(100))
        #expect(try await engine.send(RedisCommand("COPY", ["a", "b"])) == .integer(1))
        #expect(try await engine.send(RedisCommand("RENAME", ["a", "c"])) == .status("OK"))
        #expect(try await engine.send(RedisCommand("EXISTS", ["b", "c"])) == .integer(2))
        clock.advance(by: .milliseconds(1))
        #expect(try await engine.send(RedisCommand("EXISTS", ["b", "c"])) == .integer(0))
    }
}
