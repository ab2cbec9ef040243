import Perilune
import PeriluneCore
import PeriluneHummingbird

extension JSONValue {
    /// What a region did in some time.
    static func members(of statistics: CacheStatistics, named name: String) -> [Member] {
        let counts = statistics.total
        func count(_ name: String, _ number: Int) -> Member { .init(name: name, value: .integer(number)) }
        return [
            .init(name: "name", value: .string(name)),
            count("lookups", counts.lookups), count("hits", counts.hits), count("near_hits", counts.nearHits),
            count("stale_hits", counts.staleHits), count("negative_hits", counts.negativeHits),
            count("misses", counts.misses),
            .init(name: "hit_ratio", value: share(counts.hitRatio)),
            count("computations", counts.computations),
            .init(
                name: "mean_compute_microseconds",
                value: counts.meanComputeTime.map { .integer(Int($0.wholeMicroseconds)) } ?? .null),
            .init(name: "saved_compute_time", value: .seconds(counts.savedComputeTime)),
            count("early_refreshes", counts.earlyRefreshes), count("refreshes", counts.refreshes),
            count("unchanged_refreshes", counts.unchangedRefreshes), count("refused_sets", counts.refusedSets),
            count("undecodable", counts.undecodable), count("waits", counts.waits),
            count("timeouts", counts.timeouts), count("origin_failures", counts.originFailures),
            count("engine_failures", counts.engineFailures), count("invalidations", counts.invalidations),
            count("lost_heads", counts.lostHeads), count("near_evictions", counts.nearEvictions),
            count("bytes_read", counts.bytesRead), count("bytes_written", counts.bytesWritten),
            .init(name: "hit_ages", value: .array(counts.hitAges.map(JSONValue.integer))),
        ]
    }

    /// A recommendation for a region.
    init(_ advice: TTLAdvice, named name: String) {
        self = [
            "name": .string(name),
            "verdict": .string(Self.word(for: advice.verdict)),
            "ttl": .seconds(advice.configured),
            "recommended_ttl": advice.recommended.map(JSONValue.seconds) ?? .null,
            "reason": .string(advice.reason),
            "refreshes": .integer(advice.refreshes),
            "changed_refreshes": .integer(advice.changedRefreshes),
            "stale_share": Self.share(advice.staleShare),
            "recommended_stale_share": Self.share(advice.recommendedStaleShare),
            "relies_on_invalidation": .bool(advice.reliesOnInvalidation),
        ]
    }

    private static func word(for verdict: TTLAdvice.Verdict) -> String {
        switch verdict {
        case .notEnoughData: "not_enough_data"
        case .keep: "keep"
        case .shorten: "shorten"
        case .lengthen: "lengthen"
        }
    }

    /// A share from 0 to 1 with three decimals.
    private static func share(_ share: Double?) -> JSONValue {
        share.map { .thousandths(Int(($0 * 1_000).rounded())) } ?? .null
    }

    /// How a warming stands.
    static func members(of progress: CacheWarmingProgress) -> [Member] {
        func count(_ name: String, _ number: Int) -> Member { .init(name: name, value: .integer(number)) }
        return [
            count("total", progress.total), count("stored", progress.stored), count("absent", progress.absent),
            count("fresh", progress.fresh), count("elsewhere", progress.elsewhere), count("refused", progress.refused),
            count("failed", progress.failed),
        ]
    }

    init(_ progress: CachePatternProgress) {
        self = [
            "scanned": .integer(progress.scanned), "total": .integer(progress.total),
            "deleted": .integer(progress.deleted),
        ]
    }
}
