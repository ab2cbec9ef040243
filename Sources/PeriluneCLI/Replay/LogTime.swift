/// The time of a log line, such as `17/May/2015:10:05:03 +0000`, and the time zone it is written in.
struct LogTime: Hashable {
    /// Seconds since 1970-01-01 00:00 UTC. Never negative.
    var seconds: Int64
    /// How far the log's time zone is ahead of UTC, in seconds.
    var offset: Int32

    /// The length of the text in bytes.
    static let length = 26

    /// Microseconds since 1970-01-01 00:00 UTC: what clocks count in.
    var microseconds: Int64 { seconds * 1_000_000 }

    /// Creates a time.
    init(seconds: Int64, offset: Int32 = 0) {
        self.seconds = seconds
        self.offset = offset
    }

    /// Reads `dd/Mon/yyyy:HH:MM:SS +hhmm` at a place in a line.
    ///
    /// A second of 60 is a leap second; as computer clocks do not count those, it is taken as the second after it.
    ///
    /// - Returns: `nil` unless all 26 bytes are there and name a time that exists, from 1970 on.
    init?(parsing line: Span<UInt8>, at start: Int) {
        guard start >= 0, line.count - start >= Self.length else { return nil }
        func number(_ position: Int, digits: Int) -> Int? {
            var value = 0
            for index in start + position..<start + position + digits {
                let digit = line[index] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                value = value * 10 + Int(digit)
            }
            return value
        }
        func has(_ character: Unicode.Scalar, _ position: Int) -> Bool {
            line[start + position] == UInt8(ascii: character)
        }
        guard has("/", 2), has("/", 6), has(":", 11), has(":", 14), has(":", 17), has(" ", 20),
            let day = number(0, digits: 2),
            let month = Self.month(line[start + 3], line[start + 4], line[start + 5]),
            let year = number(7, digits: 4),
            let hour = number(12, digits: 2), hour < 24,
            let minute = number(15, digits: 2), minute < 60,
            let second = number(18, digits: 2), second <= 60,
            let zoneHours = number(22, digits: 2), zoneHours < 24,
            let zoneMinutes = number(24, digits: 2), zoneMinutes < 60,
            has("+", 21) || has("-", 21),
            day >= 1, day <= CivilDate.days(inMonth: month, of: year)
        else { return nil }
        let offset = (zoneHours * 60 + zoneMinutes) * (has("-", 21) ? -60 : 60)
        let local = CivilDate(year: year, month: month, day: day).daysSince1970 * 86_400
        let seconds = local + (hour * 60 + minute) * 60 + second - offset
        guard seconds >= 0 else { return nil }
        self.init(seconds: Int64(seconds), offset: Int32(offset))
    }

    /// The number, from 1, of a month named as English logs name it.
    private static func month(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Int? {
        switch (Character(Unicode.Scalar(first)), Character(Unicode.Scalar(second)), Character(Unicode.Scalar(third))) {
        case ("J", "a", "n"): 1
        case ("F", "e", "b"): 2
        case ("M", "a", "r"): 3
        case ("A", "p", "r"): 4
        case ("M", "a", "y"): 5
        case ("J", "u", "n"): 6
        case ("J", "u", "l"): 7
        case ("A", "u", "g"): 8
        case ("S", "e", "p"): 9
        case ("O", "c", "t"): 10
        case ("N", "o", "v"): 11
        case ("D", "e", "c"): 12
        default: nil
        }
    }
}

extension LogTime: CustomStringConvertible {
    /// The time as it stands in the log: `17/May/2015:10:05:03 +0000`.
    var description: String {
        let (date, clock) = civil(ahead: Int64(offset))
        let minutes = abs(Int(offset)) / 60
        return "\(padded(date.day, 2))/\(date.monthName)/\(padded(date.year, 4)):\(clock) "
            + "\(offset < 0 ? "-" : "+")\(padded(minutes / 60, 2))\(padded(minutes % 60, 2))"
    }

    /// The time in UTC as ISO 8601 writes it: `2015-05-17T10:05:03Z`.
    var iso8601: String {
        let (date, clock) = civil(ahead: 0)
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(clock)Z"
    }

    /// Day, month and minute in the log's time zone: `17/May 10:05`.
    var short: String {
        let (date, clock) = civil(ahead: Int64(offset))
        return "\(padded(date.day, 2))/\(date.monthName) \(clock.prefix(5))"
    }

    /// The day in the log's time zone: `17/May/2015`.
    var date: String { String(description.prefix(11)) }

    private func civil(ahead: Int64) -> (date: CivilDate, clock: String) {
        let local = seconds + ahead
        let day = local.flooredQuotient(by: 86_400)
        let second = Int(local - day * 86_400)
        let clock = "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        return (CivilDate(daysSince1970: Int(day)), clock)
    }

    private func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
}

/// A day of the Gregorian calendar.
struct CivilDate: Hashable {
    var year: Int
    /// From 1.
    var month: Int
    /// From 1.
    var day: Int

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    // Both conversions count in eras of 400 years that begin on 1 March, so that a leap day is the last of its year:
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

    /// The day that many days after 1 January 1970.
    init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = Int(Int64(shifted).flooredQuotient(by: 146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        self.month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int {
        let year = month <= 2 ? self.year - 1 : self.year
        let era = Int(Int64(year).flooredQuotient(by: 400))
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    var monthName: String {
        switch month {
        case 1: "Jan"
        case 2: "Feb"
        case 3: "Mar"
        case 4: "Apr"
        case 5: "May"
        case 6: "Jun"
        case 7: "Jul"
        case 8: "Aug"
        case 9: "Sep"
        case 10: "Oct"
        case 11: "Nov"
        default: "Dec"
        }
    }

    /// How many days a month has.
    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Int64 {
    /// The quotient rounded down, also below zero. The divisor must be positive.
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
