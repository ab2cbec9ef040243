public import Logging
public import PeriluneCore
import PeriluneEmbedded
import PeriluneRedis

/// The engine a server works on, with what is needed to name it and to end it.
public struct Engine: Sendable {
    /// Where the state lives.
    public enum Kind: String, Sendable, Hashable {
        /// In this process, and lost with it.
        case embedded
        /// In a Redis server.
        case redis
    }

    /// Where the state lives.
    public let kind: Kind
    /// The engine in words, without credentials.
    public let description: String
    /// The engine itself.
    public let scriptEngine: any ScriptEngine

    private let onShutdown: @Sendable () async -> Void

    /// Creates a description of an engine that exists already.
    ///
    /// - Parameters:
    ///   - kind: Where its state lives.
    ///   - description: The engine in words. Must not hold credentials: it is printed.
    ///   - scriptEngine: The engine.
    ///   - onShutdown: Ends it; called once, after the last request.
    public init(
        kind: Kind, description: String, scriptEngine: any ScriptEngine,
        onShutdown: @escaping @Sendable () async -> Void = {}
    ) {
        self.kind = kind
        self.description = description
        self.scriptEngine = scriptEngine
        self.onShutdown = onShutdown
    }

    /// Ends the engine.
    public func shutdown() async {
        await onShutdown()
    }
}

extension Engine {
    /// Creates the engine that a configuration names.
    ///
    /// - Throws: ``ConfigurationError``, which never shows a password.
    public init(configuration: ManagementConfiguration, logger: Logger) throws(ConfigurationError) {
        try self.init(
            url: configuration.redisURL, logger: logger, setting: configuration.redisURLSetting,
            timeout: configuration.redisTimeout)
    }

    /// Creates the engine that a URL names. Redis is connected to by the first call, not here.
    ///
    /// - Parameters:
    ///   - url: A URL as `RedisConfiguration` reads them, of one server, of sentinels or of a cluster, or `embedded:` as
    ///     well as `nil` for an engine in this process.
    ///   - logger: Where a connection reports what happens to it.
    ///   - setting: What to call the URL in an error.
    ///   - timeout: How long a call to Redis may take; `nil` for the client's own limit, a second. While the server
    ///     cannot be reached, every call takes that long.
    /// - Throws: ``ConfigurationError``, which never shows a password.
    public init(
        url: String?, logger: Logger, setting: String = "REDIS_URL", timeout: Duration? = nil
    ) throws(ConfigurationError) {
        guard let url, !["", "embedded", "embedded:"].contains(url) else {
            self.init(
                kind: .embedded, description: "embedded, in this process; its state ends with it",
                scriptEngine: EmbeddedEngine())
            return
        }
        var configuration: RedisConfiguration
        do {
            configuration = try RedisConfiguration(url: url)
        } catch {
            let value = error.value.isEmpty ? "" : "\"\(error.value)\": "
            throw ConfigurationError(setting, "\(value)\(error.reason), or embedded: for an engine in this process")
        }
        if let timeout { configuration.commandTimeout = timeout }
        let engine = RedisEngine(configuration, logger: logger)
        self.init(
            kind: .redis, description: configuration.description, scriptEngine: engine,
            onShutdown: { await engine.shutdown() })
    }
}
