/// A member of a sorted set with its score. Ordered by score, then by bytes.
struct ScoredMember {
    let member: [UInt8]
    let score: Double

    /// Whether this stands in front of another. Scores are never NaN.
    @inline(__always)
    static func < (lhs: ScoredMember, rhs: ScoredMember) -> Bool {
        lhs.score < rhs.score || lhs.score == rhs.score && precedes(lhs.member, rhs.member)
    }

    /// Whether bytes stand in front of others, shorter ones in front of what begins with them.
    static func precedes(_ lhs: [UInt8], _ rhs: [UInt8]) -> Bool {
        lhs.withUnsafeBufferPointer { lhs in rhs.withUnsafeBufferPointer { lhs.lexicographicallyPrecedes($0) } }
    }
}
