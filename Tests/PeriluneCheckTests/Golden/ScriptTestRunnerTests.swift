import PeriluneCore
import PeriluneGolden
import PeriluneLua
import Testing

struct ScriptTestRunnerTests {
    @Test func aTestPassesWhenAllIsAsItSays() async throws {
        let messages = try await failures(
            """
            keys: {counter: c}
            tests:
              - name: a
                given: {counter: {string: "5", ttl: 10}}
                steps:
                  - call: {amount: 2, marks: [[a, 1]]}
                    reply: 7
                    keys: {counter: {string: "7", ttl: 1000}, "c:marks": {hash: {a: 1}, ttl: none}}
                    writes: 3
                  - after: 1001ms
                    call: {amount: 1}
                    reply: 1
                    keys: {counter: {type: string, ttl: 999..1000}}
                  - {call: {amount: -1}, error: ERR want, writes: 0}
                  - {command: [DEL, c], reply: 1, keys: {counter: null}}
            """)
        #expect(messages == [])
    }

    @Test func whatIsNotAsExpectedIsToldWithItsLine() async throws {
        let messages = try await failures(
            """
            keys: {counter: c}
            tests:
              - name: a
                steps:
                  - call: {amount: 2}
                    reply: 3..9
                    keys: {counter: {string: "3", ttl: none}, other: {type: string}}
                    writes: 1
                  - call: {amount: -1}
            """)
        #expect(
            messages == [
                "5: reply is 2, expected 3..9",
                "5: key c holds string \"2\", expected string \"3\"",
                "5: key c expires in 1000 ms, expected never",
                "5: key other does not exist",
                "5: 2 commands wrote, expected 1",
                "9: reply is {error: ERR want an amount}, expected any",
            ])
    }

    @Test func everyTypeOfDataIsGivenAndFoundAgain() async throws {
        let data = """
            {s: {string: !hex 00ff}, h: {hash: {a: 1}, ttl: 5}, l: {list: [a, b, a]}, e: {set: [b, a]}, \
            z: {zset: {a: 1.50, b: -inf}}, x: {stream: [{id: 1-1, fields: {a: b}}, {id: 1-2, fields: {c: d}}]}}
            """
        let messages = try await failures(
            "tests: [{name: a, given: \(data), steps: [{command: [PING], keys: \(data)}]}]")
        #expect(messages == [])
    }

    @Test func budgetsAreChecked() async throws {
        let script = """
            ---@script test.busy
            ---@budget calls=1 instructions=50
            redis.call('PING')
            redis.call('PING')
            for i = 1, 100 do local x = i * i end
            return 1
            """
        let runner = try ScriptTestRunner(source: script, name: "busy")
        let test = try #require(try tests("tests: [{name: a, steps: [{call: []}]}]", of: script).first)
        let found = try await runner.run(test).failures
        #expect(found.map(\.kind) == [.budget, .budget])
        #expect(found.first?.message == "2 commands were called, the budget has 1")
    }

    @Test func theSameCallTakesAsManyInstructionsEveryTime() async throws {
        let script = "---@script test.one\n---@budget instructions=1\nreturn #KEYS + 1"
        let runner = try ScriptTestRunner(source: script, name: "one")
        let test = try #require(try tests("tests: [{name: a, steps: [{call: []}, {call: []}]}]", of: script).first)
        let found = try await runner.run(test).failures.map(\.message)
        #expect(found.count == 2)
        #expect(Set(found).count == 1)
    }

    @Test func aScriptThatDoesNotCompileIsAnError() async throws {
        let runner = try ScriptTestRunner(source: "return return", name: "bad")
        #expect(throws: EngineError.self) { try runner.activeLines() }
    }
}
