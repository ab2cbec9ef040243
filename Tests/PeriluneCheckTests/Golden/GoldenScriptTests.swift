import Foundation
import PeriluneCore
import PeriluneGolden
import PeriluneRedis
import PeriluneTestSupport
import Testing

/// The tests that stand beside the package's own scripts.
struct GoldenScriptTests {
    @Test(arguments: goldenFiles)
    func scriptsDoWhatTheirTestsSay(path: String) async throws {
        let (tests, runner) = try golden(path)
        var coverage = LineCoverage(path: path, activeLines: try runner.activeLines())
        for test in tests {
            let result = try await runner.run(test)
            #expect(result.failures.isEmpty, "\(path): \(test.name): \(result.failures)")
            coverage.add(result.lines)
        }
        #expect(coverage.missed == [], "lines of \(path) that no test comes to")
    }

    @Test func everyScriptHasTests() throws {
        let scripts = try FileManager.default.subpathsOfDirectory(atPath: scriptFolder.path)
            .filter { $0.hasSuffix(".lua") }
        #expect(scripts.count > 20)
        for script in scripts {
            #expect(goldenFiles.contains(script.dropLast(4) + ScriptTestFile.suffix), "\(script) has no tests")
        }
    }

    @Test(.enabled(if: RedisServer.isInstalled && SteeredClock.isAvailable))
    func aServerWhoseClockIsSetDoesTheSameToTheByte() async throws {
        let clock = try SteeredClock()
        let server = try RedisServer.start(environment: clock.environment)
        let engine = try patientEngine(server)
        let compared = ComparedEngine(
            name: "redis-server", engine: engine, clock: .steered { clock.set(microseconds: $0) })
        for path in goldenFiles {
            let (tests, runner) = try golden(path, comparedWith: compared)
            for test in tests {
                let result = try await runner.run(test)
                #expect(result.failures.isEmpty, "\(path): \(test.name): \(result.failures)")
                #expect(result.comparedSteps == test.steps.count)
            }
        }
        await engine.shutdown()
    }

    @Test(.enabled(if: RedisServer.isInstalled))
    func aServerInPassingTimeAgrees() async throws {
        let server = try RedisServer.start()
        let engine = try patientEngine(server)
        let compared = ComparedEngine(name: "redis-server", engine: engine)
        var (steps, comparedSteps) = (0, 0)
        for path in goldenFiles {
            let (tests, runner) = try golden(path, comparedWith: compared)
            for test in tests {
                let result = try await runner.run(test)
                #expect(result.failures.isEmpty, "\(path): \(test.name): \(result.failures)")
                steps += result.steps
                comparedSteps += result.comparedSteps
            }
        }
        // The rest is about points in time.
        #expect(comparedSteps * 100 > steps * 85)
        // DBSIZE would count what has expired and is still to be removed.
        #expect(try await engine.send(RedisCommand("RANDOMKEY")) == .null)
        await engine.shutdown()
    }

    @Test(.enabled(if: RedisServer.isInstalled))
    func aServerWithDataIsLeftAlone() async throws {
        let server = try RedisServer.start()
        let engine = try patientEngine(server)
        _ = try await engine.send(RedisCommand("SET", ["mine", "1"]))
        let runner = try ScriptTestRunner(
            source: "return 1", name: "one", comparedWith: ComparedEngine(name: "redis-server", engine: engine))
        let test = ScriptTest(name: "a", steps: [ScriptTest.Step(action: .call(keys: [], arguments: []))])
        await #expect(throws: EngineError.self) { try await runner.run(test) }
        #expect(try await engine.send(RedisCommand("GET", ["mine"])) == .bulk("1"))
        await engine.shutdown()
    }

    /// Sets of so many members are in another order on each engine.
    @Test(
        .enabled(if: RedisServer.isInstalled),
        arguments: ["", ", reply: any", ", reply: {unordered: [\(members)]}"])
    func anOrderThatNobodyPromisesIsNoDifference(reply: String) async throws {
        let server = try RedisServer.start()
        let engine = try patientEngine(server)
        let given = "given: {s: {set: [\(Self.members)]}}"
        let yaml = "tests: [{name: a, \(given), steps: [{call: []\(reply)}, {command: [SMEMBERS, s]}]}]"
        let runner = try ScriptTestRunner(
            source: "return redis.call('SMEMBERS', 's')", name: "unordered",
            comparedWith: ComparedEngine(name: "redis-server", engine: engine))
        let test = try #require(try ScriptTestFile(yaml: yaml, path: "a.test.yaml").tests(for: nil).first)
        #expect(try await runner.run(test).failures.map(\.message) == [])
        await engine.shutdown()
    }

    private static let members = (0..<600).map { "m\($0)" }.joined(separator: ", ")

    /// A script that asks which engine it runs on.
    @Test(.enabled(if: RedisServer.isInstalled))
    func enginesThatDifferAreFound() async throws {
        let server = try RedisServer.start()
        let engine = try patientEngine(server)
        let runner = try ScriptTestRunner(
            source: "return type(redis.pcall('COMMAND', 'COUNT'))", name: "differs",
            comparedWith: ComparedEngine(name: "redis-server", engine: engine))
        let test = ScriptTest(name: "a", steps: [ScriptTest.Step(action: .call(keys: [], arguments: []))])
        let failures = try await runner.run(test).failures
        #expect(failures.map(\.kind) == [.disagreement])
        await engine.shutdown()
    }
}
