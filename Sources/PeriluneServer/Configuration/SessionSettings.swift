public import Perilune

/// Which sessions a management server looks at and ends.
///
/// The name, the number of shards and how many events are kept have to be those of the services whose sessions they are.
/// What else a ``/Perilune/SessionConfiguration`` has is about sessions that begin, which none does here.
public struct SessionSettings: Sendable {
    /// The name of the sessions' store.
    public var name: String
    /// How many shards it has.
    public var shards: Int
    /// About how many events a shard keeps.
    public var keptEvents: Int
    /// How often the server looks which sessions have ended by themselves; `nil` to leave that to others.
    public var sweepInterval: Duration? = .seconds(1)
    /// Opens the data and devices of sessions for callers with the admin token; `nil` when they are not sealed, or not to
    /// be shown.
    public var keys: SessionKeyRing?

    /// Creates the settings of a store with the standard name and number of shards.
    public init() {
        let standard = SessionConfiguration.standard
        (name, shards, keptEvents) = (standard.name, standard.shards, standard.keptEvents)
    }

    /// The store as it is configured here.
    var store: SessionConfiguration {
        var configuration = SessionConfiguration(name: name)
        configuration.shards = shards
        configuration.keptEvents = keptEvents
        return configuration
    }
}
