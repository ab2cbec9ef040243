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
    _ url: String, timeout: Duration = .seconds(60), commands: Int = 8192, bytes: Int = 16 << 20, name: String? = nil
) throws -> RedisConfiguration {
    var configuration = try RedisConfiguration(url: url)
    configuration.connectTimeout = .seconds(60)
    configuration.commandTimeout = timeout
    configuration.maximumPendingCommands = commands
    configuration.maximumPendingBytes = bytes
    configuration.clientName = name
    return configuration
}

/// Runs a body with an engine, and shuts the engine down whatever happens.
func withEngine<Result>(
    _ configuration: RedisConfiguration, _ body: (RedisEngine) async throws -> Result
) async throws -> Result {
    let engine = RedisEngine(configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
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

/// The error that a call is expected to end in.
func failure(of body: () async throws -> Void) async -> EngineError? {
    await #expect(throws: EngineError.self) { try await body() }
}
