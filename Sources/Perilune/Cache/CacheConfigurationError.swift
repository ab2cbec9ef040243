/// Why a region cannot be made.
public enum CacheConfigurationError: Error, Sendable, Hashable {
    /// Not 1 to 64 of the characters `A-Z a-z 0-9 . _ -`.
    case invalidName(String)
    /// Not from a millisecond (nothing, where a value need not be stale) to ``CacheType/longestTime``.
    case timeOutOfRange(Duration)
    /// Not from 10 milliseconds to an hour.
    case leaseOutOfRange(ClosedRange<Duration>)
    /// Not from 0 to 0.5.
    case jitterOutOfRange(Double)
    /// Not from 0 to 100.
    case earlyRefreshOutOfRange(Double)
    /// Not from 0 to ``CacheType/mostTags``.
    case tagsOutOfRange(Int)
    /// Not from 1 byte (0 for compression) to 256 MiB.
    case bytesOutOfRange(Int)
    /// Not from 1 to ``CacheType/mostShards``.
    case shardsOutOfRange(Int)
    /// A near cache has to be told of what others change, and the engine brings no messages.
    case nearNeedsMessages
}

extension CacheConfigurationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidName(let name):
            "\"\(name.prefix(80))\" is not a name of 1 to 64 of the characters A-Z a-z 0-9 . _ -"
        case .timeOutOfRange(let time): "a time is from 1 millisecond to 10 years, not \(time)"
        case .leaseOutOfRange(let times): "a lease is from 10 milliseconds to an hour, not \(times)"
        case .jitterOutOfRange(let share): "jitter is from 0 to 0.5, not \(share)"
        case .earlyRefreshOutOfRange(let beta): "early refresh is from 0 to 100, not \(beta)"
        case .tagsOutOfRange(let count): "a value may have 0 to \(CacheType.mostTags) tags, not \(count)"
        case .bytesOutOfRange(let count): "a size is from 1 byte to 256 MiB, not \(count)"
        case .shardsOutOfRange(let count): "a region has from 1 to \(CacheType.mostShards) shards, not \(count)"
        case .nearNeedsMessages: "a near cache needs an engine that brings messages"
        }
    }
}
