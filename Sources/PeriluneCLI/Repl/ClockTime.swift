/// A time that a clock can be set to, as people write it in UTC: `2026-01-31`, `2026-01-31T12:00:00.5Z`, or in seconds
/// since 1970, `1700000000.5`.
struct ClockTime: Equatable {
    /// The last microsecond of the year 9999.
    static let latest: Int64 = 253_402_300_799_999_999

    /// Microseconds since 1970-01-01 00:00 UTC, from 0 to ``latest``.
    let microseconds: Int64

    /// - Returns: `nil` for a time before 1970 or after 9999.
    init?(microseconds: Int64) {
        guard (0...Self.latest).contains(microseconds) else { return nil }
        self.microseconds = microseconds
    }

    /// Reads a date, with or without a time of the day, or a number of seconds; with at most six decimals.
    ///
    /// - Returns: `nil` for anything else, and for a day that does not exist.
    init?(_ text: String) {
        let seconds = /([0-9]{1,12})(?:\.([0-9]{1,6}))?/
        let date =
            /([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?Z?)?/
        if let match = text.wholeMatch(of: seconds) {
            self.init(seconds: Int64(match.1), decimals: match.2)
        } else if let match = text.wholeMatch(of: date) {
            let (hour, minute, second) = (match.4 ?? "0", match.5 ?? "0", match.6 ?? "0")
            guard let year = Int(match.1), let month = Int(match.2), let day = Int(match.3), let hour = Int(hour),
                let minute = Int(minute), let second = Int(second), (1...12).contains(month), day >= 1,
                day <= CivilDate.days(inMonth: month, of: year), hour < 24, minute < 60, second < 60
            else { return nil }
            let days = CivilDate(year: year, month: month, day: day).daysSince1970
            self.init(seconds: Int64(days * 86_400 + hour * 3_600 + minute * 60 + second), decimals: match.7)
        } else {
            return nil
        }
    }

    /// - Parameter seconds: At most 12 digits.
    private init?(seconds: Int64?, decimals: Substring?) {
        let padded = (decimals ?? "") + String(repeating: "0", count: 6 - (decimals?.count ?? 0))
        guard let seconds, let fraction = Int64(padded) else { return nil }
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }
}

extension ClockTime: CustomStringConvertible {
    /// The time both ways: `2026-01-31T12:00:00.5Z (1769860800.5)`.
    var description: String {
        let (seconds, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        var decimals = fraction == 0 ? "" : "." + String(String(1_000_000 + fraction).dropFirst())
        while decimals.last == "0" { decimals.removeLast() }
        return "\(LogTime(seconds: seconds).iso8601.dropLast())\(decimals)Z (\(seconds)\(decimals))"
    }
}
