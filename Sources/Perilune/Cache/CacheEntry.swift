/// A value of a region with what is known of it.
public struct CacheEntry<Value: Sendable>: Sendable {
    /// The value; `nil` when what is known is that there is none.
    public let value: Value?
    /// The tags by which it can be invalidated.
    public let tags: [CacheTag]
    /// How long ago it was stored, by the server's clock, to the millisecond.
    public let age: Duration
    /// How long it is fresh from now on; negative when it no longer is.
    public let freshFor: Duration
    /// How long it lives from now on.
    public let livesFor: Duration
    /// How long it took to compute.
    public let computeTime: Duration

    /// Whether it is as young as its type wants it.
    public var isFresh: Bool { freshFor > .zero }
}

/// What ``CacheRegion/lookup(_:tags:waitingFor:deciding:)`` is to do with what it finds.
public enum CacheLookupDecision: Sendable, Hashable {
    /// The value will do.
    case use
    /// It will not, or there is none: the caller wants to compute one.
    case compute
    /// It will not, or there is none, and the caller does not want to compute one.
    case leave
}

/// What ``CacheRegion/lookup(_:tags:waitingFor:deciding:)`` found.
public enum CacheLookup<Value: Sendable>: Sendable {
    /// A valid value that will do; maybe a stale one, see ``CacheEntry/isFresh``.
    case hit(CacheEntry<Value>)
    /// None: whoever gets this is to compute the value, and stores it with the token.
    case miss(CacheToken)
    /// None, and somebody computes it, who has so much time left to do it or to ask for more; no time when the caller did
    /// not want to.
    case busy(Duration)
}

/// The right to store one value, handed out by a miss before the value is computed.
///
/// Whatever is invalidated after the token was handed out, a value stored with it counts as older.
public struct CacheToken: Sendable, Hashable {
    /// What the value is for.
    public let key: CacheKey
    let owner: CacheOwner
    let stamp: CacheStamp
}

/// What became of a value that was to be stored.
public enum CacheStoreOutcome: Sendable, Hashable {
    /// It is stored.
    case stored
    /// It is not, for a reason, and nothing has changed.
    case refused(Refusal)

    /// Why a value is not stored.
    public enum Refusal: String, Error, Sendable, Hashable, CaseIterable {
        /// The right to store it is lost: the value was deleted or set meanwhile, or computing it took longer than the lease.
        case leaseLost
        /// The region's metadata were lost meanwhile, so that nobody can tell what was invalidated.
        case flushed
        /// One of its tags, or the region, was invalidated meanwhile: what the value was computed from may be outdated.
        case invalidated
        /// It was evicted before it could be put in its place.
        case evicted
    }
}
