import Testing

@testable import PeriluneCheck

@Suite struct RuleCatalogTests {
    /// What the rules that are on, and one, find in an example.
    private func findings(in example: String, by rule: Rule) -> [Finding] {
        var settings = RuleSettings()
        settings.set(rule.id, .on)
        return Validator(settings: settings).findings(in: ScriptSource("example.lua", example))
    }

    @Test(arguments: RuleCatalog.rules.map(\.id))
    func theBadExampleIsFoundAndTheGoodOneIsNot(_ id: Rule.ID) throws {
        let rule = try #require(RuleCatalog.rule(id))
        let bad = findings(in: rule.badExample, by: rule)
        // A key of which the slot can be seen is not from KEYS, either.
        let others: Set<Rule.ID> = id == KeyRules.crossSlot.id ? [KeyRules.undeclared.id] : []
        #expect(Set(bad.map(\.rule)) == others.union([id]), "\(bad)")
        let good = findings(in: rule.goodExample, by: rule)
        #expect(good.isEmpty, "\(good)")
    }

    @Test func whatIsOffByDefaultIsNotFound() {
        for rule in RuleCatalog.rules where !rule.isOnByDefault {
            #expect(Validator().findings(in: ScriptSource("bad.lua", rule.badExample)).isEmpty, "\(rule.id)")
        }
    }

    @Test func namesAreOfOneRuleEach() {
        #expect(Set(RuleCatalog.rules.map(\.id)).count == RuleCatalog.rules.count)
        #expect(Set(RuleCatalog.rules.map(\.name)).count == RuleCatalog.rules.count)
    }
}
