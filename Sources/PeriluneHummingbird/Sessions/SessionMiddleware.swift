import HTTPTypes
public import Hummingbird
import Logging
public import NIOCore
public import Perilune

/// Gives each request the session of its client: `context.sessions`.
///
/// ```swift
/// let store = try SessionStore(of: Visit.self, engine: engine, secrets: SessionSecrets(tokenKey: key))
/// let router = Router(context: BasicSessionRequestContext<Visit>.self)
/// router.add(middleware: SessionMiddleware(store: store))
/// router.add(middleware: RequestTokenMiddleware())
/// ```
///
/// The session is read when a handler asks for it, so files and the like cost no round trip; see ``SessionContext``.
///
/// An answer says something about the session only when the client's token changes: after
/// ``SessionContext/create(_:deviceName:idleTimeout:lifetime:)``,
/// ``SessionContext/logIn(user:startingWith:deviceName:idleTimeout:lifetime:)``, ``SessionContext/rotate()`` and
/// ``SessionContext/logOut()``. Such an answer carries `Cache-Control: no-store`, whatever the handler said. One that used
/// the session otherwise gets `Vary: Cookie` or `Vary: Authorization`. Both are added on the way back: a
/// ``ResponseCacheMiddleware`` stands before this middleware, so that it sees them.
///
/// This holds for errors that are answers, too. What there is to say is added to the fields of an `HTTPError`. Any other
/// `HTTPResponseError` then passes on in a ``SessionAnsweredError``; if there is nothing to say, as it is. A
/// ``/Perilune/SessionError`` counts as ``RequestSessionError/session(_:)``. An error that is no answer passes on as it
/// is, for the middleware that knows it, and the client is logged out if its token was being replaced.
///
/// An engine that fails is logged when it begins to, then every few seconds with the number of calls that failed, and when
/// it works again.
public struct SessionMiddleware<Context: SessionRequestContext>: RouterMiddleware {
    private let store: SessionStore<Context.SessionValue>
    private let transport: SessionTransport
    private let addresses: ClientAddress
    private let remoteAddress: @Sendable (Context) -> SocketAddress?
    private let failures = FailureLog()

    /// Creates the middleware.
    ///
    /// - Parameters:
    ///   - store: Where the sessions are.
    ///   - transport: How tokens travel. For clients of both kinds, give each its own group of routes with a middleware
    ///     of its own on the same store.
    ///   - trustedProxies: The proxies whose `X-Forwarded-For` is believed, for the address that a session's device has.
    ///   - trustsUnixSockets: Whether peers on a Unix domain socket are such proxies.
    ///   - remoteAddress: The address of the connection's peer; `nil` when it is not known.
    public init(
        store: SessionStore<Context.SessionValue>, transport: SessionTransport = .cookie(.standard),
        trustedProxies: [IPPrefix] = [], trustsUnixSockets: Bool = false,
        remoteAddress: @escaping @Sendable (Context) -> SocketAddress?
    ) {
        self.store = store
        self.transport = transport
        self.addresses = ClientAddress(trustedProxies: trustedProxies, trustsUnixSockets: trustsUnixSockets)
        self.remoteAddress = remoteAddress
    }

    public func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let client = SessionClient(fields: request.headers, peer: remoteAddress(context), addresses: addresses)
        let access = SessionAccess(
            store: store, transport: transport, client: client, failures: failures, logger: context.logger)
        let sessions = context.sessions
        sessions.open(access, transport.credential(in: request.headers))
        return try await SessionUses.noting(in: sessions) {
            try await answer(request, context, access, next)
        }
    }

    private func answer(
        _ request: Request, _ context: Context, _ access: SessionAccess<Context.SessionValue>,
        _ next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            var response = try await next(request, context)
            context.sessions.close()?.write(to: &response.headers, status: response.status)
            return response
        } catch var error as HTTPError {
            context.sessions.close()?.write(to: &error.headers, status: error.status)
            throw error
        } catch {
            let answer = context.sessions.close()
            var known = error
            // A handler may have called the store itself.
            if let error = error as? SessionError {
                access.note(error)
                known = RequestSessionError.store(error)
            }
            guard let answer, let original = known as? any HTTPResponseError else { throw error }
            throw SessionAnsweredError(original, answer) ?? known
        }
    }
}

extension SessionMiddleware where Context: RemoteAddressRequestContext {
    /// Creates the middleware for contexts that know the connection's peer.
    ///
    /// See ``init(store:transport:trustedProxies:trustsUnixSockets:remoteAddress:)``.
    public init(
        store: SessionStore<Context.SessionValue>, transport: SessionTransport = .cookie(.standard),
        trustedProxies: [IPPrefix] = [], trustsUnixSockets: Bool = false
    ) {
        self.init(
            store: store, transport: transport, trustedProxies: trustedProxies, trustsUnixSockets: trustsUnixSockets,
            remoteAddress: { $0.remoteAddress })
    }
}
