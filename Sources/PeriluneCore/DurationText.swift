/// A length of time as operators write it: `250ms`, `10s`, `5min`, `24h`, `7d`.
package enum DurationText {
    /// Reads a whole number with a unit behind it.
    ///
    /// The units are `ms`, `s` `sec` `second`, `m` `min` `minute`, `h` `hour`, `d` `day`, each with an optional plural `s`.
    /// A unit alone is one of it.
    ///
    /// - Returns: `nil` for anything else, and for what is too long.
    package static func duration(of text: some StringProtocol) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let multiple = digits.isEmpty ? 1 : Int64(digits), let unit = unit(text.dropFirst(digits.count)) else {
            return nil
        }
        let (microseconds, overflow) = unit.multipliedReportingOverflow(by: multiple)
        return overflow ? nil : .microseconds(microseconds)
    }

    /// The length of a unit in microseconds.
    private static func unit(_ name: some StringProtocol) -> Int64? {
        switch name {
        case "ms": 1_000
        case "s", "sec", "secs", "second", "seconds": 1_000_000
        case "m", "min", "mins", "minute", "minutes": 60_000_000
        case "h", "hour", "hours": 3_600_000_000
        case "d", "day", "days": 86_400_000_000
        default: nil
        }
    }
}
