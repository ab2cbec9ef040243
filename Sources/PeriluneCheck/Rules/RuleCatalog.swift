/// All rules that there are.
public enum RuleCatalog {
    /// Every kind of look at a script.
    static let checks: [any ScriptCheck.Type] = [
        CommandCheck.self, NameCheck.self, LocalCheck.self, ReachCheck.self, LibraryCheck.self, SpellingCheck.self,
        ShebangCheck.self, LimitCheck.self, AnnotationCheck.self, FlowCheck.self,
    ]

    /// The rules, in the order of their names.
    public static let rules: [Rule] =
        (checks.flatMap { $0.rules } + SuppressionCheck.rules + [SyntaxRule.rule, IncludeResolver.rule]).sorted {
            $0.id < $1.id
        }

    private static let byID = Dictionary(rules.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })

    /// The rule of a name; `nil` when there is none.
    public static func rule(_ id: Rule.ID) -> Rule? { byID[id] }

    /// The rule that a person means: by `R005` or by `undeclared-key`; `nil` when there is none.
    public static func rule(named text: String) -> Rule? {
        rule(Rule.ID(rawValue: text.first == "r" ? "R" + text.dropFirst() : text)) ?? rules.first { $0.name == text }
    }
}

/// The rule that everything else needs.
enum SyntaxRule {
    static let rule = Rule(
        1, "syntax", .error, summary: "The script is not Lua 5.1.",
        reason: """
            Redis compiles scripts with Lua 5.1. What newer versions have (integer division, bit operators, goto, \
            attributes) is an error when the script is loaded. The message is the one that Redis gives.
            """,
        bad: "return 7 // 2", good: "return math.floor(7 / 2)")
}
