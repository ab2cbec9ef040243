import Testing

@testable import PeriluneCheck

@Suite struct ConfigurationTests {
    private let text = """
        port: 8390
        check:
          redis: 7.2
          rules:
            unused-local: off
            R011: error
          paths:
            lua/legacy/**:
              R016: off
            lua/legacy/new.lua:
              R016: error
          exclude: [vendor, "*.min.lua"]
        """

    private func level(_ rule: String, _ path: String, in configuration: CheckConfiguration) throws
        -> RuleSettings.Level
    {
        configuration.settings(for: path).level(of: try #require(RuleCatalog.rule(named: rule)))
    }

    @Test func whatAProjectSaysHolds() throws {
        let configuration = try CheckConfiguration(yaml: text, name: "perilune.yaml")
        #expect(configuration.redis?.rawValue == "7.2")
        #expect(try level("R201", "a.lua", in: configuration) == .off)
        #expect(try level("R011", "a.lua", in: configuration) == .severity(.error))
        #expect(try level("R016", "a.lua", in: configuration) == .on)
        #expect(try level("R016", "lua/legacy/a.lua", in: configuration) == .off)
        #expect(try level("R016", "lua/legacy/new.lua", in: configuration) == .severity(.error))
        #expect(configuration.excludes("vendor/x/a.lua"))
        #expect(configuration.excludes("lua/a.min.lua"))
        #expect(!configuration.excludes("lua/a.lua"))
    }

    @Test(arguments: ["", "port: 8390", "check:", "check: ~", "# nothing", "- 1", "check: {rules: }"])
    func nothingIsNoError(_ text: String) throws {
        #expect(try CheckConfiguration(yaml: text, name: "x") == CheckConfiguration())
    }

    @Test(arguments: [
        ("check: 7", "x:1: not a mapping; wanted are redis, rules, paths, exclude"),
        ("check:\n  rule: {}", "x:2: not a setting; wanted are redis, rules, paths, exclude"),
        ("check:\n  redis: 5.0", "x:2: not a Redis that is known; wanted is 6.2, 7.0, 7.2, 7.4 or 8.0"),
        ("check:\n  rules:\n    R999: off", "x:3: not a rule; `perilune check --rules` lists them"),
        ("check:\n  rules:\n    R005: never", "x:3: not a level; wanted is off, on, note, warning or error"),
        ("check:\n  rules:\n    all: off", "x:3: all rules can be on, and nothing else"),
        ("check:\n  rules: [R005]", "x:2: not a mapping; wanted are rules, as in R018: warning"),
        ("check:\n  exclude: vendor", "x:2: not a list; wanted are patterns of paths"),
        ("check: [", "x:2: not YAML: did not find expected node content"),
        ("check: {}\ncheck: {}", "x:1: check more than once"),
    ])
    func whatIsWrongIsSaid(_ text: String, _ message: String) {
        #expect(throws: CheckConfigurationError.self) { try CheckConfiguration(yaml: text, name: "x") }
        do {
            _ = try CheckConfiguration(yaml: text, name: "x")
        } catch {
            #expect(error.description == message)
        }
    }

    @Test func aSeverityIsThatOfTheRule() {
        var settings = RuleSettings()
        let rule = LoopRules.unbounded
        settings.set(rule.id, .severity(.error))
        let source = ScriptSource("a.lua", "redis.call('HGETALL', KEYS[1])\nreturn redis.call('KEYS', '*')")
        // What a rule finds but remarkable is not made worse.
        let severities = Validator(settings: settings).findings(in: source).filter { $0.rule == rule.id }
            .map(\.severity)
        #expect(severities == [.note, .error])
        settings.set(rule.id, .off)
        #expect(Validator(settings: settings).findings(in: source).allSatisfy { $0.rule != rule.id })
    }

    @Test(arguments: [
        ("lua/**", "lua/a.lua", true), ("lua/**", "lua/x/a.lua", true), ("lua/**", "luas/a.lua", false),
        ("lua", "lua/a.lua", true), ("lua", "x/lua/a.lua", true), ("/lua", "x/lua/a.lua", false),
        ("lua/*.lua", "lua/a.lua", true), ("lua/*.lua", "lua/x/a.lua", false),
        ("lua/**/a.lua", "lua/a.lua", true), ("lua/**/a.lua", "lua/x/y/a.lua", true),
        ("**/a.lua", "a.lua", true), ("a?.lua", "ab.lua", true), ("a?.lua", "a.lua", false),
        ("*a*b*.lua", "xaybz.lua", true), ("*a*b*.lua", "xbya.lua", false), ("./lua/a.lua", "lua/a.lua", true),
        ("", "a.lua", false), ("**", "x/y", true),
    ])
    func patternsMatch(_ pattern: String, _ path: String, _ isMatch: Bool) {
        #expect(PathPattern(pattern).matches(path) == isMatch)
    }

    @Test func aPatternOfManyStarsEndsSoon() {
        let path = String(repeating: "a/", count: 200) + String(repeating: "a", count: 2_000)
        #expect(!PathPattern(String(repeating: "**/*a*/", count: 60) + "b").matches(path))
    }
}
