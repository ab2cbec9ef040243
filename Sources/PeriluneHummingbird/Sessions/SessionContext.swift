public import Perilune
import PeriluneCore

/// The session of a request, for its handlers.
///
/// ```swift
/// router.get("me") { _, context in
///     guard let user = try await context.sessions.current?.user else { throw HTTPError(.unauthorized) }
///     return user
/// }
/// router.post("login") { request, context in
///     let user = try await authenticate(request)
///     try await context.sessions.logIn(user: user, startingWith: Visit())
///     return HTTPResponse.Status.noContent
/// }
/// ```
///
/// The session is read when something asks for it, with one round trip for the whole request unless calls overlap, which
/// may each read it. A request that asks for nothing costs none, and does not count as use of the session. A token that leads nowhere is as good as none; it is
/// never adopted, and its client not told to forget it, as a request that was under way while the token was replaced may
/// be answered last.
///
/// Errors are ``RequestSessionError``, which a handler need not catch: an engine that fails is answered with 503. A handler
/// that calls the store itself need not catch its errors either; of a session that is not there they say 404. After an error the client has the session that it had, or
/// none, and never two; what ``current`` says next is read anew. Only when the engine's answer was lost may a session be
/// left whose token nobody has; it ends by its idle timeout.
public struct SessionContext<Value: Codable & Sendable>: Sendable {
    struct State: Sendable {
        var access: SessionAccess<Value>?
        var slot = SessionSlot<Value>()
    }

    private let state = Locked(State())

    /// Creates the place of a session, for a request context.
    public init() {}

    /// The session; `nil` when there is none. The first call reads it and starts its idle timeout anew.
    ///
    /// - Throws: ``RequestSessionError``.
    /// - Complexity: One round trip for a request that has a token, and one after each change by ``update(expecting:_:)``
    ///   or ``replace(with:expecting:)``; see ``/Perilune/SessionStore/session(for:)``.
    public var current: Session<Value>? {
        get async throws(RequestSessionError) { try await look().session }
    }

    /// What a page of this session must send back with requests that change something; `nil` when there is no session.
    /// See ``RequestTokenMiddleware``.
    ///
    /// - Throws: ``RequestSessionError``.
    /// - Complexity: As ``current``.
    public var requestToken: String? {
        get async throws(RequestSessionError) {
            let (access, _, session) = try await look()
            return session.map { access.store.requestToken(for: $0.id) }
        }
    }

    /// Whether a text is the ``requestToken``: for handlers that read it from where ``RequestTokenMiddleware`` does not
    /// look. Takes the same time whatever the text is.
    ///
    /// - Returns: `false` when there is no session.
    /// - Throws: ``RequestSessionError``.
    /// - Complexity: As ``current``.
    public func isRequestToken(_ text: some StringProtocol & Sendable) async throws(RequestSessionError) -> Bool {
        let (access, slot, session) = try await look()
        guard let session else { return false }
        // A page that was made just before the token was replaced is still this session's.
        return access.store.isRequestToken(text, for: session.id)
            || slot.credential.token.map { access.store.isRequestToken(text, for: access.store.id(of: $0)) } == true
    }
}

extension SessionContext {
    /// Takes the place of a request.
    func open(_ access: SessionAccess<Value>, _ credential: SessionCredential) {
        state.withLock { $0 = State(access: access, slot: SessionSlot(credential)) }
    }

    /// Notes that the answer leaves.
    func close() -> SessionAnswer? {
        state.withLock { state in
            guard let access = state.access else { return nil }
            return SessionAnswer(
                transport: access.transport, isTokenPresent: state.slot.credential.isPresent,
                news: state.slot.close(), isDependent: state.slot.isUsed)
        }
    }

    /// What the answer owes to the session so far; `nil` when there is no middleware.
    var use: SessionUse? {
        state.withLock { state in
            guard let access = state.access else { return nil }
            return SessionUse(
                field: access.transport.requestField, isDependent: state.slot.isUsed, tellsToken: state.slot.hasNews)
        }
    }

    /// What is needed to do something with the session, and how things stand.
    func enter() throws(RequestSessionError) -> (access: SessionAccess<Value>, slot: SessionSlot<Value>) {
        let (access, slot) = state.withLock { state in
            state.slot.isUsed = true
            return (state.access, state.slot)
        }
        guard let access else { throw .noMiddleware }
        return (access, slot)
    }

    /// How things stand, and the session that there was then.
    func look() async throws(RequestSessionError) -> (
        access: SessionAccess<Value>, slot: SessionSlot<Value>, session: Session<Value>?
    ) {
        let (access, slot) = try enter()
        switch slot.knowledge {
        case .nothing: return (access, slot, nil)
        case .session(let session): return (access, slot, session)
        case .unknown: break
        }
        guard let token = slot.token else { return (access, slot, nil) }
        let session = try await access.read(token)
        withSlot { $0.note(session, since: slot.changes) }
        return (access, slot, session)
    }

    func withSlot<Result: Sendable>(_ body: (inout SessionSlot<Value>) -> Result) -> Result {
        state.withLock { body(&$0.slot) }
    }

    /// What came with the request in a cookie; `nil` when tokens travel otherwise.
    func cookieCredential() throws(RequestSessionError) -> SessionCredential? {
        let (access, slot) = state.withLock { ($0.access, $0.slot) }
        guard let access else { throw .noMiddleware }
        guard case .cookie = access.transport else { return nil }
        return slot.credential
    }

    /// Whether a text is the request token of the session that a token is for, whether there is one or not.
    func isRequestToken(_ text: String, for token: SessionToken) -> Bool {
        guard let store = state.withLock({ $0.access?.store }) else { return false }
        return store.isRequestToken(text, for: store.id(of: token))
    }
}
