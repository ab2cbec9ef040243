import PeriluneCore
import PeriluneIO

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

    /// Where the connections go that are not shared: those for subscriptions and for commands that wait.
    func endpoint() async -> Result<SocketEndpoint, EngineError> {
        switch self {
        case .standalone(let connection): .success(connection.endpoint)
        }
    }

    /// All shared connections there are now.
    var connections: [RedisConnection] {
        switch self {
        case .standalone(let connection): [connection]
        }
    }
}
