import PeriluneLua

extension NumberValue {
    /// The result of an arithmetic operator.
    ///
    /// - Parameters:
    ///   - range: Where the operation stands.
    ///   - isFollowed: Whether the operands come from what the script is given, and nothing else: then a division has a
    ///     fraction for some callers.
    ///   - isGuarded: Whether the script looks at remainders by a divisor, and so knows when there is no fraction.
    static func result(
        _ operation: LuaBinaryOperator, _ left: Self, _ right: Self, at range: SourceRange, isFollowed: Bool,
        isGuarded: (Double) -> Bool
    ) -> Self {
        let fraction = left.fraction ?? right.fraction
        let bothWhole = left.wholeness == .yes && right.wholeness == .yes
        switch operation {
        case .add:
            return interval(
                [left.lower + right.lower, left.upper + right.upper], sumWholeness(left, right), fraction)
        case .subtract:
            return interval(
                [left.lower - right.upper, left.upper - right.lower], sumWholeness(left, right), fraction)
        case .multiply:
            // A fraction times something may be whole: that is what scaling is for.
            let corners = [
                left.lower * right.lower, left.lower * right.upper, left.upper * right.lower, left.upper * right.upper,
            ]
            if let product = constantProduct(left, right, at: range) { return product }
            var product = interval(corners, bothWhole ? .yes : .maybe, nil)
            product.factor = right.constant ?? left.constant ?? 1
            return product
        case .divide: return quotient(left, right, at: isFollowed ? range : nil, isGuarded: isGuarded)
        case .modulo:
            // The sign is the divisor's.
            guard let divisor = right.constant, divisor > 0 else {
                return NumberValue(lower: -.infinity, upper: .infinity, wholeness: bothWhole ? .yes : .maybe)
            }
            let highest = bothWhole ? max(0, divisor - 1) : divisor
            return NumberValue(lower: 0, upper: highest, wholeness: bothWhole ? .yes : .maybe)
        case .power:
            guard let base = left.constant, let exponent = right.constant, exponent.magnitude <= 64,
                Int(exactly: exponent) != nil, base == 2 || base == 10
            else { return .any }
            return .constant(power(base, Int(exponent)), at: range)
        default: return .any
        }
    }

    var negated: Self {
        NumberValue(lower: -upper, upper: -lower, wholeness: wholeness, fraction: fraction)
    }

    /// Rounded to an integer, in any direction.
    var rounded: Self {
        NumberValue(lower: lower.rounded(.down), upper: upper.rounded(.up), wholeness: .yes)
    }

    var absolute: Self {
        NumberValue(lower: leastMagnitude, upper: greatestMagnitude, wholeness: wholeness, fraction: fraction)
    }

    /// - Parameter range: Where a fraction would come from; `nil` when nobody can say whether there is one.
    private static func quotient(
        _ left: Self, _ right: Self, at range: SourceRange?, isGuarded: (Double) -> Bool
    ) -> Self {
        guard let divisor = right.constant else {
            var value = any
            value.fraction = left.fraction ?? range
            return value
        }
        guard divisor != 0, divisor.isFinite else { return .any }
        if let dividend = left.constant { return .constant(dividend / divisor, at: range) }
        let bounds = [left.lower / divisor, left.upper / divisor]
        if isGuarded(divisor) || left.factor == divisor && divisor != 1 { return interval(bounds, .maybe, nil) }
        if abs(divisor) == 1 { return interval(bounds, left.wholeness, left.fraction) }
        // By a half it is a product.
        return interval(bounds, .maybe, abs(divisor) > 1 ? left.fraction ?? range : nil)
    }

    private static func constantProduct(_ left: Self, _ right: Self, at range: SourceRange) -> Self? {
        guard let left = left.constant, let right = right.constant else { return nil }
        return .constant(left * right, at: range)
    }

    private static func sumWholeness(_ left: Self, _ right: Self) -> Wholeness {
        switch (left.wholeness, right.wholeness) {
        case (.yes, .yes): .yes
        case (.yes, .no), (.no, .yes): .no
        default: .maybe
        }
    }

    private static func interval(_ corners: [Double], _ wholeness: Wholeness, _ fraction: SourceRange?) -> Self {
        guard let lower = corners.min(), let upper = corners.max(), !corners.contains(where: \.isNaN) else {
            return NumberValue(lower: -.infinity, upper: .infinity, wholeness: wholeness, fraction: fraction)
        }
        return NumberValue(lower: lower, upper: upper, wholeness: wholeness, fraction: fraction)
    }

    /// - Parameter exponent: From -64 to 64.
    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var value = 1.0
        for _ in 0..<abs(exponent) { value *= base }
        return exponent < 0 ? 1 / value : value
    }
}
