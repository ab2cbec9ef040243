import PeriluneCore

/// What a computation of a value can say of the value while it computes.
///
/// ```swift
/// let report = try await region.value(for: "report:\(id)") { computation in
///     let report = try await database.report(id)
///     computation.tag(report.locations.map { "location:\($0)" })
///     if report.isPreliminary { computation.setTTL(.seconds(10)) }
///     return report
/// }
/// ```
public final class CacheComputation: Sendable {
    struct Wishes: Sendable {
        var tags: [CacheTag]
        var ttl: Duration?
        var isStored = true
    }

    private let state: Locked<Wishes>
    /// Whether there is an older value, which this one replaces.
    public let isRefresh: Bool

    init(tags: [CacheTag], ttl: Duration?, isRefresh: Bool) {
        state = Locked(Wishes(tags: tags, ttl: ttl))
        self.isRefresh = isRefresh
    }

    /// Adds tags. That they are found only now changes nothing: an invalidation of one of them since the computation began
    /// keeps the value from being served.
    public func tag(_ tags: [CacheTag]) {
        state.withLock { wishes in
            for tag in tags where !wishes.tags.contains(tag) { wishes.tags.append(tag) }
        }
    }

    /// Adds a tag. See ``tag(_:)-([CacheTag])``.
    public func tag(_ tag: CacheTag) { self.tag([tag]) }

    /// Sets how long the value is fresh.
    public func setTTL(_ ttl: Duration) { state.withLock { $0.ttl = ttl } }

    /// The value is for those who wait for it, and for nobody after them.
    public func doNotStore() { state.withLock { $0.isStored = false } }

    var wishes: Wishes { state.withLock { $0 } }
}
