public import Hummingbird
public import NIOCore

/// A request context with a place for the session of its request.
///
/// ```swift
/// struct AppContext: SessionRequestContext, RemoteAddressRequestContext {
///     var coreContext: CoreRequestContextStorage
///     let sessions = SessionContext<Visit>()
///     let remoteAddress: SocketAddress?
///
///     init(source: Source) {
///         coreContext = CoreRequestContextStorage(source: source)
///         remoteAddress = source.channel.remoteAddress
///     }
/// }
/// ```
///
/// ``SessionMiddleware`` fills the place. A service without a context of its own takes ``BasicSessionRequestContext``.
public protocol SessionRequestContext<SessionValue>: RequestContext {
    /// The data of a session.
    associatedtype SessionValue: Codable & Sendable

    /// The session of the request. One for each context that is made from a source; child contexts hand it on.
    var sessions: SessionContext<SessionValue> { get }
}

/// A request context that has a session and knows who is at the other end of the connection, and nothing else.
public struct BasicSessionRequestContext<SessionValue: Codable & Sendable>: SessionRequestContext,
    RemoteAddressRequestContext
{
    public var coreContext: CoreRequestContextStorage
    public let sessions = SessionContext<SessionValue>()
    /// The peer of the connection.
    public let remoteAddress: SocketAddress?

    /// Creates the context of a request.
    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
