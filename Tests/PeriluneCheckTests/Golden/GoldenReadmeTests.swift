import Foundation
import PeriluneGolden
import Testing

/// The example in the README.
struct GoldenReadmeTests {
    /// The first block of code in a language after the heading.
    private func block(_ language: String) throws -> String {
        let file = scriptFolder.deletingLastPathComponent().appending(path: "README.md")
        let readme = try String(contentsOf: file, encoding: .utf8)
        let section = try #require(readme.components(separatedBy: "\n## Golden tests\n").last)
        let begin = try #require(section.firstRange(of: "```\(language)\n")).upperBound
        let end = try #require(section[begin...].firstRange(of: "```")).lowerBound
        return String(section[begin..<end])
    }

    @Test func itIsTrue() async throws {
        let runner = try ScriptTestRunner(source: block("lua"), name: "take")
        let tests = try ScriptTestFile(yaml: block("yaml"), path: "take.test.yaml").tests(for: runner.header)
        var coverage = LineCoverage(path: "take.lua", activeLines: try runner.activeLines())
        for test in tests {
            let result = try await runner.run(test)
            #expect(result.failures == [])
            coverage.add(result.lines)
        }
        #expect(coverage.missed == [])
    }
}
