/// The connections to servers that are not in charge any more, as long as calls are under way there, and what has
/// happened on all that there ever were.
struct RetiredConnections {
    private(set) var connections: [RedisConnection] = []
    /// Of those that are over.
    private var past = ConnectionStatistics()

    /// Adds connections. They are to be retired.
    ///
    /// - Complexity: O(connections).
    mutating func add(_ former: some Sequence<RedisConnection>) {
        var present: [RedisConnection] = []
        for connection in connections {
            // Asked once: it may be over in the next moment.
            if connection.isOver { past.add(connection.statistics) } else { present.append(connection) }
        }
        connections = present + former
    }

    /// What has happened on all of them.
    var statistics: ConnectionStatistics {
        connections.reduce(into: past) { $0.add($1.statistics) }
    }
}
