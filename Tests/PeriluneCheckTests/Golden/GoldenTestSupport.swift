import Foundation
import PeriluneCore
import PeriluneGolden
import PeriluneLua
import PeriluneRedis
import PeriluneTestSupport
import Testing

/// A script of two functions, three branches and a loop, with annotations.
let counterScript = """
    --- Count, up to a limit.
    ---@script test.counter
    ---@key    counter  string
    ---@arg    amount   integer >=0
    ---@args   marks    name:string value:integer
    ---@return integer
    ---@budget calls=3
    local function refuse(reason)
      return redis.error_reply('ERR ' .. reason)
    end
    local amount = tonumber(ARGV[1])
    if not amount or amount < 0 then
      return refuse('want an amount')
    end
    for i = 2, #ARGV, 2 do
      redis.call('HSET', KEYS[1] .. ':marks', ARGV[i], ARGV[i + 1])
    end
    local count = redis.call('INCRBY', KEYS[1], amount)
    redis.call('PEXPIRE', KEYS[1], 1000)
    return count
    """

/// Reads a file of tests of a script.
func tests(
    _ yaml: String, of script: String = counterScript, path: String = "counter.test.yaml"
) throws -> [ScriptTest] {
    try ScriptTestFile(yaml: yaml, path: path).tests(for: ScriptHeader.parse(script))
}

/// The messages of a test's failures.
func failures(_ yaml: String, of script: String = counterScript) async throws -> [String] {
    let runner = try ScriptTestRunner(source: script, name: "test")
    var messages: [String] = []
    for test in try tests(yaml, of: script) {
        messages += try await runner.run(test).failures.map { "\($0.line): \($0.message)" }
    }
    return messages
}

/// The folder of the package's scripts.
let scriptFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "lua")

/// The files of tests below it, by their paths.
let goldenFiles: [String] =
    ((try? FileManager.default.subpathsOfDirectory(atPath: scriptFolder.path)) ?? [])
    .filter { $0.hasSuffix(ScriptTestFile.suffix) }.sorted()

/// A file of tests, and what runs them.
func golden(
    _ path: String, comparedWith compared: ComparedEngine? = nil
) throws -> (tests: [ScriptTest], runner: ScriptTestRunner) {
    let url = scriptFolder.appending(path: path)
    let file = try ScriptTestFile(yaml: String(contentsOf: url, encoding: .utf8), path: path)
    let source = try String(
        contentsOf: url.deletingLastPathComponent().appending(path: file.script), encoding: .utf8)
    let runner = try ScriptTestRunner(source: source, name: file.script, comparedWith: compared)
    return (try file.tests(for: runner.header), runner)
}

/// An engine on a server, for a machine that is busy with other tests.
func patientEngine(_ server: RedisServer) throws -> RedisEngine {
    var configuration = try RedisConfiguration(url: "unix://" + server.unixSocket)
    configuration.connectTimeout = .seconds(60)
    configuration.commandTimeout = .seconds(60)
    return RedisEngine(configuration)
}
