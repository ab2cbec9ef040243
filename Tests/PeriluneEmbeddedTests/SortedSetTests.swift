import PeriluneCore
import Testing

@testable import PeriluneEmbedded

/// The sorted set against an array that is sorted anew.
@Suite struct SortedSetTests {
    struct Model {
        var scores: [String: Double] = [:]

        var inOrder: [(member: String, score: Double)] {
            scores.map { ($0.key, $0.value) }.sorted { ($0.score, $0.member) < ($1.score, $1.member) }
        }
    }

    static func slice<Result>(_ text: String, _ body: (ByteSlice) -> Result) -> Result {
        StoredString.bytes(Array(text.utf8)).withSlice(body)
    }

    static func members(of set: SortedSetValue, _ ranks: Range<Int>, reversed: Bool = false) -> [String] {
        set.members(in: ranks, reversed: reversed).map { String(decoding: $0.member, as: UTF8.self) }
    }

    /// - Parameter names: How many different members there are: few make a set that changes often, many a large one.
    @Test(arguments: [20, 150, 5000]) func behavesLikeASortedArray(names: Int) {
        let set = SortedSetValue()
        var model = Model()
        for step in 0..<12_000 {
            let name = "m\(Int.random(in: 0..<names))"
            // Phases of growth and of decline, so that nodes are used again and the list is made anew.
            let grows = (step / 2000) % 2 == 0
            if Int.random(in: 0..<10) < (grows ? 8 : 2) {
                let score = Double(Int.random(in: -40...40)) / 2
                Self.slice(name) { set.set($0, to: score) }
                model.scores[name] = score
            } else if Int.random(in: 0..<40) == 0 {
                let first = Int.random(in: 0...set.count)
                let ranks = first..<min(first + Int.random(in: 0...60), set.count)
                for member in Self.members(of: set, ranks) { model.scores[member] = nil }
                set.remove(in: ranks)
            } else {
                let wasThere = model.scores.removeValue(forKey: name) != nil
                #expect(Self.slice(name) { set.remove($0) } == wasThere)
            }
            #expect(set.count == model.scores.count)
            if step % 500 == 0 { compare(set, model) }
        }
        compare(set, model)
        set.remove(in: 0..<set.count)
        #expect(set.isEmpty)
        compare(set, Model())
    }

    private func compare(_ set: SortedSetValue, _ model: Model) {
        let expected = model.inOrder
        let names = expected.map(\.member)
        #expect(Self.members(of: set, 0..<set.count) == names)
        #expect(Self.members(of: set, 0..<set.count, reversed: true) == names.reversed())
        for (rank, entry) in expected.enumerated() where rank % 7 == 0 {
            let found = Self.slice(entry.member) { (set.rank(of: $0), set.score(of: $0)) }
            #expect(found == (rank, entry.score))
            let last = min(rank + 5, names.count)
            #expect(Self.members(of: set, rank..<last) == Array(names[rank..<last]))
            #expect(Self.members(of: set, rank..<last, reversed: true) == names[rank..<last].reversed())
        }
        for score in stride(from: -21.0, through: 21.0, by: 1.5) {
            #expect(set.rank { $0.score < score } == expected.count { $0.score < score })
            #expect(set.rank { $0.score <= score } == expected.count { $0.score <= score })
        }
        #expect(Self.slice("missing") { (set.rank(of: $0), set.score(of: $0)) } == (nil, nil))
    }

    @Test func copiesAreIndependent() {
        let set = SortedSetValue()
        for index in 0..<1000 { Self.slice("m\(index)") { set.set($0, to: Double(index)) } }
        let copy = SortedSetValue(set)
        for index in 0..<500 { Self.slice("m\(index)") { _ = set.remove($0) } }
        #expect(copy.count == 1000)
        #expect(Self.slice("m700") { copy.rank(of: $0) } == 700)
        #expect(Self.slice("m700") { set.rank(of: $0) } == 200)
    }
}
