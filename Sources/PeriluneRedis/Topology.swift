import PeriluneCore

/// Which of the servers gets a call.
enum Topology: Sendable {
    /// There is only one.
    case standalone(RedisConnection)

    /// The connection for a request.
    @inline(__always)
    func connection(for request: Request) async -> Result<RedisConnection, EngineError> {
        switch self {
        case .standalone(let connection): .success(connection)
        }
    }

    /// All connections there are now.
    var connections: [RedisConnection] {
        switch self {
        case .standalone(let connection): [connection]
        }
    }
}
