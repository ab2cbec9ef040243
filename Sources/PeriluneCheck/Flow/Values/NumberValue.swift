import PeriluneLua

/// What is known of a number.
struct NumberValue: Sendable, Hashable {
    /// Whether a number has no fraction.
    enum Wholeness: Sendable, Hashable {
        case yes, no, maybe
    }

    /// The least that it can be; neither bound is ever NaN.
    private(set) var lower: Double
    /// The most that it can be.
    private(set) var upper: Double
    var wholeness: Wholeness
    /// Where a fraction comes from that nothing in the script guards against: a literal, or a division.
    var fraction: SourceRange?
    /// By what a script may divide it and mean no fraction, as it is a multiple: what it was multiplied by, and 2 of a
    /// length, for lists of pairs.
    var factor = 1.0

    /// Nothing is known.
    static let any = NumberValue(lower: -.infinity, upper: .infinity, wholeness: .maybe)
    /// Nothing but that it is an integer.
    static let integer = whole(-.infinity, .infinity)
    /// A length or a count.
    static let count = whole(0, .infinity)

    /// How long a list is.
    static let length: Self = {
        var length = count
        length.factor = 2
        return length
    }()

    static func whole(_ lower: Double, _ upper: Double) -> Self {
        NumberValue(lower: lower, upper: upper, wholeness: .yes)
    }

    /// - Parameter range: Where it stands.
    static func constant(_ value: Double, at range: SourceRange? = nil) -> Self {
        guard value.isFinite else {
            return value.isNaN ? .any : NumberValue(lower: value, upper: value, wholeness: .maybe)
        }
        let isWhole = value.rounded(.towardZero) == value
        return NumberValue(
            lower: value, upper: value, wholeness: isWhole ? .yes : .no, fraction: isWhole ? nil : range)
    }

    init(lower: Double, upper: Double, wholeness: Wholeness, fraction: SourceRange? = nil) {
        let isInterval = lower <= upper
        self.lower = isInterval ? lower : -.infinity
        self.upper = isInterval ? upper : .infinity
        self.wholeness = wholeness
        self.fraction = fraction
    }

    /// The one number that it is; `nil` when it can be several.
    var constant: Double? { lower == upper ? lower : nil }

    /// The integer that it is; `nil` when it can be several, or none.
    var integer: Int? { constant.flatMap { Int(exactly: $0) } }

    /// How large it is at least, whatever its sign.
    var leastMagnitude: Double { lower > 0 ? lower : upper < 0 ? -upper : 0 }

    /// How large it is at most.
    var greatestMagnitude: Double { max(abs(lower), abs(upper)) }

    func joined(_ other: Self) -> Self {
        var value = NumberValue(
            lower: min(lower, other.lower), upper: max(upper, other.upper),
            wholeness: wholeness == other.wholeness ? wholeness : .maybe,
            fraction: SourceRange.earlier(fraction, other.fraction))
        if factor == other.factor { value.factor = factor }
        return value
    }

    /// This value after another round of a loop; bounds that still move are given up.
    func widened(to next: Self) -> Self {
        var wide = joined(next)
        if wide.lower < lower { wide.lower = -.infinity }
        if wide.upper > upper { wide.upper = .infinity }
        return wide
    }

    // MARK: What a comparison tells

    /// The value where it is known to be at most something.
    func atMost(_ bound: Double) -> Self {
        guard bound < upper, bound >= lower else { return self }
        var value = self
        value.upper = bound
        return value
    }

    /// The value where it is known to be at least something.
    func atLeast(_ bound: Double) -> Self {
        guard bound > lower, bound <= upper else { return self }
        var value = self
        value.lower = bound
        return value
    }
}
