import PeriluneCore

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
        guard let period = DurationText.duration(of: parts[1]) else { throw .unreadable(String(text.prefix(80))) }
        try self.init(name: name, quota: quota, per: period)
    }
}
