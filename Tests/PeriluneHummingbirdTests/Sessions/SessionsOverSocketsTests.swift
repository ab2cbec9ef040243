import Hummingbird
import Perilune
import PeriluneEmbedded
import PeriluneHummingbird
import PeriluneTestSupport
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
        try await serving(router) { client in
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
}
