/// A section of `perilune.yaml` whose parts are named by whoever writes it: `rate_limit.policies`, `cache.types`.
struct SettingSection: Sendable, Hashable {
    /// The way to it: two keys.
    let path: [String]
    /// What its parts are, in the plural.
    let parts: String
    /// What can be set for each part.
    let aspects: [String]
    /// Those that may be lists.
    let lists: Set<String>

    static let policies = SettingSection(
        path: ["rate_limit", "policies"], parts: "policies",
        aspects: SettingKey.PolicyAspect.allCases.map(\.rawValue), lists: [SettingKey.PolicyAspect.limits.rawValue])

    static let cacheTypes = SettingSection(
        path: ["cache", "types"], parts: "cache types", aspects: SettingKey.CacheAspect.allCases.map(\.rawValue),
        lists: [SettingKey.CacheAspect.warm.rawValue])

    static let all = [policies, cacheTypes]

    /// What the environment variables of all parts begin with: `PERILUNE_RATE_LIMIT_POLICIES_`.
    var variablePrefix: String { SettingKey(path: path).environmentVariable + "_" }

    /// The part that an environment variable is about, and the aspect: of `PERILUNE_RATE_LIMIT_POLICIES_LOGIN_LIMITS`
    /// `LOGIN` and `limits`.
    ///
    /// Where two aspects fit, the longer one counts: `PERILUNE_CACHE_TYPES_X_NEGATIVE_TTL` is about `X`.
    ///
    /// - Parameter known: Names of parts, as they stand in variables, that count before all others.
    func part(of variable: String, known: Set<String> = []) -> (name: String, aspect: String)? {
        guard variable.hasPrefix(variablePrefix) else { return nil }
        let rest = variable.dropFirst(variablePrefix.count)
        let fitting = aspects.compactMap { aspect -> (name: String, aspect: String)? in
            let suffix = "_" + SettingKey.encoded(aspect)
            guard rest.hasSuffix(suffix), rest.utf8.count > suffix.utf8.count else { return nil }
            return (String(rest.dropLast(suffix.count)), aspect)
        }
        return fitting.first { known.contains($0.name) } ?? fitting.min { $0.name.utf8.count < $1.name.utf8.count }
    }
}
