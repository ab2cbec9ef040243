import PeriluneCore
import PeriluneRedis
import PeriluneTestSupport

/// Starts a server and runs a body with an engine for it.
func withServer<Result>(_ body: (RedisEngine) async throws -> Result) async throws -> Result {
    let server = try RedisServer.start()
    var configuration = try RedisConfiguration(url: "unix://" + server.unixSocket)
    configuration.connectTimeout = .seconds(60)
    configuration.commandTimeout = .seconds(60)
    let engine = RedisEngine(configuration)
    do {
        let result = try await body(engine)
        await engine.shutdown(deadline: .seconds(60))
        return result
    } catch {
        await engine.shutdown(deadline: .zero)
        throw error
    }
}
