extension RedisConfiguration {
    /// The port of a server whose URL names none.
    public static let standardPort = 6379
    /// The port of a sentinel whose URL names none.
    public static let standardSentinelPort = 26379

    /// Reads a URL.
    ///
    /// | servers | URL |
    /// |---|---|
    /// | one | `redis://[[user]:password@]host[:port][/database]` |
    /// | one, on a Unix socket | `unix://[[user]:password@]/path[?db=n]` |
    /// | the primary of a service, by its sentinels | `redis+sentinel://[[user]:password@]host[:port][,host[:port]...]/service[/database]` |
    /// | a Redis Cluster, by some of its nodes | `redis+cluster://[[user]:password@]host[:port][,host[:port]...]` |
    ///
    /// With `rediss` in the place of `redis`, connections are encrypted by TLS, also those to sentinels.
    ///
    /// User, password, path and service may be percent-encoded; an IPv6 address stands in brackets. User and password
    /// are those of the servers; ``sentinelUsername`` and ``sentinelPassword`` are set separately.
    ///
    /// - Throws: ``RedisConfigurationError`` when the text is not such a URL. Its message never shows the password.
    public init(url: String) throws(RedisConfigurationError) {
        guard let colon = url.firstRange(of: "://") else {
            // Without a scheme anything may be in there, a password too.
            throw RedisConfigurationError("", "not a URL; write redis://host:6379/0 or unix:///path/to/socket")
        }
        let scheme = String(url[..<colon.lowerBound]).lowercased()
        switch scheme {
        case "redis": try self.init(afterRedisScheme: url[colon.upperBound...])
        case "unix": try self.init(afterUnixScheme: url[colon.upperBound...])
        case "rediss":
            try self.init(secure: scheme) { () throws(RedisConfigurationError) in
                try RedisConfiguration(afterRedisScheme: url[colon.upperBound...])
            }
        case "redis+sentinel": try self.init(afterSentinelScheme: url[colon.upperBound...])
        case "rediss+sentinel":
            try self.init(secure: scheme) { () throws(RedisConfigurationError) in
                try RedisConfiguration(afterSentinelScheme: url[colon.upperBound...])
            }
        case "redis+cluster": try self.init(afterClusterScheme: url[colon.upperBound...])
        case "rediss+cluster":
            try self.init(secure: scheme) { () throws(RedisConfigurationError) in
                try RedisConfiguration(afterClusterScheme: url[colon.upperBound...])
            }
        default:
            // A password may stand before the slashes, too, but then hardly in the form of a scheme.
            let isScheme = scheme.utf8.allSatisfy(Parts.isNameCharacter)
            throw RedisConfigurationError(
                isScheme ? "\(scheme)://" : "", "not a scheme for Redis; use redis://, rediss:// or unix://")
        }
    }

    /// A configuration with TLS, if it is in this build.
    private init(
        secure scheme: String, _ make: () throws(RedisConfigurationError) -> RedisConfiguration
    ) throws(RedisConfigurationError) {
        #if TLS
            self = try make()
            tls = TLSConfiguration()
        #else
            throw RedisConfigurationError(
                "\(scheme)://", "TLS is left out of this build; enable the trait TLS of the package perilune")
        #endif
    }

    private init(afterRedisScheme text: Substring) throws(RedisConfigurationError) {
        let parts = try Parts(text, scheme: .redis)
        let (host, port) = try parts.hostAndPort(parts.authority)
        self.init(endpoint: .tcp(host: host, port: port))
        (username, password) = parts.user
        if !parts.path.isEmpty { database = try parts.database(parts.path) }
    }

    private init(afterSentinelScheme text: Substring) throws(RedisConfigurationError) {
        let parts = try Parts(text, scheme: .sentinel)
        let sentinels = try parts.endpoints()
        let slash = parts.path.firstIndex(of: "/") ?? parts.path.endIndex
        let service = try Parts.decoded(parts.path[..<slash], name: "the service")
        guard !service.isEmpty, service.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw RedisConfigurationError(parts.scheme.hidden, "no service; write \(parts.scheme.example)")
        }
        self.init(servers: .sentinel(sentinels, service: service))
        (username, password) = parts.user
        let number = parts.path[slash...].dropFirst()
        if !number.isEmpty { database = try parts.database(number) }
    }

    private init(afterClusterScheme text: Substring) throws(RedisConfigurationError) {
        let parts = try Parts(text, scheme: .cluster)
        let nodes = try parts.endpoints()
        guard ["", "0"].contains(parts.path) else {
            throw RedisConfigurationError(
                parts.scheme.hidden, "a Redis Cluster has no databases but 0; write \(parts.scheme.example)")
        }
        self.init(servers: .cluster(nodes))
        (username, password) = parts.user
    }

    private init(afterUnixScheme text: Substring) throws(RedisConfigurationError) {
        var rest = text
        let user = try Parts.takeUser(from: &rest)
        let question = rest.firstIndex(of: "?") ?? rest.endIndex
        let path = try Parts.decoded(rest[..<question], name: "the path")
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            let shown = rest.hasPrefix("/") ? rest[..<question] : "…"
            throw RedisConfigurationError(
                "unix://\(shown)",
                "not an absolute path; write three slashes: unix:///run/redis.sock; \(Parts.passwordNeedsAt)")
        }
        self.init(endpoint: .unixSocket(path: path))
        (username, password) = user
        for option in rest[question...].dropFirst().split(separator: "&") {
            guard option.hasPrefix("db=") else {
                // Its name alone: `password=` is an option that other clients know.
                let name = option.prefix { $0 != "=" }
                throw RedisConfigurationError(
                    name.utf8.allSatisfy(Parts.isNameCharacter) ? String(name) : "?…",
                    "not an option of a Unix socket; the only one is db=0")
            }
            database = try Parts.database(option.dropFirst(3), shown: String(option.dropFirst(3)))
        }
    }
}
