extension RateLimit {
    /// Creates a limit from the way operators write one: `60/min`, `1000/h`, `10/s`, `5/10s`, `100/250ms`.
    ///
    /// The units are `ms`, `s` `sec` `second`, `m` `min` `minute`, `h` `hour`, `d` `day`, each with an optional plural
    /// `s`, and a whole number before the unit when the period is not one of it.
    ///
    /// - Parameters:
    ///   - text: The limit.
    ///   - name: Its name; by default made of the period.
    /// - Throws: ``RateLimitPolicyError``.
    public init(parsing text: some StringProtocol, name: String? = nil) throws(RateLimitPolicyError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let quota = Int(parts[0]) else { throw .unreadable(String(text.prefix(80))) }
        let digits = parts[1].prefix { $0.isASCII && $0.isNumber }
        let unit = parts[1].dropFirst(digits.count)
        guard let multiple = digits.isEmpty ? 1 : Int64(digits), let base = Self.unit(unit) else {
            throw .unreadable(String(text.prefix(80)))
        }
        let (microseconds, overflow) = base.multipliedReportingOverflow(by: multiple)
        guard !overflow else { throw .unreadable(String(text.prefix(80))) }
        try self.init(name: name, quota: quota, per: .microseconds(microseconds))
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
