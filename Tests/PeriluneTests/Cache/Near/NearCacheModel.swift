import PeriluneCore
import PeriluneTestSupport

@testable import Perilune

/// A shard as the scripts keep it, the channel, a near cache, and who knows when which value stopped to be true.
struct NearCacheModel {
    enum Step: Sendable {
        case put(Int)
        case delete(Int)
        case invalidateAny([Int])
        case invalidateAll([Int])
        case clear, loseMetadata, failOver
        case deliver, loseMessage
        case interrupt, resubscribe, dropBuffer
        case ask, answer
        case pass(Int64)
        case beginFill(Int)
        case readFill, endFill
        case invalidateByItself(Int)
        case removeByItself(Int)
        case hit(Int)
    }

    private struct Server {
        struct Entry {
            var value: Int
            var epoch: UInt64
            var sequence: UInt64
            var tags: [Int]
        }

        var head = CacheHead(epoch: 1, floor: 1, sequence: 1, messages: 0)
        var tags: [Int: UInt64] = [:]
        var rules: [(sequence: UInt64, tags: [Int])] = []
        var entries: [Int: Entry] = [:]

        func isValid(_ entry: Entry) -> Bool {
            entry.epoch == head.epoch && entry.sequence >= head.floor
                && entry.tags.allSatisfy { tags[$0, default: 0] <= entry.sequence }
                && rules.allSatisfy { rule in
                    rule.sequence <= entry.sequence || !rule.tags.allSatisfy(entry.tags.contains)
                }
        }
    }

    private struct Sent {
        let event: Int
        let message: CacheMessage
    }

    private struct Fill {
        let ticket: NearTicket
        var read: (entry: Server.Entry, headSequence: UInt64)?
    }

    private struct End {
        var event: Int
        var time: Int64
    }

    static let keys = 4
    static let tags = 3
    private let cache = NearCache<Int>(
        table: NearTable(limit: NearCacheLimit(entries: 3), shards: 1, tagLimit: 2))
    private var now: Int64 = 1_000_000
    private var server = Server()
    private var replica = Server()
    private var channel: [Sent] = []
    private var isSubscribed = true
    private var asked: (probe: NearMirror.Probe, head: CacheHead, event: Int)?
    private var fill: Fill?
    private var valuesMade = 0
    private var events = 0
    /// Which change made a value untrue, and when.
    private var ends: [Int: End] = [:]
    /// All values that were read from the server.
    private var seen: [Int: (key: Int, entry: Server.Entry)] = [:]
    /// The changes that the near cache has been told of.
    private var told: Set<Int> = []
    /// The last change before a head that it has been told of, and when.
    private var heads: [(event: Int, time: Int64)] = []
    private(set) var hits = 0

    init() {
        cache.table.updateAll { $0.subscribed() }
        for key in 0..<Self.keys { put(key) }
        channel = []
    }

    static func step(_ generator: inout SeededGenerator) -> Step {
        let key = Int.random(in: 0..<keys, using: &generator)
        let tag = Int.random(in: 0..<tags, using: &generator)
        return switch Int.random(in: 0..<1000, using: &generator) {
        case 0..<50: .put(key)
        case 50..<55: .delete(key)
        case 55..<70: .invalidateAny([tag])
        case 70..<76: .invalidateAll([tag, (tag + 1) % tags])
        case 76: .clear
        case 77: .loseMetadata
        case 78: .failOver
        case 79..<83: .loseMessage
        case 83: .interrupt
        case 84..<86: .dropBuffer
        case 86..<120: .resubscribe
        case 120..<124: .invalidateByItself(tag)
        case 124..<126: .removeByItself(key)
        case 126..<156: .pass(Int64.random(in: 1...600_000, using: &generator))
        case 156..<250: .ask
        case 250..<350: .answer
        case 350..<480: .deliver
        case 480..<530: .beginFill(key)
        case 530..<630: .readFill
        case 630..<730: .endFill
        default: .hit(key)
        }
    }

    /// Does a step: what is wrong, or `nil`.
    mutating func run(_ step: Step) -> String? {
        switch step {
        case .put(let key): put(key)
        case .delete(let key):
            server.entries[key] = nil
            publish(.changedKey(Array("\(key)".utf8)))
        case .invalidateAny(let tags): invalidate(tags)
        case .invalidateAll(let tags):
            moveSequence()
            server.rules.append((server.head.sequence, tags))
            publish(.invalidatedAll(tags.map(Self.name)))
        case .clear:
            moveSequence()
            server.head.floor = server.head.sequence
            publish(.cleared)
        case .loseMetadata:
            server.head = CacheHead(
                epoch: server.head.epoch + 1, floor: UInt64(now), sequence: UInt64(now), messages: 0)
            (server.tags, server.rules) = ([:], [])
            noteEnds()
        case .failOver:
            // What was written since the last one is lost, the connections break.
            (server, replica) = (replica, server)
            replica = server
            asked = nil
            lose()
            noteEnds()
        case .deliver:
            guard isSubscribed, !channel.isEmpty else { return nil }
            let sent = channel.removeFirst()
            cache.table.apply(sent.message, shard: 0)
            told.insert(sent.event)
        case .loseMessage:
            if !channel.isEmpty { channel.removeFirst() }
        case .interrupt: lose()
        case .dropBuffer:
            channel = []
            cache.table.updateAll { $0.drop() }
        case .resubscribe:
            guard !isSubscribed else { return nil }
            isSubscribed = true
            channel = []
            cache.table.updateAll { $0.subscribed() }
        case .ask:
            asked = (cache.table.shards[0].read { $0.probe(now: now) }, server.head, events)
        case .answer:
            guard let asked else { return nil }
            cache.table.shards[0].update { $0.apply(asked.head, for: asked.probe, now: now) }
            heads.append((asked.event, now))
            self.asked = nil
        case .pass(let time):
            now += time
            cache.table.updateAll { $0.tick(now: now) }
            if now % 2 == 0 { replica = server }
        case .beginFill(let key):
            fill = cache.ticket(for: CacheKey("\(key)"), shard: 0, now: now).map { Fill(ticket: $0) }
        case .readFill:
            guard let fill, let key = Int(fill.ticket.key.name), let entry = server.entries[key],
                server.isValid(entry)
            else { return nil }
            self.fill?.read = (entry, server.head.sequence)
            seen[entry.value] = (key, entry)
            ends[entry.value] = nil
        case .endFill: endFill()
        case .invalidateByItself(let tag):
            invalidate([tag])
            cache.table.apply(
                .invalidatedAny([Self.name(tag)]), epoch: server.head.epoch, sequence: server.head.sequence, shard: 0)
            told.insert(events)
        case .removeByItself(let key):
            server.entries[key] = nil
            publish(.changedKey(Array("\(key)".utf8)))
            cache.remove(CacheKey("\(key)"))
            told.insert(events)
        case .hit(let key): return hit(key)
        }
        return nil
    }
}

extension NearCacheModel {
    private static func name(_ tag: Int) -> [UInt8] { Array("t\(tag)".utf8) }

    private mutating func put(_ key: Int) {
        valuesMade += 1
        server.entries[key] = Server.Entry(
            value: valuesMade, epoch: server.head.epoch, sequence: server.head.sequence,
            tags: (0..<Self.tags).filter { (valuesMade >> $0) & 1 == 1 })
        publish(.changedKey(Array("\(key)".utf8)))
    }

    private mutating func invalidate(_ tags: [Int]) {
        moveSequence()
        for tag in tags { server.tags[tag] = server.head.sequence }
        publish(.invalidatedAny(tags.map(Self.name)))
    }

    private mutating func moveSequence() {
        server.head.sequence = max(server.head.sequence + 1, UInt64(now))
    }

    private mutating func publish(_ change: CacheMessage.Change) {
        server.head.messages += 1
        noteEnds()
        let message = CacheMessage(
            epoch: server.head.epoch, number: server.head.messages, sequence: server.head.sequence, change: change)
        if isSubscribed { channel.append(Sent(event: events, message: message)) }
    }

    private mutating func lose() {
        channel = []
        isSubscribed = false
        cache.table.updateAll { $0.interrupted() }
    }

    /// Notes which values are not true any more, by a new event.
    private mutating func noteEnds() {
        events += 1
        for (value, place) in seen {
            let isTrue = server.entries[place.key]?.value == value && server.isValid(place.entry)
            if isTrue {
                ends[value] = nil
            } else if ends[value] == nil {
                ends[value] = End(event: events, time: now)
            }
        }
    }

    private mutating func endFill() {
        guard let fill, let (entry, headSequence) = fill.read else { return }
        cache.insert(
            entry.value, ticket: fill.ticket, epoch: entry.epoch, sequence: max(entry.sequence, headSequence),
            tags: entry.tags.map(Self.name), cost: 1, freshUntil: .max)
        self.fill = nil
    }

    private mutating func hit(_ key: Int) -> String? {
        guard let value = cache.value(for: CacheKey("\(key)"), now: now) else { return nil }
        hits += 1
        guard seen[value]?.key == key else { return "the value of another key" }
        guard let end = ends[value] else { return nil }
        if now - end.time > NearMirror.trustTime { return "untrue for more than a second" }
        if told.contains(end.event) { return "untrue by a message that came" }
        let isKnown = heads.contains { $0.event >= end.event && now - $0.time >= NearMirror.messageTime }
        return isKnown ? "untrue by a head that came two tenths of a second ago" : nil
    }
}
