import Perilune

/// What a replay found, ready to be shown to people (``text(style:)``) or to machines (``json``).
struct ReplayReport {
    /// The log's name.
    var name: String
    /// What was enforced.
    var policy: RateLimitPolicy
    /// Who requests were counted for.
    var field: IdentifierField
    /// What was counted.
    var statistics: ReplayStatistics
    /// The identifiers denied most often.
    var hardestHit: [IdentifierTable.Record]

    /// How many time buckets the histogram has at most.
    static let mostBars = 60

    /// Sums up a replay.
    init(name: String, policy: RateLimitPolicy, field: IdentifierField, statistics: ReplayStatistics, top: Int) {
        self.name = name
        self.policy = policy
        self.field = field
        self.statistics = statistics
        self.hardestHit = statistics.identifiers.hardestHit(top)
    }
}

extension ReplayReport {
    /// The report as one JSON object. Times are ISO 8601 in UTC, lengths of time in seconds.
    var json: String {
        let statistics = self.statistics
        return JSONText.object([
            ("log", .string(name)),
            ("policy", policyJSON),
            ("by", .string(field.rawValue)),
            ("from", statistics.from.map { .string($0.iso8601) } ?? .null),
            ("to", statistics.to.map { .string($0.iso8601) } ?? .null),
            ("requests", .integer(statistics.requests)),
            ("allowed", .integer(statistics.allowed)),
            ("denied", .integer(statistics.denied)),
            ("denied_ratio", .double(statistics.deniedRatio)),
            (
                "denied_by_limit",
                .object(
                    zip(policy.limits, statistics.deniedByLimit).map { (name: $0.name, value: .integer($1)) })
            ),
            ("identifiers", .integer(statistics.identifiers.records.count)),
            ("identifiers_hit", .integer(statistics.identifiers.hit)),
            (
                "untracked",
                .object([
                    ("allowed", .integer(statistics.untracked.allowed)),
                    ("denied", .integer(statistics.untracked.denied)),
                ])
            ),
            ("malformed", .integer(statistics.malformed)),
            ("first_malformed", statistics.firstMalformed.map(json(of:)) ?? .null),
            ("skipped", .integer(statistics.skipped)),
            ("out_of_order", .integer(statistics.outOfOrder)),
            ("longest_delay_seconds", seconds(microseconds: statistics.longestDelay)),
            ("clamped", .integer(statistics.clamped)),
            ("reliable", .boolean(statistics.doubt == nil)),
            ("hardest_hit", .array(hardestHit.map(json(of:)))),
            ("histogram", histogramJSON),
        ]).text + "\n"
    }

    private var policyJSON: JSONText {
        .object([
            ("algorithm", .string(policy.algorithm.rawValue)),
            (
                "limits",
                .array(
                    policy.limits.map { limit in
                        .object([
                            ("name", .string(limit.name)),
                            ("quota", .integer(limit.quota)),
                            ("period_seconds", seconds(microseconds: limit.period.wholeMicroseconds)),
                        ])
                    })
            ),
        ])
    }

    private func json(of line: ReplayStatistics.MalformedLine) -> JSONText {
        .object([
            ("line", .integer(line.number)),
            ("reason", .string(line.fault.description)),
            ("text", .string(line.text)),
        ])
    }

    private func json(of record: IdentifierTable.Record) -> JSONText {
        .object([
            ("identifier", .string(record.name)),
            ("requests", .integer(record.requests)),
            ("denied", .integer(record.denied)),
            ("first_denial", .string(time(record.firstDenial).iso8601)),
            ("longest_denial_seconds", seconds(microseconds: record.longestDenial)),
        ])
    }

    private var histogramJSON: JSONText {
        guard let bars = statistics.histogram.bars(atMost: Self.mostBars) else { return .null }
        var start = bars.start - bars.width
        return .object([
            ("bucket_seconds", .integer(Int(bars.width))),
            (
                "buckets",
                .array(
                    bars.buckets.map { bucket in
                        start += bars.width
                        return .object([
                            ("start", .string(LogTime(seconds: start).iso8601)),
                            ("allowed", .integer(bucket.allowed)),
                            ("denied", .integer(bucket.denied)),
                        ])
                    })
            ),
        ])
    }

    private func seconds(microseconds: Int64) -> JSONText {
        let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return rest == 0 ? .integer(Int(whole)) : .double(Double(microseconds) / 1_000_000)
    }

    /// A time of the replay in the log's time zone.
    func time(_ microseconds: Int64) -> LogTime {
        LogTime(seconds: microseconds.flooredQuotient(by: 1_000_000), offset: statistics.timeZone)
    }
}
