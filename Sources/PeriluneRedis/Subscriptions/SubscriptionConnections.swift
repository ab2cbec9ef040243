import Logging
import PeriluneCore
import PeriluneIO

/// An engine's connections for subscriptions.
///
/// Channels and patterns are the same on every server. A shard channel belongs to the node of a cluster that serves its
/// hash slot, so that each slot whose channels are subscribed to has a connection to that node.
final class SubscriptionConnections: Sendable {
    private struct State {
        /// At most one for each hash slot, and one more. Those without subscribers are not connected.
        var connections: [Topology.Target: SubscriptionConnection] = [:]
        var isShutDown = false
    }

    private let topology: Topology
    private let configuration: RedisConfiguration
    private let loop: SharedEventLoop
    private let logger: Logger
    private let state = Locked(State())

    init(_ topology: Topology, _ configuration: RedisConfiguration, loop: SharedEventLoop, logger: Logger) {
        self.topology = topology
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
    }

    /// The connection for topics that are subscribed to together.
    ///
    /// - Throws: ``EngineError/Code/crossSlot``, ``EngineError/Code/shutDown``.
    func connection(for topics: [SubscriptionTopic]) throws(EngineError) -> SubscriptionConnection {
        let target = try target(of: topics)
        let connection = state.withLock { state -> SubscriptionConnection? in
            if state.isShutDown { return nil }
            if let connection = state.connections[target] { return connection }
            let connection = SubscriptionConnection(
                to: target, in: topology, configuration, loop: loop, logger: logger)
            state.connections[target] = connection
            return connection
        }
        guard let connection else { throw .hasShutDown }
        return connection
    }

    private func target(of topics: [SubscriptionTopic]) throws(EngineError) -> Topology.Target {
        guard case .cluster = topology else { return .primary }
        var common: Int?
        for topic in topics where topic.kind == .shardChannel {
            let slot = topic.name.argument.slot
            if let common, common != slot { throw .crossSlot(common, slot) }
            common = slot
        }
        return common.map { .slot($0) } ?? .anyPrimary
    }

    /// Makes no more connections.
    ///
    /// - Returns: All there are, for whoever shuts them down.
    func shutDown() -> [SubscriptionConnection] {
        state.withLock { state in
            state.isShutDown = true
            return Array(state.connections.values)
        }
    }
}
