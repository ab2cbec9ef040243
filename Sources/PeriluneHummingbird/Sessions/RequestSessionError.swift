public import HTTPTypes
public import Hummingbird
public import Perilune

/// Why a request's session could not be read or changed.
///
/// Uncaught, it is the answer: a problem document (RFC 9457) with the ``status``.
public enum RequestSessionError: Error, Sendable, Hashable {
    /// There is no ``SessionMiddleware`` in front of the handler.
    case noMiddleware
    /// The client could not be told its new token: the answer has left, or another call of the same request has changed
    /// the session meanwhile. What was begun is ended again, or ends by its idle timeout when the engine is away.
    case tooLate
    /// What the store says. ``/Perilune/SessionError/notFound`` when the request has no session.
    case session(SessionError)
    /// What the store says to a handler that calls it itself, about any session.
    case store(SessionError)
}

extension RequestSessionError: HTTPResponseError {
    /// 503 when the engine gives no answer, 401 without a session (404 when the handler looked for another one), 409 when the session is not as expected or the user
    /// has too many, 413 when it would be too large.
    ///
    /// 422 for what handlers take from requests: a user that none can be, a field's name that none can be, data that is
    /// nested too deep, and a sum that is no integer. 500 for what only the service can be the cause of, such as a
    /// timeout out of range.
    public var status: HTTPResponse.Status {
        switch self {
        case .noMiddleware, .tooLate: .internalServerError
        case .store(.notFound): .notFound
        case .session(let error), .store(let error):
            switch error {
            case .engine: .serviceUnavailable
            case .notFound: .unauthorized
            case .versionConflict, .contention, .limitReached: .conflict
            case .tooLarge: .contentTooLarge
            case .invalidUser, .invalidField, .notAnInteger, .tooDeep: .unprocessableContent
            default: .internalServerError
            }
        }
    }

    public func response(from request: Request, context: some RequestContext) -> Response {
        problem.response(to: request)
    }

    private var problem: Problem {
        switch self {
        case .noMiddleware, .tooLate: Problem(status, "The session cannot be used.")
        case .store(.notFound): Problem(status, "There is no such session: it has ended, or there never was one.")
        case .session(let error), .store(let error): problem(error)
        }
    }

    private func problem(_ error: SessionError) -> Problem {
        switch error {
        case .engine: .sessionsUnavailable(retryAfter: 5)
        case .notFound: Problem(status, "This needs a session, and there is none, or none any more.")
        case .limitReached(let count): Problem(status, "There are \(count) sessions already, as many as allowed.")
        case .versionConflict, .contention:
            Problem(status, "The session was changed by another request at the same time; try again.")
        case .tooLarge(let limit): Problem(status, "The session would have more than \(limit) bytes.")
        case .invalidUser: Problem(status, "A user's id has 1 to 128 bytes, and neither braces nor control characters.")
        case .invalidField: Problem(status, "The name of a field has 1 to 255 bytes, and no NUL.")
        case .notAnInteger: Problem(status, "Only integers up to 2^53 - 1 are added.")
        case .tooDeep: Problem(status, "Arrays and objects lie in one another more than 64 times.")
        default: Problem(status, "The session cannot be used.")
        }
    }
}

extension RequestSessionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noMiddleware: "there is no SessionMiddleware in front of the handler"
        case .tooLate: "the client cannot be told its new token any more"
        case .session(let error), .store(let error): error.description
        }
    }
}
