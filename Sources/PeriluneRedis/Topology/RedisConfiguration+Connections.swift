import PeriluneIO

extension RedisConfiguration {
    /// The configuration of connections to sentinels.
    var forSentinels: RedisConfiguration {
        var configuration = self
        configuration.username = sentinelUsername
        configuration.password = sentinelPassword
        configuration.database = 0
        // A sentinel is asked when something is wrong; that must not wait for the end of a breaker's open time.
        configuration.circuitBreaker.failures = .max
        return configuration
    }
}

extension RedisConfiguration.Endpoint {
    /// Where to connect.
    var socketEndpoint: SocketEndpoint {
        switch self {
        case .tcp(let host, let port): .tcp(host: host, port: port)
        case .unixSocket(let path): .unix(path: path)
        }
    }

    init(_ endpoint: SocketEndpoint) {
        self =
            switch endpoint {
            case .tcp(let host, let port): .tcp(host: host, port: port)
            case .unix(let path): .unixSocket(path: path)
            }
    }
}
