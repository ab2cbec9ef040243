import PeriluneGolden
import PeriluneLua
import Testing

struct RandomCallsTests {
    func runner(_ script: String) throws -> RandomRunner {
        let runner = try ScriptTestRunner(source: script, name: "test")
        let header = try #require(runner.header)
        let calls = try #require(RandomCalls(header: header))
        return RandomRunner(calls: calls, runner: runner)
    }

    @Test func theSameSeedGivesTheSameCalls() throws {
        let calls = try runner(counterScript).calls
        #expect(calls.test(seed: 7) == calls.test(seed: 7))
        #expect(Set((0..<20).map { calls.test(seed: $0).steps.count }).count > 1)
    }

    /// What is found comes down to what matters.
    @Test func anErrorOfLuaIsFoundAndMadeSmall() async throws {
        let script = """
            ---@script test.flawed
            ---@key    counter string
            ---@arg    amount  integer >=0 <=1000
            local count = redis.call('INCRBY', KEYS[1], math.floor(tonumber(ARGV[1])) % 1000 + 1)
            if count > 900 then return nothing.here end
            return count
            """
        let outcome = try await runner(script).run(count: 500, seed: 1)
        let found = try #require(outcome.counterexample)
        #expect(found.test.steps.count <= 3)
        #expect(!found.result.hasPassed)
        #expect(found.test.yaml.contains("call: ["))
    }

    @Test func refusalsAreNoFailures() async throws {
        let script = """
            ---@script test.strict
            ---@arg    amount  integer >=0
            if tonumber(ARGV[1]) % 7 ~= 0 then return redis.error_reply('ERR want sevens') end
            return 1
            """
        #expect(try await runner(script).run(count: 50, seed: 3).counterexample == nil)
    }
}
