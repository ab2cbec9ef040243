import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import Perilune

/// What a near cache gives, and what it never does.
@Suite(.timeLimit(.minutes(20))) struct NearCacheTests {
    /// A near cache of one shard that is trusted.
    static func cache(_ limit: NearCacheLimit = NearCacheLimit(entries: 1000)) -> NearCache<String> {
        let cache = NearCache<String>(table: NearTable(limit: limit, shards: 2, tagLimit: 4_096))
        cache.table.updateAll { mirror in
            mirror.subscribed()
            mirror.apply(
                CacheHead(epoch: 1, floor: 1, sequence: 10, messages: 0), for: mirror.probe(now: 0), now: 0)
        }
        return cache
    }

    @discardableResult
    static func fill(
        _ cache: NearCache<String>, _ key: CacheKey, _ value: String, shard: Int = 0, sequence: UInt64 = 10,
        tags: [String] = [], freshUntil: Int64 = .max
    ) -> Bool {
        guard let ticket = cache.ticket(for: key, shard: shard, now: 1) else { return false }
        return cache.insert(
            value, ticket: ticket, epoch: 1, sequence: sequence, tags: tags.map { Array($0.utf8) },
            cost: value.utf8.count,
            freshUntil: freshUntil)
    }

    @Test func nothingIsGivenThatTheServerTookBack() async throws {
        let hits = Locked(0)
        try await Property<NearCacheModel.Step>(runs: 1000, length: 600) { generator in
            NearCacheModel.step(&generator)
        } check: { steps in
            var model = NearCacheModel()
            for step in steps {
                if let failure = model.run(step) { return failure }
            }
            hits.withLock { $0 += model.hits }
            return nil
        }.verify()
        // It would be easy never to give anything.
        #expect(hits.withLock { $0 } > 2000)
    }

    @Test func givesAValueUntilItIsNotFreshOrNotTrusted() {
        let cache = Self.cache()
        #expect(Self.fill(cache, CacheKey("k"), "v", freshUntil: 500))
        #expect(cache.value(for: CacheKey("k"), now: 499) == "v")
        #expect(cache.value(for: CacheKey("k"), now: 500) == nil)
        #expect(cache.statistics.entries == 0)
        Self.fill(cache, CacheKey("k"), "v")
        #expect(cache.value(for: CacheKey("k"), now: 999_999) == "v")
        #expect(cache.value(for: CacheKey("k"), now: 1_000_000) == nil)
        #expect(cache.ticket(for: CacheKey("k"), shard: 0, now: 1_000_000) == nil)
        #expect(cache.value(for: CacheKey("k"), now: 5) == "v")
        #expect(cache.ticket(for: CacheKey("k"), shard: 2, now: 5) == nil)
    }

    @Test func aFillThatAChangeOfTheKeyOvertakesIsRefused() throws {
        let cache = Self.cache()
        let key = CacheKey("k")
        let ticket = try #require(cache.ticket(for: key, shard: 0, now: 1))
        let message = CacheMessage(epoch: 1, number: 1, sequence: 10, change: .changedKey(Array("k".utf8)))
        cache.table.apply(message, shard: 0)
        #expect(!cache.insert("old", ticket: ticket, epoch: 1, sequence: 10, tags: [], cost: 0, freshUntil: .max))
        #expect(Self.fill(cache, key, "new"))
        cache.remove(key)
        #expect(cache.value(for: key, now: 5) == nil)
    }

    @Test func aFillThatAnInvalidationOrALossOvertakesIsRefused() throws {
        let cache = Self.cache()
        let key = CacheKey("k")
        let ticket = try #require(cache.ticket(for: key, shard: 0, now: 1))
        func insert(_ sequence: UInt64, epoch: UInt64 = 1) -> Bool {
            cache.insert("v", ticket: ticket, epoch: epoch, sequence: sequence, tags: [[1]], cost: 0, freshUntil: .max)
        }
        cache.table.apply(.invalidatedAny([[1]]), epoch: 1, sequence: 20, shard: 0)
        #expect(!insert(19))
        #expect(!insert(20, epoch: 2))
        #expect(insert(20))
        cache.table.shards[0].update { $0.drop() }
        #expect(!insert(.max))
        #expect(cache.value(for: key, now: 5) == nil)
    }

    @Test func shardsAreIndependent() {
        let cache = Self.cache()
        Self.fill(cache, CacheKey("a"), "a", shard: 0)
        Self.fill(cache, CacheKey("b"), "b", shard: 1)
        cache.table.apply(CacheMessage(epoch: 1, number: 9, sequence: 9, change: .changedKey([0xFF])), shard: 0)
        #expect(cache.value(for: CacheKey("a"), now: 5) == nil)
        #expect(cache.value(for: CacheKey("b"), now: 5) == "b")
        #expect(cache.statistics.drops == 1)
    }

    @Test func countsWhatItHoldsAndWhatHadToGo() {
        for limit in [NearCacheLimit(entries: 0, bytes: -1), NearCacheLimit(entries: 700, bytes: 10 << 20)] {
            let cache = Self.cache(limit)
            for key in 0..<3000 { Self.fill(cache, CacheKey("\(key)"), String(repeating: "v", count: 100)) }
            let statistics = cache.statistics
            #expect(statistics.entries <= limit.entries)
            #expect(statistics.bytes <= limit.bytes)
            // What is larger than all the room goes by itself.
            #expect(statistics.evictions == (limit.bytes == 1 ? 0 : 3000 - statistics.entries))
            #expect(statistics.entries > limit.entries * 9 / 10 || limit.bytes == 1)
        }
        let cache = Self.cache(NearCacheLimit(entries: .max, bytes: .max))
        #expect(Self.fill(cache, CacheKey("k"), "v"))
    }

    @Test func anInvalidationThatHasReturnedIsSeenByAllThreads() async {
        let cache = Self.cache()
        let current = Locked(UInt64(10))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for sequence: UInt64 in 11..<2000 {
                    cache.table.apply(.invalidatedAny([[1]]), epoch: 1, sequence: sequence, shard: 0)
                    current.withLock { $0 = sequence }
                    if sequence % 100 == 0 { cache.table.shards[1].update { $0.drop() } }
                    await Task.yield()
                }
            }
            for _ in 0..<2 {
                group.addTask {
                    for round in 0..<4000 {
                        let known = current.withLock { $0 }
                        if let value = cache.value(for: CacheKey("k"), now: 5) {
                            #expect(UInt64(value).map { $0 >= known } ?? false)
                        } else {
                            let tags = ["\u{1}"]
                            Self.fill(cache, CacheKey("k"), "\(known)", sequence: known, tags: tags)
                        }
                        Self.fill(cache, CacheKey("\(round % 50)"), "x", shard: 1)
                        if round % 10 == 0 { await Task.yield() }
                    }
                }
            }
        }
        #expect(cache.statistics.entries <= 52)
    }
}
