#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// What a cache region did in the last minutes, in all processes together.
///
/// Processes flush what they counted every few seconds, and it belongs to the minute in which they do.
public struct CacheStatistics: Sendable, Hashable {
    /// How far back statistics reach: some whole minutes, and the one in progress.
    public struct Window: Sendable, Hashable {
        /// How many whole minutes there are before the one in progress, 1 to 1439.
        public let minutes: Int

        /// The last whole minute and the one in progress.
        public static let minute = Window.minutes(1)
        /// The last hour.
        public static let hour = Window.minutes(60)
        /// The last day, but for its first minute, whose place the one in progress has taken.
        public static let day = Window.minutes(CacheSlot.count - 1)

        /// Whole minutes. Numbers outside of 1 to 1439 count as the nearest of these.
        public static func minutes(_ minutes: Int) -> Window {
            Window(minutes: min(max(minutes, 1), CacheSlot.count - 1))
        }
    }

    /// What was done in one minute.
    public struct Minute: Sendable, Hashable {
        /// When it began.
        public let start: Date
        /// What was done in it.
        public let counts: CacheCounts
    }

    /// The time of the engine when it was read.
    public let time: Date
    /// The time that the window covers until then.
    public let duration: Duration
    /// The minutes of the window in the order of time, also those in which nothing was done. The last one is in progress.
    public let minutes: [Minute]
    /// What was done in the whole window.
    public let total: CacheCounts

    /// Puts statistics together.
    ///
    /// - Parameters:
    ///   - microseconds: The engine's time since 1970.
    ///   - firstMinute: The number of the first minute since 1970.
    ///   - counts: Those of each minute from the first one on.
    init(microseconds: Int64, firstMinute: Int64, counts: [CacheCounts]) {
        time = Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
        duration = .microseconds(microseconds - firstMinute * 60_000_000)
        minutes = counts.enumerated().map { offset, counts in
            Minute(start: Date(timeIntervalSince1970: Double(firstMinute + Int64(offset)) * 60), counts: counts)
        }
        total = counts.reduce(into: CacheCounts()) { $0 += $1 }
    }

    /// Recommends how long values should be fresh, from what refreshes found.
    ///
    /// - Parameters:
    ///   - ttl: How long they are.
    ///   - goal: What is wanted.
    public func ttlAdvice(configured ttl: Duration, goal: TTLAdvice.Goal = .standard) -> TTLAdvice {
        TTLAdvice(for: total, configured: ttl, goal: goal)
    }
}
