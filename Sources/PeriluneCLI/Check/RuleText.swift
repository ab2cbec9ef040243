import PeriluneCheck

/// What the command line says of rules.
enum RuleText {
    /// A line for each rule.
    static var list: String {
        let widest = RuleCatalog.rules.map(\.name.count).max() ?? 0
        return RuleCatalog.rules.map { rule in
            let level = rule.isOnByDefault ? rule.severity.rawValue : "off"
            return "\(rule.id)  \(rule.name.padded(widest))  \(level.padded(7))  \(rule.summary)"
        }.joined(separator: "\n")
    }

    /// All that there is to say of a rule.
    static func explanation(of rule: Rule) -> String {
        let level = rule.isOnByDefault ? rule.severity.rawValue : "\(rule.severity.rawValue), off by default"
        return """
            \(rule.id) \(rule.name) (\(level))
            \(rule.summary)

            \(rule.reason)

            Wrong:

            \(indented(rule.badExample))

            Right:

            \(indented(rule.goodExample))
            """
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "    " + $0 }
            .joined(separator: "\n")
    }
}
