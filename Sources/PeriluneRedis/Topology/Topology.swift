import Logging
import PeriluneCore
import PeriluneIO

/// Which of the servers gets a call.
enum Topology: Sendable {
    /// There is only one.
    case standalone(RedisConnection)
    /// The one that the sentinels say is the primary.
    case sentinel(SentinelTopology)
    /// The one that serves the slot of the call's keys.
    case cluster(ClusterTopology)

    /// Where an attempt of a call goes.
    enum Target: Hashable {
        /// To the primary, when there is only one.
        case primary
        case slot(Int)
        /// To any node of the cluster that serves slots.
        case anyPrimary
        /// To this node of the cluster, whatever it serves.
        case node(RedisConfiguration.Endpoint)
    }

    init(_ configuration: RedisConfiguration, loop: SharedEventLoop, logger: Logger, metrics: ClientMetrics?) {
        // What every connection to a server with data needs.
        let connect: RedisConnection.Factory = { endpoint, purpose in
            RedisConnection(
                to: endpoint, for: purpose, configuration, loop: loop, logger: logger, metrics: metrics)
        }
        switch configuration.servers {
        case .standalone(let endpoint):
            self = .standalone(connect(endpoint.socketEndpoint, .onlyServer))
        case .sentinel(let endpoints, let service):
            let sentinels = endpoints.map { endpoint in
                RedisConnection(
                    to: endpoint.socketEndpoint, for: .oneOfMany, configuration.forSentinels, loop: loop,
                    logger: logger)
            }
            self = .sentinel(
                SentinelTopology(
                    sentinels, service: service, patience: configuration.connectTimeout, logger: logger,
                    connect: connect))
        case .cluster(let seeds):
            self = .cluster(
                ClusterTopology(seeds, patience: configuration.connectTimeout, connect: connect))
        }
    }

    /// The connection for an attempt.
    ///
    /// - Parameter deadline: How long it may take to find out where the server is, in monotonic time.
    func connection(to target: Target, deadline: UInt64) async -> Result<RedisConnection, EngineError> {
        switch self {
        case .standalone(let connection): .success(connection)
        case .sentinel(let sentinel): await sentinel.connection(deadline: deadline)
        case .cluster(let cluster): await cluster.connection(to: target, deadline: deadline)
        }
    }

    /// What a connection to a server with data is for.
    var purpose: RedisConnection.Purpose {
        switch self {
        case .standalone: .onlyServer
        case .sentinel: .primary
        case .cluster: .oneOfMany
        }
    }

    /// Where a connection goes that is not shared: for subscriptions, or for a command that waits.
    ///
    /// - Parameter deadline: How long it may take to find out, in monotonic time.
    func endpoint(for target: Target, deadline: UInt64) async -> Result<SocketEndpoint, EngineError> {
        await connection(to: target, deadline: deadline).map(\.endpoint)
    }

    /// All connections to servers with data that there are now.
    var connections: [RedisConnection] {
        switch self {
        case .standalone(let connection): [connection]
        case .sentinel(let sentinel): sentinel.connections
        case .cluster(let cluster): cluster.connections
        }
    }

    /// What has happened on the connections to servers with data that there are no more.
    var formerStatistics: ConnectionStatistics {
        switch self {
        case .standalone: ConnectionStatistics()
        case .sentinel(let sentinel): sentinel.formerStatistics
        case .cluster(let cluster): cluster.formerStatistics
        }
    }

    /// Finds no more servers.
    ///
    /// - Returns: All connections there are, which will be all there ever were.
    func shutDown() -> [RedisConnection] {
        switch self {
        case .standalone(let connection): [connection]
        case .sentinel(let sentinel): sentinel.shutDown()
        case .cluster(let cluster): cluster.shutDown()
        }
    }

    /// Sees to it that what is known is looked up anew when a reply gives reason to doubt it.
    func learn(from reply: RedisConnection.Reply) {
        let isDoubtful =
            switch reply {
            case .success(.error(let error)): error.isReasonForDoubt
            case .success(.array(let replies)):
                replies.contains { if case .error(let error) = $0 { error.isReasonForDoubt } else { false } }
            case .success: false
            case .failure(let error):
                [.unreachable, .connectionLost, .timedOut, .circuitOpen].contains(error.code)
            }
        guard isDoubtful else { return }
        switch self {
        case .standalone: break
        case .sentinel(let sentinel): sentinel.doubt()
        case .cluster(let cluster): cluster.doubt()
        }
    }
}

extension RedisError {
    /// Whether the server that has answered may not be the one to ask.
    fileprivate var isReasonForDoubt: Bool {
        switch kind {
        case .masterDown, .readOnly, .clusterDown, .loading, .moved, .waitEnded: true
        case .noScript, .busy, .tryAgain, .ask, .crossSlot, .outOfMemory, .noAuthentication, .wrongPassword,
            .noPermission, .wrongType, .transactionAborted, .other:
            false
        }
    }
}
