/// Which rules look at a script, and how bad what they find is.
public struct RuleSettings: Sendable, Hashable {
    /// What is to be done with a rule.
    public enum Level: Sendable, Hashable {
        case off
        /// As severe as the rule says.
        case on
        case severity(Severity)

        /// Reads `off`, `on`, `note`, `warning` or `error`; `nil` for anything else.
        public init?(_ text: some StringProtocol) {
            switch text {
            case "off": self = .off
            case "on": self = .on
            default:
                guard let severity = Severity(rawValue: String(text)) else { return nil }
                self = .severity(severity)
            }
        }

        /// What ``init(_:)`` reads.
        public static let wanted = "off, on, note, warning or error"
    }

    private var levels: [Rule.ID: Level] = [:]
    private var areAllOn = false

    /// Every rule as it is by default.
    public init() {}

    /// Sets one rule.
    public mutating func set(_ rule: Rule.ID, _ level: Level) { levels[rule] = level }

    /// Switches every rule on of which nothing else is said.
    public mutating func setAllOn() { areAllOn = true }

    /// What is to be done with a rule. A script that cannot be read is never clean.
    public func level(of rule: Rule) -> Level {
        let level = levels[rule.id] ?? (rule.isOnByDefault || areAllOn ? .on : .off)
        let isAboutReading = rule.id == SyntaxRule.rule.id || rule.id == IncludeResolver.rule.id
        return isAboutReading && level == .off ? .on : level
    }

    /// These, where others say nothing.
    public func overlaid(by others: RuleSettings) -> RuleSettings {
        var settings = self
        settings.levels.merge(others.levels) { $1 }
        settings.areAllOn = areAllOn || others.areAllOn
        return settings
    }

    /// A finding as severe as is set; `nil` when its rule is off.
    ///
    /// What a rule finds less severe than it is as a rule does not become more so.
    func applied(to finding: Finding) -> Finding? {
        guard let rule = RuleCatalog.rule(finding.rule) else { return finding }
        switch level(of: rule) {
        case .off: return nil
        case .on: return finding
        case .severity(let severity):
            var finding = finding
            finding.severity = finding.severity < rule.severity ? min(finding.severity, severity) : severity
            return finding
        }
    }
}
