import Logging
import PeriluneCore
import PeriluneRedis
import Testing

/// Scripts of the tests.
enum Scripts {
    static let echo = LuaScript(name: "echo", source: "return ARGV[1]")
    static let get = LuaScript(name: "get", source: "return redis.call('GET', KEYS[1])")
    static let repeatableGet = LuaScript(name: "get", source: get.source, isRepeatable: true)
}

/// The configuration of a test: a busy machine is no reason to fail, so nothing times out unless the test wants it.
func settings(
    _ url: String, timeout: Duration = .seconds(600), commands: Int = 8192, bytes: Int = 16 << 20, name: String? = nil
) throws -> RedisConfiguration {
    var configuration = try RedisConfiguration(url: url)
    configuration.connectTimeout = .seconds(600)
    configuration.commandTimeout = timeout
    configuration.maximumPendingCommands = commands
    configuration.maximumPendingBytes = bytes
    configuration.clientName = name
    return configuration
}

/// Creates an engine that tells nobody what it does.
func makeEngine(_ configuration: RedisConfiguration) -> RedisEngine {
    RedisEngine(configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
}

/// Runs a body with an engine, and shuts the engine down whatever happens.
func withEngine<Result>(
    _ configuration: RedisConfiguration, _ body: (RedisEngine) async throws -> Result
) async throws -> Result {
    let engine = makeEngine(configuration)
    let result: Result
    do {
        result = try await body(engine)
    } catch {
        await engine.shutdown(deadline: .zero)
        throw error
    }
    await engine.shutdown(deadline: .seconds(60))
    return result
}

/// The error that a call is expected to end in when it is made from the engine's own thread: it has all its time there,
/// however long the other tests keep Swift's threads busy.
func promptFailure(of engine: RedisEngine, _ body: @escaping @Sendable () async throws -> Void) async throws
    -> EngineError?
{
    await Task(executorPreference: try engine.executor) { await failure(of: body) }.value
}

/// The error that a call is expected to end in.
func failure(of body: () async throws -> Void) async -> EngineError? {
    await #expect(throws: EngineError.self) { try await body() }
}
