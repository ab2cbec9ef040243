public import PeriluneCore

/// Why a call of a ``CacheRegion`` failed.
public enum CacheError: Error, Sendable, Hashable {
    /// The engine did not do it.
    case engine(EngineError)
    /// More tags than the type allows, or more than 1000 in one invalidation.
    case tooManyTags(Int, limit: Int)
    /// No tag where there must be one.
    case noTags
    /// Tags that must all be there have more than 4000 bytes together.
    case tagsTooLong
    /// The encoded value is too large.
    case tooLarge(bytes: Int, limit: Int)
    /// The value cannot be encoded: where and of what kind the failure is, never the data.
    case coding(String)
    /// Not from a millisecond to ``CacheType/longestTime``.
    case timeOutOfRange(Duration)
    /// A pattern that is empty or asks too much, and why.
    case invalidPattern(String)
    /// Some shards have not acknowledged an invalidation; ``CacheRegion/run()`` goes on trying.
    case unacknowledged(shards: [Int], EngineError)
    /// All shards have acknowledged an invalidation, and of some not as many replicas have it in time as are wanted.
    case notReplicated(shards: [Int])
    /// The time for computing the value is up; it is still being computed.
    case timedOut
    /// The region was first used with another number of shards. Values could not be invalidated by all processes.
    case shardsDiffer(stored: Int, configured: Int)
    /// What the engine holds where the region keeps what it knows of itself is something else.
    case corrupt
}

extension CacheError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .engine(let error): "\(error)"
        case .tooManyTags(let count, let limit): "\(count) tags, where \(limit) are allowed"
        case .noTags: "no tags"
        case .tagsTooLong: "the tags have more than 4000 bytes together"
        case .tooLarge(let bytes, let limit): "the value has \(bytes) bytes, and may have \(limit)"
        case .coding(let reason): "the value cannot be encoded: \(reason)"
        case .timeOutOfRange(let time): "a time is from 1 millisecond to 10 years, not \(time)"
        case .invalidPattern(let reason): reason
        case .unacknowledged(let shards, let error):
            "\(shards.count) shards have not acknowledged the invalidation (\(error))"
        case .notReplicated(let shards): "the invalidation is not replicated yet in \(shards.count) shards"
        case .timedOut: "the time for computing the value is up"
        case .shardsDiffer(let stored, let configured):
            "the region has \(stored) shards, and is configured to have \(configured)"
        case .corrupt: "what is stored is not what this library stores"
        }
    }
}

extension CacheError {
    /// Makes the region's error of an engine's.
    static func asking<Reply>(
        _ call: () async throws(EngineError) -> Reply
    ) async throws(CacheError) -> Reply {
        do {
            return try await call()
        } catch {
            throw .engine(error)
        }
    }
}
