public import Logging
public import Perilune

/// What a management server has to know.
public struct ManagementConfiguration: Sendable {
    /// The address to listen on. The loopback by default: the API is plain HTTP, and nothing beyond this machine
    /// should reach it but through a proxy that adds TLS.
    public var host: String
    /// The port to listen on; 0 for one that is free.
    public var port: Int
    /// Names the engine; `nil` for one in this process. See ``Engine/init(url:logger:setting:timeout:)``.
    public var redisURL: String?
    /// How long a call to Redis may take, which is what a request costs while Redis cannot be reached; `nil` for the
    /// client's own limit, a second.
    public var redisTimeout: Duration?
    /// The name under which ``redisURL`` was found, for errors.
    var redisURLSetting = "REDIS_URL"
    /// Opens the API.
    public var tokens: AccessTokens
    /// Where the admin token came from.
    public var tokenSource: TokenSource
    /// How keys are named.
    public var keySpace: KeySpace
    /// The policies that callers may name. One is called ``defaultPolicyName``.
    public let policies: [RateLimitPolicy]
    /// Which sessions are managed.
    public var sessions = SessionSettings()
    /// Which cache regions are managed.
    public var cache = CacheSettings()
    /// The least level that is logged.
    public var logLevel: Logger.Level
    /// What is odd about the sources of the configuration but no error; a line each, which the server logs.
    public internal(set) var warnings: [String] = []
    /// How many connections may be open at once; `nil` for what the process has descriptors for.
    var maximumConnections: Int?
    /// How long a client may keep the server waiting.
    var deadlines = ConnectionDeadlines()

    /// The port used where none is configured.
    public static let standardPort = 8390
    /// The policy that applies where a caller names none.
    public static let defaultPolicyName = "default"

    /// Where the admin token came from.
    public enum TokenSource: Sendable, Hashable {
        /// It was given, under this name: `PERILUNE_TOKEN`, `PERILUNE_TOKEN in .env`, `token in perilune.yaml`.
        case configured(String, token: String)
        /// The program that made the configuration knows it.
        case program
        /// It was read from this file.
        case file(String)
        /// It was made up at start. This is the only place that knows it: print it, or nobody can use the server.
        case generated(String)
    }

    /// Creates a configuration.
    ///
    /// - Parameters:
    ///   - host: The address to listen on.
    ///   - port: The port to listen on; 0 for one that is free.
    ///   - tokens: Opens the API. By default a token is generated and stands in ``tokenSource``.
    ///   - policies: What callers may name. ``RateLimitPolicy/standard`` is added unless one of them has its name.
    ///   - keySpace: How keys are named.
    public init(
        host: String = "127.0.0.1", port: Int = ManagementConfiguration.standardPort, tokens: AccessTokens? = nil,
        policies: [RateLimitPolicy] = [], keySpace: KeySpace = .standard
    ) {
        self.host = host
        self.port = port
        if let tokens {
            self.tokens = tokens
            self.tokenSource = .program
        } else {
            let token = AccessTokens.randomToken()
            self.tokens = AccessTokens(admin: token)
            self.tokenSource = .generated(token)
        }
        self.keySpace = keySpace
        let hasDefault = policies.contains { $0.name == Self.defaultPolicyName }
        self.policies = hasDefault ? policies : [.standard] + policies
        self.logLevel = .info
    }
}

// The synthesized texts would show a generated token, and the password in the URL of a Redis server.
extension ManagementConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The address, the namespace and the names of the policies; no secrets.
    public var description: String {
        "\(host):\(port), namespace \(keySpace.namespace), policies \(policies.map(\.name).joined(separator: ", "))"
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: ["configuration": description]) }
}
