import PeriluneIO

/// Where the Redis servers are and how to treat them.
public struct RedisConfiguration: Sendable {
    /// Where a server listens.
    public enum Endpoint: Sendable, Hashable {
        /// A host name, an IPv4 or an IPv6 address without brackets, and a port.
        case tcp(host: String, port: Int)
        /// The path of a Unix domain socket.
        case unixSocket(path: String)
    }

    /// Which servers hold the data, and how they are found.
    public enum Servers: Sendable, Hashable {
        /// One server.
        case standalone(Endpoint)
        /// The server that is the primary of a service at the time, as the sentinels at these places say.
        case sentinel([Endpoint], service: String)
        /// A Redis Cluster, of which these nodes are known beforehand. One that answers is enough.
        case cluster([Endpoint])
    }

    /// Which servers hold the data, and how they are found.
    public var servers: Servers
    /// The ACL user; `nil` authenticates as the default user. Means nothing without a password.
    public var username: String?
    /// The password; `nil` does not authenticate.
    public var password: String?
    /// The ACL user at the sentinels, which have users of their own.
    public var sentinelUsername: String?
    /// The password at the sentinels; `nil` does not authenticate there.
    public var sentinelPassword: String?
    /// The number of the database. A Redis Cluster has only database 0.
    public var database = 0
    /// The name that `CLIENT LIST` shows for the connection.
    public var clientName: String?
    #if TLS
        /// How the connection is encrypted; `nil` leaves it plain. Means nothing for a Unix socket.
        public var tls: TLSConfiguration? { didSet { loadedTLS = nil } }
        /// What was made of ``tls``, once its files were read.
        private var loadedTLS: Result<TLSContext?, SystemError>?
    #endif
    /// How long connecting may take: name lookup, every address of the host, TLS, authentication.
    public var connectTimeout: Duration = .seconds(1)
    /// How long a call may take from the moment it is made, waiting for a connection included.
    public var commandTimeout: Duration = .seconds(1)
    /// What happens to a call for which there is no room.
    public enum Overload: Sendable, Hashable {
        /// It is refused at once as ``EngineError/Code/overloaded``: what a rate limiter wants, whose answer is of no use
        /// later.
        case fail
        /// It waits, behind those that wait already, until there is room or its deadline has passed. As many may wait as
        /// there are tasks that call.
        case suspend
    }

    /// The commands that may be under way on a connection before ``overload`` applies. A pipeline that begins below the
    /// limit may go beyond it.
    public var maximumPendingCommands = 8192
    /// The bytes that may wait to be sent on a connection before ``overload`` applies. A call that is larger by itself is
    /// refused as ``EngineError/Code/tooLarge``.
    public var maximumPendingBytes = 16 << 20
    /// What happens to a call for which there is no room.
    public var overload = Overload.fail
    /// The connections that there may be for commands that wait, such as `BLPOP`. Each has one for itself; further ones
    /// wait for their turn.
    public var maximumBlockingConnections = 64
    /// How long a connection for commands that wait is kept while nobody uses it.
    public var blockingIdleTime: Duration = .seconds(60)
    /// How long the connection for subscriptions may be silent before it counts as dead and is made anew. Without
    /// messages a `PING` is sent after half of that time.
    public var subscriptionSilence: Duration = .seconds(10)
    /// How long to wait before connecting again, or before repeating a call that the server could not take just then.
    public var backoff = Backoff()
    /// When calls are refused without being tried.
    public var circuitBreaker = CircuitBreaker.Settings()

    /// Creates a configuration for servers without a password.
    public init(servers: Servers) {
        self.servers = servers
    }

    /// Creates a configuration for one server without a password.
    public init(endpoint: Endpoint) {
        self.init(servers: .standalone(endpoint))
    }
}

extension RedisConfiguration.Endpoint: CustomStringConvertible {
    /// `host:port`, with brackets around an IPv6 address, or the path.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unixSocket(let path): path
        }
    }
}

extension RedisConfiguration {
    /// What a connection needs for TLS; `nil` when it is plain. Reads files, unless that was done before.
    var tlsContext: Result<TLSContext?, SystemError> {
        #if TLS
            loadedTLS ?? Result { () throws(SystemError) in try tls?.makeContext() }
        #else
            .success(nil)
        #endif
    }

    /// The same, with the files for TLS read once for all connections that are made with it.
    func loadingTLS() -> RedisConfiguration {
        var configuration = self
        #if TLS
            configuration.loadedTLS = tlsContext
        #endif
        return configuration
    }
}

// The synthesized texts would show the password.
extension RedisConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The servers and the database, as a URL where there is one; never a password.
    public var description: String {
        func list(_ endpoints: [Endpoint]) -> String { endpoints.map(\.description).joined(separator: ",") }
        return switch servers {
        case .standalone(.tcp(let host, let port)): "\(scheme)://\(Endpoint.tcp(host: host, port: port))/\(database)"
        case .standalone(.unixSocket(let path)): "unix://\(path)?db=\(database)"
        case .sentinel(let endpoints, let service): "\(scheme)+sentinel://\(list(endpoints))/\(service)/\(database)"
        case .cluster(let endpoints): "\(scheme)+cluster://\(list(endpoints))"
        }
    }

    private var scheme: String {
        #if TLS
            if tls != nil { return "rediss" }
        #endif
        return "redis"
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}
