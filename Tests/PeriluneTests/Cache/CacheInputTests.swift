import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import Perilune

/// Keys, tags, values and times at their limits, and what is stored damaged: a miss or an error, never another's value.
@Suite(.timeLimit(.minutes(20))) struct CacheInputTests {
    /// Strings of bytes that one might take for each other.
    private static let strings: [[UInt8]] = {
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 1_025)
        var strings: [[UInt8]] = [
            [], [0], [0, 0], [0xFF], [0xC3, 0xA9], [0x65, 0xCC, 0x81], [0xED, 0xA0, 0x80],
            [UInt8](repeating: 0x78, count: 1_024),
            long, long + [0], [UInt8](repeating: 0xFF, count: 1_024), [UInt8](repeating: 0xFF, count: 1_025),
            [UInt8](repeating: UInt8(ascii: "%"), count: 1_024), [UInt8](repeating: 0x80, count: 127),
            [UInt8](repeating: 0x80, count: 128),
        ]
        strings += ["%", "%%", "%s", "h", "t", "c", "e:k", "{", "{}", "{a}b", "{a}c", "a\r\nb", "*", "k\0", "$-1"]
            .map { Array($0.utf8) }
        // What stands for another.
        strings += [CacheKey.digest(long), "%" + CacheKey.digest(long), CacheKey(bytes: [0xFF]).name]
            .map { Array($0.utf8) }
        return strings
    }()

    @Test(arguments: [1, 7]) func keysOfAnyBytesAreTakenForNoOthers(shards: Int) async throws {
        let region = try CacheHarness { $0.shards = shards }.region
        let keys = Self.strings.map { CacheKey(bytes: $0) }
        #expect(Set(keys).count == keys.count)
        for (number, key) in keys.enumerated() { try await region.set("\(number)", for: key) }
        for (number, key) in keys.enumerated() {
            #expect(try await region.get(key) == "\(number)")
            #expect(try await region.value(for: key) { "computed" } == "\(number)")
        }
        for (number, key) in keys.enumerated() {
            #expect(try await region.delete(key))
            #expect(try await region.get(keys).count == keys.count - 1 - number)
            #expect(try await region.value(for: key) { "computed" } == "computed")
            try await region.delete(key)
        }
    }

    @Test func tagsOfAnyBytesAreTakenForNoOthers() async throws {
        let region = try CacheHarness().region
        let tags = Self.strings.map { CacheTag(bytes: $0) }
        #expect(Set(tags).count == tags.count)
        for (number, tag) in tags.enumerated() {
            let other = tags[(number + 1) % tags.count]
            try await region.set("one", for: "one", tags: [tag])
            try await region.set("all", for: "all", tags: tags)
            try await region.set("rest", for: "rest", tags: tags.filter { $0 != tag })
            #expect(try await region.entry(for: "all")?.tags == tags)
            if tag.stored.count + other.stored.count <= 3_000 {
                try await region.invalidate(allOf: [tag, other])
                #expect(
                    try await region.get(["one", "all", "rest"]).keys.sorted { $0.name < $1.name } == ["one", "rest"])
            }
            try await region.set("all", for: "all", tags: tags)
            try await region.invalidate(tags: [tag])
            #expect(try await region.get(["one", "all", "rest"]) == ["rest": "rest"])
            #expect(try await region.get("rest", tags: tags) == "rest")
        }
    }

    private func expect(_ expected: CacheError, _ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("no error, where there should be: \(expected)")
        } catch {
            #expect(error as? CacheError == expected)
        }
    }

    @Test func tooManyTagsAreRefusedBeforeAnythingIsComputed() async throws {
        let region = try CacheHarness().region
        let tags = (0..<1_001).map { CacheTag("t\($0)") }
        let (most, more) = (Array(tags.prefix(64)), Array(tags.prefix(65)))
        #expect(try await region.value(for: "most", tags: most) { "v" } == "v")
        #expect(try await region.entry(for: "most")?.tags == most)
        let origin = CacheOrigin()
        await expect(.tooManyTags(65, limit: 64)) {
            _ = try await region.value(for: "k", tags: more) { origin.value() }
        }
        await expect(.tooManyTags(65, limit: 64)) { try await region.set("v", for: "k", tags: more) }
        await expect(.tooManyTags(65, limit: 64)) { _ = try await region.get("k", tags: more) }
        await expect(.tooManyTags(65, limit: 64)) { _ = try await region.lookup("k", tags: more) }
        await expect(.tooManyTags(65, limit: 64)) { try await region.invalidate(allOf: more) }
        await expect(.tooManyTags(1_001, limit: 1_000)) { try await region.invalidate(tags: tags) }
        await expect(.noTags) { try await region.invalidate(tags: []) }
        await expect(.noTags) { try await region.invalidate(allOf: []) }
        await expect(.tagsTooLong) {
            try await region.invalidate(allOf: (0..<4).map { CacheTag("\($0)" + String(repeating: "x", count: 1_000)) })
        }
        #expect(origin.calls == 0)
        // Found while computing they keep the value from being stored, and from nobody who waits for it.
        let value = try await region.value(for: "k") { computation in
            computation.tag(more)
            return origin.value()
        }
        #expect(value == "v1")
        #expect(try await region.get("k") == nil)
        #expect(try await region.value(for: "k") { "next" } == "next")
        try await region.invalidate(allOf: most)
        #expect(try await region.get("most") == nil)
        try await region.set("v", for: "most", tags: most)
        try await region.invalidate(tags: Array(tags.prefix(1_000)))
        #expect(try await region.get("most") == nil)
    }

    @Test func aValueAboveTheLimitIsGivenAndNotStored() async throws {
        let harness = try CacheHarness {
            $0.maximumBytes = 100
            $0.compressAbove = 10
        }
        let region = harness.region
        // In JSON two bytes longer.
        let (fits, large) = (String(repeating: "x", count: 98), String(repeating: "x", count: 99))
        try await region.set(fits, for: "k")
        #expect(try await region.get("k") == fits)
        await expect(.tooLarge(bytes: 101, limit: 100)) { try await region.set(large, for: "k") }
        #expect(try await region.get("k") == fits)
        try await region.delete("k")
        #expect(try await region.value(for: "k") { large } == large)
        #expect(try await region.get("k") == nil)
        #expect(try await harness.otherProcess().value(for: "k") { fits } == fits)
        // A process with a higher limit is read by one with a lower as if there were nothing.
        try await harness.otherProcess { $0.maximumBytes = 1_000 }.set(String(repeating: "y", count: 900), for: "big")
        #expect(try await region.get("big") == nil)
        #expect(try await region.value(for: "big") { "small" } == "small")
    }

    @Test func timesAreFromAMillisecondToTenYears() async throws {
        let harness = try CacheHarness {
            $0.jitter = 0.5
            $0.staleIfError = CacheType.longestTime
            $0.staleWhileRevalidate = CacheType.longestTime
        }
        let region = harness.region
        for wrong: Duration in [
            .zero, .seconds(-1), .microseconds(999), CacheType.longestTime + .milliseconds(1), .seconds(Int64.max),
        ] {
            await expect(.timeOutOfRange(wrong)) { try await region.set("v", for: "k", ttl: wrong) }
            await expect(.timeOutOfRange(wrong)) { _ = try await region.extend("k", ttl: wrong) }
            await expect(.timeOutOfRange(wrong)) { _ = try await region.value(for: "k", ttl: wrong) { "v" } }
            await expect(.timeOutOfRange(wrong)) {
                _ = try await region.valueIfFound(for: "k", negativeTTL: wrong) { "v" }
            }
            // Found while computing it keeps the value from being stored.
            let value = try await region.value(for: "k") { computation in
                computation.setTTL(wrong)
                return "v"
            }
            #expect(value == "v")
            #expect(try await region.get("k") == nil)
        }
        for _ in 0..<20 {
            try await region.set("v", for: "k", ttl: CacheType.longestTime)
            let entry = try #require(try await region.entry(for: "k"))
            #expect(entry.freshFor >= CacheType.longestTime * 0.5 && entry.age == .zero)
            #expect(entry.livesFor == entry.freshFor + CacheType.longestTime)
        }
        #expect(try await region.extend("k", ttl: CacheType.longestTime))
        #expect(try await region.timeToLive(of: "k") == CacheType.longestTime)
        try await region.set("v", for: "short", ttl: .milliseconds(1))
        #expect(try await region.get("short") == "v")
        harness.clock.advance(by: .milliseconds(2))
        #expect(try await region.get("short") == nil)
    }

    // MARK: What cannot be read

    struct Old: Codable, Equatable { var name: String }
    struct New: Codable, Equatable { var number: Int }

    @Test func aValueOfAnotherFormIsAMissAndCounted() async throws {
        let harness = try CacheHarness()
        func region<Value: Codable & Sendable>(_: Value.Type, schema: UInt8 = 0) throws -> CacheRegion<Value> {
            var type = harness.region.type
            type.schema = schema
            return try CacheRegion(type, engine: harness.engine, clock: harness.clock)
        }
        let (old, new) = (try region(Old.self), try region(New.self))
        try await old.set(Old(name: "n"), for: "k")
        #expect(try await new.get("k") == nil)
        #expect(try await new.entry(for: "k") == nil)
        #expect(try await new.get(["k"]).isEmpty)
        #expect(try await !new.exists("k"))
        #expect(try await new.timeToLive(of: "k") == nil)
        #expect(new.storage.counters.take()[.undecodable] == 5)
        #expect(try await old.exists("k"))
        #expect(try await old.timeToLive(of: "k") == .seconds(60))
        #expect(try await new.value(for: "k") { New(number: 1) } == New(number: 1))
        #expect(try await new.get("k") == New(number: 1))
        #expect(try await old.get("k") == nil)
        guard case .miss(let token) = try await old.lookup("k") else {
            Issue.record("no token for what cannot be read")
            return
        }
        #expect(try await old.store(Old(name: "m"), with: token) == .stored)
        let newer = try region(Old.self, schema: 1)
        #expect(try await newer.get("k") == nil)
        #expect(newer.storage.counters.take()[.undecodable] == 1)
        #expect(try await newer.value(for: "k") { Old(name: "newer") } == Old(name: "newer"))
        #expect(try await old.get("k") == nil)
    }

    @Test(arguments: [false, true]) func aDamagedEntryIsAMissOrItself(isCompressed: Bool) async throws {
        let harness = try CacheHarness { $0.compressAbove = isCompressed ? 0 : nil }
        let region = harness.region
        let value = String(repeating: "value ", count: 20)
        try await region.set(value, for: "k", tags: ["tag", "other"])
        let entry: RedisArgument = "p:{test.0}:e:k"
        let bytes = try #require(try await harness.engine.send(RedisCommand("GET", [entry])).bytes)
        let payload = try #require(StoredEntry(bytes)).payload.startIndex
        let flags = Compression.compress(Array("\"\(value)\"".utf8)) != nil && isCompressed ? 1 : 0
        #expect(Int(bytes[1]) == flags)
        func look(_ damaged: [UInt8]) async throws -> CacheEntry<String>? {
            _ = try await harness.engine.send(RedisCommand("SET", [entry, .bytes(damaged), "PX", 60_000]))
            return try await region.entry(for: "k")
        }
        for length in bytes.indices {
            #expect(try await look(Array(bytes.prefix(length))) == nil, "\(length) bytes")
        }
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(bit)
                let found = try await look(damaged)
                // Nothing tells what JSON was: only compressed bytes bring a checksum.
                if index >= payload, !isCompressed { continue }
                #expect(found == nil || found?.value == value, "byte \(index), bit \(bit)")
            }
        }
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2_000 {
            var noise = (0..<Int.random(in: 0..<120, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { noise = Array(bytes.prefix(26)) + noise }
            #expect(try await look(noise) == nil)
        }
        // It is replaced by what is computed.
        _ = try await look([0x71, 0, 1])
        #expect(try await region.value(for: "k") { "new" } == "new")
        #expect(try await region.get("k") == "new")
    }

    @Test func aShardWhoseHeadIsDamagedBeginsAnew() async throws {
        let harness = try CacheHarness()
        let region = harness.region
        let control: RedisArgument = "p:{test.0}:c"
        try await region.set("v", for: "k", tags: ["x", "y"])
        try await region.invalidate(allOf: ["x", "z"])
        let head = try #require(try await harness.engine.send(RedisCommand("HGET", [control, "h"])).bytes)
        var damaged = (0..<head.count).map { Array(head.prefix($0)) } + [head + [0]]
        for index in head.indices {
            damaged.append(head)
            damaged[damaged.count - 1][index] ^= 0x11
        }
        for bytes in damaged {
            try await region.set("v", for: "k", tags: ["x", "y"])
            _ = try await harness.engine.send(RedisCommand("HSET", [control, "h", .bytes(bytes)]))
            if CacheHead(bytes) == nil {
                #expect(try await region.get("k") == nil)
                #expect(try await region.value(for: "k", tags: ["x"]) { "new" } == "new")
                #expect(try await harness.otherProcess().get("k") == "new", "\(bytes)")
            }
            _ = try await harness.engine.send(RedisCommand("HSET", [control, "h", .bytes(bytes)]))
            // Whoever begins with any other call gets along, too.
            let other = try harness.otherProcess()
            _ = try await other.lookup("l")
            _ = try await other.delete("l")
            try await other.set("w", for: "m", tags: ["x", "z"])
            try await other.invalidate(tags: ["w"])
            try await other.invalidate(allOf: ["x", "z"])
            #expect(try await other.get("m") == nil)
            try await other.clear()
            #expect(try await other.value(for: "n") { "v" } == "v")
            #expect(try await other.get("n") == "v")
        }
    }

    @Test func aTagsFieldThatIsNoSequenceInvalidates() async throws {
        let harness = try CacheHarness()
        let region = harness.region
        for noise in ["", "x", "1", String(repeating: "9", count: 17)] {
            try await region.set("v", for: "k", tags: ["t"])
            try await region.set("w", for: "l", tags: ["u"])
            try await region.invalidate(tags: ["other"])
            _ = try await harness.engine.send(RedisCommand("HSET", ["p:{test.0}:c", "tt", .string(noise)]))
            #expect(try await region.get("k") == nil)
            #expect(try await region.get("l") == "w")
            try await region.invalidate(tags: ["t"])
            #expect(try await region.value(for: "k", tags: ["t"]) { "new" } == "new")
            #expect(try await region.get("k") == "new")
        }
    }

    @Test func keysOfAnotherTypeAreNoReasonToFail() async throws {
        let harness = try CacheHarness()
        let region = harness.region
        for name in ["e:k", "l:k", "c"] {
            _ = try await harness.engine.send(RedisCommand("FLUSHALL"))
            let key = RedisArgument.string("p:{test.0}:" + name)
            _ = try await harness.engine.send(RedisCommand("RPUSH", [key, "x"]))
            #expect(try await region.value(for: "k") { "v" } == "v")
        }
    }
}
