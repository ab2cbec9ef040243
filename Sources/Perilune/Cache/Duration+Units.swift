extension Duration {
    /// So many minutes.
    ///
    /// - Returns: A duration clamped to 64 bits of seconds: 292 billion years.
    public static func minutes(_ minutes: some BinaryInteger) -> Duration { whole(minutes, seconds: 60) }

    /// So many hours.
    ///
    /// - Returns: A duration clamped to 64 bits of seconds: 292 billion years.
    public static func hours(_ hours: some BinaryInteger) -> Duration { whole(hours, seconds: 3_600) }

    /// So many days of 24 hours.
    ///
    /// - Returns: A duration clamped to 64 bits of seconds: 292 billion years.
    public static func days(_ days: some BinaryInteger) -> Duration { whole(days, seconds: 86_400) }

    private static func whole(_ count: some BinaryInteger, seconds: Int64) -> Duration {
        let (product, overflow) = Int64(clamping: count).multipliedReportingOverflow(by: seconds)
        return .seconds(overflow ? (count < 0 ? .min : .max) : product)
    }
}
