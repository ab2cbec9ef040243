import PeriluneCore
import Testing

@testable import Perilune

/// What a process remembers of its invalidations, and how much.
@Suite struct CacheLedgerTests {
    private static func item(_ number: Int, tags: Int = 1, isAcknowledged: Bool = true) -> CacheLedger.Item {
        CacheLedger.Item(
            change: .anyOf((0..<tags).map { CacheTag("\(number).\($0)") }),
            stamp: isAcknowledged ? CacheStamp(epoch: 1, sequence: UInt64(number)) : nil, time: 0)
    }

    private static func changes(_ ledger: CacheLedger, _ shard: Int = 0) -> [CacheLedger.Change] {
        ledger.due(of: shard, now: 0).map(\.change)
    }

    @Test func theOldestAcknowledgedOnesAreForgottenFirst() {
        let ledger = CacheLedger(shards: 2)
        ledger.add(Self.item(0, isAcknowledged: false), to: 0)
        for number in 1...1_024 { ledger.add(Self.item(number), to: 0) }
        ledger.add(Self.item(7), to: 1)
        #expect(Self.changes(ledger) == ([0] + Array(2...1_024)).map { Self.item($0).change })
        #expect(Self.changes(ledger, 1) == [Self.item(7).change])
        #expect(ledger.pending == [0])
    }

    @Test func whatIsNotAcknowledgedBecomesOneInvalidationOfEverything() {
        let ledger = CacheLedger(shards: 1)
        for number in 0..<1_024 { ledger.add(Self.item(number, isAcknowledged: false), to: 0) }
        #expect(Self.changes(ledger).count == 1_024)
        ledger.add(Self.item(1_024, isAcknowledged: false), to: 0)
        #expect(Self.changes(ledger) == [.everything])
        #expect(ledger.pending == [0])
        // And there is room again.
        ledger.add(Self.item(1_025, isAcknowledged: false), to: 0)
        #expect(Self.changes(ledger) == [.everything, Self.item(1_025).change])
    }

    @Test(arguments: [true, false]) func tagsAreCounted(areAcknowledged: Bool) {
        let ledger = CacheLedger(shards: 1)
        for number in 0..<16 { ledger.add(Self.item(number, tags: 1_000, isAcknowledged: areAcknowledged), to: 0) }
        ledger.add(Self.item(16, tags: 384, isAcknowledged: areAcknowledged), to: 0)
        #expect(ledger.due(of: 0, now: 0).count == 17)
        ledger.add(Self.item(17, isAcknowledged: areAcknowledged), to: 0)
        let left = ledger.due(of: 0, now: .max / 2)
        // Those that were looked at just now, when the time was another, have been looked after for long enough.
        if areAcknowledged { #expect(left.isEmpty) } else { #expect(left.map(\.change) == [.everything]) }
    }

    @Test func tagsThatAreTooManyPushOutTheOldest() {
        let ledger = CacheLedger(shards: 1)
        for number in 0..<16 { ledger.add(Self.item(number, tags: 1_000), to: 0) }
        ledger.add(Self.item(16, tags: 1_000), to: 0)
        #expect(Self.changes(ledger) == (1...16).map { Self.item($0, tags: 1_000).change })
    }

    @Test func whatIsTakenOutMakesRoom() {
        let ledger = CacheLedger(shards: 1)
        let items = (0..<16).map { Self.item($0, tags: 1_000) }
        for item in items { ledger.add(item, to: 0) }
        ledger.remove(items[3], from: 0)
        ledger.remove(items[3], from: 0)
        ledger.add(Self.item(16, tags: 1_000), to: 0)
        #expect(ledger.due(of: 0, now: 0).count == 16)
    }

    @Test func anAcknowledgedOneIsLookedAtMoreAndMoreSeldomAndThenNoMore() {
        let ledger = CacheLedger(shards: 1)
        ledger.add(Self.item(1), to: 0)
        ledger.add(Self.item(2, isAcknowledged: false), to: 0)
        let looks = (0...120).filter { second in
            ledger.due(of: 0, now: Int64(second) * 1_000_000).contains { $0.stamp != nil }
        }
        #expect(looks == [0, 1, 2, 4, 8, 16, 32])
        #expect(ledger.due(of: 0, now: .max / 2).map(\.change) == [Self.item(2).change])
    }
}
