import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// The context of a request to the management API.
struct ManagementContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// What the caller's token allows; `nil` where none is asked for.
    var scope: AccessTokens.Scope?
    private let channel: any Channel

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// The longest body that is read, in bytes, but for operations that name a limit of their own, such as `cache/warm`.
    static let longestBody = 64 * 1024

    var maxUploadSize: Int { Self.longestBody }

    /// Tells a client that waits for `100 Continue` to send its body. To be called once nothing else is wrong with the
    /// request: not having to send the body of one that is refused is what such a client waits for.
    func askForBody(of request: Request) {
        if request.headers[.expect] != nil { channel.triggerUserOutboundEvent(BodyIsWanted(), promise: nil) }
    }

    /// Does work that may take long, and cancels it when the client goes away or the server is to shut down.
    ///
    /// A client that closes the half of the connection on which it sends counts as gone: the two look alike.
    ///
    /// - Throws: `CancellationError` when the work was cancelled, whatever it made of that; otherwise what it throws.
    func whileConnected<Answer: Sendable>(
        _ work: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        let task = Task { try await work() }
        let end = channel.eventLoop.makePromise(of: Void.self)
        end.futureResult.whenComplete { _ in task.cancel() }
        channel.triggerUserOutboundEvent(EndIsWatched(promise: end), promise: nil)
        defer { end.succeed() }
        return try await withTaskCancellationOrGracefulShutdownHandler {
            do {
                return try await task.value
            } catch {
                throw task.isCancelled ? CancellationError() : error
            }
        } onCancelOrGracefulShutdown: {
            task.cancel()
        }
    }
}
