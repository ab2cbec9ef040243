/// `numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM|MIN|MAX] [WITHSCORES]`, the arguments of `ZUNION` and its
/// kin, and what comes of them.
struct SortedSetCombination {
    enum Operation {
        case union, intersection, difference
    }

    /// What a command does with the result, on which its options depend.
    enum Form {
        case answers, stores, counts
    }

    private enum Aggregate {
        case sum, lowest, highest

        init?(_ word: ByteSlice) {
            if word.isWord("sum") {
                self = .sum
            } else if word.isWord("min") {
                self = .lowest
            } else if word.isWord("max") {
                self = .highest
            } else {
                return nil
            }
        }

        func callAsFunction(_ lhs: Double, _ rhs: Double) -> Double {
            switch self {
            case .sum: (lhs + rhs).isNaN ? 0 : lhs + rhs  // of infinities of both signs
            case .lowest: rhs < lhs ? rhs : lhs  // of zeros of both signs the first
            case .highest: rhs > lhs ? rhs : lhs
            }
        }
    }

    private struct Source {
        enum Members {
            case none
            case set(SetValue)
            case sortedSet(SortedSetValue)
        }

        let members: Members
        var weight = 1.0

        init(_ key: ByteSlice, in keyspace: inout Keyspace) throws(CommandError) {
            switch keyspace.entry(for: key)?.header.value {
            case nil: members = .none
            case .set(let set): members = .set(set)
            case .sortedSet(let set): members = .sortedSet(set)
            default: throw .wrongType
            }
        }

        var count: Int {
            switch members {
            case .none: 0
            case .set(let set): set.count
            case .sortedSet(let set): set.count
            }
        }

        /// The weighted score of a member, NaN for 0 times infinity; `nil` when it is not there.
        func score(of member: ByteSlice) -> Double? {
            switch members {
            case .none: nil
            case .set(let set): set.contains(member) ? weight : nil
            case .sortedSet(let set): set.score(of: member).map { $0 * weight }
            }
        }

        /// Calls a function with members and weighted scores, 0 for 0 times infinity.
        func visit(_ body: (ByteSlice, Double) -> Bool) {
            switch members {
            case .none: return
            case .set(let set): set.visit { $0.withSlice { body($0, weighted(1)) } }
            case .sortedSet(let set):
                set.forEach(in: 0..<set.count) { entry in
                    StoredString.bytes(entry.member).withSlice { body($0, weighted(entry.score)) }
                }
            }
        }

        private func weighted(_ score: Double) -> Double {
            let product = score * weight
            return product.isNaN ? 0 : product
        }
    }

    private(set) var withScores = false
    private let operation: Operation
    private var sources: [Source] = []
    private var aggregate = Aggregate.sum
    private var limit = 0

    init(
        _ arguments: Arguments, from start: Int, _ operation: Operation, command: String, form: Form,
        in keyspace: inout Keyspace
    ) throws(CommandError) {
        self.operation = operation
        let keyCount = try arguments.integer(start)
        guard keyCount >= 1 else {
            throw CommandError("ERR at least 1 input key is needed for '\(command)' command")
        }
        guard keyCount <= arguments.count - start - 1 else { throw .syntax }
        for index in (start + 1)...(start + keyCount) { sources.append(try Source(arguments[index], in: &keyspace)) }
        var index = start + 1 + keyCount
        while index < arguments.count {
            let option = arguments[index]
            let following = arguments.count - index - 1
            let takesWeights = operation != .difference && form != .counts
            if takesWeights, following >= keyCount, option.isWord("weights") {
                for source in 0..<keyCount {
                    sources[source].weight = try arguments.double(
                        index + 1 + source, orElse: CommandError("ERR weight value is not a float"))
                }
                index += keyCount
            } else if takesWeights, following >= 1, option.isWord("aggregate") {
                guard let aggregate = Aggregate(arguments[index + 1]) else { throw .syntax }
                self.aggregate = aggregate
                index += 1
            } else if form == .answers, option.isWord("withscores") {
                withScores = true
            } else if form == .counts, following >= 1, option.isWord("limit") {
                limit = try arguments.count(index + 1, orElse: CommandError("ERR LIMIT can't be negative"))
                index += 1
            } else {
                throw .syntax
            }
            index += 1
        }
    }

    /// The combined set. O(n log n) in the number of members looked at: all of a union, those of the smallest set of an
    /// intersection, those of the first of a difference.
    func result() -> SortedSetValue {
        let result = SortedSetValue(keepingSignOfZero: true)
        switch operation {
        case .union:
            for source in inOrderOfSize {
                source.visit { member, score in
                    result.set(member, to: result.score(of: member).map { aggregate($0, score) } ?? score)
                    return true
                }
            }
        case .intersection:
            let sources = inOrderOfSize
            sources.first?.visit { member, first in
                var score = first
                for source in sources.dropFirst() {
                    guard let other = source.score(of: member) else { return true }
                    score = aggregate(score, other)
                }
                result.set(member, to: score)
                return limit == 0 || result.count < limit
            }
        case .difference:
            let others = sources.dropFirst()
            sources.first?.visit { member, score in
                if !others.contains(where: { $0.score(of: member) != nil }) { result.set(member, to: score) }
                return true
            }
        }
        return result
    }

    /// As on the server, since the order shows in the last digit of sums. Those of one size keep their order.
    private var inOrderOfSize: [Source] {
        sources.enumerated().sorted { ($0.element.count, $0.offset) < ($1.element.count, $1.offset) }.map(\.element)
    }
}
