import Testing

@testable import Perilune

/// When a process trusts what it knows of a shard, and what it takes for void.
@Suite(.timeLimit(.minutes(20))) struct NearMirrorTests {
    static let tag = Array("t".utf8)
    static let other = Array("u".utf8)

    static func record(_ sequence: UInt64, _ tags: [[UInt8]] = [tag]) -> NearRecord {
        NearRecord(
            key: CacheKey("k"), cost: 0, shard: 0, sequence: sequence, tags: tags.map(NearTag.init), freshUntil: .max)
    }

    static func head(
        epoch: UInt64 = 1, floor: UInt64 = 0, sequence: UInt64 = 100, messages: UInt64 = 10
    ) -> CacheHead {
        CacheHead(epoch: epoch, floor: floor, sequence: sequence, messages: messages)
    }

    static func message(_ number: UInt64, _ change: CacheMessage.Change, sequence: UInt64? = nil) -> CacheMessage {
        CacheMessage(epoch: 1, number: number, sequence: sequence ?? 90 + number, change: change)
    }

    /// A mirror that is subscribed and has a head.
    static func started(tagLimit: Int = 100, now: Int64 = 0) -> NearMirror {
        var mirror = NearMirror(tagLimit: tagLimit)
        mirror.subscribed()
        mirror.apply(head(), for: mirror.probe(now: now), now: now)
        return mirror
    }

    @Test func isTrustedForASecondFromWhenTheHeartbeatWasSent() {
        var mirror = NearMirror(tagLimit: 4_096)
        #expect(mirror.trustedUntil == .min)
        mirror.subscribed()
        #expect(mirror.trustedUntil == .min)
        let probe = mirror.probe(now: 5_000)
        mirror.apply(Self.head(), for: probe, now: 90_000)
        #expect(mirror.trustedUntil == 1_005_000)
        mirror.apply(Self.head(), for: mirror.probe(now: 400_000), now: 400_100)
        #expect(mirror.trustedUntil == 1_400_000)
        mirror.interrupted()
        #expect(mirror.trustedUntil == .min)
        mirror.apply(Self.head(), for: mirror.probe(now: 500_000), now: 500_000)
        #expect(mirror.trustedUntil == .min)
    }

    @Test func messagesVoidWhatTheyConcern() {
        var mirror = Self.started()
        let version = mirror.version
        let (old, tagged, untagged) = (Self.record(99), Self.record(100), Self.record(100, [Self.other]))
        #expect(!mirror.isValid(old, checkedIn: version))
        #expect(mirror.isValid(tagged, checkedIn: version) && mirror.isValid(untagged, checkedIn: version))
        mirror.apply(Self.message(11, .invalidatedAny([Self.tag])))
        #expect(mirror.version > version)
        #expect(!mirror.isValid(tagged, checkedIn: version) && mirror.isValid(untagged, checkedIn: version))
        #expect(mirror.isValid(Self.record(101), checkedIn: version))
        mirror.apply(Self.message(12, .invalidatedAll([Self.tag, Self.other])))
        let both = Self.record(101, [Self.other, Self.tag])
        #expect(!mirror.isValid(both, checkedIn: version))
        #expect(mirror.isValid(Self.record(101), checkedIn: version))
        #expect(mirror.isValid(untagged, checkedIn: version))
        mirror.apply(Self.message(13, .cleared))
        #expect(!mirror.isValid(untagged, checkedIn: version))
        #expect(mirror.isValid(Self.record(103), checkedIn: version))
        #expect(mirror.drops == 0)
    }

    @Test func aGapDropsEverything() {
        var mirror = Self.started()
        let version = mirror.version
        mirror.apply(Self.message(12, .changedKey([])))
        #expect(mirror.drops == 1)
        #expect(mirror.trustedUntil == .min)
        #expect(!mirror.isValid(Self.record(.max), checkedIn: version))
        // A heartbeat of before the gap is no beginning.
        var late = Self.started()
        let probe = late.probe(now: 0)
        late.apply(Self.message(12, .changedKey([])))
        late.apply(Self.head(messages: 12), for: probe, now: 1)
        #expect(late.trustedUntil == .min)
        late.apply(Self.head(messages: 12), for: late.probe(now: 2), now: 3)
        #expect(late.trustedUntil == 1_000_002)
        #expect(!late.isValid(Self.record(.max), checkedIn: version))
    }

    @Test func aMessageThatCannotBeReadOrIsOfAnotherLifeIsAGap() {
        var mirror = Self.started()
        mirror.apply(nil)
        #expect(mirror.drops == 1)
        mirror = Self.started()
        mirror.apply(CacheMessage(epoch: 2, number: 11, sequence: 101, change: .changedKey([])))
        #expect(mirror.drops == 1)
        mirror = Self.started()
        mirror.apply(Self.message(11, .changedKey([])))
        mirror.apply(Self.message(11, .changedKey([])))
        #expect(mirror.drops == 1)
    }

    @Test func messagesOfWhichAHeadTellsHaveTwoTenthsOfASecond() {
        var mirror = Self.started()
        mirror.apply(Self.head(sequence: 101, messages: 11), for: mirror.probe(now: 400_000), now: 401_000)
        #expect(mirror.awaitsMessages)
        // Not confirmed by the head yet.
        #expect(mirror.trustedUntil == 1_000_000)
        var lost = mirror
        mirror.apply(Self.message(11, .invalidatedAny([Self.tag])))
        #expect(!mirror.awaitsMessages)
        #expect(mirror.trustedUntil == 1_400_000)
        lost.tick(now: 600_999)
        #expect(lost.drops == 0)
        lost.tick(now: 601_000)
        #expect(lost.drops == 1)
    }

    @Test func aHeadThatIsMalformedOrGoneOrWentBackDropsEverything() {
        for head in [nil, Self.head(epoch: 2), Self.head(messages: 9), Self.head(sequence: 101)] {
            var mirror = Self.started()
            let version = mirror.version
            mirror.apply(head, for: mirror.probe(now: 10), now: 20)
            #expect(mirror.drops == 1)
            #expect(!mirror.isValid(Self.record(.max), checkedIn: version))
            // With a head it begins anew at once.
            #expect(mirror.trustedUntil == (head == nil ? .min : 1_000_010))
        }
    }

    @Test func aHeadOlderThanTheMessagesConfirms() {
        var mirror = Self.started()
        let probe = mirror.probe(now: 300_000)
        mirror.apply(Self.message(11, .changedKey([])))
        mirror.apply(Self.head(), for: probe, now: 310_000)
        #expect(mirror.drops == 0)
        #expect(mirror.trustedUntil == 1_300_000)
    }

    @Test func messagesThatCrossTheFirstHeadAreNoGap() {
        // One that the head has counted comes behind it.
        var mirror = Self.started()
        mirror.apply(Self.message(10, .invalidatedAny([Self.tag])))
        mirror.apply(Self.message(11, .changedKey([])))
        #expect(mirror.drops == 0)
        // Two that it has not counted come before it.
        mirror = NearMirror(tagLimit: 4_096)
        mirror.subscribed()
        let probe = mirror.probe(now: 0)
        mirror.apply(Self.message(11, .invalidatedAny([Self.tag])))
        mirror.apply(Self.message(12, .changedKey([]), sequence: 101))
        mirror.apply(Self.head(), for: probe, now: 5)
        #expect(mirror.trustedUntil == 1_000_000)
        #expect(!mirror.isValid(Self.record(100), checkedIn: mirror.version))
        mirror.apply(Self.message(13, .changedKey([]), sequence: 101))
        #expect(mirror.drops == 0)
        // What lies between them is lost.
        mirror = NearMirror(tagLimit: 4_096)
        mirror.subscribed()
        let second = mirror.probe(now: 0)
        mirror.apply(Self.message(12, .changedKey([])))
        mirror.apply(Self.head(), for: second, now: 5)
        #expect(mirror.trustedUntil == .min)
    }

    @Test func anOwnInvalidationCountsBeforeItsMessageAndDoesNotHideAnother() {
        var mirror = Self.started()
        let version = mirror.version
        let (own, foreign) = (Self.record(100), Self.record(100, [Self.other]))
        // Another process invalidates first, but its message is under way.
        mirror.apply(.invalidatedAny([Self.tag]), epoch: 1, sequence: 102)
        #expect(!mirror.isValid(own, checkedIn: version) && mirror.isValid(foreign, checkedIn: version))
        let checked = mirror.version
        mirror.apply(Self.message(11, .invalidatedAny([Self.other]), sequence: 101))
        #expect(mirror.version != checked)
        #expect(!mirror.isValid(foreign, checkedIn: checked))
        // Its own message tells nothing new.
        let known = mirror.version
        mirror.apply(Self.message(12, .invalidatedAny([Self.tag]), sequence: 102))
        #expect(mirror.version == known)
        #expect(mirror.drops == 0)
        mirror.apply(.cleared, epoch: 3, sequence: 1)
        #expect(mirror.drops == 1)
    }

    @Test func moreTagsThanAreRememberedCostMissesOnly() {
        var mirror = Self.started(tagLimit: 10)
        let version = mirror.version
        for number: UInt64 in 11...60 {
            mirror.apply(Self.message(number, .invalidatedAny([Array("\(number)".utf8)])))
        }
        // Never named, but too old to say so.
        #expect(!mirror.isValid(Self.record(120), checkedIn: version))
        #expect(mirror.isValid(Self.record(146), checkedIn: version))
        for number: UInt64 in 52...60 {
            #expect(!mirror.isValid(Self.record(90 + number - 1, [Array("\(number)".utf8)]), checkedIn: version))
        }
        for number: UInt64 in 61...80 {
            mirror.apply(Self.message(number, .invalidatedAll([Array("\(number)".utf8), Self.tag])))
        }
        for number: UInt64 in 61...80 {
            #expect(
                !mirror.isValid(
                    Self.record(90 + number - 1, [Array("\(number)".utf8), Self.tag]), checkedIn: version))
        }
    }

    @Test func theLastOfTimesDoesNotOverflow() {
        var mirror = Self.started(now: .max)
        #expect(mirror.trustedUntil == .max)
        mirror.apply(Self.head(messages: 11), for: mirror.probe(now: .max), now: .max)
        #expect(mirror.awaitsMessages)
        mirror = NearMirror(tagLimit: 4_096)
        mirror.subscribed()
        mirror.apply(
            CacheHead(epoch: 1, floor: .max, sequence: .max, messages: .max), for: mirror.probe(now: .min), now: .min)
        mirror.apply(CacheMessage(epoch: 1, number: .max, sequence: .max, change: .cleared))
        mirror.apply(CacheMessage(epoch: 1, number: 0, sequence: 0, change: .cleared))
        #expect(mirror.isValid(Self.record(.max), checkedIn: mirror.version))
    }
}
