/// Which members of a sorted set a command means.
enum SortedSetRange {
    /// Between two ranks, both included, that count from the end when they are negative.
    case ranks(first: Int, last: Int)
    case scores(ScoreRange)
    case names(LexRange)

    /// The ranks of these members.
    ///
    /// - Parameter reversed: Whether ranks are counted from the highest score down.
    func ranks(in set: SortedSetValue, reversed: Bool = false) -> Range<Int> {
        switch self {
        case .ranks(let first, let last):
            let positions = IndexRange.positions(from: first, to: last, of: set.count)
            guard reversed, !positions.isEmpty else { return positions }
            return (set.count - positions.upperBound)..<(set.count - positions.lowerBound)
        case .scores(let range):
            let lower = set.rank { range.isBelow($0.score) }
            return lower..<max(lower, set.rank { !range.isAbove($0.score) })
        case .names(let range):
            let lower = set.rank { range.isBelow($0.member) }
            return lower..<max(lower, set.rank { !range.isAbove($0.member) })
        }
    }
}

/// Scores between two bounds: `1.5`, `(1.5` for one that is not included, `-inf`.
struct ScoreRange {
    private let (lowest, highest): (Bound, Bound)

    private struct Bound {
        let score: Double
        let isIncluded: Bool

        init?(_ text: ByteSlice) {
            isIncluded = text.count == 0 || text[0] != UInt8(ascii: "(")
            guard let score = Decimal.bound(of: isIncluded ? text : text.dropFirst()) else { return nil }
            self.score = score
        }
    }

    init(_ lowest: ByteSlice, _ highest: ByteSlice) throws(CommandError) {
        guard let lowest = Bound(lowest), let highest = Bound(highest) else {
            throw CommandError("ERR min or max is not a float")
        }
        (self.lowest, self.highest) = (lowest, highest)
    }

    func isBelow(_ score: Double) -> Bool {
        lowest.isIncluded ? score < lowest.score : score <= lowest.score
    }

    func isAbove(_ score: Double) -> Bool {
        highest.isIncluded ? score > highest.score : score >= highest.score
    }
}

/// Members between two bounds in the order of bytes: `[a`, `(a` for one that is not included, `-` and `+` for the ends.
/// Of use where all scores are the same; otherwise what is in the range is not specified.
struct LexRange {
    private enum Bound {
        case lowest, highest
        case included([UInt8])
        case excluded([UInt8])

        init?(_ text: ByteSlice) {
            // What follows a NUL is not looked at, as on the server.
            let isSign = text.count == 1 || text.count > 1 && text[1] == 0
            guard text.count > 0 else { return nil }
            switch text[0] {
            case UInt8(ascii: "-") where isSign: self = .lowest
            case UInt8(ascii: "+") where isSign: self = .highest
            case UInt8(ascii: "["): self = .included(text.dropFirst().array)
            case UInt8(ascii: "("): self = .excluded(text.dropFirst().array)
            default: return nil
            }
        }
    }

    private let (first, last): (Bound, Bound)

    init(_ first: ByteSlice, _ last: ByteSlice) throws(CommandError) {
        guard let first = Bound(first), let last = Bound(last) else {
            throw CommandError("ERR min or max not valid string range item")
        }
        (self.first, self.last) = (first, last)
    }

    func isBelow(_ member: [UInt8]) -> Bool {
        switch first {
        case .lowest: false
        case .highest: true
        case .included(let bound): ScoredMember.precedes(member, bound)
        case .excluded(let bound): !ScoredMember.precedes(bound, member)
        }
    }

    func isAbove(_ member: [UInt8]) -> Bool {
        switch last {
        case .lowest: true
        case .highest: false
        case .included(let bound): ScoredMember.precedes(bound, member)
        case .excluded(let bound): !ScoredMember.precedes(member, bound)
        }
    }
}
