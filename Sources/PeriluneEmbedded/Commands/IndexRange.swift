/// Positions between two indices, both included, that count from the end when they are negative: `LRANGE`, `ZRANGE`.
enum IndexRange {
    /// The positions; empty when there are none.
    static func positions(from first: Int, to last: Int, of count: Int) -> Range<Int> {
        let lower = max(first < 0 ? first + count : first, 0)
        let upper = min(last < 0 ? last + count : last, count - 1)
        return lower <= upper ? lower..<(upper + 1) : 0..<0
    }
}
