import PeriluneCore

/// What kind of values a ``CacheRegion`` holds, and how they live.
///
/// Regions with one name on one engine are one region, whichever process they are in: their types must agree.
public struct CacheType: Sendable, Hashable {
    /// The most tags that a value can have.
    public static let mostTags = 64
    /// The most shards that a region can have.
    public static let mostShards = 1024
    /// The longest that a value can live: ten years.
    public static let longestTime = Duration.seconds(315_360_000)

    /// The name, part of every key: 1 to 64 of the characters `A-Z a-z 0-9 . _ -`.
    public var name: String
    /// How long a value is fresh. One that is given more than half as much again for itself may become a miss earlier, when
    /// old invalidations are forgotten.
    public var ttl: Duration
    /// How long after that a value is still served while somebody computes it anew, as in RFC 5861.
    public var staleWhileRevalidate: Duration = .zero
    /// How long after that a value is still served when computing it anew fails or takes too long, as in RFC 5861.
    public var staleIfError: Duration = .zero
    /// How long it is remembered that there is no value; `nil` for ``ttl``.
    public var negativeTTL: Duration?
    /// By which share, at most, the time of each value is longer or shorter, so that values stored together do not expire
    /// together. From 0 to 0.5.
    public var jitter = 0.1
    /// How eager values are computed anew before they expire: the factor beta of XFetch (Vattani, Chierichetti, Lowenstein:
    /// Optimal Probabilistic Cache Stampede Prevention, VLDB 2015). 1 is what the paper calls optimal; 0 for never.
    public var earlyRefresh = 1.0
    /// How many tags a value may have. From 0 to ``mostTags``.
    public var maximumTags = CacheType.mostTags
    /// How many bytes an encoded value may have, before compression.
    public var maximumBytes = 8 << 20
    /// From how many bytes on an encoded value is compressed (DEFLATE, when that makes it smaller); `nil` for never.
    public var compressAbove: Int? = 4_096
    /// The version of the values' form. Values stored with another version are misses.
    public var schema: UInt8 = 0
    /// Over how many shards keys are spread; each is one slot of a Redis Cluster, and an invalidation costs a call for
    /// each. Stored when the region is first used, and the same in all processes.
    public var shards = 1
    /// How long a caller waits for a new value while there is an older one to serve; `nil` for as long as it takes.
    public var softTimeout: Duration?
    /// How long a caller waits for a value to be computed, by whomever; `nil` for as long as it takes.
    public var hardTimeout: Duration?
    /// How long a process has to itself what it computes, unless it says that it is still at it: three times what computing
    /// took lately, within these bounds. So long at most others wait for a process that has died.
    public var leaseTime: ClosedRange<Duration> = .seconds(1)...(.seconds(30))
    /// How long a process waits for what another computes before it computes the value for itself. A value that takes longer
    /// than this, or than ``hardTimeout`` if that is longer, and a lease on top, is given to those who wait for it and not
    /// stored.
    public var waitLimit: Duration = .seconds(60)
    /// How large the cache in the process may be; `nil` for none. It may give a value for up to a second after another
    /// process, or another ``CacheRegion`` of this one, has invalidated it: mostly for as long as a message takes.
    public var near: NearCacheLimit?

    /// Creates a type.
    ///
    /// - Parameters:
    ///   - name: The name, see ``name``.
    ///   - ttl: How long a value is fresh.
    public init(_ name: String, ttl: Duration) {
        self.name = name
        self.ttl = ttl
    }

    package func validate() throws(CacheConfigurationError) {
        do { try KeySpace.validate(name: name) } catch { throw .invalidName(name) }
        for time in [ttl, negativeTTL ?? ttl] { try Self.validate(time: time) }
        for time in [staleWhileRevalidate, staleIfError] where !(.zero...Self.longestTime).contains(time) {
            throw .timeOutOfRange(time)
        }
        for time in [softTimeout, hardTimeout, waitLimit].compactMap(\.self) { try Self.validate(time: time) }
        guard leaseTime.lowerBound >= .milliseconds(10), leaseTime.upperBound <= .seconds(3_600) else {
            throw .leaseOutOfRange(leaseTime)
        }
        guard (0...0.5).contains(jitter) else { throw .jitterOutOfRange(jitter) }
        guard (0...100).contains(earlyRefresh) else { throw .earlyRefreshOutOfRange(earlyRefresh) }
        guard (0...Self.mostTags).contains(maximumTags) else { throw .tagsOutOfRange(maximumTags) }
        guard (1...(256 << 20)).contains(maximumBytes) else { throw .bytesOutOfRange(maximumBytes) }
        if let compressAbove, compressAbove < 0 { throw .bytesOutOfRange(compressAbove) }
        guard (1...Self.mostShards).contains(shards) else { throw .shardsOutOfRange(shards) }
    }

    static func validate(time: Duration) throws(CacheConfigurationError) {
        guard (.milliseconds(1)...longestTime).contains(time) else { throw .timeOutOfRange(time) }
    }

    /// How long after its freshness a value is kept, in milliseconds.
    var staleTime: Int { max(staleWhileRevalidate, staleIfError).millisecondsRoundedUp }
}

extension CacheType {
    /// Outbreaks as last reported: 5 minutes.
    public static let outbreakData = CacheType("outbreak_data", ttl: .seconds(300))
    /// Risks as last assessed: 10 minutes.
    public static let riskAssessment = CacheType("risk_assessment", ttl: .seconds(600))
    /// What models predict: an hour.
    public static let predictionResults = CacheType("prediction_results", ttl: .seconds(3_600))
    /// What is known of places: a day.
    public static let locationMetadata = CacheType("location_metadata", ttl: .seconds(86_400))
    /// What agents remember: an hour.
    public static let agentMemory = CacheType("agent_memory", ttl: .seconds(3_600))
    /// What models infer: half an hour.
    public static let modelInference = CacheType("model_inference", ttl: .seconds(1_800))

    /// The types that there are without configuration.
    public static let presets: [CacheType] = [
        .outbreakData, .riskAssessment, .predictionResults, .locationMetadata, .agentMemory, .modelInference,
    ]
}
