import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneHummingbird
import PeriluneTestSupport

/// The data of the tests' sessions.
struct Visit: Codable, Sendable, Equatable {
    var cart: [String] = []
    var count = 0
}

/// A context with a session and without a connection.
struct SessionTestContext: SessionRequestContext, RemoteAddressRequestContext {
    struct Source: RequestContextSource {
        var logger: Logger
        var peer: String?
    }

    var coreContext: CoreRequestContextStorage
    let sessions = SessionContext<Visit>()
    let remoteAddress: SocketAddress?

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.peer.flatMap { try? SocketAddress(ipAddress: $0, port: 50_000) }
    }
}

/// A service whose users have sessions, called without a network.
struct SessionService {
    static let secret = [UInt8](repeating: 7, count: 32)

    let router = Router(context: SessionTestContext.self)
    let clock = ManualClock()
    let log = RecordedLog()
    let engine: ObservedEngine
    let store: SessionStore<Visit>

    /// - Parameter middleware: Whether the router has the session middleware and the usual routes already.
    init(
        transport: SessionTransport? = .cookie(.standard), trustedProxies: [IPPrefix] = [],
        configure: (inout SessionConfiguration) -> Void = { _ in }
    ) throws {
        engine = ObservedEngine(EmbeddedEngine(clock: clock))
        var configuration = SessionConfiguration(idleTimeout: .seconds(1_800), lifetime: .seconds(86_400))
        configuration.shards = 4
        configure(&configuration)
        store = try SessionStore(
            engine: engine, secrets: SessionSecrets(tokenKey: Self.secret), configuration: configuration,
            logger: log.logger)
        guard let transport else { return }
        router.add(
            middleware: SessionMiddleware(store: store, transport: transport, trustedProxies: trustedProxies))
        addRoutes()
    }

    /// Routes that do one thing each with the session.
    func addRoutes() {
        router.get("file") { _, _ in "file" }
        router.get("me") { _, context in
            guard let session = try await context.sessions.current else { return "nobody" }
            return "\(session.user ?? "guest") \(session.value.cart)"
        }
        router.get("form") { _, context in try await context.sessions.requestToken ?? "" }
        router.post("begin") { _, context in
            try await context.sessions.create(Visit())
            return HTTPResponse.Status.noContent
        }
        router.post("add/:item") { _, context in
            let item = try context.parameters.require("item")
            try await context.sessions.modify { $0.cart.append(item) }
            return HTTPResponse.Status.noContent
        }
        router.post("login/:user") { request, context in
            let user = try context.parameters.require("user")
            let name = request.uri.queryParameters.get("name")
            try await context.sessions.logIn(user: user, startingWith: Visit(cart: ["gift"]), deviceName: name)
            return HTTPResponse.Status.noContent
        }
        router.post("rotate") { _, context in
            try await context.sessions.rotate()
            return HTTPResponse.Status.noContent
        }
        router.post("logout") { _, context in
            try await context.sessions.logOut()
            return HTTPResponse.Status.noContent
        }
    }

    /// The service as it is now, for requests that overlap.
    var served: Served { Served(responder: router.buildResponder(), logger: log.logger) }

    func send(
        _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], body: String = "",
        from peer: String? = "203.0.113.9"
    ) async throws -> TestService.Reply {
        try await served.send(method, path, headers: headers, body: body, from: peer)
    }

    /// A router's routes.
    struct Served: Sendable {
        let responder: RouterResponder<SessionTestContext>
        let logger: Logger

        func send(
            _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], body: String = "",
            from peer: String? = "203.0.113.9"
        ) async throws -> TestService.Reply {
            let head = HTTPRequest(
                method: method, scheme: "https", authority: "shop.example", path: path, headerFields: headers)
            let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
            let context = SessionTestContext(source: SessionTestContext.Source(logger: logger, peer: peer))
            let response = try await responder.respond(to: request, context: context)
            let collector = BodyCollector()
            try await response.body.write(collector)
            return TestService.Reply(status: response.status, headers: response.headers, body: collector.text)
        }
    }

    /// The names of the keys that hold sessions, and not notes of where one has gone.
    func sessionKeys() async throws -> [String] {
        var all: [String] = []
        let reply = try await engine.inner.send(RedisCommand("KEYS", ["*}:s:*"]))
        for key in (reply.array ?? []).compactMap(\.string)
        where try await engine.inner.send(RedisCommand("GETRANGE", [.string(key), 0, 0])).bytes == [1] {
            all.append(key)
        }
        return all
    }

    /// The keys without expiry, but for the few that a shard has.
    func immortalKeys() async throws -> [String] {
        var immortal: [String] = []
        let reply = try await engine.inner.send(RedisCommand("KEYS", ["*"]))
        for key in (reply.array ?? []).compactMap(\.string)
        where !["w", "c", "e"].contains(key.split(separator: ":").last.map(String.init)) {
            if try await engine.inner.send(RedisCommand("PTTL", [.string(key)])).integer == -1 { immortal.append(key) }
        }
        return immortal
    }
}

/// The least of a browser: keeps cookies as it is told, for as long as it is told, and sends them with every request.
struct Browser {
    let service: SessionService
    /// The cookies by their names, with when they end by the service's clock.
    private(set) var cookies: [String: (value: String, end: Int64)] = [:]

    init(_ service: SessionService) {
        self.service = service
    }

    /// The token that it has.
    var token: String? { cookies["__Host-sid"]?.value }

    /// The field that it sends.
    var field: String { cookies.map { "\($0.key)=\($0.value.value)" }.joined(separator: "; ") }

    mutating func send(
        _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], body: String = ""
    ) async throws -> TestService.Reply {
        let now = service.clock.microseconds
        cookies = cookies.filter { $0.value.end > now }
        var headers = headers
        if !cookies.isEmpty { headers[.cookie] = field }
        let reply = try await service.send(method, path, headers: headers, body: body)
        receive(reply)
        return reply
    }

    mutating func get(_ path: String) async throws -> String { try await send(.get, path).body }

    @discardableResult
    mutating func post(_ path: String) async throws -> Int { try await send(.post, path).status.code }

    /// Keeps what an answer says.
    mutating func receive(_ reply: TestService.Reply) {
        for field in reply.headers[values: .setCookie] {
            let parts = field.split(separator: ";").map { $0.drop { $0 == " " } }
            let pair = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let age = parts.first { $0.hasPrefix("Max-Age=") }.flatMap { Int64($0.dropFirst(8)) }
            let end = age.map { service.clock.microseconds + $0 * 1_000_000 } ?? .max
            cookies[String(pair[0])] = end > service.clock.microseconds ? (String(pair[1]), end) : nil
        }
    }
}

/// An engine that counts its calls and can be down.
final class ObservedEngine: ForwardingEngine {
    private struct State {
        var calls = 0
        var isDown = false
        var failing: [String] = []
    }

    let inner: EmbeddedEngine
    private let state = Locked(State())

    init(_ inner: EmbeddedEngine) {
        self.inner = inner
    }

    /// How many scripts were called.
    var calls: Int { state.withLock { $0.calls } }

    var isDown: Bool {
        get { state.withLock { $0.isDown } }
        set { state.withLock { $0.isDown = newValue } }
    }

    /// Makes the calls of a script fail as if they had not reached the engine.
    func fail(_ script: String...) {
        state.withLock { $0.failing = script }
    }

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        let isDown = state.withLock { state in
            state.calls += 1
            return state.isDown || state.failing.contains(script.name)
        }
        guard !isDown else { throw EngineError(.unreachable, "redis.internal: connection refused") }
        return try await inner.call(script, keys: keys, arguments: arguments)
    }
}
