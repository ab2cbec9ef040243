import Logging
import Perilune
import PeriluneEmbedded
import PeriluneTestSupport
import ServiceLifecycle

@testable import PeriluneServer

/// A server on a free port, for the length of a test.
struct Harness {
    static let admin = "admin-token-of-the-test"
    static let read = "read-token-of-the-test"

    let client: HTTPClient
    let clock: ManualClock
    let engine: any ScriptEngine

    /// Sends a request with the admin token.
    func send(
        _ method: String = "GET", _ path: String, token: String? = Harness.admin, type: String? = nil,
        body: String? = nil
    ) async throws -> HTTPReply {
        var headers: [(String, String)] = []
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
        if let type { headers.append(("Content-Type", type)) }
        return try await client.send(method, "/api/v1/\(path)", headers: headers, body: body)
    }

    /// Sends a check.
    func check(_ body: String, token: String? = Harness.admin) async throws -> HTTPReply {
        try await send("POST", "rate-limit/check", token: token, type: "application/json", body: body)
    }
}

let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs a server, the body, and a graceful shutdown. It does not sweep sessions unless it is configured to.
func withServer(
    scriptEngine: (any ScriptEngine)? = nil, policies: [RateLimitPolicy] = [], readToken: String? = Harness.read,
    onShutdown: @escaping @Sendable () async -> Void = {}, logger: Logger = silent,
    configure: (inout ManagementConfiguration) -> Void = { _ in }, _ body: (Harness) async throws -> Void
) async throws {
    let clock = ManualClock()
    let engine = Engine(
        kind: .embedded, description: "test", scriptEngine: scriptEngine ?? EmbeddedEngine(clock: clock),
        onShutdown: onShutdown)
    var configuration = ManagementConfiguration(
        port: 0, tokens: AccessTokens(admin: Harness.admin, read: readToken), policies: policies)
    configuration.sessions.sweepInterval = nil
    configure(&configuration)
    let (addresses, started) = AsyncStream.makeStream(of: ListenAddress.self)
    let server = ManagementServer(engine: engine, configuration: configuration, logger: logger) { address in
        started.yield(address)
    }
    let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [server], logger: silent))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
            defer { started.finish() }
            try await group.run()
        }
        for await address in addresses {
            do {
                try await body(
                    Harness(client: HTTPClient(port: address.port), clock: clock, engine: engine.scriptEngine))
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
        }
        try await tasks.waitForAll()
    }
}
