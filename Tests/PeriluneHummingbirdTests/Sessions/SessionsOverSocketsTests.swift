import Hummingbird
import Logging
import NIOCore
import Perilune
import PeriluneEmbedded
import PeriluneHummingbird
import PeriluneTestSupport
import ServiceLifecycle
import Testing

/// Sessions in a service that listens.
@Suite struct SessionsOverSocketsTests {
    @Test func aUserLogsInAndOut() async throws {
        let store = try SessionStore(
            of: Visit.self, engine: EmbeddedEngine(clock: ManualClock()),
            secrets: SessionSecrets(tokenKey: SessionService.secret))
        let router = Router(context: BasicSessionRequestContext<Visit>.self)
        router.add(middleware: SessionMiddleware(store: store))
        router.post("login") { _, context in
            try await context.sessions.logIn(user: "anna", startingWith: Visit())
            return HTTPResponse.Status.noContent
        }
        router.get("me") { _, context in try await context.sessions.current?.user ?? "nobody" }
        try await withService(router) { client in
            let login = try await client.send("POST", "/login", headers: [("User-Agent", "test")])
            let field = try #require(login["Set-Cookie"]?.split(separator: ";").first.map(String.init))
            let me = try await client.send("GET", "/me", headers: [("Cookie", "a=b; \(field)")])
            #expect(me.body == "anna")
            let device = try await store.sessions(of: "anna").first?.device
            #expect(device?.address == "127.0.0.1")
            #expect(device?.userAgent == "test")
            let flood = try await client.send(
                "GET", "/me", headers: [("Cookie", String(repeating: "__Host-sid=x; ", count: 1_000) + field)])
            #expect(flood.body == "anna")
        }
    }

    private func withService(
        _ router: Router<BasicSessionRequestContext<Visit>>, _ body: (HTTPClient) async throws -> Void
    ) async throws {
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
}
