import PeriluneGolden
import PeriluneLua
import Testing

struct LineCoverageTests {
    func coverage(_ yaml: String, of script: String = counterScript) async throws -> LineCoverage {
        let runner = try ScriptTestRunner(source: script, name: "test")
        var coverage = LineCoverage(path: "counter.lua", activeLines: try runner.activeLines())
        for test in try tests(yaml, of: script) { coverage.add(try await runner.run(test).lines) }
        return coverage
    }

    @Test func linesOfFunctionsThatNeverRanAreMissed() async throws {
        let found = try await coverage(
            "{keys: {counter: c}, tests: [{name: a, steps: [{call: {amount: 1}}]}]}")
        // The body of refuse, its call, and the loop's body.
        #expect(found.missed.contains(9))
        #expect(found.missed.contains(13))
        #expect(found.missed.contains(16))
        #expect(!found.missed.contains(11))
        #expect(found.permille < 1000)
    }

    @Test func allLinesAreReachedByCallsThatReachThem() async throws {
        let found = try await coverage(
            """
            keys: {counter: c}
            tests: [{name: a, steps: [{call: {amount: 1, marks: [[a, 1]]}}, {call: {amount: -1}, error: ERR}]}]
            """)
        #expect(found.missed == [])
        #expect(found.permille == 1000)
        // Neither comments nor a lone `end` are lines on which something runs.
        #expect(found.counts.keys.allSatisfy { $0 > 7 && ![10, 14, 17].contains($0) })
    }

    @Test func functionsWithinFunctionsMethodsAndCoroutinesAreSeen() async throws {
        let script = """
            local object = {}
            function object:double(x)
              local function twice()
                return self.factor * x
              end
              return twice()
            end
            function object.never(...)
              return ...
            end
            object.factor = 2
            local thread = coroutine.create(function(x)
              return object:double(x)
            end)
            local _, result = coroutine.resume(thread, 21)
            return result
            """
        let found = try await coverage("tests: [{name: a, steps: [{call: [], reply: 42}]}]", of: script)
        #expect(found.counts[4] == 1)
        #expect(found.counts[13] == 1)
        #expect(found.missed.contains(9))
        #expect(!found.missed.contains(6))
    }

    @Test func lcovHasTheLinesInOrder() {
        var coverage = LineCoverage(path: "a.lua", activeLines: [3, 1])
        coverage.add([2])
        coverage.add([1, 7])
        #expect(
            LineCoverage.lcov([coverage]) == "TN:\nSF:a.lua\nDA:1,3\nDA:3,0\nLF:2\nLH:1\nend_of_record\n")
    }
}
