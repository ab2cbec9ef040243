import Logging
import Perilune

extension ManagementConfiguration {
    /// What the command line sets. `nil` leaves it to the other sources.
    public struct Flags: Sendable {
        /// `--host`
        public var host: String?
        /// `--port`, as it was typed, so that a wrong one is reported as any wrong setting is.
        public var port: String?
        /// `--redis`
        public var redisURL: String?
        /// `--token-file`
        public var tokenFile: String?
        /// `--config`
        public var config: String?
        /// `--log-level`
        public var logLevel: String?

        /// Creates flags of which none is set.
        public init() {}

        var byKey: [SettingKey: (flag: String, value: String)] {
            let all: [(SettingKey, String, String?)] = [
                (.host, "--host", host), (.port, "--port", port), (.redisURL, "--redis", redisURL),
                (.tokenFile, "--token-file", tokenFile), (.config, "--config", config),
                (.logLevel, "--log-level", logLevel),
            ]
            var result: [SettingKey: (flag: String, value: String)] = [:]
            for case (let key, let flag, let value?) in all { result[key] = (flag, value) }
            return result
        }
    }

    /// Reads the configuration: flags count before environment variables, these before `.env`, and that before
    /// `perilune.yaml`. An empty value counts as none.
    ///
    /// - Parameters:
    ///   - flags: What the command line sets.
    ///   - environment: The variables of the process.
    ///   - directory: Where `.env` and `perilune.yaml` are looked for. Either may be missing, but not a file that was
    ///     named by `--config`.
    /// - Throws: ``ConfigurationError``.
    public static func load(
        flags: Flags = Flags(), environment: [String: String], directory: String = "."
    ) throws(ConfigurationError) -> ManagementConfiguration {
        var sources = SettingSources()
        sources.add(flags: flags.byKey)
        sources.add(environment: environment)
        // Python's environments are directories that some call `.env`.
        if let text = try TextFile.read(directory + "/.env", name: ".env", ignoresDirectory: true) {
            sources.add(environment: try EnvironmentFile.parse(text, name: ".env"), file: ".env")
        }
        if let named = sources.setting(.config) {
            guard let text = try TextFile.read(named.text, name: named.text) else {
                throw ConfigurationError(named, isNot: "a file that exists", wanted: "name a YAML file")
            }
            sources.add(try SettingsFile(yaml: text, name: named.text))
        } else if let text = try TextFile.read(directory + "/perilune.yaml", name: "perilune.yaml") {
            sources.add(try SettingsFile(yaml: text, name: "perilune.yaml"))
        }
        var configuration = try ManagementConfiguration(sources)
        configuration.warnings = sources.unknownVariables
        return configuration
    }

    init(_ sources: SettingSources) throws(ConfigurationError) {
        self.init(policies: try sources.policies(), keySpace: try sources.keySpace())
        sessions = try SessionSettings(sources)
        cache = try CacheSettings(sources)
        if let setting = sources.setting(.host) { host = try Self.host(setting) }
        if let setting = sources.setting(.port) { port = try Self.port(setting) }
        if let setting = sources.setting(.redisURL) { (redisURL, redisURLSetting) = (setting.text, setting.name) }
        if let setting = sources.setting(.redisTimeout) { redisTimeout = try Self.timeout(setting) }
        if let setting = sources.setting(.logLevel) { logLevel = try Self.logLevel(setting) }
        let read = sources.setting(.readToken)
        if let read { try Self.validate(token: read.text, setting: read.name) }
        if let (token, source) = try sources.adminToken() {
            guard token != read?.text else {
                throw ConfigurationError(read?.name ?? "", "the same as the admin token; choose two different tokens")
            }
            tokens = AccessTokens(admin: token, read: read?.text)
            tokenSource = source
        } else if let read, case .generated(let token) = tokenSource {
            tokens = AccessTokens(admin: token, read: read.text)
        }
    }

    private static func host(_ setting: Setting) throws(ConfigurationError) -> String {
        var host = setting.text
        // An IPv6 address as it stands in a URL.
        if host.hasPrefix("["), host.hasSuffix("]"), host.contains(":") { host = String(host.dropFirst().dropLast()) }
        let isName = host.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"/[]".utf8.contains($0) }
        guard isName, host.utf8.count <= 255 else {
            throw ConfigurationError(
                setting, isNot: "a host", wanted: "write an address or a name, for example 127.0.0.1 or localhost")
        }
        return host
    }

    private static func port(_ setting: Setting) throws(ConfigurationError) -> Int {
        guard let port = Int(setting.text), (0...65_535).contains(port) else {
            throw ConfigurationError(
                setting, isNot: "a port", wanted: "write a number from 0 to 65535, 0 for one that is free")
        }
        return port
    }

    private static func timeout(_ setting: Setting) throws(ConfigurationError) -> Duration {
        guard let milliseconds = Int(setting.text), (1...60_000).contains(milliseconds) else {
            throw ConfigurationError(setting, isNot: "a timeout", wanted: "write milliseconds, from 1 to 60000")
        }
        return .milliseconds(milliseconds)
    }

    private static func logLevel(_ setting: Setting) throws(ConfigurationError) -> Logger.Level {
        guard let level = Logger.Level(rawValue: setting.text.lowercased()) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError(setting, isNot: "a log level", wanted: "write one of \(levels)")
        }
        return level
    }

    static func validate(token: String, setting: String) throws(ConfigurationError) {
        guard AccessTokens.isSendable(token) else {
            throw ConfigurationError(
                setting, "not a token; write visible ASCII characters without spaces (the value is not shown)")
        }
    }
}

extension SettingSources {
    func keySpace() throws(ConfigurationError) -> KeySpace {
        guard let setting = setting(.namespace) else { return .standard }
        do {
            return try KeySpace(namespace: setting.text)
        } catch {
            throw ConfigurationError(setting.name, error.description)
        }
    }

    /// The admin token and where it came from; `nil` when none is configured. A token and a file with one may both be
    /// set, and then the source counts that goes before the other; of one source, the file.
    func adminToken() throws(ConfigurationError) -> (String, ManagementConfiguration.TokenSource)? {
        let token = setting(.token)
        if let file = setting(.tokenFile), file.rank <= token?.rank ?? .max {
            guard let text = try TextFile.read(file.text, name: file.name) else {
                throw ConfigurationError(
                    file, isNot: "a file that exists", wanted: "name a file that holds the token and nothing else")
            }
            let token = String(text.split(whereSeparator: \.isWhitespace).joined(separator: " "))
            try ManagementConfiguration.validate(token: token, setting: "the content of \(file.text)")
            return (token, .file(file.text))
        }
        guard let token else { return nil }
        try ManagementConfiguration.validate(token: token.text, setting: token.name)
        return (token.text, .configured(token.name, token: token.text))
    }

    /// The policies of the file, then those that only environment variables name.
    func policies() throws(ConfigurationError) -> [RateLimitPolicy] {
        var policies: [RateLimitPolicy] = []
        for name in names(of: .policies) { policies.append(try policy(name)) }
        return policies
    }

    private func policy(_ name: String) throws(ConfigurationError) -> RateLimitPolicy {
        let section = SettingKey(path: SettingSection.policies.path + [name]).name
        guard let limits = setting(.policy(name, .limits), isList: true) else {
            throw ConfigurationError(section, "no limits; write for example limits: [60/min, 1000/h]")
        }
        let algorithm = try algorithm(of: name)
        var all: [RateLimit] = []
        for text in limits.values.flatMap({ $0.split(separator: ",") }) {
            let text = text.filter { $0 != " " }
            do {
                all.append(try RateLimit(parsing: text))
            } catch {
                throw ConfigurationError(limits.name, error.description)
            }
        }
        if let burst = setting(.policy(name, .burst)) {
            guard let quota = Int(burst.text), let limit = try? RateLimit(name: "burst", quota: quota, per: .seconds(1))
            else {
                throw ConfigurationError(
                    burst, isNot: "a burst", wanted: "write how many calls may come within a second, at least 1")
            }
            all.append(limit)
        }
        do {
            return try RateLimitPolicy(name: name, algorithm: algorithm, limits: all)
        } catch {
            throw ConfigurationError(section, error.description)
        }
    }

    private func algorithm(of name: String) throws(ConfigurationError) -> RateLimitPolicy.Algorithm {
        guard let setting = setting(.policy(name, .algorithm)) else { return .tokenBucket }
        guard let algorithm = RateLimitPolicy.Algorithm(rawValue: setting.text) else {
            let known = RateLimitPolicy.Algorithm.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError(setting, isNot: "an algorithm", wanted: "write one of \(known)")
        }
        return algorithm
    }
}
