import PeriluneCore
import PeriluneGolden
import PeriluneRedis
import PeriluneTestSupport
import Testing

/// What a test shows a script in place of what the engine would.
struct ScriptSettingTests {
    let versionScript = """
        if redis.REDIS_VERSION_NUM then return redis.call('PEXPIRETIME', 'k') end
        return redis.call('TIME')
        """

    @Test func anOlderServerDoesNotTellItsVersion() async throws {
        let messages = try await failures(
            """
            tests:
              - {name: now, steps: [{call: [], reply: -2}]}
              - {name: before, redis: 6.2, steps: [{call: [], reply: ["1700000000", "0"]}]}
            """, of: versionScript)
        #expect(messages == [])
    }

    @Test func anOlderServerDoesNotHaveNewerCommands() async throws {
        let messages = try await failures(
            "tests: [{name: a, redis: 6.2, steps: [{call: []}]}]",
            of: "return redis.call('pexpiretime', 'k') + redis.call('LMPOP', 1, 'k', 'LEFT', 'COUNT', 1)")
        #expect(messages.contains("1: PEXPIRETIME was called, which Redis 6.2 does not have"))
        #expect(messages.contains("1: LMPOP was called, which Redis 6.2 does not have"))
    }

    /// A script that asks a module, and tells everything that it is told.
    let moduleScript = """
        #!lua flags=no-writes
        local first = redis.call('mod.get', KEYS[1], ARGV[1])
        local second = redis.call('MOD.GET', KEYS[1], ARGV[1])
        local third = redis.call('MOD.GET', KEYS[1], ARGV[1])
        local failed = redis.pcall('MOD.FAIL', 1)
        return {first, second[1], second[2].ok, third[2] == false, failed.err, #ARGV, redis.call('EXISTS', KEYS[1])}
        """
    let moduleTests = """
        tests:
          - name: stubs answer in turn, and then the last for ever
            stubs:
              - {command: [MOD.GET, "k", !hex 00ff27], reply: 7}
              - {command: [MOD.GET, "k", !hex 00ff27], reply: ["a\\\\b", {status: FINE}]}
              - {command: [MOD.GET, "k", !hex 00ff27], reply: [1, null]}
              - {command: [mod.fail, "1"], reply: {error: ERR it's broken}}
            steps:
              - {call: [!hex 00ff27], on: [k], reply: [7, "a\\\\b", FINE, 1, ERR it's broken, 1, 0]}
              - {call: [!hex 00ff27], on: [k], reply: [7, "a\\\\b", FINE, 1, ERR it's broken, 1, 0]}
        """

    @Test func stubsAnswerInPlaceOfTheEngine() async throws {
        #expect(try await failures(moduleTests, of: moduleScript) == [])
    }

    @Test func aStubsErrorEndsTheScript() async throws {
        let messages = try await failures(
            """
            tests:
              - name: a
                stubs: [{command: [MOD.FAIL], reply: {error: MODERR broken}}]
                steps: [{call: [], error: MODERR broken}]
            """, of: "redis.call('MOD.FAIL') return 1")
        #expect(messages == [])
    }

    @Test func aCommandThatNoStubAnswersReachesTheEngine() async throws {
        let messages = try await failures(
            """
            tests:
              - name: a
                stubs: [{command: [MOD.GET, a], reply: 1}]
                steps: [{call: [], error: ERR Unknown Redis command}]
            """, of: "return redis.call('MOD.GET', 'b')")
        #expect(messages == [])
    }

    @Test func linesKeepTheirNumbers() async throws {
        let runner = try ScriptTestRunner(source: moduleScript, name: "module")
        var coverage = LineCoverage(path: "module.lua", activeLines: try runner.activeLines())
        for test in try tests(moduleTests, of: moduleScript) { coverage.add(try await runner.run(test).lines) }
        // What makes the setting stands on the first line, which is come to in any case.
        #expect(coverage.counts.keys.sorted() == [2, 3, 4, 5, 6])
        #expect(coverage.counts.filter { $0.key > 2 }.allSatisfy { $0.value == 2 })
    }

    /// The setting is the same on every engine, and `TIME` answers with the time of the test.
    @Test(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
    func aServerSeesTheSame() async throws {
        let server = try RedisServer.start()
        let engine = try patientEngine(server)
        let timeScript = """
            redis.call('HSET', KEYS[1], 'at', table.concat(redis.call('TIME'), '.'))
            redis.call('PEXPIRE', KEYS[1], 1000)
            return {redis.call('TIME'), redis.call('PTTL', KEYS[1]), #ARGV}
            """
        let timeTests = """
            tests:
              - name: a
                at: 1600000000.000007
                steps:
                  - {call: [x], on: [k], reply: [["1600000000", "7"], 1000, 1]}
                  - {after: 999ms, command: [PTTL, k], reply: 1}
                  - {after: 1ms, command: [PTTL, k], reply: 0}
                  - {after: 5ms, call: [x, y], on: [k], reply: [["1600000001", "5007"], 1000, 2]}
            """
        for (yaml, script) in [(moduleTests, moduleScript), (timeTests, timeScript)] {
            let runner = try ScriptTestRunner(
                source: script, name: "test", comparedWith: ComparedEngine(name: "redis-server", engine: engine))
            for test in try tests(yaml, of: script) {
                let result = try await runner.run(test)
                #expect(result.failures == [])
                #expect(result.comparedSteps == test.steps.count)
            }
        }
        await engine.shutdown()
    }
}
