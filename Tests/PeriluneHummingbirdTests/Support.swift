import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Perilune
import PeriluneEmbedded
import PeriluneHummingbird
import PeriluneTestSupport

/// A context without a connection.
struct TestContext: RemoteAddressRequestContext {
    struct Source: RequestContextSource {
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var peer: String?
        var user: String?
    }

    var coreContext: CoreRequestContextStorage
    let remoteAddress: SocketAddress?
    let user: String?

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        user = source.user
        remoteAddress = source.peer.flatMap { peer in
            peer.hasPrefix("/")
                ? try? SocketAddress(unixDomainSocketPath: peer) : try? SocketAddress(ipAddress: peer, port: 50_000)
        }
    }
}

/// A router with a limiter before its routes, called without a network.
struct TestService {
    let router = Router(context: TestContext.self)
    let clock = ManualClock()
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    func limiter(_ policy: RateLimitPolicy = .standard) -> RateLimiter {
        RateLimiter(engine: EmbeddedEngine(clock: clock), policy: policy)
    }

    struct Reply {
        let status: HTTPResponse.Status
        let headers: HTTPFields
        let body: String

        subscript(_ name: String) -> String? {
            HTTPField.Name(name).flatMap { headers[$0] }
        }
    }

    func get(
        _ path: String = "/", headers: HTTPFields = [:], from peer: String? = "203.0.113.9", user: String? = nil
    ) async throws -> Reply {
        try await send(.get, path, headers: headers, from: peer, user: user)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String = "/", headers: HTTPFields = [:],
        from peer: String? = "203.0.113.9", user: String? = nil
    ) async throws -> Reply {
        let head = HTTPRequest(method: method, scheme: "http", authority: "test", path: path, headerFields: headers)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        var source = TestContext.Source(logger: logger)
        source.peer = peer
        source.user = user
        let response = try await router.buildResponder().respond(to: request, context: TestContext(source: source))
        let body = BodyCollector()
        try await response.body.write(body)
        return Reply(status: response.status, headers: response.headers, body: body.text)
    }
}

/// Keeps what is written. Used by one test after the other's await, never by two at once.
final class BodyCollector: ResponseBodyWriter {
    private var buffer = ByteBuffer()

    func write(_ part: ByteBuffer) async throws {
        buffer.writeImmutableBuffer(part)
    }

    consuming func finish(_ trailers: HTTPFields?) async throws {}

    var text: String { String(buffer: buffer) }
}

/// An engine that notes the keys it is asked for.
final class RecordingEngine: ForwardingEngine {
    let inner = EmbeddedEngine(clock: ManualClock())
    private let recorded = Locked<[String]>([])

    var keys: [String] { recorded.withLock { $0 } }

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        recorded.withLock { $0 += keys.map(\.name) }
        return try await inner.call(script, keys: keys, arguments: arguments)
    }
}
