/// What is wrong with the network between a client and a server.
package struct NetworkFaults: Sendable, Hashable {
    /// What happens to the bytes that go in one direction.
    package struct Direction: Sendable, Hashable {
        /// How long bytes are under way.
        package var latency = Duration.zero
        /// Up to so much longer, drawn for what is read at once. Bytes stay in order.
        package var jitter = Duration.zero
        /// How many bytes are sent at once, drawn for each piece; `nil` sends what there is.
        package var pieces: ClosedRange<Int>?
        /// The time from one piece to the next. Between any two the other connections have their turn.
        package var pause = Duration.zero
        /// Whether bytes are read and forgotten, as by a router that has forgotten the connection.
        ///
        /// A connection that has lost bytes in this way gets none through ever after: no network leaves gaps.
        package var swallows = false

        /// Nothing is wrong.
        package init() {}
    }

    /// What happens to the bytes from the client.
    package var toServer = Direction()
    /// What happens to the bytes from the server.
    package var toClient = Direction()
    /// After so many bytes to the client, drawn for each connection, both ends of it are reset.
    package var resetAfter: ClosedRange<Int>?
    /// Whether new connections are reset at once.
    package var refusesConnections = false

    /// Nothing is wrong.
    package init() {}

    /// The same in both directions.
    package init(both direction: Direction) {
        toServer = direction
        toClient = direction
    }
}

extension NetworkFaults {
    /// A network without faults.
    package static var none: NetworkFaults { NetworkFaults() }

    /// Bytes are under way for so long in each direction.
    package static func latency(_ latency: Duration) -> NetworkFaults {
        var direction = Direction()
        direction.latency = latency
        return NetworkFaults(both: direction)
    }

    /// One byte at a time in each direction.
    package static var trickling: NetworkFaults {
        var direction = Direction()
        direction.pieces = 1...1
        return NetworkFaults(both: direction)
    }

    /// Connections are accepted and read from, and nothing gets through.
    package static var swallowing: NetworkFaults {
        var direction = Direction()
        direction.swallows = true
        return NetworkFaults(both: direction)
    }

    /// Connections are reset after so many bytes of replies.
    package static func resetting(after bytes: ClosedRange<Int>) -> NetworkFaults {
        var faults = NetworkFaults()
        faults.resetAfter = bytes
        return faults
    }

    /// New connections are reset at once.
    package static var refusing: NetworkFaults {
        var faults = NetworkFaults()
        faults.refusesConnections = true
        return faults
    }
}
