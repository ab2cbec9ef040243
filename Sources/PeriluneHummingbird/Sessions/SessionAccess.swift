import HTTPTypes
import Logging
import NIOCore
import Perilune
import PeriluneCore

/// How one request reaches the store. Logs an engine that fails as ``RateLimitMiddleware`` does.
struct SessionAccess<Value: Codable & Sendable>: Sendable {
    let store: SessionStore<Value>
    let transport: SessionTransport
    let client: SessionClient
    let failures: FailureLog
    let logger: Logger

    /// Calls the store.
    func ask<Reply>(
        _ call: (SessionStore<Value>) async throws(SessionError) -> Reply
    ) async throws(RequestSessionError) -> Reply {
        do {
            let reply = try await call(store)
            noteSuccess()
            return reply
        } catch {
            note(error)
            throw .session(error)
        }
    }

    /// Calls the store.
    ///
    /// - Returns: `nil` when there is no such session.
    func askUnlessEnded<Reply>(
        _ call: (SessionStore<Value>) async throws(SessionError) -> Reply
    ) async throws(RequestSessionError) -> Reply? {
        do { return try await ask(call) } catch .session(.notFound) { return nil }
    }

    /// Reads the session of a token.
    ///
    /// - Returns: `nil` also for what is there but cannot be read, whatever the reason: nobody is logged in by data that
    ///   cannot be trusted, and nobody is shut out by it either, who can begin another session.
    func read(_ token: SessionToken) async throws(RequestSessionError) -> Session<Value>? {
        do {
            return try await ask { store throws(SessionError) in try await store.session(for: token) }
        } catch .session(.unknownShard) {
            return nil
        } catch .session(let error) {
            guard let reason = Self.unreadable(error) else { throw .session(error) }
            logger.warning(
                "A session cannot be read; the request goes on without one.",
                metadata: ["session": "\(store.id(of: token))", "error": "\(reason)"])
            return nil
        }
    }

    /// What is wrong with stored data, without any of it; `nil` when nothing is.
    private static func unreadable(_ error: SessionError) -> String? {
        switch error {
        case .notDecodable: "its data is not of the store's type"
        case .unknownKey, .tampered, .notSealed, .corrupt: error.description
        default: nil
        }
    }

    /// Tells the log of an engine that fails, or that works again.
    func note(_ error: SessionError) {
        if case .engine(let error) = error { noteFailure(error) } else { noteSuccess() }
    }

    private func noteFailure(_ error: EngineError) {
        // A client that has gone away is no failure of the engine.
        guard error.code != .cancelled, let count = failures.failed() else { return }
        logger.warning(
            "Sessions cannot be reached.", metadata: ["error": "\(error)", "failures": "\(count)"])
    }

    private func noteSuccess() {
        guard let count = failures.succeeded() else { return }
        logger.notice("Sessions can be reached again.", metadata: ["failures": "\(count)"])
    }
}

/// What a request tells of the client that sent it.
struct SessionClient: Sendable {
    let fields: HTTPFields
    let peer: SocketAddress?
    let addresses: ClientAddress

    /// The description of the client for a new session; `nil` when nothing is known.
    func device(named name: String?) -> SessionDevice? {
        let address = addresses.resolve(
            peer: peer.flatMap(ClientAddress.Peer.init), forwardedFor: fields[values: .xForwardedFor])
        let userAgent = fields[.userAgent]
        guard name != nil || address != nil || userAgent != nil else { return nil }
        return SessionDevice(name: name, address: address?.description, userAgent: userAgent)
    }
}
