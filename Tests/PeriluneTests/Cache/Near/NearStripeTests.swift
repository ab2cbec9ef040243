import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import Perilune

/// What a near cache keeps, and what it lets go of.
@Suite(.timeLimit(.minutes(20))) struct NearStripeTests {
    static func record(_ key: String, cost: Int = 0) -> NearRecord {
        NearRecord(key: CacheKey(key), cost: cost, shard: 0, sequence: 0, tags: [], freshUntil: .max)
    }

    /// A stripe that is asked with keys alone.
    struct Kept {
        var stripe: NearStripe

        init(entries: Int, bytes: Int = .max) {
            stripe = NearStripe(limit: NearCacheLimit(entries: entries, bytes: bytes))
        }

        mutating func find(_ key: String) -> NearRecord? { stripe.find(CacheKey(key), NearHash(CacheKey(key))) }

        mutating func insert(_ record: NearRecord) -> (isKept: Bool, removed: [NearRecord]) {
            var removed: [NearRecord] = []
            return (stripe.insert(record, NearHash(record.key), removed: &removed), removed)
        }

        mutating func remove(_ key: String) {
            var removed: [NearRecord] = []
            stripe.remove(CacheKey(key), NearHash(CacheKey(key)), removed: &removed)
        }
    }

    enum Step: Sendable {
        case find(Int)
        case remove(Int)
        case insert(Int, cost: Int)
    }

    @Test(arguments: [1, 2, 7, 40]) func neverHoldsMoreThanItsLimitsNorAnotherThanTheLast(entries: Int) async throws {
        let limit = NearCacheLimit(entries: entries, bytes: 30 * (NearRecord.overhead + 40))
        try await Property<Step>(runs: 40, length: 400) { generator in
            let key = Int.random(in: 0..<60, using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: return .remove(key)
            case 1...4: return .find(key)
            default: return .insert(key, cost: Int.random(in: 0..<12, using: &generator) == 0 ? 3000 : key)
            }
        } check: { steps in
            var kept = Kept(entries: limit.entries, bytes: limit.bytes)
            var present: [String: NearRecord] = [:]
            for step in steps {
                switch step {
                case .find(let key):
                    guard kept.find("\(key)") === present["\(key)"] else { return "finds another than is there" }
                case .remove(let key):
                    kept.remove("\(key)")
                    present["\(key)"] = nil
                case .insert(let key, let cost):
                    let record = Self.record("\(key)", cost: cost)
                    let evictions = kept.stripe.evictions
                    let (isKept, removed) = kept.insert(record)
                    let replaced = present["\(key)"] == nil ? 0 : 1
                    guard removed.count - replaced == kept.stripe.evictions - evictions else { return "evictions" }
                    for record in removed {
                        guard present.removeValue(forKey: record.key.name) === record else { return "removed twice" }
                    }
                    guard isKept == (record.cost <= limit.bytes) else { return "not kept" }
                    if isKept { present["\(key)"] = record }
                }
                guard kept.stripe.count == present.count, present.count <= limit.entries else { return "count" }
                let bytes = present.values.reduce(0) { $0 + $1.cost }
                guard kept.stripe.bytes == bytes, bytes <= limit.bytes else { return "bytes" }
            }
            return nil
        }.verify()
    }

    @Test func aScanPushesOutNothingThatIsAskedFor() {
        var kept = Kept(entries: 100)
        for key in 0..<50 { _ = kept.insert(Self.record("hot\(key)")) }
        for _ in 0..<3 { for key in 0..<50 { _ = kept.find("hot\(key)") } }
        for key in 0..<10_000 { _ = kept.insert(Self.record("scan\(key)")) }
        let left = (0..<50).filter { kept.find("hot\($0)") != nil }.count
        #expect(left == 50)
        #expect(kept.stripe.evictions == 9_950)
    }

    @Test func whatComesBackSoonStays() {
        var kept = Kept(entries: 100)
        for key in 0..<150 { _ = kept.insert(Self.record("\(key)")) }
        #expect(kept.find("40") == nil)
        _ = kept.insert(Self.record("40"))
        for key in 1000..<1500 { _ = kept.insert(Self.record("\(key)")) }
        #expect(kept.find("40") != nil)
    }

    @Test func aReplacedEntryKeepsItsStanding() {
        var kept = Kept(entries: 100)
        _ = kept.insert(Self.record("hot"))
        for _ in 0..<3 { _ = kept.find("hot") }
        let new = Self.record("hot")
        _ = kept.insert(new)
        for key in 0..<500 { _ = kept.insert(Self.record("\(key)")) }
        #expect(kept.find("hot") === new)
    }

    @Test func theBytesThatCostAreThoseOfAllParts() {
        let bare = Self.record("", cost: 0).cost
        #expect(Self.record("four", cost: 10).cost == bare + 14)
        #expect(Self.record("", cost: -5).cost == bare)
        #expect(Self.record("", cost: .max).cost == .max)
    }

    @Test func anIndexFindsWhatWasNotRemovedWhateverCollides() {
        var generator = SeededGenerator(seed: 11)
        var index = NearIndex()
        var slots: [Int: UInt32] = [:]
        for _ in 0..<20_000 {
            let slot = Int.random(in: 0..<300, using: &generator)
            if let hash = slots.removeValue(forKey: slot) {
                index.remove(hash, slot: slot)
            } else {
                // Few hashes, and neighbours of the last bucket among them.
                let hash = UInt32.random(in: 0..<40, using: &generator) &- 20
                index.insert(hash, slot: slot)
                slots[slot] = hash
            }
            let asked = Int.random(in: 0..<300, using: &generator)
            if let hash = slots[asked] {
                #expect(index.find(hash) { $0 == asked } == asked)
            } else {
                #expect((0..<40).allSatisfy { index.find($0 &- 20) { $0 == asked } == nil })
            }
            #expect(index.count == slots.count)
        }
    }

    @Test func keysAreTheSameWhenTheirBytesAre() {
        // The same character, composed and not, and marks in two orders.
        for (left, right) in [("\u{E9}", "e\u{301}"), ("a\u{323}\u{307}", "a\u{307}\u{323}"), ("a", "b"), ("a", "aa")] {
            #expect(CacheKey(left) != CacheKey(right))
        }
        for text in ["", "a", "\u{E9}", String(repeating: "long", count: 20), "a\u{323}\u{307}"] {
            #expect(CacheKey(text) == CacheKey(named: Array(text.utf8)))
            #expect(CacheKey(text).hashValue == CacheKey(String(decoding: Array(text.utf8), as: UTF8.self)).hashValue)
        }
        #expect(CacheKey(named: [0xFF]) == nil)
    }
}
