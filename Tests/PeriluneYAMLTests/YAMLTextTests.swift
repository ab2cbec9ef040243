import PeriluneYAML
import Testing
import Yams

struct YAMLTextTests {
    @Test func aliasesStandForWhatTheyName() throws {
        let root = try YAMLText.root(of: "a: &x {b: 1}\nc: *x\nd: [\"*x\", \"2 *x\"]\n\"*x\": 1")
        #expect(root?["c"]?["b"]?.int == 1)
        #expect(root?["d"]?.sequence?.map(\.string) == ["*x", "2 *x"])
        #expect(root?["*x"]?.int == 1)
        #expect(try YAMLText.root(of: "# nothing") == nil)
    }

    /// Each level is the one before twice: to compare such keys is to go through 2⁴⁰ parts.
    @Test(arguments: ["- ? &a", "- &a", "- ? - &a"])
    func keysHaveNoAliases(level: String) throws {
        var yaml = "\(level)0 x\n"
        for index in 1...40 { yaml += "\(level)\(index) [*a\(index - 1), *a\(index - 1)]\n" }
        yaml += "- {*a40 : 1}\n"
        let error = #expect(throws: YAMLText.Failure.self) { try YAMLText.root(of: yaml) }
        #expect(error?.message == "an alias within a key; write out what it stands for")
        #expect(error?.line == (level.contains("?") ? 2 : 42))
    }

    @Test(arguments: [
        ("a: [", "line 2, column 1: not YAML: did not find expected node content"),
        ("a: 1\na: 2", "line 1, column 1: a more than once"),
        ("*a", "line 1, column 1: not YAML: found undefined alias"),
        ("a: \u{1}", "not YAML: control characters are not allowed"),
    ])
    func whatIsWrongIsToldWithoutTheLineItself(yaml: String, message: String) {
        let error = #expect(throws: YAMLText.Failure.self) { try YAMLText.root(of: yaml) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "none")")
    }
}
