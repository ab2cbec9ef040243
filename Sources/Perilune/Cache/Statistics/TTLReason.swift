/// The reason for an advice, in sentences.
struct TTLReason {
    let verdict: TTLAdvice.Verdict
    let rate: ChangeRate
    /// The TTL as it is and as it should be.
    let seconds: (now: Double, advised: Double)
    /// The shares of stale hits with these.
    let shares: (now: Double, advised: Double)
    /// The share that may be.
    let most: Double
    /// How many invalidations do the work of the TTL; zero when they do not.
    let invalidations: Int
    /// Whether it was a bound that stopped the advice.
    let isBounded: Bool

    static func notEnoughData(_ counts: CacheCounts, needed: Int) -> String {
        var text =
            "Only \(counts.refreshes) refreshes could compare a new value with the old one; \(needed) are needed."
        if counts.refreshes >= needed {
            text = "The \(counts.refreshes) refreshes compared values that had no age."
        }
        if counts.invalidations > 0 {
            text += " \(counts.invalidations) invalidations removed values before that."
        }
        return text
    }

    var text: String {
        var sentences = [found]
        if invalidations > 0 {
            sentences.append(
                "Changes are mostly announced by invalidations, of which there were \(invalidations): the TTL only bounds "
                    + "what they miss.")
        }
        sentences.append(conclusion)
        return sentences.joined(separator: " ")
    }

    private var found: String {
        let found = "\(rate.changed) of \(rate.refreshes) refreshes found a change"
        if rate.changed == 0 { return found + "." }
        let every = Self.time(1 / rate.perSecond)
        return found
            + (rate.changed == rate.refreshes
                ? ": values change every \(every) or more often." : ": values change about every \(every).")
    }

    private var conclusion: String {
        let now = "With \(Self.time(seconds.now)), \(Self.percentage(shares.now)) of hits are stale"
        let goal = "\(Self.percentage(most)) may be"
        switch verdict {
        case .notEnoughData, .keep:
            return now + ", and \(goal)"
                + (isBounded ? ", but a shorter TTL is not allowed." : "; a clearly better TTL does not follow.")
        case .shorten:
            return now + ", and \(goal): with \(Self.time(seconds.advised)) it would be "
                + "\(Self.percentage(shares.advised))\(isBounded ? ", and a shorter TTL is not allowed" : "")."
        case .lengthen:
            return now + ", and \(goal): \(Self.time(seconds.advised)) would save computations"
                + (isBounded ? ", and what is longer still is for a later look." : ".")
        }
    }

    /// A share in percent, with one digit after the point below 10.
    static func percentage(_ share: Double) -> String {
        let tenths = Int((share * 1_000).rounded())
        if tenths == 0 { return share > 0 ? "less than 0.1 %" : "0 %" }
        if tenths >= 100 || tenths % 10 == 0 { return "\((tenths + 5) / 10) %" }
        return "\(tenths / 10).\(tenths % 10) %"
    }

    /// A time in its two largest units.
    static func time(_ seconds: Double) -> String {
        let longest = 1e15
        let milliseconds = Int((min(max(seconds, 0), longest / 1_000) * 1_000).rounded())
        let units = [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)]
        var rest = milliseconds
        var parts: [String] = []
        for (name, length) in units {
            if rest >= length, parts.count < 2 {
                parts.append("\(rest / length) \(name)")
            } else if !parts.isEmpty {
                break
            }
            rest %= length
        }
        return parts.isEmpty ? "less than 1 ms" : parts.joined(separator: " ")
    }
}
