import Hummingbird
import Logging
import NIOCore
import PeriluneTestSupport
import ServiceLifecycle

/// Runs a router as a service that listens on a free port of the loopback while the body calls it.
func serving<Context: RequestContext>(
    _ router: Router<Context>, _ body: (HTTPClient) async throws -> Void
) async throws where Context.Source == ApplicationRequestContextSource {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let (ports, started) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
        router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { channel in started.yield(channel.localAddress?.port ?? 0) }, logger: logger)
    let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [application], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
            defer { started.finish() }
            try await group.run()
        }
        for await port in ports {
            do {
                try await body(HTTPClient(port: port))
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
        }
        try await tasks.waitForAll()
    }
}
