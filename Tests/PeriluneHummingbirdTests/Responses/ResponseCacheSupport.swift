import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Synchronization

@testable import PeriluneHummingbird

/// A service with a response cache, called without a network.
struct CachedService {
    let router = Router(context: TestContext.self, options: .autoGenerateHeadEndpoints)
    let clock: ManualClock
    let engine: SwitchableEngine<EmbeddedEngine>
    let log = RecordedLog()
    let cache: ResponseCacheMiddleware<TestContext>
    let origin = Handlers()

    /// - Parameter sharing: Another process of the service.
    init(
        sharing other: CachedService? = nil, policy change: (inout ResponseCachePolicy) -> Void = { _ in },
        type changeType: (inout CacheType) -> Void = { _ in },
        purgeWhere mayPurge: (@Sendable (Request, TestContext) async throws -> Bool)? = nil
    ) throws {
        clock = other?.clock ?? ManualClock()
        engine = other?.engine ?? SwitchableEngine(EmbeddedEngine(clock: clock))
        var type = CacheType("pages", ttl: .seconds(60))
        type.jitter = 0
        changeType(&type)
        var policy = ResponseCachePolicy()
        change(&policy)
        cache = ResponseCacheMiddleware(
            try CacheRegion(type, engine: engine, codec: .response, clock: clock), policy: policy,
            purgeWhere: mayPurge, clock: clock, wallClock: clock)
        router.add(middleware: cache)
    }

    /// Adds a route that answers with the number of the call.
    func route(
        _ path: RouterPath, _ fields: HTTPFields = [.cacheControl: "max-age=60"],
        status: HTTPResponse.Status = .ok
    ) {
        let origin = origin
        router.get(path) { _, _ in
            Response(
                status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(string: origin.call())))
        }
    }

    /// The service as it is now, for requests that overlap.
    var served: Served { Served(responder: router.buildResponder(), logger: log.logger) }

    func get(_ path: String, _ headers: HTTPFields = [:]) async throws -> TestService.Reply {
        try await served.send(.get, path, headers)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields = [:], host: String = "shop.example"
    ) async throws -> TestService.Reply {
        try await served.send(method, path, headers, host: host)
    }

    struct Served: Sendable {
        let responder: RouterResponder<TestContext>
        let logger: Logger

        func respond(
            _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields = [:], host: String = "shop.example"
        ) async throws -> Response {
            let head = HTTPRequest(method: method, scheme: "https", authority: host, path: path, headerFields: headers)
            let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
            let context = TestContext(source: TestContext.Source(logger: logger))
            return try await responder.respond(to: request, context: context)
        }

        func send(
            _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields = [:], host: String = "shop.example"
        ) async throws -> TestService.Reply {
            let response = try await respond(method, path, headers, host: host)
            let collector = BodyCollector()
            try await response.body.write(collector)
            return TestService.Reply(status: response.status, headers: response.headers, body: collector.text)
        }
    }
}

/// Counts the calls of handlers.
final class Handlers: Sendable {
    private let count = Atomic(0)

    var calls: Int { count.load(ordering: .relaxed) }

    /// Notes a call; its number in words.
    func call() -> String { "call \(count.add(1, ordering: .relaxed).newValue)" }
}

/// Cancels the task that calls it: the client of the request has closed its connection.
func closeConnection() { withUnsafeCurrentTask { $0?.cancel() } }
