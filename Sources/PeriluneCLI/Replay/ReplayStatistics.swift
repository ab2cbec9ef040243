/// What became of one request.
enum ReplayOutcome {
    case allowed
    /// Denied.
    ///
    /// - Parameters:
    ///   - limit: The place in the policy of the limit that denied; of several, the one to wait longest for.
    ///   - wait: How long until the same request would be allowed, in microseconds.
    case denied(limit: Int, wait: Int64)

    var isAllowed: Bool {
        if case .allowed = self { true } else { false }
    }
}

/// What a replay has counted.
struct ReplayStatistics {
    /// Requests that were decided.
    private(set) var requests = 0
    /// Requests that were denied.
    private(set) var denied = 0
    /// Denied requests by the limit that denied, in the policy's order.
    private(set) var deniedByLimit: [Int]

    /// Lines that are not of the log format, and ``stray`` ones.
    private(set) var malformed = 0
    /// The first of them.
    private(set) var firstMalformed: MalformedLine?
    /// Lines that were left out because their time is far from that of the lines around them.
    private(set) var stray = 0
    /// Lines with nothing on them.
    var skipped = 0
    /// Requests that were earlier than the one on the line before.
    var outOfOrder = 0
    /// By how much a line came after that of a later request at most, in microseconds.
    var longestDelay: Int64 = 0
    /// Requests that came so late that they were decided at a later time than their own.
    private(set) var clamped = 0
    /// The first of them in the log.
    private(set) var firstClamped: LateLine?

    /// The time of the earliest request.
    private(set) var from: LogTime?
    /// The time of the latest request.
    private(set) var to: LogTime?

    /// What happened to each identifier.
    private(set) var identifiers: IdentifierTable
    /// Requests of identifiers that the table had no room for.
    private(set) var untracked = Histogram.Bucket()
    /// Decisions over time.
    private(set) var histogram = Histogram()

    /// A line that cannot be read.
    struct MalformedLine: Hashable {
        /// Its number, from 1.
        var number: Int
        /// What is wrong with it.
        var fault: AccessLogLine.Fault
        /// Its beginning, made printable.
        var text: String

        /// What is shown of a line.
        static func shown(_ line: Span<UInt8>) -> String { printable(line, atMost: 80) }
    }

    /// A line that came too late for its own time.
    struct LateLine: Hashable {
        /// Its number, from 1.
        var number: Int
        /// By how much its time is before that of a line that came earlier, in microseconds.
        var delay: Int64
    }

    /// Creates empty statistics.
    ///
    /// - Parameters:
    ///   - limits: How many limits the policy has.
    ///   - identifiers: An empty table.
    init(limits: Int, identifiers: IdentifierTable = IdentifierTable()) {
        self.deniedByLimit = Array(repeating: 0, count: limits)
        self.identifiers = identifiers
    }

    /// Requests that were allowed.
    var allowed: Int { requests - denied }

    /// The share of the requests that was denied, from 0 to 1.
    var deniedRatio: Double {
        requests == 0 ? 0 : Double(denied) / Double(requests)
    }

    /// The time zone of the log, in seconds ahead of UTC: that of its first request.
    var timeZone: Int32 { Int32(histogram.offset) }

    /// Counts a line that cannot be used.
    ///
    /// - Parameters:
    ///   - fault: What is wrong with it.
    ///   - text: What is shown of it should it be the first; a line is never the first without.
    ///   - number: Its number, from 1. Lines need not come in order.
    mutating func countMalformed(_ fault: AccessLogLine.Fault, text: @autoclosure () -> String?, number: Int) {
        malformed += 1
        if fault == .stray { stray += 1 }
        if let firstMalformed, firstMalformed.number < number { return }
        guard let text = text() else { return }
        firstMalformed = MalformedLine(number: number, fault: fault, text: text)
    }

    /// Counts a request that came too late for its own time. The lines need not come in order.
    mutating func countClamped(_ line: LateLine) {
        clamped += 1
        if let firstClamped, firstClamped.number < line.number { return }
        firstClamped = line
    }

    /// Takes note of a request that is to be decided.
    ///
    /// - Returns: The place of its identifier in the table; `nil` if the table is full.
    mutating func note(_ identifier: Identifier, at time: LogTime) -> Int32? {
        if let from, let to {
            // The time zone is that of the first request, whatever daylight saving does to later ones.
            if time.seconds < from.seconds { self.from = LogTime(seconds: time.seconds, offset: from.offset) }
            if time.seconds > to.seconds { self.to = LogTime(seconds: time.seconds, offset: to.offset) }
        } else {
            from = time
            to = time
            histogram = Histogram(offset: Int64(time.offset))
        }
        return identifiers.place(of: identifier)
    }

    /// Counts a decision.
    ///
    /// - Parameters:
    ///   - outcome: What was decided.
    ///   - place: What ``note(_:at:)`` returned.
    ///   - time: When, in microseconds since 1970-01-01 00:00 UTC.
    mutating func count(_ outcome: ReplayOutcome, place: Int32?, at time: Int64) {
        requests += 1
        if case .denied(let limit, _) = outcome {
            denied += 1
            deniedByLimit[limit] += 1
        }
        histogram.add(allowed: outcome.isAllowed, at: time.flooredQuotient(by: 1_000_000))
        if let place {
            identifiers.count(place, outcome, at: time)
        } else if outcome.isAllowed {
            untracked.allowed += 1
        } else {
            untracked.denied += 1
        }
    }
}
