/// How the scripts of a project are to be checked: the part `check` of a `perilune.yaml`.
///
/// ```yaml
/// check:
///   redis: 7.2
///   rules:
///     R018: warning
///     unused-local: off
///   paths:
///     lua/legacy/**:
///       R016: off
///   exclude: [vendor/**]
/// ```
public struct CheckConfiguration: Sendable, Hashable {
    /// Other settings for some of the scripts.
    public struct Override: Sendable, Hashable {
        public let pattern: PathPattern
        public let rules: RuleSettings

        public init(_ pattern: PathPattern, _ rules: RuleSettings) {
            (self.pattern, self.rules) = (pattern, rules)
        }
    }

    /// The Redis that is to run the scripts; `nil` when it is not said.
    public var redis: RedisVersion?
    /// The settings of all scripts.
    public var rules = RuleSettings()
    /// What is different for some; the later ones count more.
    public var overrides: [Override] = []
    /// What is not looked at where folders are gone through.
    public var exclude: [PathPattern] = []

    public init() {}

    /// The settings of a script.
    ///
    /// - Parameter path: As patterns see it: from the folder where the configuration is.
    public func settings(for path: String) -> RuleSettings {
        overrides.filter { $0.pattern.matches(path) }.reduce(rules) { $0.overlaid(by: $1.rules) }
    }

    /// Whether a path is not looked at where folders are gone through.
    public func excludes(_ path: String) -> Bool { exclude.contains { $0.matches(path) } }
}
