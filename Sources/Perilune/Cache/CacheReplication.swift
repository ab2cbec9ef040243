/// That an invalidation is to survive the loss of a primary.
///
/// Replicas tell their primary once a second how far they are, so waiting for them takes up to a second.
public struct CacheReplication: Sendable, Hashable {
    /// How many replicas of each shard must have it.
    public var replicas: Int
    /// How long to wait for them.
    public var time: Duration

    /// Creates a demand. Less than one replica counts as one.
    public init(replicas: Int = 1, within time: Duration = .seconds(2)) {
        self.replicas = max(1, replicas)
        self.time = time
    }
}
