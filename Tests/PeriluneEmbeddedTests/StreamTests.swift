import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneEmbedded

/// Streams and what they are made of, against plain models. `Conformance` compares their commands with a real server.
@Suite struct StreamTests {
    var generator = SeededGenerator(seed: .random(in: 0...UInt64.max))

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

    private static func id(_ text: String, missing: UInt64 = 0) -> StreamID? {
        Array(text.utf8).withByteSlice { StreamID($0, missing: missing) }
    }

    // MARK: - Identifiers

    @Test func identifiersAreReadLeniently() {
        #expect(Self.id("5-3") == StreamID(5, 3))
        #expect(Self.id("5", missing: .max) == StreamID(5, .max))
        #expect(Self.id("18446744073709551615-18446744073709551615") == .max)
        #expect(Self.id("007- +8") == StreamID(7, 8))
        #expect(Self.id("1--01") == StreamID(1, .max))
        for text in [
            "", "-", "+", "5-", "-5", "5-x", "x-5", "5-3-1", "18446744073709551616", "5 ", "5--1", "5-*",
            String(repeating: "0", count: 128),
        ] {
            #expect(Self.id(text) == nil, "\(text)")
        }
    }

    @Test func identifiersHaveNeighbours() {
        #expect(StreamID(5, 3).next == StreamID(5, 4))
        #expect(StreamID(5, .max).next == StreamID(6, 0))
        #expect(StreamID.max.next == nil)
        #expect(StreamID(5, 0).previous == StreamID(4, .max))
        #expect(StreamID.zero.previous == nil)
    }

    // MARK: - Maps

    /// - Parameter keys: How many different keys there are: few make a map that changes often, many a large one.
    @Test(arguments: [10, 300, 100_000]) mutating func theMapBehavesLikeASortedDictionary(keys: Int) {
        var map = OrderedMap<Int, Int>()
        var model: [Int: Int] = [:]
        for step in 0..<20_000 {
            // Phases of growth and of decline; keys come in order, or do not.
            let key = step % 5 == 0 ? below(keys) : step % keys
            let grows = (step / 4000) % 2 == 0
            let value = below(10) < (grows ? 9 : 2) ? step : nil
            map[key] = value
            model[key] = value
            if step % 1000 == 0 { compare(map, model, keys: keys) }
        }
        compare(map, model, keys: keys)
        for key in model.keys { map[key] = nil }
        compare(map, [:], keys: keys)
    }

    private mutating func compare(_ map: OrderedMap<Int, Int>, _ model: [Int: Int], keys: Int) {
        let sorted = model.sorted { $0.key < $1.key }
        #expect(map.count == sorted.count)
        #expect(map.map { key, value in [key, value] } == sorted.map { [$0.key, $0.value] })
        #expect(map.first?.key == sorted.first?.key)
        #expect(map.last?.key == sorted.last?.key)
        for _ in 0..<20 {
            let key = below(keys)
            #expect(map[key] == model[key])
            #expect(map.first(from: key)?.key == sorted.first { $0.key >= key }?.key)
        }
    }

    // MARK: - Entries

    /// Entries with their first value, as a sorted array.
    private struct Model {
        var entries: [(id: StreamID, value: Int)] = []
        var last = StreamID.zero
        var added = 0
    }

    @Test(arguments: [1, 30, 900]) mutating func theStreamBehavesLikeASortedArray(length: Int) {
        let stream = StreamValue()
        var model = Model()
        for step in 0..<8000 {
            switch below(20) {
            case 0..<12:
                let id = StreamID(
                    model.last.milliseconds + UInt64(below(2)), model.last.sequence + UInt64(below(3)) + 1)
                let name = step % 9 == 0 ? "other" : "field"
                stream.append(
                    StreamEntry(
                        id: id,
                        fields: [
                            (.bytes(Array(name.utf8)), .integer(step)),
                            (.bytes([1]), .bytes(Array(repeating: 7, count: length))),
                        ]))
                model.entries.append((id, step))
                model.last = id
                model.added += 1
            case 12..<17:
                let id = identifier(near: model)
                #expect(stream.delete(id) == model.entries.contains { $0.id == id })
                model.entries.removeAll { $0.id == id }
            case 17:
                let most = below(model.entries.count + 3)
                #expect(stream.trim(StreamTrim(goal: .length(most))) == max(model.entries.count - most, 0))
                model.entries = model.entries.suffix(most)
            case 18:
                let start = identifier(near: model)
                let gone = model.entries.count { $0.id < start }
                #expect(stream.trim(StreamTrim(goal: .start(start))) == gone)
                model.entries.removeFirst(gone)
            default:
                // Approximate trimming takes no more than it may, and whole nodes.
                let most = below(model.entries.count + 3)
                let gone = stream.trim(
                    StreamTrim(goal: .length(most), isApproximate: true, limit: StreamNode.mostEntries))
                #expect(gone <= min(max(model.entries.count - most, 0), StreamNode.mostEntries))
                model.entries.removeFirst(gone)
            }
            if step % 100 == 0 { compare(stream, model) }
        }
        compare(stream, model)
        compare(StreamValue(stream), model)
    }

    private mutating func identifier(near model: Model) -> StreamID {
        guard below(4) > 0, !model.entries.isEmpty else {
            return StreamID(UInt64(below(Int(model.last.milliseconds) + 2)), UInt64(below(9)))
        }
        return model.entries[below(model.entries.count)].id
    }

    private mutating func compare(_ stream: StreamValue, _ model: Model) {
        #expect(stream.count == model.entries.count)
        #expect(stream.firstID == model.entries.first?.id ?? .zero)
        #expect(stream.lastID == model.last)
        #expect(stream.entriesAdded == model.added)
        #expect(stream.last?.id == model.entries.last?.id)
        for _ in 0..<5 {
            let (first, last) = (identifier(near: model), identifier(near: model))
            let expected = model.entries.filter { first <= $0.id && $0.id <= last }
            for reversed in [false, true] {
                var values: [Int] = []
                stream.visit(from: first, through: last, reversed: reversed) { entry in
                    values.append(entry.values[0].integer ?? -1)
                    return true
                }
                #expect(values == (reversed ? expected.reversed() : expected).map(\.value))
            }
            #expect((stream.entry(first) != nil) == model.entries.contains { $0.id == first })
        }
    }

    @Test func copiesAreIndependent() {
        let stream = StreamValue()
        let entry = { (number: UInt64) in StreamEntry(id: StreamID(number, 0), fields: [(.integer(1), .integer(2))]) }
        for number in 1...300 { stream.append(entry(UInt64(number))) }
        let group = StreamGroup(lastID: .zero, entriesRead: nil)
        let name = Array("name".utf8).withByteSlice { ByteString($0) }
        stream.addGroup(name, group)
        let consumer = group.activeConsumer(name, now: 5)
        group.setPending(StreamID(1, 0), PendingEntry(consumer: consumer, deliveryTime: 5, deliveryCount: 1))
        let copy = StreamValue(stream)
        for number in 1...200 { #expect(stream.delete(StreamID(UInt64(number), 0))) }
        #expect(group.removeConsumer(name) == 1)
        stream.append(entry(301))
        #expect((copy.count, stream.count, copy.lastID) == (300, 101, StreamID(300, 0)))
        #expect(copy.groups[name]?.pending.count == 1)
        #expect(copy.groups[name]?.consumers[name]?.pending.count == 1)
        #expect(copy.groups[name]?.removePending(StreamID(1, 0)) == true)
    }

    // MARK: - Groups

    /// What is pending in a group is pending with one of its consumers.
    @Test mutating func consumersShareWhatIsPending() {
        let group = StreamGroup(lastID: .zero, entriesRead: nil)
        let names = ["a", "b", "c"].map { text in Array(text.utf8).withByteSlice { ByteString($0) } }
        var model: [StreamID: ByteString] = [:]
        for step in 0..<6000 {
            let (id, name) = (StreamID(UInt64(below(400)), 0), names[below(3)])
            switch below(40) {
            case 0..<24:
                let consumer = group.activeConsumer(name, now: Int64(step))
                group.setPending(id, PendingEntry(consumer: consumer, deliveryTime: 0, deliveryCount: step))
                model[id] = name
            case 24..<39: #expect(group.removePending(id) == (model.removeValue(forKey: id) != nil))
            default:
                #expect(group.removeConsumer(name) == model.values.count { $0 == name })
                model = model.filter { $0.value != name }
            }
            guard step % 200 == 0 else { continue }
            let pending = group.pending.map { id, entry in [id.bytes, entry.consumer.name.bytes] }
            #expect(pending == model.sorted { $0.key < $1.key }.map { [$0.key.bytes, $0.value.bytes] })
            for (name, consumer) in group.consumers.map({ ($0, $1) }) {
                #expect(consumer.pending.map { id, _ in id } == model.filter { $0.value == name }.keys.sorted())
            }
        }
    }
}
