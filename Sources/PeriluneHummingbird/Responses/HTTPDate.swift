/// Dates as they stand in fields (RFC 9110, section 5.6.7), in seconds since 1970-01-01 00:00 UTC.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Reads a date in any of the three forms that there are.
    ///
    /// - Returns: `nil` for what is none.
    static func time(_ text: String) -> Int64? {
        let parts = text.utf8.prefix(64).split { byte in
            byte == UInt8(ascii: " ") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ":")
        }.map { String(decoding: $0, as: UTF8.self) }
        let order: [String]
        switch parts.count {
        // Sun, 06 Nov 1994 08:49:37 GMT; Sunday, 06-Nov-94 08:49:37 GMT.
        case 8 where parts[7] == "GMT": order = Array(parts[1...6])
        // Sun Nov  6 08:49:37 1994.
        case 7: order = [parts[2], parts[1], parts[6], parts[3], parts[4], parts[5]]
        default: return nil
        }
        func number(_ text: String, _ range: ClosedRange<Int>) -> Int? {
            guard text.utf8.count <= 4, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
        guard let day = number(order[0], 1...31), let month = months.firstIndex(of: order[1]),
            var year = number(order[2], 0...9_999), let hour = number(order[3], 0...23),
            let minute = number(order[4], 0...59), let second = number(order[5], 0...60)
        else { return nil }
        if order[2].utf8.count == 2 { year += year < 70 ? 2_000 : 1_900 }
        guard year >= 1_970 else { return 0 }
        let days = days(year: year, month: month + 1, day: day)
        // Nobody has a thirtieth of February.
        guard civil(days).month == month + 1 else { return nil }
        return Int64(days * 86_400 + hour * 3_600 + minute * 60 + min(second, 59))
    }

    /// How many days lie between 1970-01-01 and a date of the Gregorian calendar from then on.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        // Years that begin in March end with the day that comes and goes.
        let year = month > 2 ? year : year - 1
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = (days + 719_468).quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * dayOfYear + 2) / 153
        let month = march < 10 ? march + 3 : march - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * march + 2) / 5 + 1)
    }
}
