/// A member of a sorted set and its score.
public struct ScoredMember<Member: RedisValue>: Sendable {
    /// The member.
    public let member: Member
    /// The score.
    public let score: Double

    /// Creates a pair.
    public init(member: Member, score: Double) {
        self.member = member
        self.score = score
    }
}

extension ScoredMember: Equatable where Member: Equatable {}
extension ScoredMember: Hashable where Member: Hashable {}

/// A part of a sorted set, whose members are ordered by score and then by their bytes.
public enum SortedSetRange: Sendable, Hashable {
    /// From one rank to another, both included. 0 is the first member, -1 the last.
    case ranks(from: Int = 0, to: Int = -1)
    /// From one score to another.
    case scores(from: ScoreBound = .lowest, to: ScoreBound = .highest)
    /// From one member to another by their bytes. For sets whose members all have one score.
    case members(from: MemberBound = .lowest, to: MemberBound = .highest)
}

/// Where a range of scores begins or ends. A number stands for a bound that is part of the range.
public enum ScoreBound: Sendable, Hashable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    /// The score is part of the range.
    case including(Double)
    /// The score is not part of the range.
    case excluding(Double)

    /// Below all scores.
    public static let lowest = ScoreBound.including(-.infinity)
    /// Above all scores.
    public static let highest = ScoreBound.including(.infinity)

    public init(floatLiteral value: Double) { self = .including(value) }
    public init(integerLiteral value: Int) { self = .including(Double(value)) }

    var argument: RedisArgument {
        switch self {
        case .including(let score): score.redisArgument
        case .excluding(let score): .string("(\(score)")
        }
    }
}

/// Where a range of members begins or ends.
public enum MemberBound: Sendable, Hashable {
    /// Before all members.
    case lowest
    /// Behind all members.
    case highest
    /// The member is part of the range.
    case including([UInt8])
    /// The member is not part of the range.
    case excluding([UInt8])

    /// The text is part of the range.
    public static func including(_ text: String) -> MemberBound { .including(Array(text.utf8)) }
    /// The text is not part of the range.
    public static func excluding(_ text: String) -> MemberBound { .excluding(Array(text.utf8)) }

    var argument: RedisArgument {
        switch self {
        case .lowest: "-"
        case .highest: "+"
        case .including(let bytes): .bytes([UInt8(ascii: "[")] + bytes)
        case .excluding(let bytes): .bytes([UInt8(ascii: "(")] + bytes)
        }
    }
}

/// How much of a range is wanted.
public struct RangeLimit: Sendable, Hashable {
    /// How many to leave out first.
    public let offset: Int
    /// How many to take at most; all when it is negative.
    public let count: Int

    /// Creates a limit.
    public init(offset: Int = 0, count: Int) {
        self.offset = offset
        self.count = count
    }
}

/// Which scores `ZADD` writes.
public enum SortedSetCondition: Sendable, Hashable {
    /// All.
    case always
    /// Only those of new members (`NX`).
    case ifMissing
    /// Only those of members that are there (`XX`).
    case ifPresent
    /// Those of new members, and those that become higher (`GT`).
    case ifGreater
    /// Those of new members, and those that become lower (`LT`).
    case ifLess
    /// Only those of members that are there and whose score becomes higher (`XX GT`).
    case ifPresentAndGreater
    /// Only those of members that are there and whose score becomes lower (`XX LT`).
    case ifPresentAndLess

    var arguments: [RedisArgument] {
        switch self {
        case .always: []
        case .ifMissing: ["NX"]
        case .ifPresent: ["XX"]
        case .ifGreater: ["GT"]
        case .ifLess: ["LT"]
        case .ifPresentAndGreater: ["XX", "GT"]
        case .ifPresentAndLess: ["XX", "LT"]
        }
    }
}

/// What `ZADD` counts.
public enum SortedSetCount: Sendable, Hashable {
    /// New members.
    case added
    /// New members, and those whose score was changed (`CH`).
    case changed

    var arguments: [RedisArgument] { self == .changed ? ["CH"] : [] }
}

extension SortedSetRange {
    /// The bounds and options of `ZRANGE`.
    func arguments(reversed: Bool, limit: RangeLimit?) -> [RedisArgument] {
        var (from, to) = bounds
        // Scores and members go from the upper bound to the lower one when reversed; ranks count from the end.
        if reversed, !isByRank { swap(&from, &to) }
        var arguments = [from, to]
        switch self {
        case .ranks: break
        case .scores: arguments.append("BYSCORE")
        case .members: arguments.append("BYLEX")
        }
        if reversed { arguments.append("REV") }
        if let limit { arguments += ["LIMIT", .integer(limit.offset), .integer(limit.count)] }
        return arguments
    }

    /// The command that removes the range, and its bounds.
    var removal: (name: String, arguments: [RedisArgument]) {
        let (from, to) = bounds
        return switch self {
        case .ranks: ("ZREMRANGEBYRANK", [from, to])
        case .scores: ("ZREMRANGEBYSCORE", [from, to])
        case .members: ("ZREMRANGEBYLEX", [from, to])
        }
    }

    private var bounds: (RedisArgument, RedisArgument) {
        switch self {
        case .ranks(let from, let to): (.integer(from), .integer(to))
        case .scores(let from, let to): (from.argument, to.argument)
        case .members(let from, let to): (from.argument, to.argument)
        }
    }

    private var isByRank: Bool {
        if case .ranks = self { true } else { false }
    }
}
