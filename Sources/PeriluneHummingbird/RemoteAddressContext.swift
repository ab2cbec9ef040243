public import Hummingbird
public import NIOCore

/// A request context that knows who is at the other end of the connection, and nothing else.
///
/// Hummingbird's `BasicRequestContext` does not keep that address. A service without a context of its own can take this
/// one; a service that has one copies the two lines that keep it:
///
/// ```swift
/// let router = Router(context: RemoteAddressContext.self)
/// router.add(middleware: RateLimitMiddleware(engine: engine))
/// ```
public struct RemoteAddressContext: RemoteAddressRequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The peer of the connection.
    public let remoteAddress: SocketAddress?

    /// Creates the context of a request.
    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
