import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import Perilune

/// The head of a cache shard and its messages, read from bytes that may be anything.
@Suite struct CacheHeadTests {
    static let epoch: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 255]

    static func digits(_ value: UInt64) -> [UInt8] {
        let text = String(value)
        return Array((String(repeating: "0", count: 16 - text.count) + text).utf8)
    }

    static func tag(_ text: String) -> [UInt8] { [UInt8(text.utf8.count), 0] + Array(text.utf8) }

    static func head(
        floor: UInt64 = 5, sequence: UInt64 = 9, messages: UInt64 = 7, rules: [[UInt8]] = []
    ) -> [UInt8] {
        Array("pcache01".utf8) + epoch + digits(floor) + digits(sequence) + digits(messages) + [UInt8(rules.count)]
            + rules.flatMap { $0 }
    }

    @Test func readsAHead() throws {
        #expect(
            CacheHead(Self.head())
                == CacheHead(epoch: 0x0102_0304_0506_07FF, floor: 5, sequence: 9, messages: 7, rules: []))
        let rules = [Self.digits(6) + [2] + Self.tag("a") + Self.tag(""), Self.digits(9) + [1] + Self.tag("b:c")]
        #expect(
            CacheHead(Self.head(rules: rules))?.rules == [
                CacheRule(sequence: 6, tags: [[97], []]), CacheRule(sequence: 9, tags: [Array("b:c".utf8)]),
            ])
        #expect(CacheHead(Self.head(sequence: 9_999_999_999_999_999))?.sequence == 9_999_999_999_999_999)
    }

    @Test func refusesWhatContradictsItself() {
        #expect(CacheHead(Self.head(floor: 10)) == nil)
        #expect(CacheHead(Self.head(rules: [Self.digits(10) + [1] + Self.tag("a")])) == nil)
        #expect(CacheHead(Self.head(rules: [Self.digits(6) + [0]])) == nil)
    }

    @Test func refusesEveryHeadThatIsCutOrContinued() {
        let whole = Self.head(rules: [Self.digits(6) + [2] + Self.tag("a") + Self.tag("bcd")])
        for count in whole.indices { #expect(CacheHead(Array(whole.prefix(count))) == nil) }
        #expect(CacheHead(whole) != nil)
        #expect(CacheHead(whole + [0]) == nil)
    }

    @Test func readsSequencesOfSixteenDigitsOnly() {
        #expect(CacheHead.sequence(Array("0000000000000012".utf8)) == 12)
        for text in ["", "12", "00000000000000012", "000000000000001x", "+000000000000012", "000000000000 012"] {
            #expect(CacheHead.sequence(Array(text.utf8)) == nil)
        }
    }

    @Test func bytesOfAnyKindAreReadOrRefused() {
        var generator = SeededGenerator(seed: 6)
        let head = Self.head(rules: [Self.digits(6) + [1] + Self.tag("a")])
        let message = CacheMessageTests.message(1, [1, 0] + Self.tag("a"))
        for _ in 0..<20_000 {
            for whole in [head, message] {
                var bytes = whole
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(
                        in: 0...255, using: &generator)
                }
                bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator) / 4)
                if let head = CacheHead(bytes) {
                    #expect(head.floor <= head.sequence && head.rules.allSatisfy { !$0.tags.isEmpty })
                }
                if case .invalidatedAny(let tags) = CacheMessage(bytes)?.change { #expect(!tags.isEmpty) }
            }
        }
    }
}

@Suite(.timeLimit(.minutes(20))) struct CacheMessageTests {
    static func message(
        _ kind: UInt8, epoch: [UInt8] = CacheHeadTests.epoch, number: UInt64 = 3, sequence: UInt64 = 258,
        _ body: [UInt8] = []
    ) -> [UInt8] {
        func seven(_ value: UInt64) -> [UInt8] { (0..<7).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        return [kind] + epoch + seven(number) + seven(sequence) + body
    }

    @Test func readsEachKind() {
        func change(_ kind: UInt8, _ body: [UInt8] = []) -> CacheMessage.Change? {
            CacheMessage(Self.message(kind, body))?.change
        }
        let tags = CacheHeadTests.tag("a") + CacheHeadTests.tag("bc")
        #expect(change(1, [2, 0] + tags) == .invalidatedAny([[97], [98, 99]]))
        #expect(change(2, [2, 0] + tags) == .invalidatedAll([[97], [98, 99]]))
        #expect(change(3) == .cleared)
        #expect(change(4, Array("k".utf8)) == .changedKey([107]))
        #expect(change(4) == .changedKey([]))
        let message = CacheMessage(Self.message(3, number: 1 << 40, sequence: 1_700_000_000_000_000))
        #expect(message?.epoch == 0x0102_0304_0506_07FF)
        #expect(message?.number == 1 << 40)
        #expect(message?.sequence == 1_700_000_000_000_000)
    }

    @Test func refusesWhatIsNoMessage() {
        let tags = CacheHeadTests.tag("a") + CacheHeadTests.tag("bc")
        let bad = [
            Self.message(0), Self.message(5), Self.message(3, [0]), Self.message(1), Self.message(1, [0, 0]),
            Self.message(1, [3, 0] + tags), Self.message(1, [1, 0] + tags), Self.message(2, [255, 255]), [],
        ]
        for bytes in bad { #expect(CacheMessage(bytes) == nil) }
        let whole = Self.message(1, [2, 0] + tags)
        for count in whole.indices { #expect(CacheMessage(Array(whole.prefix(count))) == nil) }
    }
}
