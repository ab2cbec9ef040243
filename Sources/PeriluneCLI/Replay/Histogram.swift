/// Decisions over time, in memory that does not depend on how much time there is.
///
/// Nobody knows beforehand how long a log is. Buckets begin at one second; when the span outgrows them, they grow to
/// the next width of which the old one is a part, and neighbours are merged.
struct Histogram {
    /// What was decided within one stretch of time.
    struct Bucket: Hashable {
        var allowed = 0
        var denied = 0

        static func += (left: inout Bucket, right: Bucket) {
            left.allowed += right.allowed
            left.denied += right.denied
        }
    }

    /// Buckets of one width that follow each other, empty ones included.
    struct Bars: Hashable {
        /// The beginning of the first bucket, in seconds since 1970-01-01 00:00 UTC.
        var start: Int64
        /// The width in seconds.
        var width: Int64
        var buckets: [Bucket]
    }

    /// How many buckets are held at most. More than are ever shown, so that what is shown can have round widths.
    let capacity: Int
    /// How far the log's time zone is ahead of UTC, in seconds: days and hours begin when they begin there.
    let offset: Int64

    /// The width of the held buckets in seconds.
    private(set) var width: Int64 = 1
    /// The number of the first held bucket, counted in widths from 1970-01-01 00:00 local time.
    private var first: Int64 = 0
    private var buckets: [Bucket] = []

    /// Creates an empty histogram.
    init(offset: Int64 = 0, capacity: Int = 4096) {
        self.offset = offset
        self.capacity = max(capacity, 2)
    }

    /// Counts a decision.
    ///
    /// - Parameters:
    ///   - allowed: What was decided.
    ///   - second: When, in seconds since 1970-01-01 00:00 UTC.
    mutating func add(allowed: Bool, at second: Int64) {
        let local = second + offset
        var number = local.flooredQuotient(by: width)
        if buckets.isEmpty { first = number }
        while max(number, first + Int64(buckets.count) - 1) - min(number, first) >= Int64(capacity) {
            widen()
            number = local.flooredQuotient(by: width)
        }
        if number < first {
            buckets.insert(contentsOf: repeatElement(Bucket(), count: Int(first - number)), at: 0)
            first = number
        }
        let place = Int(number - first)
        if place >= buckets.count {
            buckets.append(contentsOf: repeatElement(Bucket(), count: place + 1 - buckets.count))
        }
        if allowed { buckets[place].allowed += 1 } else { buckets[place].denied += 1 }
    }

    /// The histogram in fewer buckets of a round width.
    ///
    /// - Parameter count: How many buckets at most; at least 1.
    /// - Returns: `nil` when nothing was counted.
    func bars(atMost count: Int) -> Bars? {
        guard !buckets.isEmpty else { return nil }
        var factor: Int64 = 1
        var bars = merged(by: factor)
        while bars.buckets.count > max(count, 2) {
            factor = Self.factor(after: factor, of: width)
            bars = merged(by: factor)
        }
        return bars
    }

    /// The widths of held buckets: each divides the next, and from a day on they double.
    private static let heldWidths: [Int64] = [
        1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400,
    ]

    /// The widths of shown buckets up to a day, in seconds.
    private static let roundWidths: [Int64] = [
        1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600,
        28_800, 43_200, 86_400,
    ]

    private static func factor(after factor: Int64, of width: Int64) -> Int64 {
        let shown = factor * width
        let next = roundWidths.first { $0 > shown && $0 % width == 0 }
        return next.map { $0 / width } ?? factor * 2
    }

    private mutating func widen() {
        let wider = Self.heldWidths.first { $0 > width } ?? width * 2
        let bars = merged(by: wider / width)
        buckets = bars.buckets
        first = first.flooredQuotient(by: wider / width)
        width = wider
    }

    private func merged(by factor: Int64) -> Bars {
        let start = first.flooredQuotient(by: factor)
        let end = (first + Int64(buckets.count) - 1).flooredQuotient(by: factor)
        var merged = Array(repeating: Bucket(), count: Int(end - start + 1))
        for (index, bucket) in buckets.enumerated() {
            merged[Int((first + Int64(index)).flooredQuotient(by: factor) - start)] += bucket
        }
        return Bars(start: start * factor * width - offset, width: factor * width, buckets: merged)
    }
}
