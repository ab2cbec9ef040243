/// The name of a setting, from which its names in each source are made.
struct SettingKey: Sendable, Hashable {
    /// The way to it in `perilune.yaml`.
    let path: [String]

    init(_ path: String...) {
        self.path = path
    }

    init(path: [String]) {
        self.path = path
    }

    static let host = SettingKey("host")
    static let port = SettingKey("port")
    static let redisURL = SettingKey("redis_url")
    static let redisTimeout = SettingKey("redis_timeout")
    static let token = SettingKey("token")
    static let tokenFile = SettingKey("token_file")
    static let readToken = SettingKey("read_token")
    static let namespace = SettingKey("namespace")
    static let logLevel = SettingKey("log_level")
    static let sessionsName = SettingKey("sessions", "name")
    static let sessionsShards = SettingKey("sessions", "shards")
    static let sessionsKeptEvents = SettingKey("sessions", "kept_events")
    static let sessionsSweepInterval = SettingKey("sessions", "sweep_interval")
    static let sessionsEncryptionKeys = SettingKey("sessions", "encryption_keys")
    static let cachePresets = SettingKey("cache", "presets")
    /// The path of the file itself; not a setting within it.
    static let config = SettingKey("config")

    static func policy(_ name: String, _ aspect: PolicyAspect) -> SettingKey {
        SettingKey(path: SettingSection.policies.path + [name, aspect.rawValue])
    }

    static func cacheType(_ name: String, _ aspect: CacheAspect) -> SettingKey {
        SettingKey(path: SettingSection.cacheTypes.path + [name, aspect.rawValue])
    }

    /// What is set for each policy.
    enum PolicyAspect: String, CaseIterable {
        case algorithm, limits, burst
    }

    /// What is set for each cache type.
    enum CacheAspect: String, CaseIterable {
        case ttl
        case staleWhileRevalidate = "stale_while_revalidate"
        case staleIfError = "stale_if_error"
        case negativeTTL = "negative_ttl"
        case jitter
        case maximumTags = "maximum_tags"
        case maximumBytes = "maximum_bytes"
        case compressAbove = "compress_above"
        case schema, shards
        case hardTimeout = "hard_timeout"
        case waitLimit = "wait_limit"
        case shortestLease = "shortest_lease"
        case longestLease = "longest_lease"
        case origin
        case originTimeout = "origin_timeout"
        case warm
    }

    /// The settings that stand at the top of `perilune.yaml` and have one value.
    static let topLevel: [SettingKey] = [
        .host, .port, .redisURL, .redisTimeout, .token, .tokenFile, .readToken, .namespace, .logLevel,
    ]

    /// The settings of the section `sessions`, which have one value or a list.
    static let sessions: [SettingKey] = [
        .sessionsName, .sessionsShards, .sessionsKeptEvents, .sessionsSweepInterval, .sessionsEncryptionKeys,
    ]

    /// The settings of the section `cache` that are not about one type.
    static let cache: [SettingKey] = [.cachePresets]

    /// The name as documentation writes it: `rate_limit.policies.api.limits`.
    var name: String { path.joined(separator: ".") }

    /// The components of the name of the environment variable, `PERILUNE_` and the path.
    ///
    /// `REDIS_URL` stands alone, as it does everywhere.
    var environmentPath: [String] { self == .redisURL ? path : ["perilune"] + path }

    /// The environment variable: `PERILUNE_PORT`, `REDIS_URL`.
    var environmentVariable: String {
        environmentPath.map(Self.encoded).joined(separator: "_")
    }

    /// A component as it stands in an environment variable.
    static func encoded(_ component: String) -> String {
        String(component.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
    }
}

/// A value and where it was found.
struct Setting: Sendable, Hashable {
    /// The values: one, or those of a list.
    let values: [String]
    /// The name under which it was found, for messages.
    let name: String
    /// The order of its source: the lower, the more it counts.
    let rank: Int

    /// The value, or those of a list with commas between them.
    var text: String { values.joined(separator: ", ") }
}
